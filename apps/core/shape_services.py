"""What administrators do to the shape of records beyond writing it down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from apps.core.access import require
from apps.core.custom_rules import CUSTOM, name_of
from apps.core.custom_usage_selectors import (
    MODELS,
    new_key,
    rows_holding,
    values_of,
    without_value,
)
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import create, lock
from apps.core.shape_models import CustomChoice, CustomField, FieldSet, FieldSetItem
from apps.core.usage_rules import renamed_in

STEP = 10


def custom_field_add(*, actor: User, field: CustomField) -> CustomField:
    """A new field of a kind of record; its key is made of its label and never changes."""
    require(actor, "vocabulary.edit")
    with operation(actor):
        field.key = new_key(field.kind, field.label)
        return create(field)


def custom_field_purge(*, actor: User, field: CustomField) -> int:
    """Take the values of a field that was taken away from all records; how many there were.

    The field itself stays, so that the history still calls it by its name, until it is deleted.
    """
    require(actor, "vocabulary.edit")
    with operation(actor):
        locked = lock(field)
        if locked.is_active:
            raise ValidationError(
                f"“{locked.label}” is still in use. Untick “active” first: it goes from all pages,"
                " and its values stay until you purge them here."
            )
        return rows_holding(locked).update(**{CUSTOM: without_value(locked)})


def custom_field_delete(*, actor: User, field: CustomField) -> None:
    """Delete a field that no record has a value in; no field set places it any more."""
    require(actor, "vocabulary.edit")
    with operation(actor):
        locked = lock(field)
        if values_of([locked])[locked.pk]:
            raise ValidationError(
                f"Records have a value in “{locked.label}”: take it away, then purge it first."
            )
        placed = FieldSetItem.objects.filter(field_set__kind=locked.kind, name=name_of(locked.key))
        placed.delete()
        locked.delete()


def field_set_fill(*, actor: User, field_set: FieldSet, fields: Sequence[tuple[str, str]]) -> None:
    """Begin a field set with fields (name, heading) in their order."""
    require(actor, "vocabulary.edit")
    with operation(actor):
        FieldSetItem.objects.bulk_create(
            FieldSetItem(field_set=field_set, name=name, group=group, position=place * STEP)
            for place, (name, group) in enumerate(fields, start=1)
        )


def default_renamed(*, actor: User, word: Any, old: str, new: str) -> None:
    """Defaults of field sets name words by their label: they follow when a word is renamed.

    `word` is of a vocabulary, or a choice of an own field.
    """
    require(actor, "vocabulary.edit")
    with operation(actor):
        named = FieldSetItem.objects.filter(default__icontains=old).select_related("field_set")
        for item in named.select_for_update(of=("self",)):
            followed = renamed_in(item.default, old, new)
            if followed != item.default and _names(item, word):
                item.default = followed
                item.save()


def _names(item: FieldSetItem, word: Any) -> bool:
    """Whether the field of an item takes words such as this one."""
    if isinstance(word, CustomChoice):
        return bool(item.name == name_of(word.field.key) and item.field_set.kind == word.field.kind)
    fields = {one.name: one for one in MODELS[item.field_set.kind]._meta.get_fields()}
    return item.name in fields and fields[item.name].related_model is type(word)
