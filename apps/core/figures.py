"""A chart with the table of its numbers: what is drawn, read aloud, copied and exported."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.safestring import SafeString, mark_safe

from apps.core.imports.cells import Cell
from apps.core.imports.survey import neutral
from apps.core.person import Person
from apps.core.rules import percent_shown
from apps.core.ui import escape

TEXT: Final = "text"
NUMBER: Final = "number"
# A share of 1, shown as whole percent and rounded down.
SHARE: Final = "share"
DAY: Final = "day"

BOM: Final = "\ufeff"


@dataclass(frozen=True)
class Heading:
    """One column of a figure's table. `of` says what its cells are, `decimals` how many places."""

    label: str
    of: str = TEXT
    decimals: int | None = None

    @property
    def numeric(self) -> bool:
        """Whether its cells are numbers, which stand to the right."""
        return self.of in (NUMBER, SHARE)


@dataclass(frozen=True)
class Linked:
    """A cell that leads somewhere: to the record, or to the rows that a number counts."""

    value: Any
    url: str


@dataclass(frozen=True)
class Figure:
    """One chart, what it says in a sentence, and all its numbers.

    `rows` hold plain values: text, numbers, shares from 0 to 1, days; or `Linked` ones. The CSV
    has them exactly, the page as the person reads them. `sentence` is what it says to somebody who
    does not see it. `total` is a last row that sums up.
    """

    key: str
    title: str
    sentence: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Any]]
    chart: SafeString = field(default_factory=SafeString)
    legend: SafeString = field(default_factory=SafeString)
    total: Sequence[Any] = ()
    # Why there is nothing to draw.
    empty: str = ""
    # What the numbers leave out or need to be read rightly.
    note: str = ""
    csv_url: str = ""
    xlsx_url: str = ""
    # The table is what people look at first: it stands open.
    open: bool = False


def cells(figure: Figure, row: Sequence[Any], person: Person) -> SafeString:
    """One row of a figure's table; its first cell names it."""
    shown = []
    for at, (heading, cell) in enumerate(zip(figure.headings, row, strict=True)):
        value, url = (cell.value, cell.url) if isinstance(cell, Linked) else (cell, "")
        text = escape(_shown(heading, value, person))
        inside = f'<a href="{escape(url)}">{text}</a>' if url else text
        css = ' class="num"' if heading.numeric else ""
        shown.append(
            f'<th scope="row"{css}>{inside}</th>' if at == 0 else f"<td{css}>{inside}</td>"
        )
    return mark_safe("".join(shown))  # noqa: S308 (every text is escaped)


def _shown(heading: Heading, value: Any, person: Person) -> str:
    if value is None:
        return "—"
    if heading.of == SHARE:
        return f"{percent_shown(value)}%"
    if heading.of == NUMBER:
        return person.number(value, heading.decimals)
    if heading.of == DAY:
        return person.date(value)
    return str(value)


def csv_of(figure: Figure) -> str:
    """The table as a file for spreadsheets: plain numbers, ISO days, no cell starts a formula."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(neutral(_named(heading)) for heading in figure.headings)
    total = [figure.total] if figure.total else []
    for row in [*figure.rows, *total]:
        writer.writerow(
            _plain(heading, cell.value if isinstance(cell, Linked) else cell)
            for heading, cell in zip(figure.headings, row, strict=True)
        )
    return out.getvalue()


def lines_of(figure: Figure) -> Iterator[list[Cell]]:
    """The same table for a workbook: its headings, then numbers as numbers and days as days."""
    yield [_named(heading) for heading in figure.headings]
    for row in [*figure.rows, *([figure.total] if figure.total else [])]:
        yield [
            _exactly(heading, cell.value if isinstance(cell, Linked) else cell)
            for heading, cell in zip(figure.headings, row, strict=True)
        ]


def _exactly(heading: Heading, value: Any) -> Cell:
    if heading.numeric and value is not None:
        return Decimal(_plain(heading, value))
    return value if value is None or isinstance(value, dt.date) else str(value)


def _named(heading: Heading) -> str:
    return f"{heading.label} (%)" if heading.of == SHARE else heading.label


def _plain(heading: Heading, value: Any) -> str:
    if value is None:
        return ""
    if heading.of == SHARE:
        # Cut off, as it is shown, but to two places.
        return f"{Decimal(int(Fraction(value) * 10000)) / 100:f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if heading.of == NUMBER:
        return f"{Decimal(value):f}"
    return neutral(str(value))
