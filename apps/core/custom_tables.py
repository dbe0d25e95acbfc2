"""Columns of the fields that an administrator added: shown, sorted and grouped like all others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.choices import CustomType
from apps.core.custom_rules import CUSTOM
from apps.core.custom_selectors import sort_key, words
from apps.core.imports.cells import Cell as Plain
from apps.core.person import Person
from apps.core.shape_rules import Definition
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


@lru_cache(maxsize=64)
def _with(table: Any, definitions: tuple[Definition, ...]) -> type[Table]:
    columns: dict[str, Any] = {one.name: own_column(one) for one in definitions}
    if table.reads:
        columns["reads"] = (*table.reads, CUSTOM)
    made: type[Table] = type(table.__name__, (table,), {"__module__": table.__module__, **columns})
    return made


def own_columns(table: type[Table], kind: str, user: Any) -> type[Table]:
    """A table with a column for each field that was added to its kind of record."""
    definitions = shape(user).of(kind)
    chosen: Any = table
    return _with(chosen, definitions) if definitions else table


def own_facts(user: Any, kind: str, record: Any, person: Person) -> list[tuple[str, SafeString]]:
    """The added fields of a record's page, as label and markup."""
    return [
        (one.label, mark_safe(markup(one, record.custom, person)))  # noqa: S308 (escaped)
        for one in (shape(user).of(kind) if hasattr(record, CUSTOM) else ())
    ]
