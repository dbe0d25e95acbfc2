"""The table recipe: declared with django-tables2, rendered in one pass of cell functions.

django-tables2 keeps columns, order and sequence; its own cell renderer costs five times the rest
of a page, so a row here is one list of functions that return escaped text.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.freshness_rules import told
from apps.core.list_rules import sorted_by, sorted_then
from apps.core.models import Tag
from apps.core.person import Person
from apps.core.touch_selectors import limit_of
from apps.core.ui import escape

Cell = Callable[[Any, Person], str]


def as_typed(record: Any, name: str, person: Person) -> str:
    """What stands in a field, as a form would write it into its box."""
    value = getattr(record, f"{name}_id", None) if hasattr(record, f"{name}_id") else None
    return written(getattr(record, name) if value is None else value, person)


def written(value: Any, person: Person) -> str:
    """A value, as a form would write it into its box."""
    if isinstance(value, bool):
        return "True" if value else ""
    if isinstance(value, Decimal):
        return person.number(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "all"):
        return ",".join(str(one.pk) for one in value.all())
    return "" if value is None else str(value)


class Column(tables.Column):
    """A column and the function that writes its cell; `numeric` aligns it to the right.

    `reads` are the fields of related records that the cell shows, as paths; `fetches` are sets of
    related records that it shows, `adds` annotations that it needs. `edits` is the field of the
    record's form that is edited where it stands; `opens` the page of the record that opens
    instead, over the list. Rows can be grouped by it when it `groups`, under what it shows or under
    what another function of cells says.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        numeric: bool = False,
        width: str = "",
        default: bool = True,
        reads: Sequence[str] = (),
        fetches: Sequence[str | Prefetch[Any]] = (),
        adds: Mapping[str, Any] | None = None,
        edits: str = "",
        opens: str = "",
        groups: bool | Cell = False,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("empty_values", ())
        super().__init__(**kwargs)
        self.cell = cell
        self.numeric = numeric
        self.width = width
        self.shown_at_first = default
        self.reads = tuple(reads)
        self.fetches = tuple(fetches)
        self.adds = dict(adds or {})
        self.edits = edits
        self.opens = opens
        self.groups: Cell | None = cell if groups is True else groups or None

    def typed(self, record: Any, person: Person) -> str:
        """What stands in the field that the cell edits, as a form would write it into its box."""
        return as_typed(record, self.edits, person)

    def __deepcopy__(self, memo: dict[int, Any]) -> Column:
        """One for each table: what was declared is shared, for nothing changes it."""
        return copy.copy(self)


