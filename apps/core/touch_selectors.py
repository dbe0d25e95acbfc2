"""The last touch of records, and which of them are stale (R-DUE-1)."""

from __future__ import annotations

from typing import Any

from django.db.models import DateTimeField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.core.freshness_rules import stale_before
from apps.core.models import Touch
from apps.core.scope import organisation, today, zone


def touched_at(kind: str) -> Coalesce:
    """When a record of this kind was touched last; its creation when it never was."""
    touches = Touch.objects.filter(kind=kind, record_id=OuterRef("pk")).values("touched_at")
    return Coalesce(Subquery(touches, output_field=DateTimeField()), F("created_at"))


def with_touch(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Adds `touched_at`."""
    touched: QuerySet[Any] = rows.annotate(touched_at=touched_at(kind))
    return touched


def limit_of(user: Any, kind: str) -> int:
    """After how many days a record of this kind is stale: the administrator's choice."""
    days: int = getattr(organisation(user), f"stale_{kind}_days")
    return days


def stale(user: Any, kind: str) -> Q:
    """The records of a kind that nobody touched for as long as its limit says."""
    moment = stale_before(today(user), limit_of(user, kind), zone(user))
    fresh = Touch.objects.filter(kind=kind, touched_at__gte=moment).values("record_id")
    return Q(created_at__lt=moment) & ~Q(pk__in=fresh)


def touch(user: Any, kind: str, record: Any, *, goes_on: bool) -> dict[str, Any]:
    """What a record's head says of its freshness: the last touch, and after how long it is stale.

    What no longer goes on is never stale (R-DUE-1).
    """
    moments = Touch.objects.filter(kind=kind, record_id=record.pk)
    moment = moments.values_list("touched_at", flat=True).first()
    return {
        "touched_at": moment or record.created_at,
        "stale_limit": limit_of(user, kind) if goes_on else 0,
    }
