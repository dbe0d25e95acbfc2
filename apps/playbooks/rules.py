"""Rules of playbooks and tasks, as functions of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.core.rules import date_order_error
from apps.playbooks.choices import TaskStatus

# How many records a refusal names before it only counts the rest.
NAMED: Final = 10

WORDS: Final = {"playbook": "playbook", "objective": "objective", "plan": "success plan"}
NO_ACCOUNT: Final = "A {} belongs to an account. Choose the account, or what it belongs to there."
CO_OWNER_NEEDS_SHARING: Final = (
    "A co-owner at the customer needs a shared playbook. Share it, or empty the co-owner."
)
DONE_IS_WHOLE: Final = "A completed task is 100 % complete. To reopen it, choose another status."


def foreign_parent_error(what: str, name: str, its_account: str, account: str) -> str:
    """Why a record of another account cannot be the one above (R-OBJ-1)."""
    article = "an" if what == "objective" else "a"
    return (
        f"“{name}” is {article} {WORDS[what]} of {its_account}."
        f" Choose {article} {WORDS[what]} of {account}, or none."
    )


def other_parent_error(lower: str, name: str, what: str, its: str, wanted: str) -> str:
    """Why a record cannot hang on both: the lower one belongs elsewhere (R-OBJ-2).

    `its` is where the lower one belongs, `wanted` what was chosen; either may be empty.
    """
    low, high = WORDS[lower], WORDS[what]
    there = f"the {high} “{its}”" if its else f"no {high}"
    if wanted:
        return (
            f"The {low} “{name}” belongs to {there}, not to “{wanted}”."
            f" Change one of the two, or empty the {low}."
        )
    return f"The {low} “{name}” belongs to {there}. Keep it, or empty the {low} too."


def foreign_contact_error(names: Sequence[str], account: str) -> str | None:
    """Why these people cannot be chosen for a record of this account, or None."""
    if not names:
        return None
    verb = "is not a contact" if len(names) == 1 else "are not contacts"
    return f"{listed(names)} {verb} of {account}. Choose contacts of the same account."


def left_error(name: str) -> str:
    """Why a contact who has left cannot become an owner."""
    return f"{name} has left the company. Choose a contact who is still there."


def listed(names: Sequence[str], quoted: bool = False) -> str:
    """Names in a sentence: the first ten, and how many more."""
    shown = [f"“{name}”" if quoted else name for name in names[:NAMED]]
    rest = len(names) - len(shown)
    if rest:
        shown.append(f"{rest} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def ungrouped_error(names: Sequence[str], account: str) -> str:
    """Why these playbooks cannot be grouped under an objective of this account."""
    what = "is no playbook" if len(names) == 1 else "are no playbooks"
    them = "it" if len(names) == 1 else "them"
    return (
        f"{listed(names, quoted=True)} {what} of {account} that still "
        f"{'goes' if len(names) == 1 else 'go'} on. Untick {them}."
    )


def none_to_group(account: str) -> str:
    """What is said where an account has no playbook to group under a new objective."""
    return f"{account} has no playbook that still goes on: run one after saving."


def playbook_date_errors(
    *,
    start: dt.date | None,
    end: dt.date | None,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> dict[str, str]:
    """What is wrong with a playbook's dates, by field (R-DATE-1).

    `before` and `after` name the tasks that would lie outside of the new start and the new end.
    """
    error = date_order_error(start, end)
    if error:
        return {"end_date": error}
    errors = {}
    if before and start:
        errors["start_date"] = _excluded(before, f"before the new start ({_day(start)})", "earlier")
    if after and end:
        errors["end_date"] = _excluded(after, f"after the new end ({_day(end)})", "later")
    return errors


def _excluded(names: Sequence[str], where: str, other: str) -> str:
    tasks = "The task" if len(names) == 1 else "The tasks"
    them = "it" if len(names) == 1 else "them"
    return (
        f"{tasks} {listed(names, quoted=True)} would lie {where}."
        f" Move {them} first, or choose {'an' if other == 'earlier' else 'a'} {other} date."
    )


def task_date_errors(
    *,
    start: dt.date | None,
    end: dt.date | None,
    playbook: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> dict[str, str]:
    """What is wrong with a task's dates, by field (R-DATE-1, R-PB-1).

    `first` and `last` are the dates of its playbook; none of them limits nothing.
    """
    error = date_order_error(start, end)
    if error:
        return {"end_date": error}
    errors = {}
    for name, word, day in (("start_date", "start", start), ("end_date", "end", end)):
        if day is not None and first is not None and day < first:
            errors[name] = (
                f"The {word} ({_day(day)}) is before the start of the playbook"
                f" “{playbook}” ({_day(first)})."
            )
        elif day is not None and last is not None and day > last:
            errors[name] = (
                f"The {word} ({_day(day)}) is after the end of the playbook"
                f" “{playbook}” ({_day(last)})."
            )
    return errors


def _day(value: dt.date) -> str:
    return f"{value:%-d %b %Y}"


def overdue(end: dt.date | None, over: bool, today: dt.date) -> str:
    """By how many days something open is overdue, in words; empty when it is not (R-DUE-1)."""
    if end is None or over or end >= today:
        return ""
    days = (today - end).days
    return f"{days} day{'' if days == 1 else 's'} overdue"


def completion(
    *, before: str, wanted: Mapping[str, Any], now: dt.datetime
) -> tuple[dict[str, Any], str | None]:
    """What follows from a change of status for percent and stamp, and why it cannot be (R-OBJ-5).

    `before` is the status as stored, empty for a new task; `wanted` are the values to save.
    """
    after = wanted.get("status", before)
    if after == TaskStatus.COMPLETED:
        if before != TaskStatus.COMPLETED:
            return {"percent_complete": 100, "completed_at": now}, None
        if wanted.get("percent_complete", 100) != 100:
            return {}, DONE_IS_WHOLE
        return {}, None
    if before == TaskStatus.COMPLETED:
        # Reopened: a percent typed with it counts, the one that came with completing does not.
        percent = wanted.get("percent_complete", 0)
        return {"percent_complete": percent, "completed_at": None}, None
    return {}, None