class Table(tables.Table):
    """A list of records. Subclasses declare columns and how a row is named.

    `reads` are the fields of the record itself that lines show; a table that says so reads
    nothing else, and of related records only what its visible columns show.
    """

    record: ClassVar[str] = ""
    reads: ClassVar[tuple[str, ...]] = ()
    # Whether people talk about such records: the list opens the conversation.
    talked_about: ClassVar[bool] = False
    # The template of a menu that rows share, with the id that a button of a row opens.
    row_menu: ClassVar[str] = ""

    @classmethod
    def lean(cls, rows: QuerySet[Any], visible: Iterable[str]) -> QuerySet[Any]:
        """The rows with only what the visible columns show; all of them if the table is silent."""
        columns: Any = cls.base_columns
        fetched = [name for column in visible for name in columns[column].fetches]
        if cls.reads:
            rows = rows.prefetch_related(None)
        if fetched:
            rows = rows.prefetch_related(*fetched)
        added = {name: how for column in visible for name, how in columns[column].adds.items()}
        if added:
            rows = rows.annotate(**added)
        if not cls.reads:
            return rows
        paths = {path for name in visible for path in columns[name].reads}
        related = sorted({path.rpartition("__")[0] for path in paths})
        rows = rows.select_related(None)
        return (rows.select_related(*related) if related else rows).only(*cls.reads, *sorted(paths))

    def body(self, person: Person, *, by_hand: bool = False, group: str = "") -> SafeString:
        """All rows as table rows, in the columns' present order.

        `by_hand` rows can be selected, and their cells say what a form would hold of them; with
        a `group` a line stands before the rows that share what that column shows.
        """
        columns = [bound for bound in self.columns.iterall() if bound.visible]
        # On a phone a row is a card: each cell says what it is, but the first, which is its title.
        labels = ["", *(f' data-label="{escape(bound.header)}"' for bound in columns[1:])]
        marks = [
            f'<td class="{"num " if bound.column.numeric else ""}col-{bound.name}"{label}'
            for bound, label in zip(columns, labels, strict=True)
        ]
        cells = [bound.column.cell for bound in columns]
        edits = [
            bound.column.typed if by_hand and bound.column.edits else None for bound in columns
        ]
        parts = list(zip(marks, cells, edits, strict=True))
        grouped = self.base_columns[group].groups if group else None
        lines, before = [], None
        for row in self.data.data:
            if grouped is not None and (shown := grouped(row, person)) != before:
                before = shown
                wide = len(columns) + by_hand
                lines.append(
                    f'<tr class="group-row"><th scope="rowgroup" colspan="{wide}">{shown}</th></tr>'
                )
            inner = "".join(
                [
                    f'{mark} data-v="{escape(edit(row, person))}">{cell(row, person)}</td>'
                    if edit
                    else f"{mark}>{cell(row, person)}</td>"
                    for mark, cell, edit in parts
                ]
            )
            pick = _pick(row) if by_hand else ""
            lines.append(f'<tr id="{self.record}-{row.pk}">{pick}{inner}</tr>')
        return mark_safe("".join(lines))  # noqa: S308 (cells escape what they show)

    def headers(self, url_for: Callable[[str], str]) -> list[dict[str, Any]]:
        """The head of each visible column, with the addresses that sort by it, or by it too."""
        keys = [str(alias) for alias in self.order_by or ()]
        places = {key.removeprefix("-"): place for place, key in enumerate(keys, 1)}
        return [
            {
                "name": bound.name,
                "label": bound.header,
                "numeric": bound.column.numeric,
                "edits": bound.column.edits,
                "opens": bound.column.opens,
                "sort_url": url_for(sorted_by(bound.name, keys)) if bound.orderable else "",
                "then_url": url_for(sorted_then(bound.name, keys)) if bound.orderable else "",
                "place": places.get(bound.name) if len(keys) > 1 else None,
                "direction": {bound.name: "ascending", f"-{bound.name}": "descending"}.get(
                    next((key for key in keys if key.removeprefix("-") == bound.name), ""), ""
                ),
            }
            for bound in self.columns.iterall()
            if bound.visible
        ]

    @classmethod
    def edited(cls) -> dict[str, str]:
        """The form fields that are edited in the list, by column."""
        columns: Any = cls.base_columns
        return {name: column.edits for name, column in columns.items() if column.edits}


def _pick(row: Any) -> str:
    """The box that selects a row; its form stands below the table."""
    return (
        f'<td class="col-pick"><input type="checkbox" form="bulk" name="row" value="{row.pk}"'
        f' aria-label="Select {escape(str(row))}"></td>'
    )


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


def last_touch(kind: str, goes_on: Callable[[Any], bool]) -> Cell:
    """When a person last changed something in a record's tree; marked on what is stale (R-DUE-1).

    What no longer `goes_on` is never stale. The column adds `touched_at`.
    """

    def cell(record: Any, person: Person) -> str:
        limit = limit_of(person.user, kind) if goes_on(record) else 0
        moment = record.touched_at
        said = told(moment, person.today, person.zone, limit)
        return ui.freshness(*said, person.moment(moment))

    return cell


def tags(record: Any, person: Person) -> str:
    """The tags of a record, each in its tint."""
    return " ".join(ui.tag(one.label, one.tint) for one in record.tags.all()) or ui.NONE


def first_tag(of: str) -> Any:
    """What rows are sorted by when it is by their tags: the first label of each."""
    links = Tag.objects.filter(**{f"{of}s": OuterRef("pk")}).order_by("label")
    return Subquery(links.values("label")[:1])


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
