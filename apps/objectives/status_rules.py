"""Which statuses of objectives the program itself needs, whatever they are called."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from apps.objectives.choices import StatusKind

# What an objective gets without anybody choosing a status.
NEEDED: Final = {
    StatusKind.NOT_STARTED: "Every new objective begins with one",
    StatusKind.COMPLETED: "Objectives that are ticked off get one",
}


def last_of_its_kind(label: str, kind: str, others: Collection[str]) -> str:
    """Why the last active status of a kind stays; `others` are the kinds of the other active ones.

    Empty when it may go.
    """
    if kind not in NEEDED or kind in others:
        return ""
    word = StatusKind(kind).label
    why = NEEDED[StatusKind(kind)]
    return (
        f"“{label}” is the only active status of the kind “{word}”. {why}:"
        f" add or activate another of that kind first. You can rename this one freely."
    )
