"""The due rule as a condition of the database (R-DUE-1): the twin of `due_rules`."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from apps.core import due_rules


def due(path: str, value: str, today: dt.date) -> Q:
    """The rows whose date at `path` is what a choice of `due_rules` speaks of."""
    if value == due_rules.NO_DATE:
        return Q(**{f"{path}__isnull": True})
    first, last = due_rules.days(value, today)
    wanted = Q()
    if first is not None:
        wanted &= Q(**{f"{path}__gte": first})
    if last is not None:
        wanted &= Q(**{f"{path}__lte": last})
    return wanted
