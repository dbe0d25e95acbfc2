"""Rows that are saved with their record: an objective's KPIs, a plan's challenges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from django import forms
from django.db import models
from django.forms import BaseFormSet
from django.forms.formsets import DELETION_FIELD_NAME, TOTAL_FORM_COUNT
from django.forms.utils import ErrorDict

from apps.core.fields import LookupField
from apps.core.forms import RecordForm
from apps.core.rules import record_id

F = TypeVar("F", bound=RecordForm)
ROW_ID = "id"
MOST_ROWS = 200


def without_judging(form: F) -> F:
    """The form with what was typed, but not yet a word about what is wrong with it."""
    form._errors = ErrorDict()  # type: ignore[attr-defined]
    form.cleaned_data = {}
    return form


class RowFormSet(BaseFormSet):
    """Existing rows and some empty ones; a subclass names the row's form and what a row is.

    Only rows that were changed are validated, and only by the fields that were changed. A row
    that somebody else deleted meanwhile keeps what was typed and says so.
    """

    form: type[RecordForm]
    what = "row"
    extra = 1
    min_num = 0
    max_num = MOST_ROWS
    absolute_max = MOST_ROWS
    validate_min = False
    validate_max = True
    can_order = False
    can_delete = True
    can_delete_extra = False
    edit_only = False
    renderer = None

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        user: Any,
        rows: Iterable[models.Model] = (),
        prefix: str = "rows",
        may_create: bool = True,
        may_delete: bool = True,
    ) -> None:
        self.rows = list(rows)
        self.by_id = {row.pk: row for row in self.rows}
        self.can_delete = may_delete
        self.may_create = may_create
        self.extra = self.extra if may_create else 0
        self.renderer = forms.renderers.get_default_renderer()
        self._choices: dict[str, list[tuple[Any, str]]] = {}
        super().__init__(data, prefix=prefix, form_kwargs={"user": user})

    def initial_form_count(self) -> int:
        """How many of the rows existed when the form was shown."""
        return super().initial_form_count() if self.is_bound else len(self.rows)

    def _row_id(self, index: int) -> str:
        return str(self.data.get(f"{self.add_prefix(index)}-{ROW_ID}", ""))

    def _construct_form(self, i: int, **kwargs: Any) -> RecordForm:
        if self.is_bound:
            row_id = record_id(self._row_id(i))
            row = self.by_id.get(row_id) if row_id is not None else None
        else:
            row = self.rows[i] if i < len(self.rows) else None
        if row is not None:
            kwargs["instance"] = row
        made: RecordForm = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        return made

    def add_fields(self, form: RecordForm, index: int | None) -> None:
        """Beside the row's own fields: which record it is, and the box that deletes it."""
        super().add_fields(form, index)
        form.fields[ROW_ID] = forms.IntegerField(
            required=False, initial=form.instance.pk, widget=forms.HiddenInput
        )
        for name, field in form.fields.items():
            if isinstance(field, forms.ModelChoiceField) and not isinstance(field, LookupField):
                # Read when they are shown: saving rows that nobody touched needs no choices.
                field.choices = partial(self._shared_choices, name, field)

    def _shared_choices(self, name: str, field: forms.ModelChoiceField) -> list[tuple[Any, str]]:
        """The choices of a column, read once for all rows, with what a row already holds."""
        if name not in self._choices:
            rows: Any = field.queryset
            model = rows.model
            kept = {getattr(row, f"{name}_id") for row in self.rows} - {None}
            words = model._default_manager.filter(
                models.Q(is_active=True) | models.Q(pk__in=kept)
            ).order_by(*model._meta.ordering)
            empty = [("", str(field.empty_label or ""))] if field.empty_label is not None else []
            self._choices[name] = [*empty, *((word.pk, str(word)) for word in words)]
        return self._choices[name]

    def clean(self) -> None:
        """A row that is gone is not made anew by accident."""
        for index, form in enumerate(self.forms):
            if self._row_id(index) and not form.instance.pk and not self.is_removed(form):
                form.add_error(
                    None,
                    f"This {self.what} was deleted by somebody else meanwhile."
                    " Copy what you need to a new row and tick Delete here.",
                )

    def is_removed(self, form: RecordForm) -> bool:
        """Whether the person ticked this row for deletion."""
        return bool(self.can_delete and self._should_delete_form(form))  # type: ignore[attr-defined]

    @staticmethod
    def values(form: RecordForm) -> dict[str, Any]:
        """What a row wants to be saved, without the fields that only steer the rows."""
        return {
            name: value
            for name, value in form.changes.items()
            if name not in (ROW_ID, DELETION_FIELD_NAME)
        }

    def what_of(self, form: RecordForm) -> str:
        """How a refusal names a row: its name, or its place."""
        if form.instance.pk:
            return f"“{form.instance}”"
        return f"Row {self.forms.index(form) + 1}"

    def with_row(self) -> RowFormSet:
        """The same rows as typed and one more empty one, for pages without JavaScript."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        total = min(self.total_form_count() + 1, self.max_num)
        data[f"{self.prefix}-{TOTAL_FORM_COUNT}"] = str(total)
        self.data = data
        for name in ("forms", "management_form"):
            self.__dict__.pop(name, None)
        return self.without_judging()

    def without_judging(self) -> RowFormSet:
        """The same rows as typed, without a word about what is wrong with them."""
        for form in self.forms:
            without_judging(form)
        self._errors = [form.errors for form in self.forms]
        self._non_form_errors = self.error_class()
        return self
