"""Rules of a playbook's working list: its order, and days counted from its start (R-DATE-1)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Final

# "+3", "day 3", "d3": so many days after the start; the start itself is day 0.
RELATIVE: Final = re.compile(r"(?:day\s*|d\s*)?([+-]?\d{1,5})", re.IGNORECASE | re.ASCII)
NO_START: Final = (
    "The playbook has no start to count days from. Write a date, or give the playbook a start."
)
TOO_FAR: Final = "“{}” is too far away. Write fewer days, or a date."

PLACES: Final = ("before", "after")


def day_number(day: dt.date | None, start: dt.date | None) -> int | None:
    """How many days after the start a day is; None when one of the two is missing."""
    return (day - start).days if day and start else None


def days_words(first: dt.date | None, last: dt.date | None, start: dt.date | None) -> str:
    """Dates as days from the start: "day 3 – day 10"; empty when there is nothing to count."""
    numbers = [day_number(day, start) for day in (first, last)]
    begin, end = (None if number is None else f"day {number}" for number in numbers)
    if begin and end:
        return begin if begin == end else f"{begin} – {end}"
    return begin or (f"until {end}" if end else "")


def typed_day(
    text: str, start: dt.date | None, read: Callable[[str], dt.date | None]
) -> dt.date | None:
    """The day that was typed: a date, which `read` understands, or days after the start.

    Raises ValueError with a sentence that says what would be right.
    """
    typed = text.strip()
    if not typed:
        return None
    counted = RELATIVE.fullmatch(typed)
    if counted is None or typed.isdecimal():
        day = read(typed)
        if day is None:
            raise ValueError(
                f"“{typed}” is no date. Write it like 2026-11-23, or as days after the start of"
                " the playbook, like +3."
            )
        return day
    if start is None:
        raise ValueError(NO_START)
    try:
        return start + dt.timedelta(days=int(counted[1]))
    except OverflowError as error:
        raise ValueError(TOO_FAR.format(typed)) from error


def reordered(order: Sequence[int], moved: int, place: str, other: int) -> list[int]:
    """The order once one of it stands directly before or after another.

    Raises ValueError when one of the two is not in it.
    """
    if moved not in order or other not in order or place not in PLACES:
        raise ValueError("One of these tasks is not in this playbook any more.")
    if moved == other:
        return list(order)
    rest = [one for one in order if one != moved]
    at = rest.index(other) + PLACES.index(place)
    return [*rest[:at], moved, *rest[at:]]


def positions(order: Sequence[int], stored: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The new position of each task whose place in the order is another one now.

    `stored` are the tasks with their positions, as they stand.
    """
    wanted = {pk: place for place, pk in enumerate(order, start=1)}
    return {pk: wanted[pk] for pk, position in stored if wanted[pk] != position}


def order_error(shown: Sequence[int], stored: Sequence[int]) -> str | None:
    """Why an order that was made of what was shown cannot be saved any more, or None."""
    if list(shown) == list(stored):
        return None
    if set(shown) != set(stored):
        return (
            "Somebody else added or dropped a task of this playbook meanwhile. Nothing was moved:"
            " look at the list as it is now, then move it again."
        )
    return (
        "Somebody else changed the order meanwhile. Nothing was moved: look at the list as it is"
        " now, then move it again."
    )
