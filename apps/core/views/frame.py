"""What the frame offers on every page: where to go, what to create, which keys there are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from apps.core import access
from apps.core.key_rules import COLUMNS, Keys
from apps.core.kinds import FROM_TEMPLATES, KINDS, LIBRARY
from apps.core.templatetags.ui import making

RAIL: Final = ("account", "plan", "objective", "kpi", "playbook", "task", "activity", "challenge")
PEOPLE: Final = ("contact", "resource")
TRACKERS: Final = (
    ("Success Tracker", "workspace:success-tracker", "timeline"),
    ("Value Tracker", "workspace:value-tracker", "chart-line"),
    ("Activity Tracker", "workspace:activity-tracker", "activity"),
)
REPORTS: Final = (
    ("Outcomes", "reports:outcomes", "circle-check"),
    ("KPI Trending", "reports:kpi-trending", "trending-up"),
    ("Value", "reports:value", "chart-bar"),
    ("Health", "reports:health", "heartbeat"),
)
CREATE: Final = (
    "plan",
    "objective",
    "kpi",
    "playbook",
    "task",
    "activity",
    "challenge",
    "account",
    "contact",
)


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the rail, as far as the person may see their pages."""
    user = request.user
    here = request.path

    def item(label: str, url: str, icon: str) -> dict[str, Any]:
        active = here == url or (url != "/" and here.startswith(url))
        return {"label": label, "url": url, "icon": icon, "active": active}

    def seen(names: tuple[str, ...]) -> list[dict[str, Any]]:
        kinds = [KINDS[name] for name in names if access.may(user, f"{name}.view")]
        return [item(kind.plural, reverse(kind.list_url), kind.icon) for kind in kinds]

    shelf = [item("Library", reverse("library:list"), "books")]
    may_share = access.may(user, "account.share")
    shared = [item("Shared", reverse("shares:list"), "share")] if may_share else []
    sets_up = access.may(user, "vocabulary.edit")
    set_up = [item("Set-up", reverse("workspace:setup"), "settings")] if sets_up else []
    trackers = [item(label, reverse(url), icon) for label, url, icon in TRACKERS]
    reports = [item(label, reverse(url), icon) for label, url, icon in REPORTS]
    return [
        {
            "label": "",
            "items": [item("Home", reverse("workspace:home"), "home"), *seen(RAIL), *shared],
        },
        {"label": "Trackers", "items": trackers},
        {"label": "Reports", "items": reports if access.may(user, "report.view") else []},
        {
            "label": "Team",
            "items": [*(shelf if access.may(user, "template.view") else []), *seen(PEOPLE)],
        },
        {"label": "Administration", "items": set_up},
    ]


def create_menu(user: Any, back: str) -> list[dict[str, str]]:
    """What this person may create; what is made from templates leads back to the page."""
    return [
        {
            "kind": name,
            "label": KINDS[name].label,
            "url": making(user, name, back=back if name in FROM_TEMPLATES else ""),
            "icon": KINDS[name].icon,
        }
        for name in CREATE
        if access.may(user, f"{name}.create")
    ]


def keys(user: Any) -> str:
    """The list that `?` shows: without the places that this person may not see."""
    hidden = {kind.list_url for kind in KINDS.values() if not access.may(user, f"{kind.name}.view")}
    if not access.may(user, "template.view"):
        hidden.add(LIBRARY)
    return _keys(frozenset(hidden))


@lru_cache(maxsize=64)
def _keys(hidden: frozenset[str]) -> str:
    """The same for everybody with the same permissions, so made once."""
    columns = [
        [Keys(one.title, tuple(key for key in one.keys if key.url not in hidden)) for one in places]
        for places in COLUMNS
    ]
    return render_to_string("core/_keys.html", {"columns": columns})
