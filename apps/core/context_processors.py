"""What the frame around every page needs."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.core import access
from apps.core.kinds import FROM_TEMPLATES, KINDS
from apps.core.notify_selectors import unread
from apps.core.outbox_selectors import has_outbox
from apps.core.person import person_of
from apps.core.scope import organisation
from apps.core.templatetags.ui import making

RAIL = ("account", "plan", "objective", "kpi", "playbook", "task", "activity", "challenge")
PEOPLE = ("contact", "resource")
TRACKERS = (
    ("Success Tracker", "workspace:success-tracker", "timeline"),
    ("Value Tracker", "workspace:value-tracker", "chart-line"),
)
CREATE = ("plan", "objective", "playbook", "task", "activity", "challenge", "account", "contact")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Rail, "+ Create" menu, and how the person reads values; empty for those signed out."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    here = request.path

    def item(label: str, url: str, icon: str) -> dict[str, Any]:
        active = here == url or (url != "/" and here.startswith(url))
        return {"label": label, "url": url, "icon": icon, "active": active}

    def kind_item(name: str) -> dict[str, Any]:
        kind = KINDS[name]
        return item(kind.plural, reverse(kind.list_url), kind.icon)

    def seen(names: tuple[str, ...]) -> list[dict[str, Any]]:
        return [kind_item(name) for name in names if access.may(user, f"{name}.view")]

    may_shelf = access.may(user, "template.view")
    shelf = [item("Library", reverse("library:list"), "books")]
    organised = organisation(user)
    trackers = [item(label, reverse(url), icon) for label, url, icon in TRACKERS]
    return {
        "nav": [
            {"label": "", "items": [item("Home", reverse("workspace:home"), "home"), *seen(RAIL)]},
            {"label": "Trackers", "items": trackers},
            {"label": "Team", "items": [*(shelf if may_shelf else []), *seen(PEOPLE)]},
        ],
        "create_menu": [
            {
                "label": KINDS[name].label,
                "url": making(
                    user, name, back=request.get_full_path() if name in FROM_TEMPLATES else ""
                ),
                "icon": KINDS[name].icon,
            }
            for name in CREATE
            if access.may(user, f"{name}.create")
        ],
        "person": person_of(user),
        # Asked once, and only by what shows the bell.
        "unread": cache(lambda: unread(user)),
        "outbox": has_outbox(user),
        "organisation_name": organised.name,
        "demo_note": organised.note,
    }
