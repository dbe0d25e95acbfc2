"""What came of objectives, as conditions that lists filter and reports count by."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Final

from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import TruncDate

from apps.kpis.expressions import Written
from apps.objectives.choices import Outcome, StatusKind
from apps.objectives.due_selectors import OBJECTIVE_OPEN
from apps.objectives.models import Objective
from apps.objectives.selectors import ObjectiveProgress

# Whose schedule says something (R-TRK-1): the others show their own status instead.
GOING: Final = Q(status__isnull=True) | Q(
    status__kind__in=[StatusKind.NOT_STARTED, StatusKind.IN_PROGRESS]
)
COMPLETED: Final = Q(status__kind=StatusKind.COMPLETED)

# The steps 3 to 6 of R-KPI-4 for what has both dates or none and is neither over nor to come.
# Both sides are multiplied out; a progress that is a mean is exact to some twenty places.
IN_PACE: Final = """CASE
    WHEN {due} < {today}::date OR {start} > {today}::date THEN NULL
    WHEN {start} IS NULL AND {due} IS NULL THEN CASE WHEN {progress} = 0 THEN TRUE END
    WHEN {start} IS NULL OR {due} IS NULL THEN NULL
    WHEN {start} = {due} THEN {progress} >= 1
    ELSE ROUND({progress} * ({due} - {start}), 8) >= ({today}::date - {start}) END"""


class InPace(Written):
    """Whether an objective goes on as its dates say: null where nothing can be said (R-TRK-1)."""

    output_field = models.BooleanField()
    parts = ("today", "start", "due", "progress")
    # Progress is three statements long: it is asked for once.
    steps = (
        f"(SELECT {IN_PACE.format(today='p.day', start='p.start', due='p.due', progress='p.done')}"  # noqa: S608 (made of constants)
        " FROM (SELECT {today}::date AS day, {start} AS start, {due} AS due,"
        " {progress} AS done OFFSET 0) p)"
    )

    def __init__(self, today: dt.date) -> None:
        day = Value(today, output_field=models.DateField())
        super().__init__(day, F("start_date"), F("due_date"), ObjectiveProgress())


def of_outcome(
    rows: QuerySet[Objective], outcome: str, today: dt.date, zone: zoneinfo.ZoneInfo
) -> QuerySet[Objective]:
    """The objectives that were completed, in time or late, or that fell behind."""
    if outcome == Outcome.COMPLETED:
        return rows.filter(COMPLETED)
    if outcome == Outcome.OVERDUE:
        return rows.filter(OBJECTIVE_OPEN, due_date__lt=today)
    if outcome in (Outcome.ON_TIME, Outcome.LATE):
        dated = rows.filter(COMPLETED).annotate(completed_on=TruncDate("completed_at", tzinfo=zone))
        late = Q(completed_on__gt=F("due_date"))
        return dated.filter(late if outcome == Outcome.LATE else Q(completed_on__lte=F("due_date")))
    going = rows.filter(GOING).annotate(in_pace=InPace(today))
    return going.filter(in_pace=outcome == Outcome.ON_TRACK)
