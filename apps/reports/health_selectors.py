"""Reads of health: the newest score of accounts, their bands over time, one account's parts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.models import Account
from apps.core.models import Organisation
from apps.core.scope import organisation
from apps.reports.choices import Band
from apps.reports.models import HealthMetric, HealthScore

# How far back a score is compared, and how old one may be to count as today's.
MONTH: Final = dt.timedelta(days=30)
STALE: Final = dt.timedelta(days=7)
NUMBER: Final = DecimalField(max_digits=13, decimal_places=10)


def newest_score(until: dt.date | None = None) -> Subquery:
    """The newest score of an account; up to a day, the newest of the week that ends there."""
    scores = HealthScore.objects.filter(account=OuterRef("pk")).order_by("-day")
    if until is not None:
        scores = scores.filter(day__range=(until - STALE, until))
    return Subquery(scores.values("score")[:1], output_field=NUMBER)


def ours(field: str) -> Coalesce:
    """A setting of the organisation beside each row: read once for all of them."""
    found: Any = Organisation._meta.get_field(field)
    return Coalesce(Subquery(Organisation.objects.filter(pk=1).values(field)), found.default)


def health_columns() -> dict[str, Any]:
    """What a list adds to show `health_score` with its band."""
    return {
        "health_score": newest_score(),
        "health_good": ours("health_good_from"),
        "health_poor": ours("health_poor_below"),
    }


def with_health(rows: QuerySet[Account], day: dt.date) -> QuerySet[Account]:
    """Adds `health_score`, `health_before` of a month before, and by how much it `health_moved`."""
    scored = rows.annotate(health_before=newest_score(day - MONTH), **health_columns())
    return scored.annotate(health_moved=F("health_score") - F("health_before"))


def limits(user: Any) -> tuple[int, int]:
    """From where health is good and below what it is poor: the administrator's choice."""
    found = organisation(user)
    return found.health_good_from, found.health_poor_below


def in_band(band: str, good_from: int, poor_below: int, field: str = "health_score") -> Q:
    """The accounts of a band, of rows that carry their score."""
    if band == Band.GOOD:
        return Q(**{f"{field}__gte": good_from})
    if band == Band.FAIR:
        return Q(**{f"{field}__lt": good_from, f"{field}__gte": poor_below})
    if band == Band.POOR:
        return Q(**{f"{field}__lt": poor_below})
    return Q(**{f"{field}__isnull": True})


def of_band(rows: QuerySet[Account], user: Any, band: str) -> QuerySet[Account]:
    """The accounts whose health is of a band."""
    scored = rows.annotate(health_now=newest_score())
    return scored.filter(in_band(band, *limits(user), "health_now"))


def bands_over_time(
    account_ids: Any, days: Iterable[dt.date], good_from: int, poor_below: int
) -> dict[dt.date, dict[str, int]]:
    """How many of some accounts were in each band on some days, in one statement."""
    scores = HealthScore.objects.filter(account__in=account_ids, day__in=list(days)).order_by()
    counted: Any = scores.values("day").annotate(
        **{
            band: Count("pk", filter=in_band(band, good_from, poor_below, "score"))
            for band in Band.values
        }
    )
    found: dict[dt.date, dict[str, int]] = defaultdict(dict)
    for row in counted:
        found[row["day"]] = {band: row[band] for band in Band.values}
    return found


def scores_between(account: Account, first: dt.date, last: dt.date) -> list[HealthScore]:
    """The scores of one account over some time, oldest first, without their parts."""
    rows = HealthScore.objects.filter(account=account, day__range=(first, last))
    return list(rows.defer("parts").order_by("day"))


def score_on(account: Account, day: dt.date) -> HealthScore | None:
    """The newest score of one account on or before a day."""
    return HealthScore.objects.filter(account=account, day__lte=day).order_by("-day").first()


def metrics_by_id() -> dict[int, HealthMetric]:
    """All metrics, by position, with what narrows them."""
    rows = HealthMetric.objects.select_related("attribute").prefetch_related(
        "status_links", "tag_links", "category_links"
    )
    return {metric.pk: metric for metric in rows}
