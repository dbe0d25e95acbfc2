"""When something is due (R-DUE-1): one rule for lists, Home and trackers, as functions of values."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

Bucket = Literal["overdue", "today", "week", "later", "none"]

WEEK: Final = 7
OVERDUE: Final = "overdue"
TODAY: Final = "today"
IN_A_WEEK: Final = "week"
LATER: Final = "later"
NO_DATE: Final = "none"

# What an address can ask for, in the order of time.
CHOICES: Final = [
    (OVERDUE, "Overdue"),
    (TODAY, "Today"),
    (IN_A_WEEK, "In 7 days"),
    (LATER, "Later"),
    (NO_DATE, "No date"),
]
# Business reviews are prepared for longer.
REVIEW_CHOICES: Final = [*CHOICES[:3], ("30", "In 30 days"), *CHOICES[3:]]

Days = tuple[dt.date | None, dt.date | None]


def days(value: str, today: dt.date) -> Days:
    """The first and the last day that a choice speaks of; None is open. Seven days include today.

    Raises KeyError for what is no choice with days.
    """
    if value.isascii() and value.isdecimal():
        return today, today + dt.timedelta(days=int(value))
    week = today + dt.timedelta(days=WEEK)
    spans: dict[str, Days] = {
        OVERDUE: (None, today - dt.timedelta(days=1)),
        TODAY: (today, today),
        IN_A_WEEK: (today, week),
        LATER: (week + dt.timedelta(days=1), None),
    }
    return spans[value]


def bucket(day: dt.date | None, today: dt.date) -> Bucket:
    """Under which one heading a date stands: what is due today is not repeated under the week."""
    if day is None:
        return "none"
    if day < today:
        return "overdue"
    if day == today:
        return "today"
    return "week" if day <= today + dt.timedelta(days=WEEK) else "later"
