"""Rules about customers and the people who look after them, as functions of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.accounts.choices import ResourceKind

# How many records a refusal names before it only counts the rest.
NAMED = 10


def allocation_error(name: str, *, is_active: bool, kind: str) -> str | None:
    """Why this resource cannot be allocated or own anything, None when it can (R-OWN-1)."""
    if kind == ResourceKind.PSA:
        return f"{name} is a PSA resource. Choose an active customer success resource."
    if not is_active:
        return f"{name} is no longer active. Choose an active customer success resource."
    return None


def ancestor_error(account_id: int | None, parent_path: Sequence[int], name: str) -> str | None:
    """Why the parent cannot be chosen, or None: an account is not its own ancestor (R-ACT-1).

    `parent_path` holds the ids of the parent and of all above it.
    """
    if account_id is not None and account_id in parent_path:
        return f"{name} would be its own ancestor. Choose an account that is not below it."
    return None


def external_id_error(external_id: str) -> str:
    """What to say when another account has this key already."""
    return f"Another account has the external id “{external_id}” already. Give each its own."


def counted(number: int, plural: str) -> str:
    """A number of things in words: "1 task", "3 tasks"."""
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"


def deletion_error(name: str, counts: Mapping[str, int]) -> str | None:
    """Why an account cannot be deleted, or None: what must go or move first (R-ACT-1)."""
    there = [counted(number, what) for what, number in counts.items() if number]
    if not there:
        return None
    return f"{name} still has {', '.join(there)}. Delete or move them first."


def hidden_records(number: int) -> str:
    """Records that somebody may not see, as a number (R-VIS-1)."""
    return f"{counted(number, 'records')} that you do not see"


def said_error(name: str) -> str:
    """Why a contact who said something cannot be deleted: it would stand there without a name."""
    return f"{name} wrote comments, which stay. Untick “active” instead of deleting {name}."


def held_error(name: str, held: Sequence[str], hidden: int = 0) -> str | None:
    """Why a person cannot be deleted, or None: what they own or are assigned (R-DEL-1).

    What somebody may not see is `hidden`: counted, and not named (R-VIS-1).
    """
    if not held and not hidden:
        return None
    rest = len(held) - NAMED
    parts = [", ".join(f"“{title}”" for title in held[:NAMED])] if held else []
    parts += [f"{rest} more"] if rest > 0 else []
    parts += [hidden_records(hidden)] if hidden else []
    what = " and ".join(parts)
    return f"{name} still owns or is assigned {what}. Give them to somebody else first."


def held_count_error(name: str, count: int) -> str:
    """Why one of many people cannot be deleted, told by numbers (R-DEL-1)."""
    what = "1 record" if count == 1 else f"{count} records"
    them = "it" if count == 1 else "them"
    return f"{name} still owns or is assigned {what}. Give {them} to somebody else first."
