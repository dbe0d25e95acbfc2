"""Form fields that read values as people type them, and say what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import nh3
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from apps.core import formats
from apps.core.choices import NumberFormat
from apps.core.rules import record_id
from apps.core.ui import escape

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


class QuickSelect(forms.Select):
    """A select that writes itself: Django renders a template for each option, and asks for
    records through a cursor on the server, which takes four round trips.
    """

    def said(self) -> Iterator[tuple[Any, Any]]:
        """Value and label of each option; a group's label with its own options."""
        choices: Any = self.choices
        if not isinstance(choices, forms.models.ModelChoiceIterator):
            yield from choices
            return
        if choices.field.empty_label is not None:
            yield "", choices.field.empty_label
        for record in choices.queryset.all():
            yield choices.field.prepare_value(record), choices.field.label_from_instance(record)

    def use_required_attribute(self, initial: Any) -> bool:
        first = next(self.said(), None)
        return not self.is_hidden and first is not None and self._choice_has_empty_value(first)  # type: ignore[attr-defined]

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = set(self.format_value(value))
        about = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        inner = "".join([_option(value, label, chosen) for value, label in self.said()])
        return mark_safe(f"<select{about}>{inner}</select>")  # noqa: S308 (all of it is escaped)


def _option(value: Any, label: Any, chosen: set[str]) -> str:
    if isinstance(label, (list, tuple)):
        inner = "".join([_option(pair[0], pair[1], chosen) for pair in label])
        return f'<optgroup label="{escape(value)}">{inner}</optgroup>'
    text = "" if value is None else str(value)
    mark = " selected" if text in chosen else ""
    return f'<option value="{escape(text)}"{mark}>{escape(label)}</option>'


class QuickInput(forms.widgets.Input):
    """An input that writes itself: a form of fourteen fields would render 28 templates."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        shown = self.format_value(value)
        said = {} if shown is None else {"value": str(shown)}
        about = {
            "type": self.input_type,
            "name": name,
            **said,
            **self.build_attrs(self.attrs, attrs),
        }
        return mark_safe(f"<input{flatatt(about)}>")  # noqa: S308 (flatatt escapes)


class QuickText(QuickInput, forms.TextInput):
    """One line of text."""


class QuickDate(QuickInput, forms.DateInput):
    """A date."""


class QuickHidden(QuickInput, forms.HiddenInput):
    """What stood in a field when it was shown."""


QUICK: dict[type[forms.Widget], type[forms.Widget]] = {
    forms.Select: QuickSelect,
    forms.TextInput: QuickText,
    forms.DateInput: QuickDate,
}


def quicken(field: forms.Field) -> None:
    """Give a field the quick kind of the widget it has; others stay as they are."""
    quick = QUICK.get(type(field.widget))
    if quick is not None:
        made = quick.__new__(quick)
        made.__dict__.update(field.widget.__dict__)
        field.widget = made
    if field.hidden_widget is forms.HiddenInput:
        field.hidden_widget = QuickHidden


MINUTE = "%Y-%m-%dT%H:%M"


class HiddenMinute(forms.DateTimeInput):
    """What stood in a moment's box, to the minute as it was shown."""

    input_type = "hidden"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, MINUTE)


YEARS = range(1900, 3000)


class MinuteField(forms.DateTimeField):
    """A moment, to the minute.

    At the ends of the calendar it would be no moment in another time zone, and no page could
    show it.
    """

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)
    hidden_widget = HiddenMinute

    def to_python(self, value: Any) -> Any:
        moment = super().to_python(value)
        if moment is not None and moment.year not in YEARS:
            raise ValidationError(
                f"The year {moment.year} is too far away. Choose one from {YEARS[0]} to {YEARS[-1]}."
            )
        return moment


class RichTextField(forms.CharField):
    """Text with simple formatting, sanitised when it is saved.

    Its box is a textarea that static/js/rich-text.js stands an editor on.
    """

    widget = forms.Textarea

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        # Not when the field is declared: the addresses of static files are known later.
        self.widget.attrs |= {
            "data-rich": static("vendor/trix/trix.esm.min.js"),
            "data-rich-style": static("css/rich-text.css"),
        }
        bound: forms.BoundField = super().get_bound_field(form, field_name)
        return bound

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if "<" not in text:
            return text
        # An editor leaves its frame behind when everything in it was deleted.
        return sanitise(text) if re.sub(r"<[^>]*>|&nbsp;|\s", "", text) else ""


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
    queryset: Any

    def __init__(self, queryset: Any, *, url: str, **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)
        self.options: dict[Any, str] = {}
        # What a request has found already, by id: for cleaning, for the box, for what stood there.
        self.found: dict[int, models.Model] = {}
        self.widget.attrs["data-url"] = url

    def __deepcopy__(self, memo: dict[int, Any]) -> LookupField:
        copied: LookupField = super().__deepcopy__(memo)
        copied.options = {}
        copied.found = {}
        return copied

    def prepare_value(self, value: Any) -> Any:
        pk = record_id(value) if isinstance(value, str) else value
        if isinstance(pk, int):
            value = self._by_id(pk) or value
        if isinstance(value, models.Model):
            # Asked twice a page: for the box, and for what stood in it.
            if value.pk not in self.options:
                alike = self.queryset.filter(**{name_of(value): str(value)}).exclude(pk=value.pk)
                self.options[value.pk] = option_of(value, unmistakable=not alike.exists())
            return self.options[value.pk]
        return value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, models.Model):
            value = value.pk
        text = str(value).replace("\0", "").strip()
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

    def _by_id(self, pk: int) -> models.Model | None:
        if pk not in self.found:
            record = self.queryset.filter(pk=pk).first()
            if record is None:
                return None
            self.found[pk] = record
        return self.found[pk]

    def _named(self, text: str) -> list[models.Model]:
        numbered = re.fullmatch(r"(?:(.*) #)?(\d{1,18})", text)
        if numbered:
            by_id = self._by_id(int(numbered[2]))
            if by_id and numbered[1] in (None, str(by_id)):
                return [by_id]
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


# What would be right, for what a box could not read (R-NUM-1).
RIGHT_FORM: dict[type[models.Field[Any, Any]], str] = {
    models.DateTimeField: "This is no date and time. Write them like 2026-11-23 14:30.",
    models.DateField: "This is no date. Write it like 2026-11-23.",
    models.IntegerField: "This is no whole number. Write it like 45.",
}


def form_field(column: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
    """The form field of a model field: dates and numbers as people type them."""
    if not column.choices:
        for kind, sentence in RIGHT_FORM.items():
            if isinstance(column, kind):
                kwargs.setdefault("error_messages", {"invalid": sentence})
                break
    if isinstance(column, models.IntegerField) and not column.choices:
        kwargs |= _limits(column)
    elif isinstance(column, models.DecimalField):
        kwargs.setdefault("form_class", NumberField)
    elif isinstance(column, models.DateTimeField):
        kwargs.setdefault("form_class", MinuteField)
    elif isinstance(column, models.DateField):
        kwargs["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    made: Callable[..., forms.Field | None] = column.formfield
    return made(**kwargs)


def _limits(column: models.IntegerField[Any, Any]) -> dict[str, int]:
    """What a column holds: a field that sets many rows is judged without their model."""
    lowest = [one.limit_value for one in column.validators if isinstance(one, MinValueValidator)]
    highest = [one.limit_value for one in column.validators if isinstance(one, MaxValueValidator)]
    return {"min_value": max(lowest), "max_value": min(highest)}
