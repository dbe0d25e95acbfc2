"""What came of some objectives, summed up: exact numbers, and the words for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Self

from apps.core.rules import percent_shown


@dataclass(frozen=True)
class Outcomes:
    """How many objectives of a group came to what.

    `done` is the sum of the exact progress of those that count: neither abandoned nor archived
    (R-OBJ-5). Of the completed ones `on_time` and `late` are those that had a due date. `overdue`
    is open and past its due date (R-DUE-1), `off_track` behind what its dates expect (R-TRK-1).
    """

    count: int = 0
    completed: int = 0
    on_time: int = 0
    late: int = 0
    overdue: int = 0
    off_track: int = 0
    given_up: int = 0
    done: Decimal = Decimal(0)

    def __add__(self, other: Self) -> Self:
        """Both together."""
        return type(self)(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )

    @property
    def counted(self) -> int:
        """Those that the mean is of."""
        return self.count - self.given_up

    @property
    def mean(self) -> Fraction | None:
        """The mean of the exact progress, 0 to 1; None of nothing."""
        return Fraction(self.done) / self.counted if self.counted else None

    @property
    def open(self) -> int:
        """Those that go on and are not overdue."""
        return self.count - self.completed - self.given_up - self.overdue


def together(parts: Iterable[Outcomes]) -> Outcomes:
    """The outcomes of several groups as one."""
    return sum(parts, Outcomes())


def objectives_counted(count: int) -> str:
    """So many objectives, in words."""
    return "1 objective" if count == 1 else f"{count:,} objectives"


def on_time_words(of: Outcomes) -> str:
    """How many of those with a due date were completed in time; empty without any."""
    dated = of.on_time + of.late
    return f"{of.on_time:,} of {dated:,} on time" if dated else ""


def outcomes_sentence(of: Outcomes) -> str:
    """What the numbers say, for who does not see them."""
    parts = [f"{of.completed:,} completed", on_time_words(of)]
    parts += [f"{of.overdue:,} overdue", f"{of.off_track:,} off track"]
    if of.mean is not None:
        parts.append(f"mean progress {percent_shown(of.mean)}%")
    return f"{objectives_counted(of.count)}: {', '.join(part for part in parts if part)}."


def subtotal_words(of: Outcomes) -> str:
    """The subtotal of a group, short enough to stand in its heading."""
    parts = [f"{of.count:,}", f"{of.completed:,} completed"]
    if of.overdue:
        parts.append(f"{of.overdue:,} overdue")
    if of.off_track:
        parts.append(f"{of.off_track:,} off track")
    if of.mean is not None:
        parts.append(f"{percent_shown(of.mean)}%")
    return " · ".join(parts)
