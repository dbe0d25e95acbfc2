"""How cells of a file become values: each through the field of the record's own form."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from apps.core.fields import NumberField, name_of
from apps.core.imports import values
from apps.core.rules import record_id

Read = Callable[[str], Any]
NEEDED = "It is needed: write a value. An empty cell empties the field."


def plain_reader(
    field: Any,
    column: models.Field[Any, Any] | None,
    *,
    label: str,
    dates: str,
    numbers: str,
    zone: zoneinfo.ZoneInfo,
) -> Read:
    """The reader of a cell that names no record; it raises ValueError with a sentence."""

    def typed(text: str) -> Any:
        if isinstance(field, forms.BooleanField):
            return values.parse_flag(text)
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            return choice(text, field.choices, label)
        if isinstance(field, NumberField):
            return values.parse_number(text, numbers)
        if isinstance(field, forms.IntegerField):
            return whole(text, numbers)
        if isinstance(field, forms.DateTimeField):
            return moment(text, dates, zone)
        if isinstance(field, forms.DateField):
            return values.parse_date(text, dates)
        return text

    def read(text: str) -> Any:
        if not text and isinstance(field, forms.BooleanField):
            return False
        if not text and field.required:
            raise ValueError(NEEDED)
        try:
            value = field.clean(typed(text) if text else "")
            if column is not None and value not in (None, ""):
                column.run_validators(value)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error
        if value is None and column is not None and not column.null:
            return column.get_default()
        return value

    return read


def choice(text: str, choices: Any, label: str) -> str:
    """The stored value of a choice, written by its label or its value, in any case."""
    wanted = text.casefold()
    known = [(str(value), str(shown)) for value, shown in choices if value not in (None, "")]
    for value, shown in known:
        if wanted in (shown.casefold(), value.casefold()):
            return value
    names = ", ".join(shown for _, shown in known)
    raise ValueError(f"“{text}” is no {label.lower()}. Write one of: {names}.")


def whole(text: str, numbers: str) -> int:
    """A whole number."""
    number = values.parse_number(text.removesuffix("%"), numbers)
    if number != int(number):
        raise ValueError(f"“{text}” is no whole number. Write it like 45.")
    return int(number)


def moment(text: str, dates: str, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """A moment: with its offset, or in the person's own time zone."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        parts = re.fullmatch(r"(.+?)[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
        day = values.parse_date(parts[1] if parts else text, dates)
        hour, minute, second = (
            (int(part or 0) for part in parts.groups()[1:]) if parts else (0,) * 3
        )
        if hour > 23 or minute > 59 or second > 59:
            raise ValueError(f"“{text}” is no time. Write it like 2026-11-23 14:30.") from None
        found = dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    return found if found.tzinfo else found.replace(tzinfo=zone)


class Words:
    """Cells that name words of a vocabulary, or several of them: read once for a whole file."""

    def __init__(self, key: str, field: Any, label: str) -> None:
        self.key = key
        self.required = field.required
        self.several = isinstance(field, forms.ModelMultipleChoiceField)
        self.label = label
        self.queryset = field.queryset
        self.known: dict[str, Any] | None = None
        self.twice: set[str] = set()

    def find(self, texts: Collection[str]) -> None:
        """Read the vocabulary, the first time."""
        if self.known is not None:
            return
        words = list(self.queryset)
        names = Counter(str(word).casefold() for word in words)
        self.twice = {name for name, times in names.items() if times > 1}
        # By its key too, where it has one: a label may be any other's as well.
        self.known = {word.key.casefold(): word for word in words if hasattr(word, "key")}
        self.known |= {
            name: word for word in words if (name := str(word).casefold()) not in self.twice
        }

    def pick(self, text: str, account_id: int | None, values: Mapping[str, Any]) -> dict[str, Any]:
        """The word, or the words, that a cell names."""
        if not text and self.required and not self.several:
            raise ValueError(NEEDED)
        if self.several:
            return {self.key: [self._word(one) for one in self._split(text)]}
        return {self.key: self._word(text) if text else None}

    def _split(self, text: str) -> list[str]:
        marks = r"[;|]" if re.search(r"[;|]", text) else r","
        return [one.strip() for one in re.split(marks, text) if one.strip()]

    def _word(self, text: str) -> Any:
        known = self.known or {}
        word = known.get(text.casefold())
        if word is None and text.casefold() in self.twice:
            raise ValueError(
                f"More than one {self.label.lower()} is called “{text}”. Write its key."
            )
        if word is None:
            names = ", ".join(list(dict.fromkeys(str(one) for one in known.values()))[:30])
            raise ValueError(f"“{text}” is no {self.label.lower()}. Write one of: {names}.")
        return word


