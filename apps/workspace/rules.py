"""The time axis, the bars on it and what a row of a tracker says: values in, values out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final

from apps.core.choices import ProgressStatus
from apps.core.rules import schedule_status
from apps.objectives.choices import StatusKind
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import Stage, TaskStatus
from apps.workspace.choices import Edge, Scale

DAY: Final = dt.timedelta(days=1)
TENTH_PLACE: Final = Fraction(1, 10**10)


@dataclass(frozen=True)
class Unit:
    """One scale: how long a unit is, how many stand on the axis and how many lie before today."""

    shown: int
    before: int
    days: int = 0
    months: int = 0


UNITS: Final[dict[str, Unit]] = {
    Scale.DAYS: Unit(shown=28, before=7, days=1),
    Scale.WEEKS: Unit(shown=16, before=4, days=7),
    Scale.MONTHS: Unit(shown=12, before=4, months=1),
    Scale.QUARTERS: Unit(shown=8, before=2, months=3),
    Scale.YEARS: Unit(shown=5, before=1, months=12),
}


@dataclass(frozen=True)
class Tick:
    """Where a unit begins, in percent of the axis, and what it is called."""

    at: float
    label: str
    group: str


@dataclass(frozen=True)
class Axis:
    """The window that is shown: from `start` up to, not including, `stop`."""

    scale: str
    start: dt.date
    stop: dt.date
    ticks: tuple[Tick, ...]

    def position(self, day: dt.date) -> float:
        """Where a day begins, in percent of the axis; below 0 or above 100 outside the window."""
        return round((day - self.start).days * 100 / (self.stop - self.start).days, 3)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months on, or the last one of a month that is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date(year, month, min(day.day, (following - DAY).day))


def step(day: dt.date, scale: str, by: int) -> dt.date:
    """A day moved by some units of a scale; back if negative."""
    unit = UNITS[scale]
    return add_months(day, unit.months * by) if unit.months else day + by * unit.days * DAY


def floor(day: dt.date, scale: str) -> dt.date:
    """The first day of the unit that a day lies in; weeks begin on Monday."""
    if scale == Scale.WEEKS:
        return day - day.weekday() * DAY
    if scale == Scale.DAYS:
        return day
    months = UNITS[scale].months
    return dt.date(day.year, (day.month - 1) // months * months + 1, 1)


def _label(day: dt.date, scale: str) -> str:
    if scale == Scale.MONTHS:
        return f"{day:%b}"
    if scale == Scale.QUARTERS:
        return f"Q{(day.month + 2) // 3}"
    return f"{day:%Y}" if scale == Scale.YEARS else f"{day.day}"


def _group(day: dt.date, scale: str) -> str:
    if scale == Scale.YEARS:
        return ""
    return f"{day:%Y}" if UNITS[scale].months else f"{day:%b %Y}"


def axis(scale: str, today: dt.date, start: dt.date | None = None) -> Axis:
    """The axis of a scale: the window around today, or the one that begins where `start` lies.

    A tick carries its group (a month or a year) only where that begins on the axis.
    """
    unit = UNITS[scale]
    first = floor(start, scale) if start else step(floor(today, scale), scale, -unit.before)
    begins = [step(first, scale, count) for count in range(unit.shown)]
    bare = Axis(scale, first, step(first, scale, unit.shown), ())
    ticks = []
    group = ""
    for day in begins:
        here = _group(day, scale)
        ticks.append(Tick(bare.position(day), _label(day, scale), here if here != group else ""))
        group = here
    return Axis(scale, first, bare.stop, tuple(ticks))


@dataclass(frozen=True)
class Bar:
    """A bar on the axis, in percent of it. A row with one date only is a point of no width."""

    x: float
    width: float
    done: float
    point: bool = False


def bar(on: Axis, start: dt.date | None, end: dt.date | None, share: Fraction) -> Bar | None:
    """The visible part of a bar from `start` to the evening of `end`, `share` of it done.

    None when the row has no dates or lies outside the window.
    """
    if start is None or end is None:
        only = start or end
        if only is None or not on.start <= only < on.stop:
            return None
        return Bar(on.position(only), 0.0, 0.0, point=True)
    # After the evening of the calendar's last day comes no morning.
    left, right = on.position(start), on.position(min(end, dt.date.max - DAY) + DAY)
    if right <= 0 or left >= 100:
        return None
    x, edge = max(left, 0.0), min(right, 100.0)
    done = min(left + (right - left) * float(share), edge)
    return Bar(round(x, 3), round(edge - x, 3), round(max(done - x, 0.0), 3))


def span(on: Axis, first: dt.date, last: dt.date) -> Bar | None:
    """The visible part from the morning of `first` to the morning of `last`: days of delay."""
    return bar(on, first, last - DAY, Fraction(0)) if first < last else None


def exact(share: Decimal | int) -> Fraction:
    """The fraction behind a share that the database computed: 0.333… is a third.

    A third of the way after a third of the time is on track (R-KPI-4), which a decimal cut off
    after ten places is not. What is no such fraction stays as it is: 99.999 % is not the whole
    (R-KPI-2).
    """
    near = Fraction(share).limit_denominator(50_000)
    return near if abs(near - Fraction(share)) < TENTH_PLACE else Fraction(share)


class Standing(Enum):
    """What a record's own status means to the trackers (R-TRK-1)."""

    COMPLETED = "completed"
    ASIDE = "aside"
    GOING = "going"


