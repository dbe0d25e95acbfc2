"""Form fields that read values as people type them, and say what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import nh3
from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from apps.core import formats
from apps.core.choices import NumberFormat

RICH_TAGS = {
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
    "del",
    "div",
}


def sanitise(html: str) -> str:
    """Rich text with nothing in it but harmless formatting."""
    return nh3.clean(html, tags=RICH_TAGS, attributes={"a": {"href"}}, link_rel="noopener nofollow")


class NumberField(forms.DecimalField):
    """A decimal in the person's number format (R-NUM-1)."""

    number_format: str = NumberFormat.COMMA_POINT
    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, (Decimal, int)):
            return Decimal(value)
        try:
            return formats.parse_number(str(value), self.number_format)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, (Decimal, int)):
            return formats.format_number(value, self.number_format)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}


MINUTE = "%Y-%m-%dT%H:%M"


class HiddenMinute(forms.DateTimeInput):
    """What stood in a moment's box, to the minute as it was shown."""

    input_type = "hidden"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, MINUTE)


class MinuteField(forms.DateTimeField):
    """A moment, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)
    hidden_widget = HiddenMinute


class RichTextField(forms.CharField):
    """Text with simple formatting, sanitised when it is saved."""

    widget = forms.Textarea

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return sanitise(text) if "<" in text else text


class LookupInput(forms.TextInput):
    """A text box that suggests records while one types; it also takes an exact name or id."""

    template_name = "core/widgets/lookup.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["url"] = self.attrs.get("data-url", "")
        context["widget"]["attrs"].pop("data-url", None)
        context["widget"]["list_id"] = f"{context['widget']['attrs'].get('id', name)}_options"
        return context


class LookupField(forms.ModelChoiceField):
    """One record out of very many, named by its name, or by "Name #id" where names repeat."""

    widget = LookupInput

    def __init__(self, queryset: Any, *, url: str, **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)
        self.widget.attrs["data-url"] = url

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
            value = self.queryset.filter(pk=value).first() or value
        if isinstance(value, models.Model):
            alike = self.queryset.filter(**{name_of(value): str(value)}).exclude(pk=value.pk)
            return option_of(value, unmistakable=not alike.exists())
        return value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, models.Model):
            value = value.pk
        text = str(value).strip()
        found = self._named(text)
        what = self.queryset.model._meta.verbose_name
        if not found:
            raise ValidationError(
                f"There is no {what} “{text}” that you can choose. Pick one from the list.",
                code="invalid_choice",
            )
        if len(found) > 1:
            raise ValidationError(
                f"More than one {what} is called “{text}”. Pick one from the list.",
                code="invalid_choice",
            )
        return found[0]

    def _named(self, text: str) -> list[models.Model]:
        numbered = re.fullmatch(r"(?:(.*) #)?(\d{1,18})", text)
        if numbered:
            by_id = list(self.queryset.filter(pk=int(numbered[2]))[:1])
            if by_id and numbered[1] in (None, str(by_id[0])):
                return by_id
        name = name_of(self.queryset.model)
        # The exact name has an index; only who writes it in another case needs the slower way.
        exact = list(self.queryset.filter(**{name: text})[:2])
        return exact or list(self.queryset.filter(**{f"{name}__iexact": text})[:2])

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        return str(self.prepare_value(initial) or "") != str(self.prepare_value(data) or "")


def name_of(model: type[models.Model] | models.Model) -> str:
    """The field that names a record."""
    return next(name for name in ("name", "title", "subject") if hasattr(model, name))


def option_of(record: models.Model, *, unmistakable: bool = False) -> str:
    """How a record is named in a lookup: by its name, with its id where that is not enough."""
    return str(record) if unmistakable else f"{record} #{record.pk}"


def form_field(column: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
    """The form field of a model field: dates and numbers as people type them."""
    if isinstance(column, models.DecimalField):
        kwargs.setdefault("form_class", NumberField)
    elif isinstance(column, models.DateTimeField):
        kwargs.setdefault("form_class", MinuteField)
    elif isinstance(column, models.DateField):
        kwargs["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    made: Callable[..., forms.Field | None] = column.formfield
    return made(**kwargs)
