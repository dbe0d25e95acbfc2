"""Reads of objective KPIs and their values over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Avg, Count, DecimalField, F, Q, QuerySet
from django.db.models.functions import Coalesce, Round

from apps.activities.models import CsActivity
from apps.core.choices import ProgressStatus
from apps.core.scope import today
from apps.kpis.expressions import EXACT, exact_progress, missing
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives.models import Objective

# A sum of quotients is exact to some 20 places: 1/3 + 1/3 + 1/3 must read as the whole.
PLACES: Final = 10

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


def sparklines(kpi_ids: Iterable[int]) -> dict[int, list[Decimal]]:
    """The newest current values of many KPIs, oldest first, in one statement."""
    series = (
        KpiValue.objects.filter(kpi_id__in=list(kpi_ids), current__isnull=False)
        .order_by()
        .values("kpi_id")
        .annotate(
            points=ArrayAgg(
                "current",
                order_by=[F("measured_on").desc(nulls_last=True), "-recorded_at", "-pk"],
            )
        )
    )
    return {row["kpi_id"]: row["points"][POINTS - 1 :: -1] for row in series}


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


def summary(rows: QuerySet[ObjectiveKpi]) -> Summary:
    """Counts by status and the mean of exact progress, 0 to 1 (R-KPI-6), in one statement.

    `rows` carry `kpi_status` and `blocked_by_status`. KPIs without values count as 0.
    """
    found = (
        rows.order_by()
        .select_related(None)
        .aggregate(
            **{
                f"n_{status}": Count("pk", filter=Q(kpi_status=status))
                for status in ProgressStatus.values
            },
            n_blocked=Count("pk", filter=Q(is_blocked=True) | Q(blocked_by_status=True)),
            n_without=Count("pk", filter=missing()),
            mean=mean_progress(),
        )
    )
    return Summary(
        {status: found[f"n_{status}"] for status in ProgressStatus.values},
        found["n_blocked"],
        found["n_without"],
        found["mean"],
    )


def mean_progress() -> Round:
    """The mean of the exact progress of some KPIs, 0 to 1 to ten places (R-KPI-6)."""
    mean = Coalesce(Avg(exact_progress(), output_field=EXACT), Decimal(0), output_field=EXACT)
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


def kpis_of(user: Any, objective: Objective) -> QuerySet[ObjectiveKpi]:
    """The KPIs of one objective that this person sees, by title."""
    return kpis(user).filter(objective=objective).order_by("title", "pk")


def activities_of(user: Any, kpi: ObjectiveKpi) -> QuerySet[Any]:
    """The CS activities of a KPI that this person sees, newest first."""
    rows: Any = CsActivity.objects.visible_to(user)
    activities: QuerySet[CsActivity] = rows.filter(kpi=kpi).select_related("type", "author")
    return activities.order_by("-happened_at", "-pk")
