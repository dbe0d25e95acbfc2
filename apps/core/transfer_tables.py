"""What a list is in a file: its visible columns, each with the form's field that it can fill again."""

from __future__ import annotations

import datetime as dt
import html
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.db import models
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, QueryDict
from django.utils.html import strip_tags

from apps.core import ui
from apps.core.custom_rules import key_of
from apps.core.custom_tables import plain
from apps.core.imports.cells import Cell
from apps.core.list_rules import sort_keys
from apps.core.person import person_of
from apps.core.rules import percent_shown
from apps.core.scope import zone
from apps.core.shape_rules import TYPE
from apps.core.shape_selectors import shape
from apps.core.transfer_rules import KEY_LABEL

# So many rows are read at a time: half a statement for a thousand, and one for their tags.
CHUNK: Final = 2000
# Columns of lists that show nothing of the record.
NOTHING: Final = ("actions",)

Shown = Callable[[Any], Cell]


@dataclass(frozen=True)
class SheetColumn:
    """One column of a file: its heading, the field that it fills again, what it shows of a record."""

    name: str
    label: str
    field: str
    value: Shown


def field_value(model: type[models.Model], name: str, where: zoneinfo.ZoneInfo) -> Shown:
    """What a field of a record is in a file: people by e-mail or name, words by their label."""
    field: Any = model._meta.get_field(name)
    if field.many_to_many:
        return lambda row: "; ".join(sorted(str(one) for one in getattr(row, name).all()))
    if field.is_relation:
        return lambda row: named(getattr(row, name))
    if field.choices:
        labels = dict(field.flatchoices)
        return lambda row: str(labels.get(getattr(row, name), getattr(row, name) or ""))
    if isinstance(field, models.DateTimeField):
        return lambda row: _local(getattr(row, name), where)
    return lambda row: getattr(row, name)


def named(record: Any) -> str:
    """A record in a cell: a person by e-mail, if there is one, anything else by its name."""
    return "" if record is None else getattr(record, "email", "") or str(record)


def _local(value: dt.datetime | None, where: zoneinfo.ZoneInfo) -> dt.datetime | None:
    return value and value.astimezone(where)


def _computed(column: Any, name: str, person: Any) -> Shown:
    """What a column shows that is no field: a plain value of the row, else the words of its cell."""

    def value(row: Any) -> Cell:
        found = getattr(row, name, None)
        if name == "progress" and isinstance(found, Decimal | Fraction | int):
            return percent_shown(found)
        if isinstance(found, dt.datetime):
            return found.astimezone(person.zone)
        if isinstance(found, str | int | Decimal | dt.date):
            return found
        words = html.unescape(strip_tags(column.cell(row, person))).strip()
        return "" if words == html.unescape(strip_tags(ui.NONE)).strip() else words

    return value


def label_of(table: Any, name: str) -> str:
    """The heading of a column, as the list shows it."""
    column = table.base_columns[name]
    return str(column.verbose_name or name.replace("_", " ").capitalize())


def field_of(listing: Any, name: str) -> str:
    """The form's field that a column of a list fills, if there is one."""
    transfer = getattr(listing, "transfer", None)
    column = listing.table.base_columns[name]
    field = transfer.stands_for.get(name) if transfer else ""
    wanted = field or getattr(column, "edits", "") or name
    fills = wanted in getattr(transfer, "fields", ()) or (transfer and key_of(wanted))
    return wanted if fills else ""


