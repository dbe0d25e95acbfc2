"""What the frame around every page needs."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest

from apps.core.notify_selectors import unread
from apps.core.outbox_selectors import has_outbox
from apps.core.person import person_of
from apps.core.scope import organisation
from apps.core.views.frame import create_menu, keys, nav


def frame(request: HttpRequest) -> dict[str, Any]:
    """Rail, "+ Create" menu, and how the person reads values; empty for those signed out."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    organised = organisation(user)
    return {
        "nav": nav(request),
        "create_menu": create_menu(user, request.get_full_path()),
        "keys": keys(user),
        "person": person_of(user),
        # Asked once, and only by what shows the bell.
        "unread": cache(lambda: unread(user)),
        "outbox": has_outbox(user),
        "organisation_name": organised.name,
        "demo_note": organised.note,
    }
