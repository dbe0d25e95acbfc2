"""Reading files of unknown make: encodings, delimiters, columns, dates, numbers; pure functions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from apps.core.imports import values
from apps.core.imports.columns import Target, knows, looks_like_data, match, normal
from apps.core.imports.reading import FileRefused, find_dialect, ragged, records
from apps.core.imports.survey import is_error_file, neutral, restored, survey

TARGETS = [
    Target("name", "Account name", ("company", "account", "name")),
    Target("external_id", "External id", ("account id", "id")),
    Target("arr", "ARR", kind="number"),
    Target("renewal_date", "Renewal", kind="date"),
    Target("contact_name", "Contact name", ("contact", "name")),
]
KNOWN = knows(TARGETS)
TEXT = "Company;ARR\nMüller & Söhne;1,5\nÉlan “Zürich”;2\n"


def read(path, **told):
    dialect = find_dialect(path, lambda name: normal(name) in KNOWN, **told)
    with records(path, dialect) as found:
        return dialect, [(record.row, record.cells) for record in found]


def written(tmp_path, content):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# Reading ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_reads_the_same(tmp_path, codec, found, line_end):
    path = written(tmp_path, TEXT.replace("\n", line_end).encode(codec))
    dialect, rows = read(path)
    assert dialect.encoding == found
    assert dialect.delimiter == ";"
    assert [cells for _, cells in rows] == [
        ["Company", "ARR"],
        ["Müller & Söhne", "1,5"],
        ["Élan “Zürich”", "2"],
    ]


def test_big_endian_utf_16_with_a_mark(tmp_path):
    _, rows = read(written(tmp_path, b"\xfe\xff" + TEXT.encode("utf-16-be")))
    assert rows[1] == (2, ["Müller & Söhne", "1,5"])


def test_latin_1_where_windows_1252_has_no_character(tmp_path):
    dialect, rows = read(written(tmp_path, b"Company;ARR\nM\xfcller\x81;1\n"))
    assert dialect.encoding == "latin-1"
    assert rows[1][1][0] == "Müller\x81"


def test_nul_characters_are_shown_and_their_rows_refused(tmp_path):
    path = written(tmp_path, "Company\0;ARR\n" + "Acme;1\n" * 9 + "Ac\0me;2\n")
    dialect = find_dialect(path, lambda name: normal(name) in KNOWN)
    with records(path, dialect) as found:
        rows = list(found)
    assert [rows[0].cells, rows[-1].cells] == [["Company\ufffd", "ARR"], ["Ac\ufffdme", "2"]]
    assert ragged(rows[1], 2) is None
    assert ragged(rows[-1], 2).startswith("The row holds NUL characters")


def test_a_late_byte_that_is_no_utf_8_does_not_spoil_the_rest(tmp_path):
    path = written(tmp_path, b"Company\n" + "Müller\n".encode() * 50 + b"Caf\xe9\n")
    dialect, rows = read(path)
    assert (dialect.encoding, dialect.errors) == ("utf-8", "replace")
    assert rows[1][1] == ["Müller"]
    assert rows[-1] == (52, ["Caf\ufffd"])
    assert any("no valid UTF-8" in sentence for sentence in dialect.sentences)


def test_an_encoding_that_is_told_wins(tmp_path):
    path = written(tmp_path, "Company\nСофия\n".encode("cp1251"))
    assert read(path, encoding="cp1251")[1][1][1] == ["София"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_among_quotes_line_breaks_and_other_marks(tmp_path, delimiter):
    others = ",;|\t"
    quoted = f'"A {others} ""quoted"" name\nin two lines"'
    text = f"Company{delimiter}ARR\n{quoted}{delimiter}1\n\nBeta, Inc; Ltd{delimiter}2\n"
    if delimiter in ",;":
        text = text.replace("Beta, Inc; Ltd", '"Beta, Inc; Ltd"')
    dialect, rows = read(written(tmp_path, text))
    assert dialect.delimiter == delimiter
    assert rows == [
        (1, ["Company", "ARR"]),
        (2, [f'A {others} "quoted" name\nin two lines', "1"]),
        # A spreadsheet shows the empty row too.
        (4, ["Beta, Inc; Ltd", "2"]),
    ]


def test_decimal_commas_do_not_make_a_comma_file(tmp_path):
    text = "Company;ARR;Renewal\n" + "Acme;1,50;2,25\n" * 5
    assert read(written(tmp_path, text))[0].delimiter == ";"


def test_a_file_of_one_column(tmp_path):
    dialect, rows = read(written(tmp_path, "Company\nAcme\nBeta\n"))
    assert (dialect.delimiter, rows[2]) == (",", (3, ["Beta"]))


def test_the_separator_line_of_excel_is_no_header(tmp_path):
    dialect, rows = read(written(tmp_path, "sep=;\nCompany;ARR\nAcme;1\n"))
    assert dialect.delimiter == ";"
    assert rows[0] == (2, ["Company", "ARR"])


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path, content):
    with pytest.raises(FileRefused, match="The file is empty"):
        read(written(tmp_path, content))


def test_rows_of_empty_cells_alone_are_an_empty_file(tmp_path):
    path = written(tmp_path, ";;;\n;;;\n")
    with pytest.raises(FileRefused, match="The file is empty"):
        find_dialect(path, bool)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04" + b"x" * 50, "Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 50, "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\x1f\x8b\x08", "compressed"),
        (bytes(range(256)) * 4, "binary, not text"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path, content, what):
    with pytest.raises(FileRefused, match=what):
        read(written(tmp_path, content))


def test_a_quotation_mark_that_never_closes_names_its_row(tmp_path):
    path = written(tmp_path, 'Company,ARR\nAcme,1\n"Beta,2\n' + "y" * 140_000)
    with pytest.raises(FileRefused, match="from row 3 on"):
        read(path)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["a", "b"], None),
        (["a", "b", "", " "], None),
        (["a"], "The row has 1 cell, the header has 2. Write empty cells too."),
        (["a", "b", "c"], "The row has 3 cells, the header has 2. Put cells"),
        (["a\nb,c"], "Perhaps a quotation mark in it is never closed"),
    ],
)
def test_ragged_rows(cells, reason):
    record = type("R", (), {"cells": list(cells), "nul": False})()
    found = ragged(record, 2)
    assert found is None if reason is None else reason in found


# Columns ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("headers", "keys"),
    [
        (["Account Name", "ARR"], ["name", "arr"]),
        (["account_name", " a r r "], ["name", "arr"]),
        (["AccountId", "COMPANY"], ["external_id", "name"]),
        # A bare name is the account's, unless another column is: then it is the contact's.
        (["Name"], ["name"]),
        (["Company", "Name"], ["name", "contact_name"]),
        (["Name", "Contact"], ["name", "contact_name"]),
        (["Seats", "", "Id"], ["", "", "external_id"]),
    ],
)
def test_columns_are_matched_by_name(headers, keys):
    found = match(headers, TARGETS)
    assert [column.key for column in found.columns] == keys
    assert not found.problems


def test_what_the_person_says_wins():
    found = match(["A", "Company", "Name"], TARGETS, {"a": "Account name", "Company": ""})
    assert [column.key for column in found.columns] == ["name", "", "contact_name"]
    by_place = match(["X", "X"], TARGETS, {"#2": "arr"})
    assert [column.key for column in by_place.columns] == ["", "arr"]


@pytest.mark.parametrize(
    ("headers", "chosen", "problem"),
    [
        (["Company", "company"], {}, "Columns 1 and 2 are both called “Company”"),
        (["A", "B"], {"C": "name"}, "The file has no column “C”. It has “A”, “B”."),
        (["A", "B"], {"A": "colour"}, "There is no field “colour”. There are: Account name"),
        (["A", "B"], {"A": "name", "B": "name"}, "Two columns are mapped to Account name"),
    ],
)
def test_what_cannot_be_matched_is_said(headers, chosen, problem):
    (found,) = match(headers, TARGETS, chosen).problems
    assert problem in found


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Acme", "2024-01-31"], True),
        (["jo@acme.example", "x"], True),
        (["Name", "€ 1.200"], True),
        (["Name", "Q1 plan"], False),
    ],
)
def test_a_header_that_is_missing_is_noticed(headers, expected):
    assert looks_like_data(headers) is expected


# Dates ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2024-02-29", "dmy", (2024, 2, 29)),
        ("2024/2/9", "mdy", (2024, 2, 9)),
        ("20240229", "dmy", (2024, 2, 29)),
        ("29.02.2024", "dmy", (2024, 2, 29)),
        ("9.2.24", "dmy", (2024, 2, 9)),
        ("9.2.71", "dmy", (1971, 2, 9)),
        ("09/02/2024", "dmy", (2024, 2, 9)),
        ("02/09/2024", "mdy", (2024, 2, 9)),
        ("24-02-09", "ymd", (2024, 2, 9)),
        ("09-02-2024", "dmy", (2024, 2, 9)),
        ("9 Feb 2024", "dmy", (2024, 2, 9)),
        ("9. März 2024", "dmy", (2024, 3, 9)),
        ("09-Feb-24", "mdy", (2024, 2, 9)),
        ("February 9, 2024", "dmy", (2024, 2, 9)),
        ("Feb 9th, 2024", "dmy", (2024, 2, 9)),
        ("2024-02-09T10:15:00Z", "dmy", (2024, 2, 9)),
        ("2024-02-09 00:00:00.000", "dmy", (2024, 2, 9)),
        ("09.02.2024 10:15", "dmy", (2024, 2, 9)),
    ],
)
def test_dates_in_their_usual_forms(text, order, expected):
    assert values.parse_date(text, order) == dt.date(*expected)


@pytest.mark.parametrize(
    ("text", "order", "sentence"),
    [
        ("soon", "dmy", "“soon” is not a date. Write it like 2024-12-31 or 31.12.2024."),
        ("31.02.2024", "dmy", "this column is read day first, like 31.12.2024"),
        ("31/01/2024", "mdy", "this column is read month first, like 12/31/2024"),
        ("2024-13-01", "ymd", "“2024-13-01” is not a date"),
        ("0024-01-01", "ymd", "a year that cannot be right"),
        ("1/2/3/4", "dmy", "is not a date"),
        ("45212", "dmy", "is not a date"),
        ("01.01.3024", "dmy", "a year that cannot be right"),
    ],
)
def test_what_is_no_date_is_told_what_would_be_right(text, order, sentence):
    with pytest.raises(ValueError, match=r".") as refused:
        values.parse_date(text, order)
    assert sentence in str(refused.value)


# Numbers (R-NUM-1) ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1,234.56", "point", "1234.56"),
        ("1234.56", "point", "1234.56"),
        ("1.234,56", "comma", "1234.56"),
        ("1 234,56", "comma", "1234.56"),
        ("1\u00a0234\u202f567,8", "comma", "1234567.8"),
        ("1'234.50", "point", "1234.50"),
        ("€ 1.234,56", "comma", "1234.56"),
        ("1.234,56 €", "comma", "1234.56"),
        ("$1,234", "point", "1234"),
        ("-$1,234", "point", "-1234"),
        ("EUR 1.234", "comma", "1234"),
        ("1234.5 USD", "point", "1234.5"),
        ("(1,234.00)", "point", "-1234"),
        ("1.234,00-", "comma", "-1234"),
        ("\u22125", "point", "-5"),
        ("+5", "point", "5"),
        (".5", "point", "0.5"),
        ("0", "comma", "0"),
    ],
)
def test_r_num_1_numbers_in_their_usual_forms(text, form, expected):
    assert values.parse_number(text, form) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "form"),
    [("a lot", "point"), ("12,34,5", "point"), ("1.234,56", "point"), ("1,234.56", "comma"),
     ("1.5M", "point"), ("", "point"), ("-", "comma"), ("1e5", "point")],
)  # fmt: skip
def test_r_num_1_what_is_no_number_is_told_what_would_be_right(text, form):
    with pytest.raises(ValueError, match=r"Write it like 1234[.,]56 or"):
        values.parse_number(text, form)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("yes", True), ("TRUE", True), ("1", True), ("ja", True), ("No", False), ("0", False)],
)
def test_yes_and_no(text, expected):
    assert values.parse_flag(text) is expected


def test_neither_yes_nor_no():
    with pytest.raises(ValueError, match="“perhaps” is neither yes nor no"):
        values.parse_flag("perhaps")


# Whole columns ----------------------------------------------------------------------------------
def look(header, cells):
    columns = match([header], TARGETS).columns
    rows = [type("R", (), {"cells": [cell]})() for cell in cells]
    return survey(rows, columns, TARGETS).columns[0]


@pytest.mark.parametrize(
    ("cells", "order", "word"),
    [
        (["01/02/2024", "13/02/2024"], "dmy", "1 value can only be read so"),
        (["01/02/2024", "02/13/2024"], "mdy", "1 value can only be read so"),
        (["01/02/2024", "03.04.2024"], "dmy", "No value tells whether day or month comes first"),
        (["13/01/2024", "14/01/2024", "01/15/2024"], "dmy", "2 values can only"),
        (["2024-01-02"], "dmy", "year first"),
    ],
)
def test_the_order_of_dates_is_decided_by_the_whole_column(cells, order, word):
    found = look("Renewal", cells)
    assert found.date_order() == order
    assert word in found.sentences()[0]
    assert found.date_order("mdy") == "mdy"
    assert "as you said" in found.sentences("mdy")[0]


@pytest.mark.parametrize(
    ("cells", "form", "word"),
    [
        (["1,234.56", "5"], "point", "1 value can only"),
        (["1.234,56", "5"], "comma", "1 value can only"),
        (["1.234", "7,5"], "comma", "1 value can only"),
        (["1,234", "7.5"], "point", "1 value can only"),
        (["1.234"], "comma", "“1.234” is taken for 1234"),
        (["1,234"], "point", "“1,234” is taken for 1234"),
        (["1.234.567"], "comma", "1 value can only"),
        (["0.500"], "point", "1 value can only"),
        (["1234.567"], "point", "1 value can only"),
    ],
)
def test_the_form_of_numbers_is_decided_by_the_whole_column(cells, form, word):
    found = look("ARR", cells)
    assert found.number_form() == form
    assert word in found.sentences()[0]
    assert found.number_form("point") == "point"


def test_currency_signs_that_are_left_out_are_named():
    assert "currency signs are left out" in look("ARR", ["€ 5"]).sentences()[1]


def test_samples_are_few_and_differ():
    assert look("Company", ["a", "a", "", "b", "c", "d"]).samples == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-5", "@x", "\tx", "\r=x", " =x"])
def test_no_cell_that_we_give_back_starts_a_formula(text):
    given = neutral(text)
    assert given == f"'{text}"
    assert restored(given) == text


def test_plain_cells_are_given_back_as_they_were():
    assert neutral("Acme = 1") == "Acme = 1"
    assert restored("'s-Hertogenbosch") == "'s-Hertogenbosch"
    assert is_error_file(["Row in the file", "What is wrong", "Name"])