class Sheet:
    """A list as a file: the rows and columns that a person sees under an address.

    `columns` of the list, or those that the person chose; the id and an external key always come
    along, so that the file can be imported again.
    """

    def __init__(
        self, listing: Any, user: Any, query: QueryDict, columns: Sequence[str] | None = None
    ) -> None:
        self.listing = listing
        self.user = user
        self.query = query
        self.names = list(columns or [])
        self.transfer = getattr(listing, "transfer", None)
        self.model: Any = listing.rows(user).model
        self.columns = self._columns()

    @property
    def header(self) -> list[str]:
        """The headings."""
        return [column.label for column in self.columns]

    def _columns(self) -> list[SheetColumn]:
        table, where = self.listing.table, zone(self.user)
        person = person_of(self.user)
        shows = self.transfer.shows if self.transfer else {}
        found = [SheetColumn("pk", KEY_LABEL, "", lambda row: row.pk)]
        for name in self.names:
            if name in NOTHING:
                continue
            field = field_of(self.listing, name)
            if key_of(name):
                value: Shown = self._own(name)
            elif name == TYPE:
                value = self._type
            elif name in shows:
                value = shows[name]
            elif field or name == "updated_at":
                value = field_value(self.model, field or name, where)
            else:
                value = _computed(table.base_columns[name], name, person)
            found.append(SheetColumn(name, label_of(table, name), field, value))
        if hasattr(self.model, "external_id") and "external_id" not in self.names:
            label = label_of(table, "external_id")
            value = field_value(self.model, "external_id", where)
            found.insert(1, SheetColumn("external_id", label, "external_id", value))
        return found

    def _own(self, name: str) -> Shown:
        """What a field that was added is in a file."""
        definition = shape(self.user).named(self.listing.record, key_of(name))
        if definition is None:
            return lambda row: ""
        return lambda row: plain(definition, row.custom)

    def _type(self, row: Any) -> Cell:
        known = shape(self.user).types.get(row.record_type_id or 0)
        return known.label if known else ""

    def rows(self) -> QuerySet[Any]:
        """All rows of the list, in its order, with no more than the columns need."""
        request = HttpRequest()
        request.user, request.GET = self.user, self.query  # type: ignore[assignment]
        listing, table = self.listing, self.listing.table
        keys = sort_keys(self.query.get("sort", ""), table.base_columns)
        keys = keys or sort_keys(listing.order, table.base_columns)
        group = listing._group(request)
        rows = self._lean(listing.filtered(request, self.query).qs)
        shown = listing._table(self.names, keys)
        rows = listing._ordered(rows, shown, group)
        ahead = [] if group else listing.ahead(self.user)
        if ahead:
            first = Case(
                When(pk__in=ahead, then=Value(0)), default=Value(1), output_field=IntegerField()
            )
            rows = rows.order_by(first, *rows.query.order_by)
        return rows  # type: ignore[no-any-return]

    def _lean(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        table = self.listing.table
        names = [name for name in self.names if name not in NOTHING]
        rows = table.lean(rows, names)
        paths = {path for name in names for path in table.base_columns[name].reads}
        own, related = set(), set()
        for column in self.columns:
            if not column.field or key_of(column.field):
                continue
            field = self.model._meta.get_field(column.field)
            if field.many_to_one:
                related.add(column.field)
                outer = field.related_model
                paths |= {f"{column.field}__{one}" for one in _told_by(outer)}
            elif not field.many_to_many:
                own.add(column.field)
        also = self.transfer.reads if self.transfer else {}
        paths |= {path for name in names for path in also.get(name, ())}
        if not table.reads:
            texts = [
                field.name
                for field in self.model._meta.concrete_fields
                if isinstance(field, models.TextField) and field.name not in own
            ]
            return rows.defer(None).select_related(*related).defer(*texts)
        related |= {path.rpartition("__")[0] for path in paths if "__" in path}
        rows = rows.select_related(None)
        rows = rows.select_related(*sorted(related)) if related else rows
        return rows.only(*table.reads, *sorted(own | paths))

    def lines(self) -> Iterator[list[Cell]]:
        """The cells of every row, read some thousand at a time."""
        values = [column.value for column in self.columns]
        for row in self.rows().iterator(chunk_size=CHUNK):
            yield [value(row) for value in values]


def _told_by(model: Any) -> list[str]:
    """The fields by which a record is named in a cell."""
    names = {field.name for field in model._meta.concrete_fields}
    return [name for name in ("label", "name", "title", "subject", "email") if name in names]
