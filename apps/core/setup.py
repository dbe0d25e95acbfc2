"""What every installation has after migrating: the three groups and the default vocabularies."""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Model

from apps.core.permissions import group_permissions

# Only into empty tables, so that what an administrator changed or removed stays so.
VOCABULARIES: dict[str, list[dict[str, Any]]] = {
    "core.Unit": [
        {"label": "EUR", "kind": "currency", "symbol": "€", "decimals": 2},
        {"label": "GBP", "kind": "currency", "symbol": "£", "decimals": 2},
        {"label": "JPY", "kind": "currency", "symbol": "¥", "decimals": 0},
        {"label": "USD", "kind": "currency", "symbol": "$", "decimals": 2},
        {"label": "Hours", "kind": "time", "symbol": "h", "decimals": 2},
        {"label": "Days", "kind": "time", "symbol": "d", "decimals": 2},
        {"label": "Weeks", "kind": "time", "symbol": "wk", "decimals": 2},
        {"label": "Months", "kind": "time", "symbol": "mo", "decimals": 2},
        {"label": "Percent", "kind": "number", "symbol": "%", "decimals": 2},
        {"label": "Quantity", "kind": "number", "symbol": "", "decimals": 2},
    ],
    "core.Tag": [
        {"label": "Executive sponsor", "tint": "violet"},
        {"label": "Reference customer", "tint": "teal"},
        {"label": "Expansion", "tint": "green"},
        {"label": "Quick win", "tint": "blue"},
    ],
    "accounts.Role": [
        {"label": "Customer Success Manager", "tint": "teal"},
        {"label": "Executive Sponsor", "tint": "violet"},
        {"label": "Solution Architect", "tint": "blue"},
        {"label": "Support Lead", "tint": "amber"},
    ],
    "plans.ChallengeCategory": [
        {"label": label, "tint": tint}
        for label, tint in [
            ("Adoption", "blue"),
            ("Budget", "green"),
            ("Competition", "pink"),
            ("Product gap", "violet"),
            ("Sponsorship", "amber"),
            ("Support", "red"),
        ]
    ],
    "objectives.ObjectiveStatus": [
        {"label": "Not Started", "kind": "not_started", "tint": "grey"},
        {"label": "In Progress", "kind": "in_progress", "tint": "blue"},
        {"label": "Paused", "kind": "paused", "tint": "amber"},
        {"label": "Blocked", "kind": "blocked", "tint": "red", "blocks_kpis": True},
        {"label": "Completed", "kind": "completed", "tint": "cyan"},
        {"label": "Abandoned", "kind": "abandoned", "tint": "grey"},
        {"label": "Archived", "kind": "archived", "tint": "grey"},
    ],
    "objectives.ObjectiveCategory": [
        {"label": label, "tint": tint}
        for label, tint in [
            ("Onboarding", "blue"),
            ("Adoption", "teal"),
            ("Value realisation", "green"),
            ("Support experience", "amber"),
            ("Expansion", "violet"),
            ("Renewal", "cyan"),
        ]
    ],
    "kpis.KpiCategory": [
        {"label": label}
        for label in [
            "Approval on Time",
            "Budget Variance",
            "Completion on Time",
            "Customer Satisfaction",
            "Project Margin",
            "Utilization",
            "Adoption",
            "Return on Investment",
            "Retention",
            "Time to Value",
        ]
    ],
    "activities.ActivityType": [
        {"label": label, "tint": tint}
        for label, tint in [
            ("Note", "grey"),
            ("Call", "blue"),
            ("Meeting", "teal"),
            ("E-mail", "cyan"),
            ("Business review", "violet"),
            ("Summary", "amber"),
        ]
    ],
    # Thresholds in reverse: less is better (R-HLT-1).
    "reports.HealthMetric": [
        {
            "label": label,
            "source": source,
            "lower": lower,
            "upper": upper,
            "weight": weight,
            "unit": unit,
        }
        for label, source, lower, upper, weight, unit in [
            ("Objective health", "objective_health", 1, 5, 30, "of 5"),
            ("Objective progress", "objective_completion", 0, 100, 20, "%"),
            ("KPIs off track", "off_track_share", 60, 0, 25, "%"),
            ("Overdue tasks", "overdue_tasks", 10, 0, 15, "tasks"),
            ("Days since last touch", "days_since_touch", 60, 7, 10, "days"),
        ]
    ],
}


def after_migrate(*, apps: Apps | Any = installed, **kwargs: Any) -> None:
    """Fill the groups and the empty vocabularies, name the organisation; it repeats safely."""
    _fill_groups()
    organisation, _ = apps.get_model("core.Organisation")._default_manager.get_or_create(pk=1)
    if not organisation.examples_away:
        _fill_vocabularies(apps)


def _fill_groups() -> None:
    existing = {
        f"{app}.{codename}": pk
        for app, codename, pk in Permission.objects.values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
    for name, wanted in group_permissions().items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*(existing[line] for line in wanted if line in existing))


def _fill_vocabularies(apps: Apps | Any) -> None:
    for label, entries in VOCABULARIES.items():
        model: type[Model] = apps.get_model(label)
        if not model._default_manager.exists():
            model._default_manager.bulk_create(
                model(position=10 * place, **entry) for place, entry in enumerate(entries, 1)
            )
