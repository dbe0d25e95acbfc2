"""What an import says of a file: counts, the differences page by page, the bad rows as a file."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from apps.core.asks_rules import Shaping
from apps.core.imports.reading import Dialect
from apps.core.imports.survey import ERROR_COLUMNS, neutral, restored
from apps.core.transfer_rules import ERRORS_SHOWN, ImportColumn, Line, Outcome, Told

PAGE: Final = 50


@dataclass(frozen=True)
class ListFile:
    """A file that was understood: where it is, how it is written, which column is what."""

    path: Path
    dialect: Dialect
    headers: list[str]
    columns: list[tuple[int, ImportColumn]]
    # What a new record cannot be without: field and heading.
    needed: list[tuple[str, str]] = field(default_factory=list)
    own_columns: int = 0
    # What the types of records ask of them; nothing where there are neither types nor field sets.
    shaping: Shaping | None = None


@dataclass(frozen=True)
class Outputs:
    """Where the bad rows go, where the differences go, who hears how far it is."""

    errors: Path | None = None
    changes: Path | None = None
    progress: Callable[[int], None] | None = None


class Report:
    """Hears of every row in turn; keeps nothing of a row but its count and its first words."""

    def __init__(self, file: ListFile, outputs: Outputs) -> None:
        self.file = file
        self.outputs = outputs
        self.outcome = Outcome()
        self._told = Told()
        self._bad: Any = None
        self._changes: IO[str] | None = None

    @property
    def word(self) -> str:
        """A word for all that was said; it changes when any of it changes."""
        return f"{self._told.word}{sorted(self.outcome.follow.items())}"

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While the files are open that bad rows and differences are written to."""
        with ExitStack() as stack:
            if self.outputs.errors is not None:
                self._bad = self._bad_file(stack, self.outputs.errors)
            if self.outputs.changes is not None:
                file = self.outputs.changes.open("w", encoding="utf-8")
                self._changes = stack.enter_context(file)
            yield
        if self.outputs.errors is not None and not self.outcome.counts["errors"]:
            self.outputs.errors.unlink(missing_ok=True)

    def _bad_file(self, stack: ExitStack, path: Path) -> Any:
        # The byte order mark tells spreadsheets that this is UTF-8.
        file = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
        writer = csv.writer(file, delimiter=self.file.dialect.delimiter, lineterminator="\r\n")
        own = self.file.own_columns
        writer.writerow([*ERROR_COLUMNS, *(neutral(name) for name in self.file.headers[own:])])
        return writer

    def tell(self, line: Line) -> None:
        """Count a row, keep what is said of it, and keep a bad one to be given back."""
        counts = self.outcome.counts
        self._told.add(line)
        if line.errors:
            counts["errors"] += 1
            self._keep_bad(line)
        elif not line.said and not line.is_new:
            counts["unchanged"] += 1
        else:
            number = counts["create"] + counts["update"]
            counts["create" if line.is_new else "update"] += 1
            self._keep_change(line, number)

    def _keep_bad(self, line: Line) -> None:
        reason = " ".join(line.errors)
        if len(self.outcome.errors) < ERRORS_SHOWN:
            self.outcome.errors.append((line.row, reason))
        if self._bad is not None:
            own = self.file.own_columns
            cells = (neutral(restored(cell)) for cell in line.record.cells[own:])
            self._bad.writerow([line.row, neutral(reason), *cells])

    def _keep_change(self, line: Line, number: int) -> None:
        if self._changes is None:
            return
        if number % PAGE == 0:
            self.outcome.pages.append(self._changes.tell())
        said = {
            "row": line.row,
            "pk": None if line.is_new else line.instance.pk,
            "name": str(line.instance),
            "fields": line.said,
        }
        self._changes.write(f"{json.dumps(said)}\n")


def changes_of(path: Path, offset: int) -> list[dict[str, Any]]:
    """One page of the differences that a check found."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        file.seek(offset)
        return [json.loads(line) for line in itertools.islice(file, PAGE)]
