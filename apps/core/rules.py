"""Measures and time, exactly: fractions, never floats. Today is always an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from apps.core.choices import Direction, ProgressStatus

Number = Decimal | int


def met(current: Number, target: Number, direction: str) -> bool:
    """Whether the target is reached in its direction (R-KPI-1)."""
    return current >= target if direction == Direction.HIGHER else current <= target


def progress(
    baseline: Number | None, current: Number | None, target: Number | None, direction: str
) -> Fraction:
    """How much of the way from baseline to target is gone, 0 to 1 (R-KPI-2)."""
    if baseline is None or current is None or target is None:
        return Fraction(0)
    if met(current, target, direction):
        return Fraction(1)
    if baseline == target:
        return Fraction(0)
    gone = Fraction(Fraction(current) - Fraction(baseline), Fraction(target) - Fraction(baseline))
    return min(max(gone, Fraction(0)), Fraction(1))


def worse_than_baseline(baseline: Number | None, current: Number | None, direction: str) -> bool:
    """Whether the value lies on the wrong side of where it began (R-KPI-2)."""
    if baseline is None or current is None:
        return False
    return current < baseline if direction == Direction.HIGHER else current > baseline


def percent_shown(share: Fraction | Decimal | int | None) -> int:
    """A share of 1 as whole percent, rounded down: 99.6 % never reads 100 % (R-KPI-2)."""
    return int(Fraction(share or 0) * 100 // 1)


def expected_progress(start: dt.date, end: dt.date, today: dt.date) -> Fraction:
    """The share of the time that is gone, 1 when both dates are the same day (R-KPI-4)."""
    if start == end:
        return Fraction(1)
    return Fraction((today - start).days, (end - start).days)


def schedule_status(
    start: dt.date | None, end: dt.date | None, share: Fraction, today: dt.date
) -> ProgressStatus:
    """Where something unfinished stands against its dates (R-KPI-4 steps 3 to 6, R-TRK-1)."""
    if end is not None and end < today:
        return ProgressStatus.OVERDUE
    if start is not None and start > today:
        return ProgressStatus.NOT_STARTED
    if start is None and end is None and share == 0:
        return ProgressStatus.ON_TRACK
    if start is None or end is None:
        return ProgressStatus.IN_PROGRESS
    in_pace = share >= expected_progress(start, end, today)
    return ProgressStatus.ON_TRACK if in_pace else ProgressStatus.OFF_TRACK


def record_id(text: str) -> int | None:
    """The id that an address or a form names; None for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def mean(shares: Sequence[Fraction]) -> Fraction:
    """The mean of exact shares, 0 of none (R-KPI-6)."""
    return sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)


def date_order_error(
    start: dt.date | None, end: dt.date | None, end_label: str = "end"
) -> str | None:
    """Why these dates cannot be, or None (R-DATE-1)."""
    if start is None or end is None or start <= end:
        return None
    return f"The start ({start:%-d %b %Y}) is after the {end_label} ({end:%-d %b %Y})."
