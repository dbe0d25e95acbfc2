"""What is asked of records by the field sets of their types, found out from the record's form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from apps.core.asks_rules import Asks, asked
from apps.core.default_forms import default_of
from apps.core.forms import RecordForm
from apps.core.kinds import KINDS
from apps.core.shape_rules import TYPE
from apps.core.shape_selectors import shape, types_for


def asks_of(
    form_class: type[RecordForm],
    user: Any,
    record_type: int | None,
    *,
    new: bool = False,
    boxes: Mapping[str, Any] | None = None,
) -> Asks:
    """What is asked of a record of a type, or of one without; `boxes` read the defaults."""
    found = shape(user)
    kind = form_class.record
    own = {one.name: one for one in found.of(kind)}
    names = [*(form_class._meta.fields or ()), *own]
    labels = {name: str(field.label or "") for name, field in form_class.base_fields.items()}
    labels |= {name: one.label for name, one in own.items()}
    items = found.field_set(kind, record_type)
    hidden, read_only, required = asked(names, items, new=new, kept=form_class.kept_in(names))
    boxes = boxes or {}
    defaults = {
        one.name: default_of(boxes[one.name], one.default, user)
        for one in items
        if new and one.default and one.name in boxes
    }
    known = found.types.get(record_type or 0)
    return Asks(
        KINDS[kind].plural.lower(),
        known.label if known else "",
        labels,
        hidden,
        read_only,
        required | {name for name, one in own.items() if one.required and name not in hidden},
        {name: value for name, value in defaults.items() if value is not None},
    )


def barred(
    form_class: type[RecordForm], user: Any, record: Any, names: Collection[str]
) -> dict[str, str]:
    """Why the field set of a record's type keeps some of these fields as they are, by field."""
    asks = asks_of(form_class, user, getattr(record, f"{TYPE}_id", None))
    kept = asks.hidden | asks.read_only
    return {name: asks.refusal(name, "kept") for name in sorted(set(names) & kept)}


def asks_more(form_class: type[RecordForm], user: Any, names: Collection[str]) -> bool:
    """Whether a new record of some type is asked for more than these fields."""
    types = types_for(user, form_class.record)
    kinds: list[int | None] = [one.pk for one in types] or [None]
    return any(asks_of(form_class, user, kind, new=True).required - set(names) for kind in kinds)


def asking(
    form_class: type[RecordForm], user: Any, boxes: Mapping[str, Any] | None = None
) -> Callable[[int | None, bool], Asks]:
    """The same for any record, each type found out once."""
    known: dict[tuple[int | None, bool], Asks] = {}

    def asks(record_type: int | None, new: bool) -> Asks:
        key = (record_type, new)
        if key not in known:
            known[key] = asks_of(form_class, user, record_type, new=new, boxes=boxes)
        return known[key]

    return asks
