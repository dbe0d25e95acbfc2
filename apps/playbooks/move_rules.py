"""Rules of changes that move others (R-CAS-1, R-OBJ-8), as functions of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from apps.core.preview_rules import counted

# What a record's place is made of: the first of these that changes names where the rest goes.
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "plan": ("account",),
    "objective": ("account", "plan"),
    "playbook": ("account", "objective", "plan"),
    "task": ("account", "playbook", "objective", "plan"),
}
# Whose start takes others along.
STARTS: Final[dict[str, tuple[str, ...]]] = {
    "plan": (),
    "objective": ("start_date",),
    "playbook": ("start_date",),
    "task": (),
}
NOWHERE: Final = {"plan": "no plan", "objective": "no objective", "playbook": "no playbook"}
BY_HAND: Final = "dates set by hand"


def days_between(before: dt.date | None, after: dt.date | None) -> int:
    """By how many days a start moves; 0 where there is none before or none after."""
    return (after - before).days if before and after else 0


def shifted(day: dt.date | None, days: int) -> dt.date | None:
    """A date moved by some days. Raises ValueError with a sentence beyond the calendar."""
    try:
        return day and day + dt.timedelta(days=days)
    except OverflowError as error:
        raise ValueError("A date that moves along would lie beyond the calendar.") from error


@dataclass(frozen=True)
class Span:
    """From when to when something is dated; either may be missing."""

    start: dt.date | None = None
    end: dt.date | None = None

    def moved(self, days: int) -> Span:
        """The same span some days on. Raises ValueError beyond the calendar."""
        return Span(shifted(self.start, days), shifted(self.end, days))

    def holds(self, other: Span) -> bool:
        """Whether every date of the other one lies within this one (R-PB-1)."""
        days = [day for day in (other.start, other.end) if day is not None]
        early = self.start is not None and any(day < self.start for day in days)
        late = self.end is not None and any(day > self.end for day in days)
        return not early and not late


def proposed(task: Span, days: int, *, moves: bool, playbook: Span) -> tuple[bool, str]:
    """Whether to propose that a task moves, and why if that is not what it asks for by itself.

    `moves` says whether it would by itself, `playbook` holds the dates that its playbook will
    have. What is proposed can be saved, where there is any way to do so (R-PB-1).
    """
    asked, other = (task.moved(days), task) if moves else (task, task.moved(days))
    if playbook.holds(asked) or not playbook.holds(other):
        return moves, ""
    return not moves, "stays within its playbook" if moves else "moves to stay within its playbook"


def by_days(days: int) -> str:
    """A distance in words: "14 days later"."""
    count = abs(days)
    return f"{count} day{'' if count == 1 else 's'} {'later' if days > 0 else 'earlier'}"


def placed_words(numbers: Mapping[str, int], target: str) -> tuple[str, str]:
    """What is said of records that go to another place, before and after (R-OBJ-2, R-PLAN-3)."""
    who = counted(numbers)
    return f"{who} will move to {target}.", f"{who} moved to {target}."


def dated_words(numbers: Mapping[str, int], days: int) -> tuple[str, str]:
    """What is said of records that are moved by the same days, before and after (R-OBJ-8)."""
    who = counted(numbers)
    if not who:
        return "No other dates will move unless you tick them.", ""
    return f"{who} will move {by_days(days)}.", f"{who} moved {by_days(days)}."


def unlinked_words(challenges: int, account: str) -> tuple[str, str]:
    """What is said of challenges that stay with the old account, before and after (R-CAS-2)."""
    who = f"{counted({'challenge': challenges})} of {account}"
    return f"{who} will be unlinked.", f"{who} {'was' if challenges == 1 else 'were'} unlinked."


def stays_words(numbers: Mapping[str, int], account: str) -> tuple[str, str]:
    """What is said of contacts who stay with the old account, before and after."""
    what = counted(numbers)
    return (
        f"Contacts of {account} will be taken off {what}.",
        f"Contacts of {account} were taken off {what}.",
    )
