"""The KPI rules as database expressions: the twins of `apps.kpis.rules`.

Lists filter, sort, count and page by these. Comparisons are exact: decimals are multiplied out,
days are integers, nothing is divided or rounded before it is compared.
"""

from __future__ import annotations

import datetime as dt
from string import Formatter
from typing import Any

from django.db import models
from django.db.models import Case, DecimalField, ExpressionWrapper, F, Func, Q, Value, When
from django.db.models.functions import Greatest

from apps.core.choices import Direction

EXACT = DecimalField(max_digits=40, decimal_places=20)


class Truncate(Func):
    """A decimal cut off after some places; the first migration names it."""

    function = "TRUNC"


class WholeQuotient(Func):
    """How often the second number goes into the first, exactly: no rounding at any place."""

    function = "DIV"


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


def percent_complete() -> Case:
    """Progress in percent with two places, cut off so that 99.999 never reads 100 (R-KPI-2)."""
    places = DecimalField(max_digits=5, decimal_places=2)
    gained = ExpressionWrapper((F("current") - F("baseline")) * 10000, output_field=EXACT)
    wanted = ExpressionWrapper(F("target") - F("baseline"), output_field=EXACT)
    hundredths = WholeQuotient(gained, wanted, output_field=EXACT)
    return Case(
        When(missing(), then=Value(0)),
        When(is_met(), then=Value(100)),
        When(baseline=F("target"), then=Value(0)),
        default=Greatest(
            ExpressionWrapper(hundredths / Value(100), output_field=places),
            Value(0, output_field=places),
        ),
        output_field=places,
    )


class Written(Func):
    """An expression written as SQL with named parts, in place of a tree of Case and When.

    Building such a tree costs more time than the rest of a page.
    """

    parts: tuple[str, ...] = ()
    steps: str = ""

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, list[Any]]:
        made = map(compiler.compile, self.get_source_expressions())
        known = dict(zip(self.parts, made, strict=True))
        sql: list[str] = []
        params: list[Any] = []
        for text, name, _, _ in Formatter().parse(self.steps):
            sql.append(text)
            if name is not None:
                sql.append(known[name][0])
                params.extend(known[name][1])
        return "".join(sql), params


class ExactProgress(Written):
    """Progress from 0 to 1 (R-KPI-2): what `exact_progress` says, for reads."""

    output_field = EXACT
    parts = ("direction", "baseline", "current", "target")
    steps = """CASE
        WHEN {baseline} IS NULL OR {current} IS NULL OR {target} IS NULL THEN 0
        WHEN CASE {direction} WHEN 'higher' THEN {current} >= {target}
            ELSE {current} <= {target} END THEN 1
        WHEN {baseline} = {target} THEN 0
        ELSE GREATEST(({current} - {baseline}) / ({target} - {baseline}), 0) END"""

    @classmethod
    def of(cls, table: str) -> str:
        """The same over the columns of a table or alias, to stand within other SQL."""
        return cls.steps.format(**{name: f"{table}.{name}" for name in cls.parts})

    def __init__(self) -> None:
        super().__init__(*(F(name) for name in self.parts))


class KpiStatus(Written):
    """The status of a KPI on one date (R-KPI-4): the same steps as `rules.kpi_status`.

    Days are integers and both sides are multiplied out, so that the comparison is exact.
    """

    output_field = models.CharField()
    parts = ("today", "start", "target_date", "direction", "baseline", "current", "target")
    steps = """CASE
        WHEN {baseline} IS NULL OR {current} IS NULL OR {target} IS NULL THEN 'not_available'
        WHEN CASE {direction} WHEN 'higher' THEN {current} >= {target}
            ELSE {current} <= {target} END THEN 'completed'
        WHEN {target_date} < {today}::date THEN 'overdue'
        WHEN {start} > {today}::date THEN 'not_started'
        WHEN {start} IS NULL AND {target_date} IS NULL AND ({baseline} = {target}
            OR CASE {direction} WHEN 'higher' THEN {current} <= {baseline}
                ELSE {current} >= {baseline} END) THEN 'on_track'
        WHEN {start} IS NULL OR {target_date} IS NULL THEN 'in_progress'
        WHEN {target_date} = {start} THEN 'off_track'
        WHEN {baseline} = {target} THEN
            CASE {start} WHEN {today}::date THEN 'on_track' ELSE 'off_track' END
        WHEN CASE {direction} WHEN 'higher' THEN
            GREATEST({current} - {baseline}, 0) * ({target_date} - {start})
                >= ({target} - {baseline}) * ({today}::date - {start})
            ELSE
            GREATEST({baseline} - {current}, 0) * ({target_date} - {start})
                >= ({baseline} - {target}) * ({today}::date - {start})
            END THEN 'on_track'
        ELSE 'off_track' END"""

    def __init__(self, today: dt.date, start: str = "objective__start_date") -> None:
        day = Value(today, output_field=models.DateField())
        super().__init__(day, F(start), *(F(name) for name in self.parts[2:]))


def kpi_status(today: dt.date, *, start: str = "objective__start_date") -> KpiStatus:
    """The status of a KPI on this date; `start` is the path of its objective's start."""
    return KpiStatus(today, start)
