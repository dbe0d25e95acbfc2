"""Why an operation cannot be undone, in sentences."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "There is nothing to undo: it changed no record."
NOT_ALL_SEEN: Final = "It also changed records that you may not see: somebody else can undo it."
NOT_EXACT: Final = "Undoing it would change other records too. Nothing was undone."


def gone_error(name: str) -> str:
    """A record of the operation is no longer there."""
    return f"“{name}” was deleted since. Undo that first, then this."


def changed_error(name: str, label: str) -> str:
    """A field has another value by now than the operation gave it."""
    return f"{label} of “{name}” was changed since. Undo that change first, or change it by hand."


def used_error(name: str, other: str) -> str:
    """Something was hung on a record that the operation made."""
    return f"“{other}” belongs to “{name}” by now. Delete or move it first, then undo this."


def back_already_error(name: str) -> str:
    """A record that the operation deleted is there again."""
    return f"“{name}” is there again: this was undone already."


def unknown_error(name: str) -> str:
    """The history does not reach back to before the operation."""
    return f"What “{name}” was before is not in its history: it cannot be undone."


def undone_sentence(count: int) -> str:
    """What an undo did."""
    return f"Undone: {count} {'record is' if count == 1 else 'records are'} as before."
