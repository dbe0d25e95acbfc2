"""A list written as a file: line by line, so that memory does not grow with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.http import QueryDict
from django.urls import resolve, reverse

from apps.core.choices import ExportForm
from apps.core.imports.cells import Cell, text_of
from apps.core.imports.survey import neutral
from apps.core.imports.workbook import write_workbook
from apps.core.kinds import KINDS
from apps.core.models import ExportRun
from apps.core.transfer_tables import Sheet

# Tells spreadsheets that a file is UTF-8.
MARK: Final = "\ufeff"
LINES_A_PIECE: Final = 500


def listing_of(kind: str, user: Any) -> Any:
    """The list of a kind as a person has it: the page at its address."""
    view: Any = resolve(reverse(KINDS[kind].list_url)).func
    return view.view_class.of(user)


def written(value: Cell) -> str:
    """A cell of a delimited file: what is a text cannot start a formula."""
    return neutral(value) if isinstance(value, str) else text_of(value)


def csv_pieces(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """A delimited file, some hundred lines at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(MARK)
    writer.writerow([neutral(name) for name in header])
    rest = iter(lines)
    while True:
        some = list(islice(rest, LINES_A_PIECE))
        writer.writerows([[written(value) for value in line] for line in some])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        if len(some) < LINES_A_PIECE:
            return


def write_file(sheet: Sheet, form: str, path: Path, tell: Callable[[int], None]) -> int:
    """Write a whole list; `tell` hears how many rows it are so far. Returns how many it were."""
    count = 0

    def counted() -> Iterator[Sequence[Cell]]:
        nonlocal count
        for line in sheet.lines():
            count += 1
            if count % LINES_A_PIECE == 0:
                tell(count)
            yield line

    if form == ExportForm.XLSX:

        def lines() -> Iterator[Sequence[Cell]]:
            yield sheet.header
            yield from counted()

        write_workbook(path, lines(), KINDS[sheet.listing.record].plural)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            for piece in csv_pieces(sheet.header, counted()):
                file.write(piece)
    return count


def sheet_of(run: ExportRun) -> Sheet:
    """The list that an export in the background is of."""
    return Sheet(listing_of(run.kind, run.user), run.user, QueryDict(run.query), run.columns)
