"""The table recipe: declared with django-tables2, rendered in one pass of cell functions.

django-tables2 keeps columns, order and sequence; its own cell renderer costs five times the rest
of a page, so a row here is one list of functions that return escaped text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.person import Person

Cell = Callable[[Any, Person], str]


class Column(tables.Column):
    """A column and the function that writes its cell; `numeric` aligns it to the right.

    `reads` are the fields of related records that the cell shows, as paths.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        numeric: bool = False,
        width: str = "",
        default: bool = True,
        reads: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("empty_values", ())
        super().__init__(**kwargs)
        self.cell = cell
        self.numeric = numeric
        self.width = width
        self.shown_at_first = default
        self.reads = tuple(reads)


class Table(tables.Table):
    """A list of records. Subclasses declare columns and how a row is named.

    `reads` are the fields of the record itself that lines show; a table that says so reads
    nothing else, and of related records only what its visible columns show.
    """

    record: ClassVar[str] = ""
    reads: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def lean(cls, rows: QuerySet[Any], visible: Iterable[str]) -> QuerySet[Any]:
        """The rows with only what the visible columns show; all of them if the table is silent."""
        if not cls.reads:
            return rows
        columns: Any = cls.base_columns
        paths = {path for name in visible for path in columns[name].reads}
        related = sorted({path.rpartition("__")[0] for path in paths})
        rows = rows.select_related(None)
        return (rows.select_related(*related) if related else rows).only(*cls.reads, *sorted(paths))

    def body(self, person: Person) -> SafeString:
        """All rows as table rows, in the columns' present order."""
        columns = [bound for bound in self.columns.iterall() if bound.visible]
        opening = [
            f'<td class="{"num " if bound.column.numeric else ""}col-{bound.name}" data-label="{escape(bound.header)}">'
            for bound in columns
        ]
        cells = [bound.column.cell for bound in columns]
        pairs = list(zip(opening, cells, strict=True))
        lines = []
        for row in self.data.data:
            inner = "".join([f"{tag}{cell(row, person)}</td>" for tag, cell in pairs])
            lines.append(f'<tr id="{self.record}-{row.pk}">{inner}</tr>')
        return mark_safe("".join(lines))  # noqa: S308 (cells escape what they show)

    def headers(self, url_for: Callable[[str], str]) -> list[dict[str, Any]]:
        """The head of each visible column, with the address that sorts by it."""
        sorted_by = [str(alias) for alias in self.order_by or ()]
        first = sorted_by[0] if sorted_by else ""
        return [
            {
                "name": bound.name,
                "label": bound.header,
                "numeric": bound.column.numeric,
                "width": bound.column.width,
                "sort_url": url_for(f"-{bound.name}" if first == bound.name else bound.name)
                if bound.orderable
                else "",
                "direction": {bound.name: "ascending", f"-{bound.name}": "descending"}.get(
                    first, ""
                ),
            }
            for bound in self.columns.iterall()
            if bound.visible
        ]


def _reach(record: Any, path: Iterable[str]) -> Any:
    value = record
    for name in path:
        if value is None:
            return None
        value = getattr(value, name)
    return value


def text(path: str) -> Cell:
    """The text at a dotted path, escaped; an em dash when empty."""
    names = path.split(".")

    def cell(record: Any, person: Person) -> str:
        value = _reach(record, names)
        return ui.NONE if value in (None, "") else escape(str(value))

    return cell


def display(name: str) -> Cell:
    """The label of a field with choices."""
    method = f"get_{name}_display"

    def cell(record: Any, person: Person) -> str:
        return escape(getattr(record, method)()) or ui.NONE

    return cell


def link(prefix: str, path: str = "", key: str = "pk") -> Cell:
    """A link to a record: `prefix` is its address up to the id."""
    names = path.split(".") if path else []
    keys = key.split(".")

    def cell(record: Any, person: Person) -> str:
        pk = _reach(record, keys)
        if pk is None:
            return ui.NONE
        label = str(_reach(record, names) if names else record)
        return f'<a href="{prefix}{pk}/">{escape(label)}</a>'

    return cell


def date(name: str) -> Cell:
    """A date in the person's format."""
    names = name.split(".")

    def cell(record: Any, person: Person) -> str:
        value: dt.date | None = _reach(record, names)
        return f'<span class="date">{person.date(value)}</span>'

    return cell


def moment(name: str) -> Cell:
    """A moment in the person's format and time zone."""

    def cell(record: Any, person: Person) -> str:
        return f'<span class="date">{person.moment(getattr(record, name))}</span>'

    return cell


def number(name: str, unit: str = "", decimals: int | None = None) -> Cell:
    """A number in the person's format, with the unit at a dotted path beside it."""
    units = unit.split(".") if unit else []

    def cell(record: Any, person: Person) -> str:
        value: Decimal | int | None = getattr(record, name)
        if value is None:
            return ui.NONE
        beside = _reach(record, units) if units else None
        shown = escape(person.number(value, decimals))
        return f'{shown} <span class="unit">{escape(str(beside))}</span>' if beside else shown

    return cell
