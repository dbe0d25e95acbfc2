"""What happens to many rows at once, in words and rows, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.core.preview_rules import digest

# As many rows as one operation may change: more is a sign of a filter that is missing.
MOST: Final = 10_000
MOST_SENTENCE: Final = (
    "These are {} records. At most {} are changed at once: narrow the filters, or go page by page."
)


@dataclass(frozen=True)
class Changed:
    """One row that changes: the values of its fields before and after, by the fields' labels."""

    pk: int
    name: str
    fields: Sequence[tuple[str, Any, Any]] = ()


@dataclass(frozen=True)
class Kept:
    """One row that stays as it is, and why."""

    pk: int
    name: str
    reason: str


@dataclass(frozen=True)
class Bulk:
    """What a bulk edit does: rows that change, rows that are refused, rows that are so already."""

    changed: Sequence[Changed] = ()
    refused: Sequence[Kept] = ()
    alike: int = 0
    # What else it does, in words.
    notes: Sequence[str] = field(default=())

    @property
    def count(self) -> int:
        """How many rows were looked at."""
        return len(self.changed) + len(self.refused) + self.alike

    @property
    def digest(self) -> str:
        """A word for all of it, that changes when any of it changes."""
        return digest([*self.changed, *self.refused, self.alike, *self.notes])


def too_many(count: int, shown: str, most: str) -> str:
    """Why so many rows are not changed at once; empty when they are not too many."""
    return MOST_SENTENCE.format(shown, most) if count > MOST else ""
