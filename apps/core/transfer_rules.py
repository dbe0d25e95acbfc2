"""What an import says of each row of a file, before and after it is done. No database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from apps.core.imports.columns import Target
from apps.core.imports.reading import Record

# The heading of the column by which a row is known again, and of the one that says how old it is.
KEY: Final = "record_id"
STAMP: Final = "updated_at"
KEY_LABEL: Final = "Record id"
ERRORS_SHOWN: Final = 50

Said = tuple[str, str, str]


class Relation(Protocol):
    """How cells that name other records are read: all of some hundred rows at once."""

    def find(self, texts: Collection[str]) -> None:
        """Look up the records that these cells name, in a constant number of statements."""

    def pick(self, text: str, account_id: int | None, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that a cell stands for. Raises ValueError with a sentence."""


class Staging(Protocol):
    """Where an import keeps new rows that are written together, once the whole file was read."""

    def begin(self) -> None:
        """Nothing is kept yet."""

    def keep(self, rows: Sequence[Any]) -> None:
        """Keep some hundred rows, of a check too: what comes later may be compared with them."""

    def write(self, actor: Any) -> None:
        """Write what was kept, in one statement."""


@dataclass(frozen=True)
class ImportColumn:
    """A column that an import understands: what it shows of a record, and how it is read."""

    target: Target
    show: Callable[[Any], str] = lambda record: ""
    read: Callable[[str], dict[str, Any]] | None = None
    relation: Relation | None = None
    # Why this person may not change it, if so.
    refused: str = ""

    @property
    def key(self) -> str:
        """The name of the form's field."""
        return self.target.key

    @property
    def label(self) -> str:
        """The heading, as people read it."""
        return self.target.label


@dataclass
class Line:
    """One row of the file on its way: what it says, which record it is, what is wrong with it."""

    record: Record
    cells: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    instance: Any = None
    is_new: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    follows: dict[str, Any] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    # Whether other records come along with it, and whether it got another owner.
    moved: bool = False
    given: bool = False

    @property
    def row(self) -> int:
        """The row number that a spreadsheet shows."""
        return self.record.row

    def account_id(self) -> int | None:
        """The account that the record will have, as far as it is known."""
        for name in ("account", "plan", "playbook", "objective"):
            given = self.values.get(name)
            if given is not None:
                return int(given.pk if name == "account" else given.account_id)
        if self.instance is None or self.is_new:
            return None
        found = getattr(self.instance, "account_id", None)
        if found is None and hasattr(self.instance, "objective"):
            found = self.instance.objective.account_id
        return found


@dataclass
class Outcome:
    """What an import does or did, ready to be kept and shown."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("rows", "create", "update", "unchanged", "errors"), 0
        )
    )
    errors: list[tuple[int, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    digest: str = ""
    written: bool = False
    operation: str = ""
    follow: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is kept with a run."""
        return {
            "counts": self.counts,
            "errors": [list(error) for error in self.errors],
            "refusals": self.refusals,
            "notes": self.notes,
            "pages": self.pages,
            "digest": self.digest,
            "written": self.written,
            "operation": self.operation,
        }


class Told:
    """A running word for all that was said of the rows: it changes when any of it changes."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()

    def add(self, line: Line) -> None:
        """Take one row into account."""
        pk = None if line.is_new or line.instance is None else line.instance.pk
        self._sum.update(repr((line.row, pk, line.said, line.errors)).encode())

    @property
    def word(self) -> str:
        """The word."""
        return self._sum.hexdigest()[:32]


def stale_reason(said: Sequence[Said], when: str) -> str:
    """Why a row is refused that somebody else changed since the file was written."""
    both = "; ".join(
        f"{label}: the file says {_quoted(new)}, now it is {_quoted(old)}"
        for label, old, new in said
    )
    return (
        f"Somebody changed this record on {when}, after the file was written. {both}. Export it"
        " once more, or leave out the column “Updated” to write over it."
    )


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing"


def taken_along(counted: str) -> str:
    """What else moves with the rows of a file (R-CAS-1); empty for nothing."""
    return f"{counted} move along with the rows that go elsewhere." if counted else ""
