"""Workbooks: written line by line, and read into the delimited file that the import understands."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from apps.core.imports.cells import NO, YES, Cell, text_of
from apps.core.imports.reading import MOST_COLUMNS, FileRefused
from apps.core.imports.survey import neutral

# How much a workbook may hold when it is unpacked: one that swells to more is no list.
MOST_UNPACKED: Final = 250 * 1024 * 1024
LONGEST_CELL: Final = 32_767
# What a spreadsheet knows of a number.
MOST_DIGITS: Final = 15
# As many rows a sheet has; a file can claim any number.
MOST_ROWS: Final = 1_048_576
NO_WORKBOOK: Final = (
    "The file is no Excel workbook, though its name says so, or it is damaged or locked with a"
    " password. Save it as .xlsx once more, or as CSV:"
    " then the name of the file must end in .csv, .tsv, .tab or .txt."
)


def write_workbook(path: Path, lines: Iterable[Sequence[Cell]], title: str = "List") -> None:
    """A workbook of one sheet; memory does not grow with its lines."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for line in lines:
        sheet.append([_written(sheet, value) for value in line])
    book.save(path)


def _written(sheet: Any, value: Cell) -> Any:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, dt.datetime):
        # A spreadsheet knows no offsets: as text the moment stays what it is.
        return value.isoformat()
    if isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        # As a number it would come back rounded.
        value = text_of(value)
    if value is None or not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", neutral(value))[:LONGEST_CELL])
    # Whatever a text begins with, it is a text.
    cell.data_type = "s"
    return cell


def read_workbook(file: Any, path: Path) -> None:
    """Write the first sheet of a workbook as a delimited file. Raises FileRefused."""
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise FileRefused("The workbook is too big when it is unpacked. Divide it.")
        file.seek(0)
        with closing(load_workbook(file, read_only=True, data_only=True)) as book:
            _read_first_sheet(book, path)
    except Exception as error:
        # What a damaged file makes the library stumble over is of any kind; a full disk is not.
        if isinstance(error, FileRefused) or getattr(error, "errno", None):
            raise
        raise FileRefused(NO_WORKBOOK) from error


def _read_first_sheet(book: Any, path: Path) -> None:
    sheet = next(iter(book.worksheets), None)
    if sheet is None:
        raise FileRefused("The workbook has no sheet with rows in it.")
    sheet.reset_dimensions()
    with path.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written)
        width = 0
        for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS, values_only=True), 1):
            cells = [_read(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if len(cells) > MOST_COLUMNS:
                # A few bytes can claim thousands of cells.
                raise FileRefused(
                    f"Row {number} of the workbook has {len(cells)} columns; at most {MOST_COLUMNS}"
                    " can be read. Leave out those that are not needed."
                )
            width = width or len(cells)
            writer.writerow([*cells, *[""] * (width - len(cells))] if cells else [])


def _read(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float):
        # The digits after these are noise of a spreadsheet's arithmetic.
        return f"{Decimal(f'{value:.{MOST_DIGITS}g}'):f}"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return (value.date() if midnight else value).isoformat()
    return str(value)


def workbook_of(source: Path, path: Path, encoding: str, delimiter: str) -> None:
    """A delimited file of ours as a workbook; its cells are neutral already."""
    with source.open(encoding=encoding, newline="") as file:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Rows with errors")
        for line in csv.reader(file, delimiter=delimiter):
            cells = [
                WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text)) for text in line
            ]
            for cell in cells:
                cell.data_type = "s"
            sheet.append(cells)
        book.save(path)
