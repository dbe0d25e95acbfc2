"""Why an operation cannot be undone, in sentences."""

from __future__ import annotations

from typing import Final

NOT_SIGN_IN: Final = (
    "How somebody signs in is not taken back here. An administrator changes it under Users."
)
# What of a user says whether and how they sign in; none of it comes back by undo.
SIGN_IN: Final = frozenset(
    {"email", "is_active", "is_staff", "is_superuser", "invited_at", "new_email", "new_email_at"}
)
NOT_OWN: Final = "Somebody else said this in their own name: only they can take it back."
NOTHING: Final = "There is nothing to undo: it changed no record."
NOT_ALL_SEEN: Final = "It also changed records that you may not see: somebody else can undo it."
ALREADY: Final = "This was undone already: everything is as it was before."
NOT_EXACT: Final = "Undoing it would change other records too. Nothing was undone."


def gone_error(name: str) -> str:
    """A record of the operation is no longer there."""
    return f"“{name}” was deleted since. Undo that first, then this."


def changed_error(name: str, label: str) -> str:
    """A field has another value by now than the operation gave it."""
    return f"{label} of “{name}” was changed since. Undo that change first, or change it by hand."


def used_error(name: str, other: str) -> str:
    """Something was hung on a record that the operation made; `other` is empty if it is hidden."""
    if not other:
        return f"Something that you may not see belongs to “{name}” by now."
    return f"“{other}” belongs to “{name}” by now. Delete or move it first, then undo this."


def back_already_error(name: str) -> str:
    """A record that the operation deleted is there again."""
    return f"“{name}” is there again. Delete it first, then undo this."


def unknown_error(name: str) -> str:
    """The history does not reach back to before the operation."""
    return f"What “{name}” was before is not in its history: it cannot be undone."


def unkept_error(name: str, column: str) -> str:
    """A deleted record had something that no history keeps."""
    return f"“{name}” cannot come back: the history keeps no {column}. Make it anew."


def undone_sentence(count: int, *, again: bool = False) -> str:
    """What an undo did; undoing an undo does the first thing again."""
    records = f"{count} {'record is' if count == 1 else 'records are'}"
    return f"Done again: {records} as changed." if again else f"Undone: {records} as before."
