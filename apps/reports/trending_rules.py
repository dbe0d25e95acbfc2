"""Rules of KPI Trending: which days are looked at, and how means are taken of exact sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from apps.core.choices import ProgressStatus

# The periods to choose from, in weeks, and the choice of one's own dates.
WEEKS: Final = (13, 26, 52)
USUAL: Final = 26
OWN: Final = "own"
# More weeks than this are no chart any more: three years.
MOST_WEEKS: Final = 157

# What KPIs are compared by.
BY: Final = {"account": "Account", "plan": "Success plan", "category": "Category", "owner": "Owner"}

# A sum of quotients is exact to some 20 places: 1/3 + 1/3 + 1/3 must read as the whole.
PLACES: Final = 10

# What goes as it should, and what does not (R-KPI-4).
WELL: Final = (ProgressStatus.COMPLETED, ProgressStatus.ON_TRACK)
BADLY: Final = (ProgressStatus.OFF_TRACK, ProgressStatus.OVERDUE)


def weeks_until(today: dt.date, weeks: int) -> list[dt.date]:
    """The last days of that many weeks: Sundays, and today for the week that runs."""
    before = today - dt.timedelta(days=today.isoweekday())
    return [before - dt.timedelta(weeks=back) for back in range(weeks - 2, -1, -1)] + [today]


def weeks_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The Sundays from the first day on, and the last day."""
    sunday = first + dt.timedelta(days=7 - first.isoweekday())
    count = max((last - sunday).days + 6, 0) // 7
    return [sunday + dt.timedelta(weeks=ahead) for ahead in range(count)] + [last]


@dataclass(frozen=True)
class Period:
    """The days that are looked at; `error` says why they are not those that were asked for."""

    days: list[dt.date]
    error: str = ""


def period(choice: str, since: dt.date | None, until: dt.date | None, *, today: dt.date) -> Period:
    """The weeks that a person asked for: 13, 26 or 52 back from today, or between two days."""
    weeks = next((one for one in WEEKS if str(one) == choice), USUAL)
    usual = weeks_until(today, weeks)
    # Whoever gives days means them, whatever else is chosen.
    if since is None and until is None:
        return Period(usual)
    last = min(until or today, today)
    first = since or last - dt.timedelta(weeks=USUAL)
    if first > last:
        return Period(
            usual,
            f"The period begins ({first:%-d %b %Y}) after it ends ({last:%-d %b %Y})."
            f" The last {weeks} weeks are shown.",
        )
    days = weeks_between(first, last)
    if len(days) > MOST_WEEKS:
        return Period(
            days[-MOST_WEEKS:],
            f"A period has at most {MOST_WEEKS} weeks. The last {MOST_WEEKS} of it are shown.",
        )
    return Period(days)


def mean_of(total: Decimal | None, count: int) -> Decimal | None:
    """The mean of exact shares to ten places; None of none (R-KPI-6)."""
    if not count:
        return None
    return (Decimal(total or 0) / count).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP)


@dataclass(frozen=True)
class Week:
    """How the KPIs stood at the end of one week.

    `expected` is the mean over those of them that have both dates, `dated` how many these are.
    """

    day: dt.date
    statuses: dict[str, int]
    progress: Decimal | None
    expected: Decimal | None
    dated: int

    @property
    def count(self) -> int:
        """How many KPIs there were on that day."""
        return sum(self.statuses.values())

    def of(self, statuses: tuple[ProgressStatus, ...]) -> int:
        """How many had one of these statuses."""
        return sum(self.statuses.get(status, 0) for status in statuses)
