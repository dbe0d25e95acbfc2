"""Invents plans, objectives, KPIs, playbooks and activities around the real readings.

Seeded by the account, so that the demo always tells the same story. Every KPI is fed by an
attribute: its baseline is the reading at the plan's start, its history is the file's.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from apps.workspace.demo.ravenstack import AccountRow

PLANNED_ACCOUNTS: Final = 120


@dataclass(frozen=True)
class KpiRow:
    """A KPI fed by an attribute."""

    title: str
    attribute: str
    unit: str
    category: str
    direction: str
    baseline: Decimal
    target: Decimal
    target_date: dt.date | None
    blocked: bool


@dataclass(frozen=True)
class TaskRow:
    """A task of a playbook."""

    name: str
    start: dt.date
    end: dt.date
    status: str
    percent: int
    priority: str


@dataclass(frozen=True)
class PlaybookRow:
    """A playbook with its tasks."""

    name: str
    stage: str
    status: str
    start: dt.date
    end: dt.date
    tasks: list[TaskRow]


@dataclass(frozen=True)
class ObjectiveRow:
    """An objective with its KPIs and playbooks."""

    name: str
    category: str
    status: str
    priority: str
    risk: str
    health: int
    start: dt.date | None
    due: dt.date | None
    kpis: list[KpiRow]
    playbooks: list[PlaybookRow]
    shared: bool


@dataclass(frozen=True)
class ActivityRow:
    """A note, call or meeting."""

    type: str
    subject: str
    notes: str
    days_ago: int
    minutes: int


@dataclass(frozen=True)
class PlanRow:
    """A success plan of one account."""

    account: str
    name: str
    status: str
    start: dt.date
    end: dt.date
    review: dt.date | None
    objectives: list[ObjectiveRow]
    challenges: list[tuple[str, str, str]]
    activities: list[ActivityRow] = field(default_factory=list)


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


def plans(accounts: list[AccountRow], today: dt.date) -> list[PlanRow]:
    """Plans for the larger active accounts, one or two each."""
    active = [a for a in accounts if a.status == "active" and len(a.readings["mrr"]) >= 10]
    largest = sorted(active, key=lambda a: (-a.arr, a.external_id))[:PLANNED_ACCOUNTS]
    found = []
    for account in largest:
        chance = random.Random(f"plan {account.external_id}")  # noqa: S311 (a demo, not a secret)
        for place in range(2 if chance.random() < 0.3 else 1):
            found.append(_plan(account, today, chance, place))
    return found


def _plan(account: AccountRow, today: dt.date, chance: random.Random, place: int) -> PlanRow:
    start = _first_of_month(today, -chance.randint(3, 9) if place == 0 else chance.randint(-2, 2))
    end = _first_of_month(start, chance.choice([9, 12])) - dt.timedelta(days=1)
    themes = chance.sample(sorted(THEMES), chance.randint(2, 4))
    name = chance.choice(["Success plan", "Value plan", "Growth plan", "Adoption plan"])
    return PlanRow(
        account=account.external_id,
        name=f"{name} {start.year}" if place == 0 else f"Renewal and expansion {end.year}",
        status=chance.choices(["active", "draft", "on_hold", "completed"], [12, 1, 1, 1])[0],
        start=start,
        end=end,
        review=account.review,
        objectives=[_objective(account, theme, start, end, today, chance) for theme in themes],
        challenges=[
            (*REASONS[reason], chance.choice(["high", "medium", "low"]))
            for reason in sorted(set(account.churn_reasons))
        ]
        if place == 0
        else [],
        activities=[
            ActivityRow(
                *note, days_ago=chance.randint(0, 90), minutes=chance.choice([15, 30, 45, 60])
            )
            for note in chance.sample(NOTES, chance.randint(1, 4))
        ],
    )


def _objective(
    account: AccountRow,
    theme: str,
    start: dt.date,
    end: dt.date,
    today: dt.date,
    chance: random.Random,
) -> ObjectiveRow:
    names, category, attributes, playbooks = THEMES[theme]
    begins = start + dt.timedelta(days=chance.choice([0, 0, 14, 30]))
    due = end - dt.timedelta(days=chance.choice([0, 30, 60]))
    kpis = [
        row
        for attribute in attributes
        if chance.random() < 0.8 and (row := _kpi(account, attribute, begins, due, today, chance))
    ]
    status = (
        "Not Started"
        if begins > today
        else chance.choices(
            ["In Progress", "Paused", "Blocked", "Completed", "Abandoned"], [14, 1, 1, 1, 0.5]
        )[0]
    )
    return ObjectiveRow(
        name=chance.choice(names),
        category=category,
        status=status,
        priority=chance.choices(["high", "medium", "low"], [3, 5, 2])[0],
        risk=chance.choices(["high", "medium", "low"], [1, 3, 5])[0],
        health=chance.choices([1, 2, 3, 4, 5], [1, 2, 3, 4, 2])[0],
        start=None if chance.random() < 0.05 else begins,
        due=due,
        kpis=kpis,
        playbooks=[
            _playbook(name, begins, due, today, chance)
            for name in playbooks
            if chance.random() < 0.75
        ],
        shared=chance.random() < 0.3,
    )


def _kpi(
    account: AccountRow,
    attribute: str,
    begins: dt.date,
    due: dt.date,
    today: dt.date,
    chance: random.Random,
) -> KpiRow | None:
    earlier = [value for day, value in account.readings[attribute] if day < begins]
    if not earlier:
        return None
    title, unit, category, direction, factors = MEASURES[attribute]
    baseline = earlier[-1]
    target = (baseline * Decimal(chance.choice(factors))).quantize(Decimal("0.1"))
    if attribute in ("seats", "usage", "tickets", "mrr"):
        target = target.quantize(Decimal(1))
    if direction == "higher" and target <= baseline:
        target = baseline + 1
    if direction == "lower" and target >= baseline:
        return None
    when = chance.choices([due, None, begins + dt.timedelta(days=60)], [8, 1, 1.5])[0]
    return KpiRow(
        title=title,
        attribute=attribute,
        unit=unit,
        category=category,
        direction=direction,
        baseline=baseline,
        target=target,
        target_date=when,
        blocked=chance.random() < 0.03,
    )


def _playbook(
    name: str, begins: dt.date, due: dt.date, today: dt.date, chance: random.Random
) -> PlaybookRow:
    length = max((due - begins).days // 2, 28)
    start = begins + dt.timedelta(days=chance.randrange(0, 20))
    end = start + dt.timedelta(days=length)
    names = TASKS[name]
    step = length // len(names)
    tasks = []
    for place, task in enumerate(names):
        task_start = start + dt.timedelta(days=place * step)
        task_end = min(task_start + dt.timedelta(days=step), end)
        if task_end < today and chance.random() < 0.85:
            status, percent = "completed", 100
        elif task_start <= today:
            status, percent = "in_progress", chance.choice([10, 25, 40, 60, 80])
        else:
            status, percent = "planned", 0
        tasks.append(
            TaskRow(
                task,
                task_start,
                task_end,
                status,
                percent,
                chance.choice(["high", "medium", "low"]),
            )
        )
    done = all(task.status == "completed" for task in tasks)
    stage = "completed" if done else "in_progress" if start <= today else "planned"
    late = any(task.end < today and task.status != "completed" for task in tasks)
    colour = "red" if late and chance.random() < 0.4 else "yellow" if late else "green"
    return PlaybookRow(name, stage, colour, start, end, tasks)


def _first_of_month(day: dt.date, months: int) -> dt.date:
    total = day.year * 12 + day.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)
