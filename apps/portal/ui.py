"""What pages for customers are drawn with, as functions that return safe text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.safestring import SafeString, mark_safe

WIDTH: Final = 300.0
HEIGHT: Final = 72.0
EDGE: Final = 6.0

Point = tuple[dt.date | None, Decimal]


def bar(percent: int, done: bool) -> SafeString:
    """A thin bar; its number stands beside it."""
    tone = " bar-whole" if done else ""
    return _safe(
        f'<svg class="bar{tone}" aria-hidden="true"><rect class="bar-rest" width="100%" height="100%" rx="4"/>'
        f'<rect class="bar-done" width="{percent}%" height="100%" rx="4"/></svg>'
    )


def chart(points: Sequence[Point], target: Decimal | None) -> SafeString:
    """The way of a value over time, with the target as a line; its numbers stand beneath it."""
    values = [float(value) for _, value in points]
    levels = [*values, float(target)] if target is not None else values
    low, high = min(levels), max(levels)
    span = (high - low) or 1.0
    places = _places([on for on, _ in points])

    def y(value: float) -> float:
        return round(EDGE + (high - value) / span * (HEIGHT - 2 * EDGE), 1)

    line = [(place, y(value)) for place, value in zip(places, values, strict=True)]
    path = " ".join(f"{x:g},{at:g}" for x, at in line)
    (first, _), (last, end) = line[0], line[-1]
    aim = ""
    if target is not None:
        at = y(float(target))
        aim = f'<line class="chart-target" x1="0" x2="{WIDTH:g}" y1="{at:g}" y2="{at:g}"/>'
    return _safe(
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" aria-hidden="true">'
        f'{aim}<polygon points="{first:g},{HEIGHT:g} {path} {last:g},{HEIGHT:g}"/>'
        f'<polyline points="{path}"/>'
        f'<line class="chart-end" x1="{last:g}" x2="{last:g}" y1="{end:g}" y2="{end:g}"/></svg>'
    )


def _places(days: Sequence[dt.date | None]) -> list[float]:
    """Where each day stands from left to right; evenly when one of them is not known."""
    room = WIDTH - 2 * EDGE
    known = [day.toordinal() for day in days if day is not None]
    if len(known) == len(days) and known[0] != known[-1]:
        shares = [(day - known[0]) / (known[-1] - known[0]) for day in known]
    else:
        shares = [number / max(len(days) - 1, 1) for number in range(len(days))]
    return [round(EDGE + share * room, 1) for share in shares]


def _safe(text: str) -> SafeString:
    return mark_safe(text)  # noqa: S308 (numbers alone)
