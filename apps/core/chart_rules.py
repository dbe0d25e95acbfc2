"""Where the points of a chart lie. Positions are drawn, not compared: floats are good enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

Value = Decimal | Fraction | int

# The steps that people count in, between one and ten.
STEPS: Final = (1, 2, 2.5, 5, 10)
LINES: Final = 4


def axis(
    values: Iterable[Value | None], *, whole: bool = False, nought: bool = True
) -> list[Decimal]:
    """The values at which lines are drawn behind a chart, lowest first, around all its points.

    From nought, unless some value lies below it, or it is no `nought` that is looked at. `whole` allows no steps between whole numbers.
    """
    exact = [Fraction(one) for one in values if one is not None]
    known = [Decimal(one.numerator) / Decimal(one.denominator) for one in exact]
    if nought or not known:
        known.append(Decimal(0))
    low, high = min(known), max(known)
    if low == high:
        return [low, low + 1]
    step = _step((high - low) / LINES)
    if whole and step < 1:
        step = Decimal(1)
    first = math.floor(low / step)
    last = math.ceil(high / step)
    return [step * at for at in range(first, last + 1)]


def _step(wanted: Decimal) -> Decimal:
    """The smallest step that people count in and that is not smaller than what is wanted."""
    power = Decimal(10) ** (wanted.adjusted())
    fits = (power * Decimal(str(step)) for step in STEPS if power * Decimal(str(step)) >= wanted)
    return next(fits)


def height_of(value: Value, low: Value, high: Value, height: float) -> float:
    """How far below the top a value lies, in a chart of that height."""
    span = float(high) - float(low)
    return round(height - (float(value) - float(low)) / span * height, 1) if span else height


def places(count: int) -> list[float]:
    """Where `count` points lie along the axis, each in the middle of its share of 0 to 100."""
    return [round((at + 0.5) * 100 / count, 3) for at in range(count)] if count else []


def few(labels: Sequence[str], most: int) -> list[int]:
    """Which of many labels are written below an axis: the last one, and others evenly before it."""
    if not labels:
        return []
    step = math.ceil(len(labels) / most)
    return list(range(len(labels) - 1, -1, -step))[::-1]


def apart(spots: Sequence[float], gap: float) -> list[int]:
    """Which of many places along the axis are labelled: the last, and before it none nearer than that.

    For places that are not even, where every third one may lie close to the next.
    """
    shown: list[int] = []
    for at in range(len(spots) - 1, -1, -1):
        if not shown or spots[shown[-1]] - spots[at] >= gap:
            shown.append(at)
    return shown[::-1]
