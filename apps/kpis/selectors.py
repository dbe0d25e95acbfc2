"""Reads of objective KPIs and their values over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Avg, Count, DecimalField, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Round

from apps.activities.models import CsActivity
from apps.core.choices import Direction, ProgressStatus
from apps.core.scope import today
from apps.kpis.expressions import EXACT, ExactProgress, missing
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives.models import Objective

# A sum of quotients is exact to some 20 places: 1/3 + 1/3 + 1/3 must read as the whole.
PLACES: Final = 10

# Blocked by hand or by the objective's status (R-KPI-8); of rows that carry `blocked_by_status`.
BLOCKED: Final = Q(is_blocked=True) | Q(blocked_by_status=True)

# Where the current value stands against the baseline, in the KPI's own direction (R-KPI-2).
UNMEASURED: Final = Q(baseline__isnull=True) | Q(current__isnull=True)
BETTER: Final = Q(direction=Direction.HIGHER, current__gt=F("baseline")) | Q(
    direction=Direction.LOWER, current__lt=F("baseline")
)
WORSE: Final = Q(direction=Direction.HIGHER, current__lt=F("baseline")) | Q(
    direction=Direction.LOWER, current__gt=F("baseline")
)

# The points of a sparkline: the newest of the series.
POINTS: Final = 24


def kpis(user: Any) -> QuerySet[ObjectiveKpi]:
    """The KPIs this person sees, with `kpi_status` on their day and `blocked_by_status`."""
    rows: QuerySet[ObjectiveKpi] = ObjectiveKpi.objects.visible_to(user).with_status(today(user))
    return rows.select_related(
        "objective__account", "objective__plan", "objective__status", "category", "unit"
    )


def values_of(kpi: ObjectiveKpi) -> QuerySet[KpiValue]:
    """The values of one KPI over time, by the date they were measured, oldest first."""
    return (
        KpiValue.objects.filter(kpi=kpi)
        .select_related("unit", "recorded_by")
        .order_by(F("measured_on").asc(nulls_first=True), "recorded_at", "pk")
    )


def with_points(rows: QuerySet[ObjectiveKpi]) -> QuerySet[ObjectiveKpi]:
    """Adds `points`: the newest current values of each KPI by the date measured, newest first."""
    newest = KpiValue.objects.filter(kpi=OuterRef("pk"), current__isnull=False).order_by(
        F("measured_on").desc(nulls_last=True), "-recorded_at", "-pk"
    )
    return rows.annotate(points=ArraySubquery(newest.values("current")[:POINTS]))


@dataclass(frozen=True)
class Summary:
    """How the KPIs of a scope stand: how many of each status, and their mean progress."""

    statuses: dict[str, int]
    blocked: int
    without_values: int
    progress: Decimal

    @property
    def total(self) -> int:
        """How many KPIs there are."""
        return sum(self.statuses.values())


def _by_status(rows: QuerySet[ObjectiveKpi], **more: Any) -> dict[str, dict[str, Any]]:
    """What is counted of the KPIs of each status that occurs; the status is judged once a row."""
    judged: Any = rows.order_by().select_related(None)
    found = judged.values("kpi_status").annotate(
        n=Count("pk"),
        blocked=Count("pk", filter=BLOCKED),
        without=Count("pk", filter=missing()),
        done=Sum(ExactProgress(), output_field=EXACT),
        **more,
    )
    return {row["kpi_status"]: row for row in found}


def _mean(parts: Iterable[dict[str, Any]], number: str, done: str) -> Decimal:
    """The mean of the exact progress of several groups together, to ten places (R-KPI-6)."""
    parts = list(parts)
    total = sum(part[number] for part in parts)
    if not total:
        return Decimal(0)
    exact: Any = sum((part[done] for part in parts if part[done] is not None), Decimal(0))
    mean: Decimal = exact / total
    return mean.quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP)


def _summary(found: dict[str, dict[str, Any]]) -> Summary:
    return Summary(
        {status: found[status]["n"] if status in found else 0 for status in ProgressStatus.values},
        sum(part["blocked"] for part in found.values()),
        sum(part["without"] for part in found.values()),
        _mean(found.values(), "n", "done"),
    )


def summary(rows: QuerySet[ObjectiveKpi]) -> Summary:
    """Counts by status and the mean of exact progress, 0 to 1 (R-KPI-6), in one statement.

    `rows` carry `kpi_status` and `blocked_by_status`. KPIs without values count as 0.
    """
    return _summary(_by_status(rows))


def mean_progress(where: Q | None = None) -> Round:
    """The mean of the exact progress of some KPIs, 0 to 1 to ten places (R-KPI-6)."""
    average = Avg(ExactProgress(), filter=where, output_field=EXACT)
    mean = Coalesce(average, Decimal(0), output_field=EXACT)
    return Round(mean, precision=PLACES, output_field=DecimalField())


@dataclass(frozen=True)
class Group:
    """The KPIs of one objective: how many, and their mean progress from 0 to 1."""

    count: int
    progress: Decimal


def groups(objective_ids: Iterable[int]) -> dict[int, Group]:
    """Number and mean progress of the KPIs of some objectives, in one statement (R-KPI-6)."""
    found = (
        ObjectiveKpi._base_manager.filter(objective__in=list(objective_ids))
        .order_by()
        .values("objective")
        .annotate(n=Count("pk"), mean=mean_progress())
    )
    return {row["objective"]: Group(row["n"], row["mean"]) for row in found}


def summary_and_group(rows: QuerySet[ObjectiveKpi], objective_id: int) -> tuple[Summary, Group]:
    """The summary of some KPIs, and of those among them that one objective has: one statement."""
    inside = Q(objective=objective_id)
    found = _by_status(
        rows,
        group_n=Count("pk", filter=inside),
        group_done=Sum(ExactProgress(), filter=inside, output_field=EXACT),
    )
    number = sum(part["group_n"] for part in found.values())
    return _summary(found), Group(number, _mean(found.values(), "group_n", "group_done"))


def kpis_of(user: Any, objective: Objective) -> QuerySet[ObjectiveKpi]:
    """The KPIs of one objective that this person sees, by title."""
    return kpis(user).filter(objective=objective).order_by("title", "pk")


def activities_of(user: Any, kpi: ObjectiveKpi) -> QuerySet[Any]:
    """The CS activities of a KPI that this person sees, newest first."""
    rows: Any = CsActivity.objects.visible_to(user)
    activities: QuerySet[CsActivity] = rows.filter(kpi=kpi).select_related("type", "author")
    return activities.order_by("-happened_at", "-pk")
