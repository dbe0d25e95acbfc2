"""Filters of the fields that an administrator added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from apps.core.asks_rules import TYPE_LABEL
from apps.core.choices import CustomType
from apps.core.custom_rules import CUSTOM
from apps.core.custom_selectors import sort_key
from apps.core.shape_rules import TYPE, Definition, Type

YES_OR_NO = [("1", "Yes"), ("0", "No")]


class _Bound(django_filters.Filter):
    """From, or up to, a number or a day."""

    def __init__(self, definition: Definition, end: str, field: type[forms.Field], **kwargs: Any):
        self.field_class = field
        self.definition = definition
        self.end = end
        super().__init__(**kwargs)

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return rows
        named = {f"{self.definition.name}_order": sort_key(self.definition)}
        bound = {f"{self.definition.name}_order__{self.end}": value}
        narrowed: QuerySet[Any] = rows.annotate(**named).filter(**bound)
        return narrowed


class _Text(django_filters.CharFilter):
    """The rows whose text holds what was typed."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(label=definition.label, widget=forms.TextInput(attrs={"size": 10}))
        self.definition = definition

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        return rows.filter(**{f"{CUSTOM}__{self.definition.key}__icontains": value})


class _Choice(django_filters.ChoiceFilter):
    """The rows with one value of a choice, or with yes or no."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.flag = definition.type == CustomType.YES_NO
        choices = YES_OR_NO if self.flag else [(key, label) for key, label, _ in definition.choices]
        super().__init__(choices=choices, label=definition.label, empty_label="Any")

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        if not self.flag:
            return rows.filter(**{f"{CUSTOM}__{self.definition.key}": value})
        # What was never said is no.
        yes = rows.filter(**{f"{CUSTOM}__contains": {self.definition.key: True}})
        no = rows.exclude(**{f"{CUSTOM}__contains": {self.definition.key: True}})
        return yes if value == "1" else no


def own_filters(definition: Definition) -> dict[str, Any]:
    """The filters of a field, by their names in the address."""
    name, label = definition.name, definition.label
    if definition.type in (CustomType.NUMBER, CustomType.DATE):
        field: Any = forms.DecimalField
        widget: Any = forms.NumberInput(attrs={"step": "any"})
        if definition.type == CustomType.DATE:
            field, widget = forms.DateField, forms.DateInput(attrs={"type": "date"})
        return {
            f"{name}_from": _Bound(definition, "gte", field, label=f"{label} from", widget=widget),
            f"{name}_to": _Bound(definition, "lte", field, label=f"{label} to", widget=widget),
        }
    if definition.type in (CustomType.CHOICE, CustomType.YES_NO):
        return {name: _Choice(definition)}
    return {name: _Text(definition)}


class TypeFilter(django_filters.ChoiceFilter):
    """The rows of one type, or those without."""

    WITHOUT = "none"

    def __init__(self, types: Sequence[Type]) -> None:
        choices = [*((str(one.pk), one.label) for one in types), (self.WITHOUT, "Without a type")]
        super().__init__(choices=choices, label=TYPE_LABEL, empty_label="Any")

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        if value == self.WITHOUT:
            return rows.filter(**{f"{TYPE}__isnull": True})
        return rows.filter(**{TYPE: value})