COMPLETED: Final[dict[str, set[str]]] = {
    "plan": {PlanStatus.COMPLETED},
    "objective": {StatusKind.COMPLETED},
    "playbook": {Stage.COMPLETED},
    "task": {TaskStatus.COMPLETED},
}
ASIDE: Final[dict[str, set[str]]] = {
    "plan": {PlanStatus.ON_HOLD, PlanStatus.ARCHIVED},
    "objective": {
        StatusKind.PAUSED,
        StatusKind.BLOCKED,
        StatusKind.ABANDONED,
        StatusKind.ARCHIVED,
    },
    "playbook": {Stage.ON_HOLD, Stage.CANCELED},
    "task": {TaskStatus.ON_HOLD, TaskStatus.CANCELED},
}


def standing(kind: str, own: str | None) -> Standing:
    """What the own status of a plan, objective (its status' kind), playbook (its stage) or task means."""
    if own in COMPLETED[kind]:
        return Standing.COMPLETED
    return Standing.ASIDE if own in ASIDE[kind] else Standing.GOING


def tracker_status(
    stands: Standing,
    start: dt.date | None,
    end: dt.date | None,
    share: Fraction,
    today: dt.date,
) -> ProgressStatus | None:
    """The one schedule status of a row, None where its own status is shown instead (R-TRK-1)."""
    if stands is Standing.COMPLETED:
        return ProgressStatus.COMPLETED
    if stands is Standing.ASIDE:
        return None
    return schedule_status(start, end, share, today)


def timing(
    status: ProgressStatus | None,
    start: dt.date | None,
    end: dt.date | None,
    share: Fraction,
    today: dt.date,
    completed_on: dt.date | None = None,
) -> str:
    """What a bar is marked with: "12 days overdue", "completed 3 days early", or nothing."""
    if status == ProgressStatus.OVERDUE and end is not None:
        return f"{_days(today - end)} overdue"
    if status == ProgressStatus.COMPLETED and end is not None:
        early = end - (completed_on or today)
        return f"completed {_days(early)} early" if early > dt.timedelta(0) else ""
    if status == ProgressStatus.NOT_STARTED and start is not None and share > 0:
        return f"begun {_days(start - today)} early"
    return ""


def _days(length: dt.timedelta) -> str:
    return f"{length.days} day{'' if length.days == 1 else 's'}"


def moved(
    start: dt.date | None, end: dt.date | None, scale: str, by: int, edge: str
) -> tuple[dt.date | None, dt.date | None]:
    """Both dates after moving a bar, or only one of its ends, by some units of the scale.

    A moved bar keeps its length in days. Raises ValueError when there is no date to move.
    """
    if edge == Edge.END:
        if end is None:
            raise ValueError("There is no end to move.")
        return start, step(end, scale, by)
    if edge == Edge.START:
        if start is None:
            raise ValueError("There is no start to move.")
        return step(start, scale, by), end
    if start is None:
        if end is None:
            raise ValueError("There are no dates to move.")
        return None, step(end, scale, by)
    begins = step(start, scale, by)
    return begins, None if end is None else end + (begins - start)
