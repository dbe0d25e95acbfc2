"""What one operation changed, in words: records, fields from what to what, names instead of ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.core.custom_rules import key_of
from apps.core.custom_selectors import told_apart
from apps.core.selectors import HIDDEN
from apps.core.undo_selectors import Model, RowChange


@dataclass(frozen=True)
class Field:
    """One field of one record from what to what, with the names of related records."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Told:
    """One record of an operation, as a page shows it."""

    name: str
    url: str
    fields: list[Field] = field(default_factory=list)


def told(user: Any, changes: Sequence[RowChange]) -> list[Told]:
    """Records with the fields that changed, names instead of ids; only what the person may see."""
    names = _names(user, changes)
    return [_told(user, change, names) for change in changes]


def _told(user: Any, change: RowChange, names: Mapping[tuple[Model, Any], str]) -> Told:
    def shown(column: Any, value: Any) -> Any:
        if value is None or value == "":
            return None
        if column.is_relation:
            return names.get((column.related_model, value), HIDDEN)
        return dict(column.flatchoices).get(value, value) if column.choices else value

    fields = []
    for name in change.changed:
        if key := key_of(name):
            sides = ({key: change.before.get(name)}, {key: change.after.get(name)})
            told = told_apart(user, change.model, *sides)
            fields += [Field(label, was or None, now or None) for label, was, now in told]
            continue
        column: Any = next(
            one for one in change.model._meta.local_concrete_fields if one.attname == name
        )
        fields.append(
            Field(
                str(column.verbose_name),
                shown(column, change.before.get(name)),
                shown(column, change.after.get(name)),
            )
        )
    link = getattr(change.model, "history_link_of", "")
    name = change.name
    if link:
        values = change.after or change.before
        parts = [
            f"{column.verbose_name} “{shown(column, values[column.attname])}”"
            for column in change.model._meta.local_concrete_fields
            if (column.is_relation or column.name == "email") and values.get(column.attname)
        ]
        name = ", ".join(parts)
    return Told(name, "", fields)


def _names(user: Any, changes: Sequence[RowChange]) -> dict[tuple[Model, Any], str]:
    wanted: dict[Model, set[Any]] = {}
    for change in changes:
        told_columns = set(change.changed)
        if getattr(change.model, "history_link_of", ""):
            told_columns = set(change.after or change.before)
        for column in change.model._meta.local_concrete_fields:
            if column.attname in told_columns and isinstance(column.related_model, type):
                ids = {change.before.get(column.attname), change.after.get(column.attname)}
                wanted.setdefault(column.related_model, set()).update(ids - {None})
    found: dict[tuple[Model, Any], str] = {}
    for model, ids in wanted.items():
        rows: Any = model._default_manager.filter(pk__in=ids)
        parts = [rows.visible_to(user) if hasattr(rows, "visible_to") else rows]
        if hasattr(rows, "in_library"):
            parts.append(rows.in_library(user))
        found |= {(model, row.pk): str(row) for part in parts for row in part}
    return found
