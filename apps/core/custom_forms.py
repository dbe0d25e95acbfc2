"""The form's box of a field that an administrator added."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.choices import CustomType
from apps.core.fields import NumberField
from apps.core.shape_rules import Definition

LONGEST = 2000


class ChoiceOfValues(forms.ChoiceField):
    """One value of a choice: those still offered, and the one that a record has."""


def custom_field(definition: Definition, current: Any = None) -> forms.Field:
    """The box of a field; `current` is the value that the record keeps."""
    options: dict[str, Any] = {
        "label": definition.label,
        "help_text": definition.help_text,
        "required": definition.required and definition.type != CustomType.YES_NO,
    }
    if definition.type == CustomType.NUMBER:
        return NumberField(max_digits=18, decimal_places=4, **options)
    if definition.type == CustomType.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)
    if definition.type == CustomType.YES_NO:
        return forms.BooleanField(**options)
    if definition.type == CustomType.LINK:
        return forms.URLField(max_length=LONGEST, assume_scheme="https", **options)
    if definition.type == CustomType.CHOICE:
        offered = [(key, label) for key, label, on in definition.choices if on or key == current]
        return ChoiceOfValues(choices=[("", "—"), *offered], **options)
    return forms.CharField(max_length=LONGEST, **options)
