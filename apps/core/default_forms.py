"""What a new record begins with, as an administrator wrote it: read as the field itself reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from apps.core.cell_forms import choice
from apps.core.choices import NumberFormat
from apps.core.fields import NumberField, name_of
from apps.core.formats import NotANumber, parse_number
from apps.core.imports.values import DMY, parse_date, parse_flag
from apps.core.scope import today as today_of

_DAY: Final = re.compile(r"today\s*(?:([+-])\s*(\d{1,5}))?(?:\s*days?)?", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\s*[;|]\s*")
DAY_HINT: Final = "Write a date like 2026-11-23, “today”, or “today+14” for two weeks from then."


def read_default(field: forms.Field, text: str, *, label: str, today: dt.date) -> Any:
    """The value that a text stands for in a field; None for an empty one.

    Choices, words and records are named by their label, yes and no as such; days as dates or from
    `today` on. Raises ValueError with a sentence that says what would be right.
    """
    said = text.strip()
    if not said:
        return None
    read = _reader(field, label, today)
    try:
        return field.clean(read(said))
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error


def _reader(field: forms.Field, label: str, today: dt.date) -> Callable[[str], Any]:
    if isinstance(field, forms.ModelMultipleChoiceField):
        return lambda text: [_record(field, one, label).pk for one in _SEVERAL.split(text)]
    if isinstance(field, forms.ModelChoiceField):
        return lambda text: _record(field, text, label)
    if isinstance(field, forms.BooleanField):
        return parse_flag
    if isinstance(field, forms.ChoiceField):
        return lambda text: choice(text, _flat(field.choices), label)
    if isinstance(field, forms.DateField):
        return lambda text: read_day(text, today)
    if isinstance(field, forms.DateTimeField):
        return lambda text: dt.datetime.combine(read_day(text, today), dt.time(9))
    if isinstance(field, NumberField):
        return _number
    return str


def _number(text: str) -> Any:
    """Administrators write numbers with a point, whoever fills the form in."""
    try:
        return parse_number(text, NumberFormat.PLAIN)
    except NotANumber as error:
        raise ValueError(str(error)) from error


def read_day(text: str, today: dt.date) -> dt.date:
    """A date, or one so many days from today."""
    found = _DAY.fullmatch(text)
    if found:
        days = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
        return today + dt.timedelta(days=days)
    try:
        return parse_date(text, DMY)
    except ValueError as error:
        raise ValueError(f"“{text}” is no date. {DAY_HINT}") from error


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    """The choices of a select without its groups."""
    found: list[tuple[Any, Any]] = []
    for value, shown in choices:
        if isinstance(shown, list | tuple):
            found += shown
        else:
            found.append((value, shown))
    return found


def _record(field: Any, text: str, label: str) -> Any:
    """The word of a vocabulary, or the record, that a text names."""
    rows = field.queryset
    name = "label" if hasattr(rows.model, "label") else name_of(rows.model)
    found = list(rows.filter(**{f"{name}__iexact": text})[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"More than one {label.lower()} is called “{text}”.")
    raise ValueError(f"“{text}” is no {label.lower()} that can be chosen. Write its name.")


def default_of(field: forms.Field, text: str, user: Any) -> Any:
    """A default as a new record of this person begins with it.

    What cannot be read any more, such as a word that was deactivated, is no default.
    """
    try:
        return read_default(field, text, label=str(field.label or ""), today=today_of(user))
    except ValueError:
        return None
