"""Workbooks of unknown make: whatever is wrong with one is said, and none swells."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from openpyxl import Workbook

from apps.core.imports.reading import FileRefused
from apps.core.imports.survey import restored
from apps.core.imports.workbook import read_workbook, write_workbook

SHEET = "xl/worksheets/sheet1.xml"
BEGIN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"


def workbook(**changed):
    """A workbook with one row, some of its parts as given; None leaves a part out."""
    plain, file = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.active.append(["Name"])
    book.save(plain)
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(file, "w") as written:
        for name in parts.namelist():
            content = changed.get(name, parts.read(name))
            if content is not None:
                written.writestr(name, content)
    file.seek(0)
    return file


def rows(*cells):
    return BEGIN + "".join(cells) + END


def locked(file):
    """The same archive, its parts marked as locked with a password."""
    content = bytearray(file.getvalue())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(mark, at + 4)
    return io.BytesIO(bytes(content))


@pytest.mark.parametrize(
    "file",
    [
        workbook(**{SHEET: "<worksheet"}),
        workbook(**{"xl/workbook.xml": "<a"}),
        workbook(**{"xl/workbook.xml": None}),
        workbook(**{"[Content_Types].xml": "<a"}),
        workbook(**{SHEET: rows('<row r="x"><c r="A1"><v>1</v></c></row>')}),
        workbook(**{SHEET: rows('<row r="1"><c r="A1" t="s"><v>99</v></c></row>')}),
        workbook(**{SHEET: rows('<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>')}),
        workbook(**{SHEET: rows(f'<row r="1"><c r="A1"><v>{"1" * 5000}</v></c></row>')}),
        locked(workbook()),
        io.BytesIO(b"PK\x03\x04 and nothing more"),
    ],
)
def test_a_damaged_workbook_is_refused_with_a_sentence(tmp_path, file):
    with pytest.raises(FileRefused, match="damaged or locked with a password"):
        read_workbook(file, tmp_path / "file.csv")


def test_a_workbook_that_claims_more_columns_than_can_be_read_is_refused(tmp_path):
    path = tmp_path / "file.csv"
    wide = [f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 100)]
    with pytest.raises(FileRefused, match="Row 1 of the workbook has 16384 columns"):
        read_workbook(workbook(**{SHEET: rows(*wide)}), path)
    assert path.stat().st_size < 100


def test_rows_beyond_the_last_of_a_sheet_are_not_there(tmp_path):
    path = tmp_path / "file.csv"
    cells = (f'<row r="{row}"><c r="A{row}"><v>7</v></c></row>' for row in (1, 9_000_000_000))
    read_workbook(workbook(**{SHEET: rows(*cells)}), path)
    assert path.read_bytes().strip() == b"7"


@pytest.mark.parametrize(
    "number", ["99999999999999.9999", "-12345678901234.5678", "0.0001", "1500"]
)
def test_r_num_1_every_number_that_is_stored_comes_back_exactly(tmp_path, number):
    book, path = tmp_path / "file.xlsx", tmp_path / "file.csv"
    write_workbook(book, [["Target"], [Decimal(number)]])
    with book.open("rb") as file:
        read_workbook(file, path)
    assert [restored(cell) for cell in path.read_text().split()] == ["Target", number]
