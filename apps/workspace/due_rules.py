"""Activity Tracker: periods, headings, days that move and the calendar, as functions of values."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from apps.core.due_rules import NO_DATE, days

OVERDUE: Final = "overdue"
TODAY: Final = "today"
WEEK: Final = "week"
LATER: Final = "later"
DONE: Final = "done"

# The headings in their order; what has no date is shown when it is asked for.
SECTIONS: Final[dict[str, str]] = {
    OVERDUE: "Overdue",
    TODAY: "Today",
    WEEK: "Next 7 days",
    LATER: "Later",
    NO_DATE: "No date",
    DONE: "Done",
}

# The days that a page can speak of, and so the ends of its calendar.
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
DAY: Final = dt.timedelta(days=1)

T = TypeVar("T")


@dataclass(frozen=True)
class Span:
    """From one day to another, both included; None is open."""

    first: dt.date | None
    last: dt.date | None

    def __bool__(self) -> bool:
        return self.first is None or self.last is None or self.first <= self.last


def in_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later or earlier, or the last one that the month has."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    if year < FIRST.year:
        return FIRST
    if year > LAST.year:
        return LAST
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def window(since: dt.date | None, until: dt.date | None, today: dt.date) -> Span:
    """The days that the tracker is about: today and a month to both sides unless said."""
    return Span(since or in_months(today, -1), until or in_months(today, 1))


def span(section: str, asked: Span, since: dt.date | None, today: dt.date) -> Span:
    """The days of a heading within those that were asked for (R-DUE-1).

    What is overdue has no beginning unless one was chosen, so that nothing slips out of sight with
    time. What is due today is not repeated under the week.
    """
    if section == DONE:
        return asked
    first, last = days(section, today)
    if section == WEEK and first is not None:
        first += DAY
    begin = since if section == OVERDUE else asked.first
    return Span(
        begin if first is None or (begin is not None and begin > first) else first,
        asked.last if last is None or (asked.last is not None and asked.last < last) else last,
    )


def later(day: dt.date, by: int, today: dt.date) -> dt.date:
    """Some days later than planned; what is overdue is put off from today, not from long ago."""
    moved = max(day, today) + by * DAY
    return min(max(moved, FIRST), LAST)


def moved(
    start: dt.date | None, end: dt.date | None, day: dt.date
) -> tuple[dt.date | None, dt.date]:
    """Start and end when something is to be due on a day; a start after it comes along."""
    if start is None or start <= day:
        return start, day
    return (day if end is None else start - (end - day)), day


def month_of(day: dt.date) -> list[list[dt.date]]:
    """The weeks of a month from Monday to Sunday, with the days around it that fill them."""
    first = day.replace(day=1)
    begin = max(first - first.weekday() * DAY, FIRST)
    last = in_months(first, 1)
    weeks: list[list[dt.date]] = []
    while begin < last or not weeks:
        weeks.append(week_of(begin))
        if weeks[-1][-1] >= LAST:
            break
        begin = weeks[-1][-1] + DAY
    return weeks


def week_of(day: dt.date) -> list[dt.date]:
    """The days of a week from Monday to Sunday."""
    monday = day - day.weekday() * DAY if day - FIRST >= day.weekday() * DAY else FIRST
    return [monday + n * DAY for n in range(7) if LAST - monday >= n * DAY]


def steps(day: dt.date, by_week: bool) -> tuple[dt.date, dt.date]:
    """The pages before and after one of the calendar."""
    if by_week:
        ahead = min(day - FIRST, 7 * DAY), min(LAST - day, 7 * DAY)
        return day - ahead[0], day + ahead[1]
    first = day.replace(day=1)
    return in_months(first, -1), in_months(first, 1)


def folded(items: Sequence[T], most: int) -> tuple[Sequence[T], Sequence[T]]:
    """What of a day is shown and what is folded away; one alone is never folded."""
    if len(items) <= most + 1:
        return items, items[:0]
    return items[:most], items[most:]


def cut(found: Iterable[T], most: int) -> tuple[list[T], bool]:
    """The first of many, and whether there are more."""
    rows = list(found)
    return rows[:most], len(rows) > most
