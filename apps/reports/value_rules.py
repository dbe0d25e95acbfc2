"""What KPIs achieved against where they began: exact, and added only where it means something."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Final, Self

from apps.core.choices import Direction, UnitKind
from apps.core.rules import Number

# A share of something: two of them do not add up to a third.
SHARES: Final = ("%", "‰", "pp")
PLACES: Final = 2


def adds_up(kind: str | None, symbol: str = "") -> bool:
    """Whether values of a unit are added: money of one currency, times and numbers are.

    Shares (percent) are averaged; so is what has no unit, for nobody says what it counts.
    """
    if kind is None:
        return False
    return kind != UnitKind.NUMBER or not any(sign in symbol for sign in SHARES)


def gain(baseline: Number | None, current: Number | None, direction: str) -> Number | None:
    """What was achieved since the baseline, in the good direction; worse is negative.

    None while the baseline or the current value is missing.
    """
    if baseline is None or current is None:
        return None
    return current - baseline if direction == Direction.HIGHER else baseline - current


@dataclass(frozen=True)
class Gains:
    """What some KPIs of one unit achieved.

    `measured` have a baseline and a current value, `raising` of them are better when higher:
    together these gained `gained`; the others, better when lower, saved `saved`. Both sums take
    the worse ones off, of which there are `worse`; they lost `lost`, as a negative number.
    """

    kpis: int = 0
    measured: int = 0
    raising: int = 0
    worse: int = 0
    gained: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)

    def __add__(self, other: Self) -> Self:
        """Both together; only Gains of one unit are ever added."""
        return type(self)(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )

    @property
    def missing(self) -> int:
        """Those of which nothing can be said."""
        return self.kpis - self.measured


@dataclass(frozen=True)
class Told:
    """The numbers of some KPIs as they are told: sums where the unit adds up, means where not.

    None where there is no KPI to tell of.
    """

    gained: Decimal | None
    saved: Decimal | None
    achieved: Decimal | None
    lost: Decimal | None


def told(of: Gains, *, adds: bool, places: int = PLACES) -> Told:
    """Sums are exact; means are rounded down, so that nothing looks better than it is."""
    lowering = of.measured - of.raising

    def number(total: Decimal, count: int) -> Decimal | None:
        if not count:
            return None
        return total if adds else floored(Fraction(total) / count, places)

    return Told(
        gained=number(of.gained, of.raising),
        saved=number(of.saved, lowering),
        achieved=number(of.gained + of.saved, of.measured),
        lost=number(of.lost, of.worse),
    )


def floored(value: Fraction, places: int) -> Decimal:
    """A fraction with so many places, rounded down."""
    whole = value * 10**places // 1
    return Decimal(whole).scaleb(-places).quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)


def kpis_counted(count: int) -> str:
    """So many KPIs, in words."""
    return "1 KPI" if count == 1 else f"{count:,} KPIs"


def gains_words(of: Gains) -> str:
    """How many KPIs a number is of, and which of them do not speak for it."""
    parts = [kpis_counted(of.kpis)]
    if of.worse:
        parts.append(f"{of.worse:,} worse than baseline")
    if of.missing:
        parts.append(f"{of.missing:,} without values")
    return ", ".join(parts)


def missing_words(baseline: Number | None, current: Number | None) -> str:
    """Which values a KPI lacks."""
    lacks = [("baseline", baseline), ("current value", current)]
    return " and ".join(name for name, value in lacks if value is None)
