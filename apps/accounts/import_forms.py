"""From a chosen file to cleaned rows: the same fields that the account's and contact's pages use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.choices import AccountStatus, LifecycleStage
from apps.accounts.forms import AccountForm, ContactForm
from apps.accounts.import_rules import (
    BY_KEY,
    KNOWN,
    TARGETS,
    Options,
    choice_of,
    contact_name,
    matching_problems,
    one_of,
    option_errors,
    split_tags,
)
from apps.accounts.import_services import Source
from apps.accounts.import_stage_services import STAGED, csm_role_id
from apps.accounts.selectors import allocatable
from apps.core.choices import UnitKind
from apps.core.imports import values
from apps.core.imports.columns import Column, Match, looks_like_data, match, normal
from apps.core.imports.reading import (
    Dialect,
    FileRefused,
    Record,
    find_dialect,
    read_header,
    records,
)
from apps.core.imports.survey import (
    ERROR_COLUMNS,
    Survey,
    is_error_file,
    restored,
    survey,
)
from apps.core.models import Tag, Unit

Reader = Callable[[str], Any]
NAMES_KEPT = 512


@dataclass(frozen=True)
class Understood:
    """All that was found out about a file before a single row was judged."""

    source: Source
    match: Match
    survey: Survey
    problems: list[str]
    sentences: list[str]

    @property
    def ignored(self) -> list[Column]:
        """The columns that fill no field."""
        return [c for c in self.match.columns if not c.key and c.header not in ERROR_COLUMNS]


def understand(path: Path, options: Options) -> Understood:
    """Find out how a file is written and which column is what. Raises FileRefused."""
    wrong = option_errors(options)
    if wrong:
        raise FileRefused(" ".join(wrong))
    dialect = find_dialect(
        path,
        lambda name: normal(name) in KNOWN,
        encoding=options.encoding,
        delimiter=options.delimiter,
    )
    with records(path, dialect) as found:
        headers = read_header(found).cells
        matched = match(headers, TARGETS, options.mapping)
        looked = survey(found, matched.columns, TARGETS)
    problems = matching_problems(matched, headers, looks_like_data(headers))
    if not looked.rows:
        problems.append("The file has a header row but no rows below it.")
    sentences = dialect.sentences
    for column in looked.columns:
        sentences += column.sentences(options.dates, options.numbers)
    returned = is_error_file(headers)
    reader = RowReader(matched, looked, options, dialect, returned=returned)
    source = Source(
        path,
        dialect,
        headers,
        frozenset(reader.keys),
        reader,
        own_columns=len(ERROR_COLUMNS) if returned else 0,
    )
    return Understood(source, matched, looked, problems, sentences)


class RowReader:
    """Cleans records: called with one, it returns the values to stage and what is wrong."""

    def __init__(
        self,
        matched: Match,
        looked: Survey,
        options: Options,
        dialect: Dialect,
        *,
        returned: bool = False,
    ) -> None:
        self.filled = matched.filled()
        self.returned = returned
        self.broken = dialect.errors != "strict"
        readers = _readers(looked, options)
        # Most columns hold few different values: each is read once.
        self.readers = [
            (column.place, key, BY_KEY[key].label, lru_cache(NAMES_KEPT)(readers[key]))
            for key, column in self.filled.items()
        ]

    @property
    def keys(self) -> set[str]:
        """The staged fields that the file fills."""
        keys = set(self.filled)
        if keys & {"contact_first_name", "contact_last_name"}:
            keys.add("contact_name")
        return keys & STAGED.keys()

    def __call__(self, record: Record) -> tuple[list[Any], list[str]]:
        found: dict[str, Any] = {}
        errors: list[str] = []
        for place, key, label, read in self.readers:
            text = record.cells[place]
            if self.returned:
                text = restored(text)
            text = text.strip()
            if not text:
                continue
            if self.broken and "\ufffd" in text:
                errors.append(f"{label}: “{text}” holds bytes that are not valid UTF-8.")
                continue
            try:
                found[key] = read(text)
            except ValidationError as error:
                errors.extend(f"{label}: {message}" for message in error.messages)
            except ValueError as error:
                errors.append(f"{label}: {error}")
        if "contact_first_name" in self.filled or "contact_last_name" in self.filled:
            found["contact_name"] = contact_name(found)
        if "external_id" not in found and "name" not in found and not errors:
            errors.append("The row has neither an account name nor an external id.")
        return [found.get(key) for key in STAGED], errors


def _readers(looked: Survey, options: Options) -> dict[str, Reader]:
    """For each field how a cell becomes its value; all end in the form field of the page."""
    account, contact = AccountForm.base_fields, ContactForm.base_fields
    currencies = _ids(
        (unit.pk, (unit.label, unit.symbol))
        for unit in Unit.objects.filter(kind=UnitKind.CURRENCY, is_active=True)
    )
    tags = _ids((tag.pk, (tag.label,)) for tag in Tag.objects.filter(is_active=True))
    people = _ids((person.pk, (person.name, person.email)) for person in allocatable())
    named = ", ".join(label.upper() for label in currencies if label.isalpha())
    no_role = csm_role_id() is None

    def text(field: forms.Field) -> Reader:
        return lambda cell: field.clean(" ".join(cell.splitlines())) or None

    def chosen(field: forms.Field, choices: Mapping[str, str], label: str) -> Reader:
        return lambda cell: field.clean(choice_of(cell, choices, label))

    def date(key: str) -> Reader:
        column = looked.of(key)
        order = column.date_order(options.dates) if column else values.DMY
        return lambda cell: account[key].clean(values.parse_date(cell, order))

    def number(key: str) -> Reader:
        column = looked.of(key)
        form = column.number_form(options.numbers) if column else values.POINT
        return lambda cell: account[key].clean(values.parse_number(cell, form))

    def tag_ids(cell: str) -> str:
        hint = "Ask an administrator to add it, or write one that there is."
        wanted = {one_of(word, tags, "tag", hint) for word in split_tags(cell)}
        return ",".join(str(pk) for pk in sorted(wanted))

    def csm(cell: str) -> int:
        if no_role:
            raise ValueError("There is no role that a CSM could have. An administrator adds it.")
        hint = "Write the name or e-mail address of an active resource that can be allocated."
        return one_of(cell, people, "resource", hint)

    return {
        **{key: text(account[key]) for key in ("name", "external_id", "segment", "tier")},
        **{key: text(account[key]) for key in ("industry", "country")},
        "parent": text(account["name"]),
        "status": chosen(account["status"], dict(AccountStatus.choices), "status"),
        "lifecycle_stage": chosen(
            account["lifecycle_stage"], dict(LifecycleStage.choices), "lifecycle stage"
        ),
        "arr": number("arr"),
        "currency": lambda cell: one_of(cell, currencies, "currency", f"Write one of: {named}."),
        **{key: date(key) for key in ("signup_date", "renewal_date", "next_review_date")},
        "csm": csm,
        "tags": tag_ids,
        "contact_name": text(contact["name"]),
        "contact_first_name": text(contact["name"]),
        "contact_last_name": text(contact["name"]),
        "contact_email": text(contact["email"]),
        "contact_title": text(contact["title"]),
        "contact_phone": text(contact["phone"]),
        "contact_is_active": values.parse_flag,
    }


def _ids(rows: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pk, names in rows:
        for name in {name.casefold() for name in names if name}:
            found.setdefault(name, []).append(pk)
    return found
