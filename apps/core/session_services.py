"""Sessions: noted while they are used, and ended by their person or by an administrator."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from apps.core.access import Refused
from apps.core.models import User
from apps.core.people_models import Session
from apps.core.people_rules import SEEN_EVERY, device_of
from apps.core.people_selectors import require_people


def session_told(*, session: Any, agent: str, address: str) -> None:
    """Note in a session that just began on which device, from where and when."""
    now = timezone.now().isoformat()
    session["told"] = {
        "device": device_of(agent),
        "address": address,
        "started_at": now,
        "seen_at": now,
    }


def session_seen(*, session: Any, agent: str, address: str) -> None:
    """Note that a session is in use; at most every ten minutes, so that pages cost no write."""
    told = session.get("told")
    if not told:
        return
    now = timezone.now()
    if now - dt.datetime.fromisoformat(told["seen_at"]) >= SEEN_EVERY:
        session["told"] = told | {
            "device": device_of(agent),
            "address": address,
            "seen_at": now.isoformat(),
        }


def sessions_end(*, actor: User, user: User, keep: str | None = "", only: str = "") -> int:
    """End the sessions of a user at once: all, all but the one to `keep`, or `only` one.

    One's own, or as somebody who may edit users. `only` is a session's mark, never its key.
    """
    if actor.pk != user.pk:
        require_people(actor)
        if user.is_superuser and not actor.is_superuser:
            raise Refused("Only a superuser may end the sessions of a superuser.")
    rows = Session.objects.filter(user=user)
    if only:
        keys = [row.pk for row in rows if row.mark == only]
        rows = rows.filter(pk__in=keys)
    if keep:
        rows = rows.exclude(pk=keep)
    return rows.delete()[0]
