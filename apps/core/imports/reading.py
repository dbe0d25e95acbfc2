"""Opening a delimited file: which encoding, which delimiter, which records (streamed)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SAMPLE: Final = 256 * 1024
BLOCK: Final = 1024 * 1024
SAMPLE_RECORDS: Final = 60
BLANK: Final = ' \t\r\n,;|"\ufeff'
MOST_COLUMNS: Final = 200

BOMS: Final = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
ENCODING_NAMES: Final = {
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
SAVE_AS_CSV: Final = (
    "Open it in the program it comes from and save it as CSV, then choose that file."
)
BINARIES: Final = [
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"SQLite format", "a database"),
]


class FileRefused(ValueError):
    """The file as a whole cannot be read; `str()` says why and what would be right."""


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    encoding: str
    delimiter: str
    errors: str = "strict"

    @property
    def sentences(self) -> list[str]:
        """What was understood about the file, for the person who chose it."""
        found = [
            f"The text is {ENCODING_NAMES.get(self.encoding, self.encoding)}.",
            f"The columns are separated by {DELIMITERS.get(self.delimiter, self.delimiter)}.",
        ]
        if self.errors != "strict":
            found.append("Some bytes are no valid UTF-8; the rows that hold them are named below.")
        return found


@dataclass(frozen=True)
class Record:
    """One record of the file with the row number that a spreadsheet shows for it."""

    row: int
    cells: list[str]
    # Whether it held NUL characters, which no text has; its cells show them as "\ufffd".
    nul: bool = False


def refuse_binary(head: bytes) -> None:
    """Raise FileRefused for an empty file and for what is plainly no text."""
    if not head:
        raise FileRefused(
            "The file is empty. Choose a CSV file with a header row and rows below it."
        )
    for mark, what in BINARIES:
        if head.startswith(mark):
            raise FileRefused(f"The file is {what}, not a CSV file. {SAVE_AS_CSV}")
    if any(head.startswith(mark) for mark, encoding in BOMS if encoding):
        return
    if _utf16_without_mark(head):
        return
    control = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c" for byte in head)
    if control > max(4, len(head) * 0.02):
        raise FileRefused(f"The file is binary, not text. {SAVE_AS_CSV}")


def _utf16_without_mark(head: bytes) -> str:
    """The UTF-16 flavour whose every second byte is mostly zero, or nothing."""
    part = head[: len(head) // 2 * 2][:4096]
    if len(part) < 8:
        return ""
    half = len(part) // 2
    even, odd = part[::2].count(0), part[1::2].count(0)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def find_encoding(path: Path) -> tuple[str, str]:
    """The encoding of a file and how to treat bytes that do not fit it.

    A file that is UTF-8 but for a few bytes stays UTF-8: those bytes become errors of their rows.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        refuse_binary(head)
        for mark, encoding in BOMS:
            if encoding and head.startswith(mark):
                return (encoding, "strict" if _decodes(path, encoding) else "replace")
        silent = _utf16_without_mark(head)
        if silent:
            return silent, "strict" if _decodes(path, silent) else "replace"
    if _decodes(path, "utf-8"):
        return "utf-8", "strict"
    good, bad = _utf8_sequences(path)
    if good > bad * 9:
        return "utf-8", "replace"
    return ("cp1252" if _decodes(path, "cp1252") else "latin-1"), "strict"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _utf8_sequences(path: Path) -> tuple[int, int]:
    """How many characters beyond ASCII are valid UTF-8, and how many bytes are not."""
    good = bad = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            for char in block.decode("utf-8", "replace"):
                if char > "\x7f":
                    good, bad = (good, bad + 1) if char == "\ufffd" else (good + 1, bad)
    return good, bad


def find_delimiter(sample: str, known: Callable[[str], bool]) -> str:
    """The delimiter under which the sample looks most like a table.

    What counts first is how many header cells are `known` column names, then how many records have
    as many cells as the header, then how many cells there are.
    """
    if sample[:4].lower() == "sep=" and sample[4:5] in DELIMITERS:
        return sample[4]

    def score(delimiter: str) -> tuple[int, float, int]:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            records = [cells for cells in islice(reader, SAMPLE_RECORDS) if any(cells)]
        except csv.Error:
            return (0, 0.0, 0)
        width = len(records[0]) if records else 0
        if width < 2:
            return (0, 0.0, 0)
        recognised = sum(known(cell) for cell in records[0])
        return (recognised, sum(len(r) == width for r in records) / len(records), width)

    # The first of equals is the comma.
    return max(DELIMITERS, key=score)


def find_dialect(
    path: Path, known: Callable[[str], bool], *, encoding: str = "", delimiter: str = ""
) -> Dialect:
    """How a file is written; what the person said about it wins. Raises FileRefused."""
    found, errors = find_encoding(path)
    if encoding and encoding != found:
        found, errors = encoding, "strict" if _decodes(path, encoding) else "replace"
    with path.open("r", encoding=found, errors=errors, newline="") as file:
        sample = file.read(SAMPLE)
        if file.read(1):
            # A line that is cut in the middle says nothing about the columns.
            sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    if not sample.strip(BLANK):
        raise FileRefused(
            "The file is empty. Choose a CSV file with a header row and rows below it."
        )
    return Dialect(found, delimiter or find_delimiter(sample, known), errors)


@contextmanager
def records(path: Path, dialect: Dialect) -> Iterator[Iterator[Record]]:
    """The records of a file, one at a time; empty ones are passed over but counted.

    Raises FileRefused where the file cannot be read any further.
    """
    with path.open("r", encoding=dialect.encoding, errors=dialect.errors, newline="") as file:
        yield _records(file, dialect)


def _records(file: io.TextIOBase, dialect: Dialect) -> Iterator[Record]:
    reader = csv.reader(file, delimiter=dialect.delimiter)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(
                f"The file cannot be read from row {row} on: a quotation mark there opens and never"
                " closes, or a cell is too long. Close it, or double the marks inside a cell."
            ) from error
        if row == 1 and dialect.delimiter.join(cells)[:4].lower() == "sep=":
            continue
        if any(cell.strip() for cell in cells):
            nul = any("\0" in cell for cell in cells)
            yield Record(
                row, [cell.replace("\0", "\ufffd") for cell in cells] if nul else cells, nul
            )


def read_header(found: Iterator[Record]) -> Record:
    """The header record, its cells stripped, empty ones at the end dropped. Raises FileRefused."""
    header = next(found, None)
    if header is None:
        raise FileRefused(
            "The file is empty. Choose a CSV file with a header row and rows below it."
        )
    cells = [" ".join(cell.replace("\ufeff", "").split()) for cell in header.cells]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise FileRefused(
            f"The file has {len(cells)} columns; at most {MOST_COLUMNS} can be read."
            " Leave out those that are not needed."
        )
    return Record(header.row, cells)


def ragged(record: Record, width: int) -> str | None:
    """Why a record does not fit its header, or None; empty cells beyond the header do no harm."""
    cells = record.cells
    if record.nul:
        return "The row holds NUL characters (shown as \ufffd), which no text has. Take them out."
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) == width:
        return None
    reason = f"The row has {_cells(len(cells))}, the header has {width}."
    if any("\n" in cell or "\r" in cell for cell in cells):
        return f"{reason} Perhaps a quotation mark in it is never closed."
    if len(cells) > width:
        return f"{reason} Put cells that hold the delimiter in quotation marks."
    return f"{reason} Write empty cells too."


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
