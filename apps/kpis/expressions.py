"""The KPI rules as database expressions: the twins of `apps.kpis.rules`.

Lists filter, sort, count and page by these. Comparisons are exact: decimals are multiplied out,
days are integers, nothing is divided or rounded before it is compared.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Case, DecimalField, ExpressionWrapper, F, Func, Q, Value, When
from django.db.models.functions import Cast, Greatest

from apps.core.choices import Direction, ProgressStatus

EXACT = DecimalField(max_digits=40, decimal_places=20)


class DaysBetween(Func):
    """Whole days from the second date to the first, as an integer."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = models.IntegerField()


class Truncate(Func):
    """A decimal cut off after some places, never rounded up."""

    function = "TRUNC"


def missing(prefix: str = "") -> Q:
    """A value is missing, so nothing can be said (R-KPI-4 step 1)."""
    return (
        Q(**{f"{prefix}baseline__isnull": True})
        | Q(**{f"{prefix}current__isnull": True})
        | Q(**{f"{prefix}target__isnull": True})
    )


def is_met(prefix: str = "") -> Q:
    """The target is reached in its direction (R-KPI-1)."""
    return Q(
        **{f"{prefix}direction": Direction.HIGHER, f"{prefix}current__gte": F(f"{prefix}target")}
    ) | Q(**{f"{prefix}direction": Direction.LOWER, f"{prefix}current__lte": F(f"{prefix}target")})


def exact_progress(prefix: str = "") -> Case:
    """Progress from 0 to 1 (R-KPI-2), for means, sorting and showing, not for comparing."""
    gained = F(f"{prefix}current") - F(f"{prefix}baseline")
    wanted = F(f"{prefix}target") - F(f"{prefix}baseline")
    return Case(
        When(missing(prefix), then=Value(0)),
        When(is_met(prefix), then=Value(1)),
        When(**{f"{prefix}baseline": F(f"{prefix}target")}, then=Value(0)),
        default=Greatest(
            ExpressionWrapper(gained / wanted, output_field=EXACT),
            Value(0, output_field=EXACT),
        ),
        output_field=EXACT,
    )


def percent_complete() -> Truncate:
    """Progress in percent with two places, cut off so that 99.999 never reads 100 (R-KPI-2)."""
    places = DecimalField(max_digits=5, decimal_places=2)
    return Truncate(
        ExpressionWrapper(exact_progress() * Value(100), output_field=EXACT),
        Value(2),
        output_field=places,
    )


def kpi_status(today: dt.date, *, start: str = "objective__start_date") -> Case:
    """The status of a KPI on this date (R-KPI-4); `start` is the path of its objective's start."""
    day = Value(today, output_field=models.DateField())
    sign = Case(
        When(direction=Direction.HIGHER, then=Value(1)),
        default=Value(-1),
        output_field=models.IntegerField(),
    )
    gained = Greatest(
        ExpressionWrapper((F("current") - F("baseline")) * sign, output_field=EXACT),
        Value(0, output_field=EXACT),
    )
    wanted = ExpressionWrapper((F("target") - F("baseline")) * sign, output_field=EXACT)
    elapsed = DaysBetween(day, F(start))
    whole = DaysBetween(F("target_date"), F(start))
    no_start = Q(**{f"{start}__isnull": True})
    no_end = Q(target_date__isnull=True)
    nothing_gained = (
        Q(baseline=F("target"))
        | Q(direction=Direction.HIGHER, current__lte=F("baseline"))
        | Q(direction=Direction.LOWER, current__gte=F("baseline"))
    )
    # Multiplied out: gained / wanted >= elapsed / whole; both divisors are positive here.
    in_pace: Any = Q(
        ExpressionWrapper(
            models.lookups.GreaterThanOrEqual(
                ExpressionWrapper(gained * Cast(whole, EXACT), output_field=EXACT),
                ExpressionWrapper(wanted * Cast(elapsed, EXACT), output_field=EXACT),
            ),
            output_field=models.BooleanField(),
        )
    )
    return Case(
        When(missing(), then=Value(ProgressStatus.NOT_AVAILABLE)),
        When(is_met(), then=Value(ProgressStatus.COMPLETED)),
        When(target_date__lt=today, then=Value(ProgressStatus.OVERDUE)),
        When(**{f"{start}__gt": today}, then=Value(ProgressStatus.NOT_STARTED)),
        When(no_start & no_end & nothing_gained, then=Value(ProgressStatus.ON_TRACK)),
        When(no_start | no_end, then=Value(ProgressStatus.IN_PROGRESS)),
        When(target_date=F(start), then=Value(ProgressStatus.OFF_TRACK)),
        When(
            baseline=F("target"),
            **{start: today},
            then=Value(ProgressStatus.ON_TRACK),
        ),
        When(baseline=F("target"), then=Value(ProgressStatus.OFF_TRACK)),
        When(in_pace, then=Value(ProgressStatus.ON_TRACK)),
        default=Value(ProgressStatus.OFF_TRACK),
        output_field=models.CharField(),
    )
