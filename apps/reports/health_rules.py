"""How healthy a customer is: pure and exact (R-HLT-1, R-HLT-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from apps.reports.choices import Band

FULL: Final = 100


def metric_score(value: Decimal, lower: Decimal, upper: Decimal) -> Fraction:
    """0 at or beyond the lower threshold, 100 at or beyond the upper, linear between (R-HLT-1).

    Thresholds given in reverse, lower above upper, mean that less is better.
    """
    share = (Fraction(value) - Fraction(lower)) / (Fraction(upper) - Fraction(lower))
    return max(Fraction(0), min(Fraction(1), share)) * FULL


@dataclass(frozen=True)
class Part:
    """One metric in a score: what it measured, None when missing, and how that was judged."""

    metric: int
    value: Decimal | None
    lower: Decimal
    upper: Decimal
    weight: int

    @property
    def score(self) -> Fraction | None:
        """From 0 to 100; None without a value."""
        return None if self.value is None else metric_score(self.value, self.lower, self.upper)

    @property
    def points(self) -> Fraction | None:
        """What of its weight the metric earned: weight 50 and score 20 are 10 points."""
        return None if self.score is None else self.score * self.weight / FULL


def account_score(parts: Iterable[Part]) -> Fraction | None:
    """The weighted mean over the metrics that have a value; None when there is none (R-HLT-1)."""
    told = [(part.points, part.weight) for part in parts if part.points is not None]
    possible = sum(weight for _, weight in told)
    return sum((points for points, _ in told), Fraction(0)) * FULL / possible if possible else None


def shares(parts: Sequence[Part]) -> dict[int, Fraction]:
    """What each metric with a value contributes to the score; together they are the score."""
    possible = sum(part.weight for part in parts if part.points is not None)
    return {part.metric: part.points * FULL / possible for part in parts if part.points is not None}


@dataclass(frozen=True)
class Movement:
    """By how much one metric moved the score of an account, and what it measured then and now."""

    metric: int
    before: Part | None
    after: Part | None
    change: Fraction


def movements(before: Sequence[Part], after: Sequence[Part]) -> list[Movement]:
    """What moved a score, the largest first (R-HLT-3).

    The change of each metric is that of its contribution; together they are the change of the
    score. A metric that got a value, lost it, or weighs otherwise moves the score by that.
    """
    then, now = shares(before), shares(after)
    old, new = {part.metric: part for part in before}, {part.metric: part for part in after}
    moved = [
        Movement(
            metric,
            old.get(metric),
            new.get(metric),
            now.get(metric, Fraction(0)) - then.get(metric, Fraction(0)),
        )
        for metric in dict.fromkeys([*new, *old])
    ]
    return sorted((one for one in moved if one.change), key=lambda one: -abs(one.change))


def parts_of(stored: Mapping[str, Sequence[str | None]]) -> list[Part]:
    """The parts as a score keeps them: value, lower, upper and weight by metric, as text."""
    return [
        Part(
            int(metric),
            None if value is None else Decimal(value),
            Decimal(lower or 0),
            Decimal(upper or 0),
            int(weight or 0),
        )
        for metric, (value, lower, upper, weight) in stored.items()
    ]


def band(score: Decimal | Fraction | None, good_from: int, poor_below: int) -> Band:
    """How a score is read; what cannot be measured is neither good nor poor."""
    if score is None:
        return Band.UNKNOWN
    if score >= good_from:
        return Band.GOOD
    return Band.POOR if score < poor_below else Band.FAIR


def score_shown(score: Decimal | Fraction | None) -> str:
    """A score as whole points, rounded down: 69.9 is not yet good."""
    return "—" if score is None else f"{int(score)}"
