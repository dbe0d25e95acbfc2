"""What the demo's plans are made of: objectives, KPIs, playbooks, challenges and notes."""

from __future__ import annotations

from typing import Final

# theme: (objective names, category, attributes with their KPI, playbooks)
THEMES: Final[dict[str, tuple[list[str], str, list[str], list[str]]]] = {
    "support": (
        [
            "Make support fast and pleasant",
            "Win back trust in support",
            "Answer every question the same day",
        ],
        "Support experience",
        ["first-response", "satisfaction", "tickets"],
        ["Support tune-up", "Escalation clean-up"],
    ),
    "adoption": (
        [
            "Make daily use a habit",
            "Bring every team on board",
            "Grow product usage across departments",
        ],
        "Adoption",
        ["usage", "seats"],
        ["Champion programme", "Usage review"],
    ),
    "quality": (
        ["Fewer errors in daily work", "A calm, reliable platform", "Stabilise the integration"],
        "Value realisation",
        ["error-rate", "tickets"],
        ["Integration health check"],
    ),
    "growth": (
        [
            "Prepare the next expansion",
            "Prove the value for the renewal",
            "Roll out to a second region",
        ],
        "Expansion",
        ["mrr", "seats"],
        ["Executive alignment", "Renewal preparation"],
    ),
}
# attribute: (KPI title, unit, category, direction, factors from baseline to target)
MEASURES: Final[dict[str, tuple[str, str, str, str, list[str]]]] = {
    "mrr": (
        "Monthly recurring revenue",
        "USD",
        "Return on Investment",
        "higher",
        ["1.10", "1.25", "1.5"],
    ),
    "seats": ("Seats in use", "Quantity", "Adoption", "higher", ["1.15", "1.3", "1.6"]),
    "usage": ("Monthly product usage", "Quantity", "Utilization", "higher", ["1.2", "1.4", "2"]),
    "error-rate": (
        "Error rate",
        "Percent",
        "Customer Satisfaction",
        "lower",
        ["0.8", "0.5", "0.3"],
    ),
    "tickets": (
        "Support tickets a month",
        "Quantity",
        "Customer Satisfaction",
        "lower",
        ["0.5", "0"],
    ),
    "first-response": (
        "First response time",
        "Hours",
        "Completion on Time",
        "lower",
        ["0.8", "0.6", "0.4"],
    ),
    "satisfaction": (
        "Satisfaction with support",
        "Quantity",
        "Customer Satisfaction",
        "higher",
        ["1.05", "1.15", "1.25"],
    ),
}
TASKS: Final[dict[str, list[str]]] = {
    "Support tune-up": [
        "Review last quarter's tickets",
        "Agree on response targets",
        "Train the first line",
        "Check the results",
    ],
    "Escalation clean-up": [
        "List open escalations",
        "Weekly call with engineering",
        "Close and explain each one",
    ],
    "Champion programme": [
        "Name a champion in each team",
        "Run the champion workshop",
        "Publish two success stories",
        "Hand out certificates",
    ],
    "Usage review": ["Share the usage report", "Find unused features", "Plan enablement sessions"],
    "Integration health check": [
        "Collect error logs",
        "Fix the top five errors",
        "Load test with production data",
        "Sign off with IT",
    ],
    "Executive alignment": [
        "Find the executive sponsor",
        "Prepare the value summary",
        "Hold the executive review",
    ],
    "Renewal preparation": [
        "Confirm the decision process",
        "Write the renewal proposal",
        "Walk through the contract",
    ],
}
REASONS: Final = {
    "features": ("Important features are missing", "Product gap"),
    "support": ("Support answers too slowly", "Support"),
    "budget": ("The budget was cut", "Budget"),
    "competitor": ("A competitor is being evaluated", "Competition"),
    "pricing": ("The price is questioned at each renewal", "Budget"),
}
NOTES: Final = [
    (
        "Call",
        "Monthly check-in",
        "Usage is moving in the right direction; the admin team wants a second workshop.",
    ),
    (
        "Meeting",
        "Kick-off",
        "Agreed on the objectives and on who measures what. Next step: share the baseline.",
    ),
    (
        "E-mail",
        "Follow-up on open questions",
        "Answered the questions about permissions and sent the guide.",
    ),
    (
        "Business review",
        "Quarterly business review",
        "Walked through the KPIs; two of them need a new target date.",
    ),
    ("Note", "Champion changed teams", "Find a new champion before the end of the month."),
]
