"""What the parts of a score say: value, judgement, points, and where to look or what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from apps.core.person import Person
from apps.reports.choices import HealthSource
from apps.reports.health_rules import Movement, Part, score_shown
from apps.reports.models import HealthMetric

GONE: Final = "A metric that was removed"
# What fills a metric that has no value, by its source.
TO_DO: Final[dict[str, str]] = {
    HealthSource.OBJECTIVE_HEALTH: "Give an open objective a health score.",
    HealthSource.OBJECTIVE_COMPLETION: "Add an objective that is not abandoned or archived.",
    HealthSource.OFF_TRACK_SHARE: "Give a KPI of an open objective baseline, current value and target.",
    HealthSource.OVERDUE_TASKS: "Add a task: without any there is nothing that could be overdue.",
    HealthSource.DAYS_SINCE_TOUCH: "Add a plan or an objective, or log an activity.",
}


@dataclass(frozen=True)
class PartLine:
    """One metric as the page shows it."""

    label: str
    url: str
    value: str
    thresholds: str
    score: str
    weight: int
    points: str
    missing: str


def part_lines(
    parts: Sequence[Part], metrics: Mapping[int, HealthMetric], account: int, person: Person
) -> list[PartLine]:
    """The parts by the position of their metrics."""
    order = {pk: at for at, pk in enumerate(metrics)}
    shown = sorted(parts, key=lambda part: order.get(part.metric, len(order)))
    return [_line(part, metrics.get(part.metric), account, person) for part in shown]


def _line(part: Part, metric: HealthMetric | None, account: int, person: Person) -> PartLine:
    unit = f" {metric.unit}" if metric and metric.unit else ""
    less = ", less is better" if part.lower > part.upper else ""
    ends = f"{person.number(part.lower)} to {person.number(part.upper)}{less}"
    points = "—" if part.points is None else person.number(_cut(part.points), 1)
    return PartLine(
        label=metric.label if metric else GONE,
        url=behind(metric, account) if metric else "",
        value="—" if part.value is None else f"{person.number(part.value, 1)}{unit}",
        thresholds=ends,
        score=score_shown(part.score),
        weight=part.weight,
        points=points,
        missing=_missing(metric) if part.value is None else "",
    )


def _cut(value: Fraction) -> Decimal:
    """To one place, cut off like every share; of what is not negative."""
    return Decimal(int(value * 10)) / 10


def _missing(metric: HealthMetric | None) -> str:
    if metric is None:
        return ""
    if metric.source == HealthSource.ATTRIBUTE:
        fresh = f" It counts for {metric.fresh_days} days." if metric.fresh_days else ""
        return f"Record or import a reading of “{metric.attribute}”.{fresh}"
    return TO_DO.get(metric.source, "")


def behind(metric: HealthMetric, account: int) -> str:
    """The list with what a metric counts, as far as a list can say it."""
    if metric.source == HealthSource.ATTRIBUTE:
        return f"{reverse('accounts:detail', args=[account])}?tab=attributes"
    if metric.source == HealthSource.OVERDUE_TASKS:
        return f"{reverse('tasks:list')}?{urlencode({'account': account, 'due': 'overdue'})}"
    if metric.source == HealthSource.DAYS_SINCE_TOUCH:
        return f"{reverse('activities:list')}?{urlencode({'account': account})}"
    if metric.source == HealthSource.OFF_TRACK_SHARE:
        return f"{reverse('kpis:list')}?{urlencode({'account': account})}"
    return f"{reverse('objectives:list')}?{urlencode({'account': account})}"


@dataclass(frozen=True)
class MoveLine:
    """What one metric did to the score since a day."""

    label: str
    before: str
    after: str
    change: str
    better: bool


def move_lines(
    moved: Sequence[Movement], metrics: Mapping[int, HealthMetric], person: Person
) -> list[MoveLine]:
    """The movements in words, the largest first."""
    return [
        MoveLine(
            metrics[one.metric].label if one.metric in metrics else GONE,
            _measured(one.before, person),
            _measured(one.after, person),
            signed(one.change, person),
            one.change > 0,
        )
        for one in moved
    ]


def _measured(part: Part | None, person: Person) -> str:
    if part is None:
        return "not counted"
    return "no value" if part.value is None else person.number(part.value, 1)


def signed(change: Fraction, person: Person) -> str:
    """A change with its sign, to one place."""
    size = _cut(abs(change))
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{person.number(size, 1)}"
