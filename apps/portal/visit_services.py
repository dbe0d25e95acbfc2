"""Visits: who opened a share last, and what they had seen before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from apps.portal import rules
from apps.portal.models import Share, ShareVisit


class Before(NamedTuple):
    """What somebody had seen at the visit before this one, and when; nothing at the first."""

    seen: Mapping[str, str] | None
    at: dt.datetime | None


def visit_recorded(
    *, share: Share, email: str, seen: Mapping[str, str], now: dt.datetime
) -> Before:
    """Remember that somebody opened a share and what it showed; a pause makes it another visit.

    Whoever reads through "anyone with the link" is nobody in particular: their `email` is empty,
    and nothing can be new to them.
    """
    with transaction.atomic():
        visit, first = ShareVisit.objects.select_for_update().get_or_create(
            share=share,
            email=rules.normalised(email),
            defaults={"first_at": now, "last_at": now, "seen": dict(seen)},
        )
        if not first:
            if rules.is_new_visit(visit.last_at, now):
                visit.before, visit.before_at = visit.seen, visit.last_at
                visit.times += 1
            visit.seen, visit.last_at = dict(seen), now
            visit.save(update_fields=["before", "before_at", "times", "seen", "last_at"])
    return Before(visit.before, visit.before_at) if email else Before(None, None)
