"""The fields that an administrator added, as the database sorts and compares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, CharField, DateField, DecimalField, IntegerField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.core.choices import CustomType
from apps.core.custom_rules import CUSTOM, differing
from apps.core.permissions import RECORD_OF
from apps.core.person import Person, person_of
from apps.core.shape_rules import Definition
from apps.core.shape_selectors import shape

SORTED: dict[str, Any] = {
    CustomType.NUMBER: lambda: DecimalField(max_digits=18, decimal_places=4),
    CustomType.DATE: DateField,
}


def sort_key(definition: Definition) -> Any:
    """What rows are sorted by: numbers and days as such, a choice in its own order."""
    if definition.type == CustomType.CHOICE:
        places = [
            When(**{f"{CUSTOM}__{definition.key}": key}, then=Value(place))
            for place, (key, *_) in enumerate(definition.choices)
        ]
        return Case(*places, default=None, output_field=IntegerField())
    text = KeyTextTransform(definition.key, CUSTOM)
    kind = SORTED.get(definition.type, CharField)
    return Cast(text, kind())


def words(definition: Definition, value: Any, person: Person) -> str:
    """A value as the person reads it, as text."""
    if value is None or value == "":
        return ""
    if definition.type == CustomType.YES_NO:
        return "Yes" if value else "No"
    if definition.type == CustomType.NUMBER:
        return person.number(value)
    if definition.type == CustomType.DATE:
        return person.date(value)
    return definition.label_of(value)


def told_apart(
    user: Any, model: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """What changed of the added fields of a record: each under its label, as the person reads it.

    A field that was taken away is still called by its name; of one that was purged the key is left.
    """
    found = shape(user)
    kind = RECORD_OF.get(model._meta.label_lower, "")
    person = person_of(user)
    told = []
    for key in differing(before, after):
        one = found.named(kind, key) or Definition(kind, key, key, CustomType.TEXT)
        values = [words(one, one.value(side), person) for side in (before, after)]
        told.append((one.label, values[0], values[1]))
    return told
