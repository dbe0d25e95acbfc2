"""The values of KPIs over time, drawn where they were measured, against what was expected."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from apps.core.chart_rules import Value
from apps.core.chart_ui import Axis, Line, line_legend, lines
from apps.core.figures import DAY, NUMBER, Figure, Heading
from apps.core.formats import format_number
from apps.core.person import Person
from apps.kpis.models import KpiValue

# One tone for each line of a chart with several KPIs; their marks differ too.
TONES: Final = ("teal", "violet", "amber", "blue", "pink", "green")


def day_of(value: KpiValue, person: Person) -> dt.date:
    """The day a value holds from: when it was measured, else when it was recorded."""
    return value.measured_on or value.recorded_at.astimezone(person.zone).date()


def _in_order(values: Sequence[KpiValue], person: Person) -> list[tuple[dt.date, KpiValue]]:
    """The values with their days, in the order of the series."""
    return sorted(
        ((day_of(value, person), value) for value in values),
        key=lambda row: (row[0], row[1].recorded_at, row[1].pk),
    )


def _dated(values: Sequence[KpiValue], person: Person) -> list[tuple[dt.date, KpiValue]]:
    """The values that count: of each day the last one."""
    return list(dict(_in_order(values, person)).items())


def _on(
    dated: Sequence[tuple[dt.date, KpiValue]], days: Sequence[dt.date], name: str
) -> list[Decimal | None]:
    """What a field was on each day."""
    begins = [day for day, _ in dated]
    found: list[Decimal | None] = []
    for day in days:
        at = bisect_right(begins, day)
        found.append(getattr(dated[at - 1][1], name) if at else None)
    return found


def _measured(
    dated: Sequence[tuple[dt.date, KpiValue]], days: Sequence[dt.date]
) -> list[Decimal | None]:
    """What was measured on each day, None where nothing was."""
    found = {day: value.current for day, value in dated}
    return [found.get(day) for day in days]


def _axis(days: Sequence[dt.date], person: Person) -> Axis:
    span = (days[-1] - days[0]).days if days else 0
    return Axis(
        [person.date(day) for day in days],
        at=[(day - days[0]).days / span for day in days] if span else None,
        nought=False,
        write=_written(person),
    )


def _written(person: Person) -> Callable[[Decimal], str]:
    return lambda value: format_number(value.normalize(), person.number_format)


def values_figure(kpi: Any, values: Sequence[KpiValue], person: Person) -> Figure:
    """One KPI: its values with baseline, target and the way it is expected to go (R-KPI-4)."""
    dated = _dated(values, person)
    measured = {day: value.current for day, value in dated if value.current is not None}
    start, due = kpi.objective.start_date, kpi.target_date
    expected: dict[dt.date, Value] = {}
    if None not in (start, due, kpi.baseline, kpi.target) and start < due:
        expected = {start: kpi.baseline, due: kpi.target}
    days = sorted({day for day, _ in dated} | set(expected) | ({person.today} if dated else set()))
    drawn = [Line("Value", _measured(dated, days), "teal")]
    if expected:
        drawn.append(Line("Expected", [expected.get(day) for day in days], "amber", dashed=True))
    for label, name, tone in (("Target", "target", "green"), ("Baseline", "baseline", "grey")):
        line = _on(dated, days, name)
        if any(value is not None for value in line):
            drawn.append(Line(label, line, tone, dashed=True))
    sentence = _sentence(kpi, measured, person)
    return Figure(
        key="values",
        title=f"{kpi.title}: values over time",
        sentence=sentence,
        headings=(
            Heading("Date", DAY),
            Heading("Value", NUMBER),
            Heading("Baseline", NUMBER),
            Heading("Target", NUMBER),
            Heading("Unit"),
        ),
        rows=[
            [day, value.current, value.baseline, value.target, str(value.unit or "")]
            for day, value in _in_order(values, person)
        ],
        chart=lines(_axis(days, person), drawn, label=sentence),
        legend=line_legend(drawn),
        note="" if expected else "Nothing is expected without a start and a later target date.",
        empty="" if measured else "No value has been measured yet.",
    )


def _sentence(kpi: Any, measured: dict[dt.date, Decimal], person: Person) -> str:
    if not measured:
        return f"{kpi.title}: no values yet."
    first, last = min(measured), max(measured)
    said = f"{kpi.title}: {person.number(measured[last])} on {person.date(last)}"
    if first != last:
        said += f", from {person.number(measured[first])} on {person.date(first)}"
    if kpi.target is not None:
        said += f"; the target is {person.number(kpi.target)}"
        if kpi.target_date:
            said += f" by {person.date(kpi.target_date)}"
    return f"{said}."


def unit_figure(kpis: Sequence[Any], values: Sequence[KpiValue], person: Person) -> Figure:
    """A few KPIs of one unit: a line each, on one scale."""
    unit = str(kpis[0].unit or "no unit")
    series = {
        kpi.pk: _dated([value for value in values if value.kpi_id == kpi.pk], person)
        for kpi in kpis
    }
    days = sorted({day for dated in series.values() for day, _ in dated})
    drawn = [
        Line(kpi.title, _measured(series[kpi.pk], days), TONES[at % len(TONES)])
        for at, kpi in enumerate(kpis)
    ]
    sentence = f"Values of {len(kpis)} KPIs over time, in {unit}."
    return Figure(
        key="values",
        title=f"Values over time, in {unit}",
        sentence=sentence,
        headings=(
            Heading("KPI"),
            Heading("Date", DAY),
            Heading("Value", NUMBER),
            Heading("Baseline", NUMBER),
            Heading("Target", NUMBER),
        ),
        rows=[
            [kpi.title, day, value.current, value.baseline, value.target]
            for kpi in kpis
            for day, value in series[kpi.pk]
        ],
        chart=lines(_axis(days, person), drawn, label=sentence),
        legend=line_legend(drawn),
        empty="" if days else "No value has been measured yet.",
    )
