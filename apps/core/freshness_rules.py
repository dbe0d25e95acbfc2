"""How fresh a record is (R-DUE-1): the age of its last touch, and when it is stale."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Final

# The kinds that have an age, each with its own limit.
KINDS: Final = ("plan", "objective", "kpi")


def age(touched: dt.date, today: dt.date) -> int:
    """Days since the last touch; what was touched today, by whatever clock, has none."""
    return max(0, (today - touched).days)


def is_stale(touched: dt.date, today: dt.date, limit: int) -> bool:
    """Whether nothing happened for as many days as the limit says."""
    return age(touched, today) >= limit


def age_words(days: int) -> str:
    """An age as people say it."""
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def told(moment: dt.datetime, today: dt.date, zone: dt.tzinfo, limit: int) -> tuple[str, bool]:
    """The age of a touch in words, and whether it is stale; without a limit nothing is."""
    day = moment.astimezone(zone).date()
    return age_words(age(day, today)), bool(limit) and is_stale(day, today, limit)


def stale_before(today: dt.date, limit: int, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The moment before which the last touch of what is stale lies: the end of a person's day."""
    first_fresh_day = today - dt.timedelta(days=limit - 1)
    return dt.datetime.combine(first_fresh_day, dt.time(), zone)