class Records:
    """Cells that name other records: by name, with the id where names repeat, people by e-mail too."""

    def __init__(
        self, key: str, field: Any, *, within: bool, related: tuple[str, ...] = ()
    ) -> None:
        self.key = key
        self.required = field.required
        self.queryset = field.queryset.select_related(*related)
        self.model = self.queryset.model
        self.name = name_of(self.model)
        self.mail = "email" if hasattr(self.model, "email") else ""
        self.within = within
        # Customers are named by what other systems call them too.
        self.keyed = hasattr(self.model, "external_id")
        self.found: dict[str, list[Any]] = {}
        self.by_key: dict[str, Any] = {}

    def find(self, texts: Collection[str]) -> None:
        """Look these names up: by what they are exactly, then those not found in any case."""
        self.found, self.by_key = {}, {}
        ids = {pk for text in texts if (pk := self._numbered(text)) is not None}
        asked = models.Q(**{f"{self.name}__in": texts})
        if ids:
            asked |= models.Q(pk__in=ids)
        if self.mail:
            asked |= models.Q(**{f"{self.mail}__in": texts})
        if self.keyed:
            asked |= models.Q(external_id__in=texts)
        self._keep(self.queryset.filter(asked))
        missing = {text.casefold() for text in texts if not self._of(text)}
        if missing:
            rows = self.queryset.annotate(name_in_lower=Lower(self.name))
            asked = models.Q(name_in_lower__in=missing)
            if self.mail:
                rows = rows.annotate(mail_in_lower=Lower(self.mail))
                asked |= models.Q(mail_in_lower__in=missing)
            self._keep(rows.filter(asked))

    def _keep(self, rows: models.QuerySet[Any]) -> None:
        for row in rows:
            names = {str(getattr(row, self.name)).casefold(), f"#{row.pk}"}
            if self.mail:
                names.add(getattr(row, self.mail).casefold())
            for name in names - {""}:
                self.found.setdefault(name, []).append(row)
            if self.keyed and row.external_id:
                self.by_key[row.external_id] = row

    @staticmethod
    def _numbered(text: str) -> int | None:
        found = re.fullmatch(r"(?:.* )?#(\d{1,18})", text)
        return record_id(found[1]) if found else None

    def _of(self, text: str) -> list[Any]:
        exact = self.found.get(text.casefold(), [])
        if exact:
            return exact
        if text in self.by_key:
            return [self.by_key[text]]
        pk = self._numbered(text)
        return self.found.get(f"#{pk}", []) if pk is not None else []

    def pick(self, text: str, account_id: int | None, values: Mapping[str, Any]) -> dict[str, Any]:
        """The record that a cell names, of the row's own account where several have the name."""
        if not text:
            if self.required:
                raise ValueError(NEEDED)
            return {self.key: None}
        fit = self._of(text)
        if len(fit) > 1 and self.within and account_id is not None:
            fit = [row for row in fit if getattr(row, "account_id", None) == account_id]
        what = str(self.model._meta.verbose_name)
        if not fit:
            raise ValueError(f"There is no {what} “{text}” that you can choose.")
        if len(fit) > 1:
            raise ValueError(
                f"More than one {what} is called “{text}”. Write its id too, like"
                f" “{fit[0]} #{fit[0].pk}”."
            )
        return {self.key: fit[0]}


class Owners:
    """Cells that name who owns a record: one of us, else a contact of its account (R-OWN-2)."""

    def __init__(self, us: Records, contacts: Records) -> None:
        self.us = us
        self.contacts = contacts

    def find(self, texts: Collection[str]) -> None:
        """Look for our people first, then for contacts."""
        self.us.find(texts)
        left = {text for text in texts if not self.us._of(text)}
        self.contacts.found = {}
        if left:
            self.contacts.find(left)

    def pick(self, text: str, account_id: int | None, values: Mapping[str, Any]) -> dict[str, Any]:
        """One owner at a time (R-OWN-1): whoever it is, the other box is empty."""
        if not text:
            return {"owner": None, "owner_contact": None}
        if self.us._of(text):
            return {**self.us.pick(text, account_id, values), "owner_contact": None}
        fit = [one for one in self.contacts._of(text) if one.account_id == account_id]
        if len(fit) != 1:
            raise ValueError(
                f"“{text}” is neither one of us who can be allocated nor a contact of this account."
                " Write the e-mail address."
            )
        return {"owner": None, "owner_contact": fit[0]}
