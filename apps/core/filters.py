"""The filter recipe: choices only from what the person may see."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from apps.core import due_rules
from apps.core.base_models import Vocabulary
from apps.core.custom_filters import TypeFilter, own_filters
from apps.core.due_selectors import due
from apps.core.fields import LookupField, quicken
from apps.core.permissions import RECORD_OF
from apps.core.scope import today
from apps.core.search_rules import MOST_WORDS
from apps.core.search_selectors import matching
from apps.core.shape_rules import TYPE
from apps.core.shape_selectors import shape
from apps.core.touch_selectors import stale


class RecordFilter(django_filters.FilterSet):
    """Filters of a list, kept in its address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._add_own_filters()
        for item in self.filters.values():
            field = item.field
            rows = getattr(field, "queryset", None)
            if rows is not None and hasattr(rows, "visible_to"):
                field.queryset = rows.visible_to(self.request.user)
            quicken(field)

    def _add_own_filters(self) -> None:
        """Those of the fields and types that an administrator added."""
        kind = RECORD_OF.get(self._meta.model._meta.label_lower, "")
        found = shape(self.request.user)
        added: dict[str, Any] = {}
        for one in found.of(kind):
            added |= own_filters(one)
        types = found.types_of(kind)
        if types:
            added[TYPE] = TypeFilter(types)
        for name, item in added.items():
            item.parent, item.model, item.field_name = self, self._meta.model, name
            self.filters[name] = item

    @property
    def active(self) -> list[tuple[str, str]]:
        """The names and labels of the filters that are set."""
        if not self.form.is_bound:
            return []
        return [
            (name, str(self.form.fields[name].label))
            for name in self.form.fields
            if self.form.data.get(name)
        ]


@cache
def only(filterset: Any, *names: str) -> Any:
    """A filterset with these of its filters alone: to count what a link opens, without its boxes."""
    left_out = dict.fromkeys(set(filterset.base_filters) - set(names))
    return type(filterset)(f"Only{filterset.__name__}", (filterset,), left_out)


class SearchFilter(django_filters.CharFilter):
    """Free text, by the search index: every word begins a word of the record.

    `above` are records whose words count too, by the path that leads to their id.
    """

    def __init__(
        self,
        kind: str,
        *,
        above: Mapping[str, str] | None = None,
        label: str = "Search",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            label=label,
            widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search…"}),
            **kwargs,
        )
        self.kind = kind
        self.above = dict(above or {})

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        text = str(value or "").strip()
        if not text:
            return rows
        if not self.above:
            return rows.filter(pk__in=matching(self.kind, text))
        for word in text.split()[:MOST_WORDS]:
            found = Q(pk__in=matching(self.kind, word))
            for path, kind in self.above.items():
                found |= Q(**{f"{path}__in": matching(kind, word)})
            rows = rows.filter(found)
        return rows


class YesNoField(forms.NullBooleanField):
    """Yes, no or either, as an address says it: 1, 0 or nothing."""

    widget = forms.Select(choices=[("", "Any"), ("1", "Yes"), ("0", "No")])

    def to_python(self, value: Any) -> Any:
        return {"1": True, "0": False}.get(str(value or ""))


class YesNoFilter(django_filters.BooleanFilter):
    """Rows of which something is true, or not."""

    field_class = YesNoField


class LookupFilter(django_filters.ModelChoiceFilter):
    """One record out of very many, suggested while one types."""

    field_class = LookupField


class VocabularyFilter(django_filters.ModelChoiceFilter):
    """One word of a vocabulary."""

    def __init__(self, model: type[Vocabulary], **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", "Any")
        super().__init__(queryset=model._default_manager.all(), **kwargs)


class ChoiceFilter(django_filters.ChoiceFilter):
    """One of the fixed choices of a field."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", "Any")
        super().__init__(choices=choices, **kwargs)


class DayFilter(django_filters.DateFilter):
    """Rows from a day on, or until it."""

    def __init__(self, path: str, lookup: str, **kwargs: Any) -> None:
        box = forms.DateInput(attrs={"type": "date"})
        super().__init__(field_name=path, lookup_expr=lookup, widget=box, **kwargs)


class DueFilter(ChoiceFilter):
    """What is due: by a date, among what is still open (R-DUE-1)."""

    def __init__(
        self, path: str, still_open: Q, *, choices: Any = due_rules.CHOICES, **kwargs: Any
    ) -> None:
        kwargs.setdefault("label", "Due")
        super().__init__(choices, **kwargs)
        self.path = path
        self.still_open = still_open

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        day = today(self.parent.request.user)
        return rows.filter(due(self.path, value, day), self.still_open)


class StaleFilter(YesNoFilter):
    """What goes on and was not touched for as long as the administrator allows (R-DUE-1)."""

    def __init__(self, kind: str, still_open: Q) -> None:
        super().__init__(label="Stale")
        self.kind = kind
        self.still_open = still_open

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return rows
        untouched = stale(self.parent.request.user, self.kind)
        return rows.filter(self.still_open, untouched if value else ~untouched)
