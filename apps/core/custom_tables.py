"""Columns of the fields that an administrator added: shown, sorted and grouped like all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.asks_rules import TYPE_LABEL
from apps.core.choices import CustomType
from apps.core.custom_rules import CUSTOM
from apps.core.custom_selectors import sort_key, words
from apps.core.imports.cells import Cell as Plain
from apps.core.person import Person
from apps.core.shape_rules import TYPE, Definition, Type
from apps.core.shape_selectors import shape
from apps.core.tables import Cell, Column, Table, written
from apps.core.ui import escape


def plain(definition: Definition, custom: Mapping[str, Any]) -> Plain:
    """What a file holds of a field: numbers and days as such, a choice by its label."""
    value = definition.value(custom)
    if value is None:
        return ""
    if definition.type == CustomType.CHOICE:
        return definition.label_of(value)
    return value  # type: ignore[no-any-return]


def markup(definition: Definition, custom: Mapping[str, Any], person: Person) -> str:
    """A value as a page shows it; a link can be followed."""
    value = definition.value(custom)
    shown = words(definition, value, person)
    if not shown:
        return ui.NONE
    if definition.type == CustomType.LINK:
        return (
            f'<a href="{escape(value)}" rel="noopener nofollow" target="_blank">{escape(value)}</a>'
        )
    return escape(shown)


class OwnColumn(Column):
    """A column whose value stands among the added fields of its record."""

    def __init__(self, cell: Cell, *, definition: Definition, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self.definition = definition

    def typed(self, record: Any, person: Person) -> str:
        """What the form would write into the field's box."""
        return written(self.definition.value(record.custom), person)


def own_column(definition: Definition) -> Column:
    """The column of a field."""

    def cell(record: Any, person: Person) -> str:
        return markup(definition, record.custom, person)

    return OwnColumn(
        cell,
        definition=definition,
        verbose_name=definition.label,
        numeric=definition.type == CustomType.NUMBER,
        default=False,
        order_by=f"{definition.name}_order",
        adds={f"{definition.name}_order": sort_key(definition)},
        edits=definition.name,
        groups=True,
    )


def type_markup(known: Type | None) -> str:
    """A record type as a page shows it."""
    return ui.tag(known.label, known.tint) if known else ui.NONE


def type_column(types: Sequence[Type]) -> Column:
    """The column of what a record is; shown, sorted and grouped by."""
    by_id = {one.pk: one for one in types}

    def cell(record: Any, person: Person) -> str:
        return type_markup(by_id.get(record.record_type_id))

    return Column(
        cell,
        verbose_name=TYPE_LABEL,
        default=False,
        order_by=(f"{TYPE}__position", f"{TYPE}__label"),
        groups=True,
    )


@lru_cache(maxsize=64)
def _with(table: Any, definitions: tuple[Definition, ...], types: tuple[Type, ...]) -> type[Table]:
    columns: dict[str, Any] = {one.name: own_column(one) for one in definitions}
    reads = [CUSTOM] if definitions else []
    if types:
        columns[TYPE] = type_column(types)
        reads.append(TYPE)
    if table.reads:
        columns["reads"] = (*table.reads, *reads)
    made: type[Table] = type(table.__name__, (table,), {"__module__": table.__module__, **columns})
    return made


def own_columns(table: type[Table], kind: str, user: Any) -> type[Table]:
    """A table with a column for each field that was added to its kind of record, and its type."""
    found = shape(user)
    definitions, types = found.of(kind), found.types_of(kind)
    chosen: Any = table
    return _with(chosen, definitions, types) if definitions or types else table


def own_facts(user: Any, kind: str, record: Any, person: Person) -> list[tuple[str, SafeString]]:
    """The type and the added fields of a record's page, as label and markup.

    What the field set of its type does not show stands there only while it holds a value.
    """
    found = shape(user)
    facts = []
    typed = getattr(record, f"{TYPE}_id", None)
    if typed is not None or any(one.active for one in found.types_of(kind)):
        facts.append((TYPE_LABEL, type_markup(found.types.get(typed or 0))))
    shown = {one.name for one in found.field_set(kind, typed) if one.on_edit}
    for one in found.of(kind) if hasattr(record, CUSTOM) else ():
        if not shown or one.name in shown or one.key in record.custom:
            facts.append((one.label, markup(one, record.custom, person)))
    return [(label, mark_safe(text)) for label, text in facts]  # noqa: S308 (escaped)
