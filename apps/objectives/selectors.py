"""Reads of objectives, with the progress that follows from their KPIs and tasks."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import (
    Avg,
    BooleanField,
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Round

from apps.activities.models import CsActivity
from apps.core.choices import Door
from apps.kpis.expressions import EXACT, ExactProgress, Written
from apps.kpis.models import ObjectiveKpi
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective, ObjectiveChallenge, ObjectiveStatus
from apps.objectives.rules import Below
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.selectors import plans, rank
from apps.playbooks.models import Playbook, PlaybookTask

NOTHING: Final = Value(0, output_field=EXACT)
ALL: Final = Value(1, output_field=EXACT)

# Objectives that no longer count for their plan (R-OBJ-5).
OUT: Final = (StatusKind.ABANDONED, StatusKind.ARCHIVED)

# Objectives that are over: completed, or no longer wanted.
DONE: Final = (StatusKind.COMPLETED, *OUT)

# A sum of quotients is exact to some 20 places: 1/3 + 1/3 + 1/3 must read as the whole.
PLACES: Final = 10


class ObjectiveProgress(Written):
    """Progress of an objective from 0 to 1, first that applies (R-OBJ-5).

    The mean of its KPIs is that of R-KPI-6; the share of tasks leaves out what is canceled.
    """

    output_field = EXACT
    parts = ("pk", "status__kind", "completion_type", *ExactProgress.parts)
    steps = f"""CASE
        WHEN {{status__kind}} = 'completed' THEN 1
        WHEN {{completion_type}} = 'attribute' THEN {ExactProgress.steps}
        ELSE COALESCE(
            (SELECT AVG({ExactProgress.of("one")}) FROM kpis_objectivekpi one
                WHERE one.objective_id = {{pk}}),
            CASE WHEN {{baseline}} IS NULL OR {{current}} IS NULL OR {{target}} IS NULL THEN NULL
                ELSE {ExactProgress.steps} END,
            (SELECT AVG(CASE one.status WHEN 'completed' THEN 1.0 ELSE 0 END)
                FROM playbooks_playbooktask one
                WHERE one.objective_id = {{pk}} AND one.status <> 'canceled'),
            0) END"""  # noqa: S608 (made of constants)

    def __init__(self) -> None:
        super().__init__(*(F(name) for name in self.parts))


def _to_places(share: Any) -> Round:
    return Round(share, precision=PLACES, output_field=DecimalField())


def with_progress(rows: QuerySet[Objective]) -> QuerySet[Objective]:
    """Adds `progress`, 0 to 1 to ten places (R-OBJ-5); it is cut off when it is shown."""
    return rows.annotate(progress=_to_places(ObjectiveProgress()))


def _plan_progress() -> Round:
    counted = Objective._base_manager.filter(plan=OuterRef("pk")).order_by()
    counted = counted.filter(Q(status__isnull=True) | ~Q(status__kind__in=OUT))
    means = counted.values("plan").annotate(mean=Avg(ObjectiveProgress(), output_field=EXACT))
    mean = Subquery(means.values("mean"), output_field=EXACT)
    return _to_places(Coalesce(mean, NOTHING))


def plans_with_progress(user: Any) -> QuerySet[SuccessPlan]:
    """The success plans this person sees, with `progress` from 0 to 1.

    It is the mean over the objectives that are neither abandoned nor archived (R-OBJ-5).
    """
    return plans(user).annotate(progress=_plan_progress())


def objectives(user: Any) -> QuerySet[Objective]:
    """The objectives this person sees, with `progress` (R-OBJ-5), `kpi_count` and `blocked`.

    `blocked` says whether their KPIs are blocked by the status or one of them by hand (R-KPI-8).
    `priority_rank` and `risk_rank` sort by urgency.
    """
    rows: QuerySet[Objective] = Objective.objects.visible_to(user)
    kpis = ObjectiveKpi._base_manager.filter(objective=OuterRef("pk")).order_by()
    counted = kpis.values("objective").annotate(n=Count("pk")).values("n")
    # Not EXISTS: for fifty rows the planner would read the KPIs of all objectives into a hash.
    by_hand = kpis.values("objective").annotate(any=BoolOr("is_blocked")).values("any")
    blocked = Case(
        When(status__blocks_kpis=True, then=Value(True)),
        default=Subquery(by_hand, output_field=BooleanField()),
        output_field=BooleanField(),
    )
    return with_progress(
        rows.select_related("account", "plan", "status", "category", "owner", "owner_contact")
    ).annotate(
        kpi_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        blocked=Coalesce(blocked, False),
        priority_rank=rank("priority"),
        risk_rank=rank("risk"),
    )


def challenges_linked(user: Any, objective: Objective) -> QuerySet[BusinessChallenge]:
    """The challenges that an objective answers."""
    rows: QuerySet[BusinessChallenge] = BusinessChallenge.objects.visible_to(user)
    return rows.filter(objective_links__objective=objective).select_related("category")


def below(objective: Objective) -> Below:
    """What hangs on an objective, and how many challenges are linked to it."""

    def count(rows: QuerySet[Any]) -> Coalesce:
        counted = rows.filter(objective=OuterRef("pk")).order_by().values("objective")
        counted = counted.annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    numbers = (
        Objective._base_manager.filter(pk=objective.pk)
        .values_list(
            count(PlaybookTask._base_manager.all()),
            count(Playbook._base_manager.all()),
            count(CsActivity._base_manager.all()),
            count(ObjectiveChallenge._base_manager.all()),
        )
        .get()
    )
    return Below(*numbers)


def first_status(kind: str = StatusKind.NOT_STARTED) -> ObjectiveStatus | None:
    """The first active status of a kind."""
    return ObjectiveStatus.objects.filter(kind=kind, is_active=True).first()


def objective_rows(user: Any) -> QuerySet[Objective]:
    """The same with what the page of one objective shows beside."""
    return objectives(user).select_related("attribute", "unit", "plan__account")


def completed_by_readings(user: Any, operation: UUID | None) -> list[str]:
    """The names of the objectives that reached their target in an operation (R-OBJ-6)."""
    rows: Any = Objective.objects.visible_to(user)
    events: Any = Objective.events.rel.related_model._default_manager  # type: ignore[attr-defined]
    since = events.filter(pgh_obj=OuterRef("pk"), completed_at=OuterRef("completed_at"))
    found = rows.filter(
        Exists(since.filter(pgh_operation=operation, pgh_door=Door.ATTRIBUTE)),
        ~Exists(since.exclude(pgh_operation=operation)),
        status__kind=StatusKind.COMPLETED,
    )
    return list(found.order_by("name", "pk").values_list("name", flat=True))
