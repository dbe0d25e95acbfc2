"""What a save would do to other records, in words and rows, before it is done (R-CAS-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

# How many rows of a list are shown before the rest is only counted.
SHOWN: Final = 50
# How many offered rows have a tick of their own; one more tick stands for the rest.
TICKED: Final = 500
REST: Final = "rest"

# In the order in which a sentence counts them.
COUNTED: Final[dict[str, tuple[str, str]]] = {
    "objective": ("objective", "objectives"),
    "task": ("task", "tasks"),
    "playbook": ("playbook", "playbooks"),
    "kpi": ("KPI", "KPIs"),
    "activity": ("activity", "activities"),
    "challenge": ("challenge", "challenges"),
}


def counted(numbers: Mapping[str, int]) -> str:
    """How many of each kind, in words: "12 tasks and 3 playbooks"; empty when there are none."""
    parts = [
        f"{numbers[kind]} {words[numbers[kind] != 1]}"
        for kind, words in COUNTED.items()
        if numbers.get(kind)
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


@dataclass(frozen=True)
class Line:
    """One row of a preview: a record, and what it has before and after."""

    kind: str
    pk: int
    name: str
    before: str
    after: str
    note: str = ""
    ticked: bool = False
    # Whether the record is over: nobody is asked about such rows alone.
    over: bool = False

    @property
    def key(self) -> str:
        """Names the row in a form: `task-12`."""
        return f"{self.kind}-{self.pk}"

    @property
    def noun(self) -> str:
        """What kind of record it is, in words."""
        return COUNTED[self.kind][0]


@dataclass(frozen=True)
class Group:
    """Rows to which the same happens: what will be said before the save, and what after it.

    The rows of an `offered` group can be ticked and unticked; the others go by rule.
    """

    will: str
    did: str
    lines: Sequence[Line]
    offered: bool = False

    @property
    def shown(self) -> Sequence[Line]:
        """The rows that a page lists, each."""
        return self.lines[: TICKED if self.offered else SHOWN]

    @property
    def more(self) -> int:
        """How many rows there are beyond those."""
        return len(self.lines) - len(self.shown)


@dataclass(frozen=True)
class Preview:
    """What a save would do to others, with a digest that changes when any of it changes."""

    groups: Sequence[Group] = ()
    digest: str = ""
    errors: Sequence[str] = field(default=())
    # Whether something else was shown before.
    stale: bool = False
    # Whether the offered rows without a tick of their own move as proposed.
    rest: bool = True

    @property
    def keys(self) -> str:
        """The rows that can be ticked, as the form says which ones were offered."""
        keys = [line.key for group in self.groups if group.offered for line in group.shown]
        return ",".join([*keys, REST])

    @property
    def status(self) -> int:
        """How a page that shows it answers."""
        return 422 if self.errors else 409 if self.stale else 200

    @property
    def deeds(self) -> str:
        """What to say of the others after the save, in the same counted words."""
        return " ".join(group.did for group in self.groups if group.did)

    def said(self, name: str) -> str:
        """What to say after the save of a record."""
        return f"“{name}” was saved. {self.deeds}".strip()


@dataclass(frozen=True)
class Asked:
    """What a person answered to a preview: which one it was, what was offered, what is ticked."""

    confirmed: str = ""
    offered: frozenset[str] = frozenset()
    ticked: frozenset[str] = frozenset()

    def chosen(self, lines: Sequence[Line]) -> list[bool]:
        """For each offered row whether it shall move: as ticked, or as proposed when it is new."""
        return [
            line.ticked and self.with_rest
            if place >= TICKED
            else line.key in self.ticked
            if line.key in self.offered
            else line.ticked
            for place, line in enumerate(lines)
        ]

    @property
    def with_rest(self) -> bool:
        """Whether the rows beyond those with a tick of their own shall move."""
        return REST not in self.offered or REST in self.ticked


def digest(parts: Iterable[object]) -> str:
    """A short word for everything that a preview shows."""
    told = "\n".join(repr(part) for part in parts)
    return hashlib.sha256(told.encode()).hexdigest()[:32]
