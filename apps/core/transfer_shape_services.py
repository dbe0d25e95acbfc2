"""What record types ask of the rows of a file: judged line by line, as the record's form asks."""

from __future__ import annotations

from typing import Any

from apps.core.asks_rules import Shaping
from apps.core.custom_rules import kept, key_of
from apps.core.shape_models import RecordType
from apps.core.shape_rules import TYPE
from apps.core.transfer_rules import Line


def shaped(line: Line, shaping: Shaping, transfer: Any) -> None:
    """The type of a row, what it hides or requires, and what a new row begins with."""
    kind = line.instance.record_type_id
    if line.is_new:
        kind, missing = shaping.type_of_new(line.values.get(TYPE))
        if missing:
            line.errors.append(missing)
            return
    asks = shaping.asks(kind, line.is_new)
    values = {name: value for name, value in line.values.items() if name != TYPE}
    line.errors += asks.refusals(values)
    if not line.is_new or line.errors:
        return
    if kind is not None:
        line.values.setdefault(TYPE, RecordType(pk=kind))
    for name, value in asks.defaults.items():
        line.values.setdefault(name, kept(value) if key_of(name) else value)
    fillable = {name for name in asks.required if key_of(name) or name in transfer.fields}
    begun = {
        name: getattr(line.instance, transfer.model._meta.get_field(name).attname)
        for name in fillable
        if name not in transfer.links and not key_of(name)
    }
    line.errors += asks.missing(begun | line.values, fillable)
