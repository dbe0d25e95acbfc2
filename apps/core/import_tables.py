"""From a chosen file to columns that are understood: each ends in the field of the record's form."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django import forms

from apps.core import access
from apps.core.asks_forms import asking
from apps.core.asks_rules import NEVER_CHANGES, TYPE_LABEL, Shaping, type_named
from apps.core.cell_forms import Owners, Records, Words, moment, plain_reader
from apps.core.custom_rules import kept
from apps.core.custom_tables import plain
from apps.core.fields import LookupField, NumberField, name_of
from apps.core.imports import values
from apps.core.imports.cells import text_of
from apps.core.imports.columns import Match, Target, knows, looks_like_data, match, normal
from apps.core.imports.reading import find_dialect, read_header, records
from apps.core.imports.survey import ERROR_COLUMNS, Survey, is_error_file, survey
from apps.core.kinds import KINDS
from apps.core.scope import zone
from apps.core.shape_models import RecordType
from apps.core.shape_rules import TYPE
from apps.core.shape_selectors import shape, types_for
from apps.core.transfer_report_services import ListFile
from apps.core.transfer_rules import KEY, KEY_LABEL, STAMP, ImportColumn
from apps.core.transfer_tables import field_of, field_value, label_of

# Records whose names repeat from account to account.
WITHIN_ACCOUNTS: Final = ("plan", "objective", "playbook")


@dataclass(frozen=True)
class Said:
    """What the person said about a file; everything empty is found out from the file itself."""

    mapping: dict[str, str] = field(default_factory=dict)
    dates: str = ""
    numbers: str = ""
    # What columns of files of this kind were before, by their headings.
    remembered: dict[str, str] = field(default_factory=dict)

    def chosen(self, headers: list[str]) -> dict[str, str]:
        """Which column is which field: as said, else as it was the last time."""
        if self.mapping:
            return self.mapping
        return {
            f"#{place}": self.remembered[normal(header)]
            for place, header in enumerate(headers, 1)
            if header and normal(header) in self.remembered
        }


@dataclass(frozen=True)
class UnderstoodList:
    """All that was found out about a file before a single row was judged."""

    file: ListFile
    match: Match
    survey: Survey
    problems: list[str]
    sentences: list[str]


def is_export(path: Path) -> bool:
    """Whether a file has the column of ids that our exports have. Raises FileRefused."""
    with records(path, find_dialect(path, lambda name: normal(name) == normal(KEY_LABEL))) as found:
        return normal(KEY_LABEL) in [normal(name) for name in read_header(found).cells]


class Columns:
    """The columns that an import of a list understands, for one person."""

    def __init__(self, listing: Any, user: Any) -> None:
        self.listing = listing
        self.transfer = listing.transfer
        self.user = user
        self.form = listing.form_class(user=user, arranged=False)
        self.own = {one.name: one for one in shape(user).of(self.transfer.kind)}
        self.names = (*self.transfer.fields, *self.own)
        own_boxes = {name: self.form.fields[name] for name in self.own if name in self.form.fields}
        self.base: dict[str, Any] = {**listing.form_class.base_fields, **own_boxes}
        self.model = self.transfer.model
        kinds = [one for one in shape(user).types.values() if one.kind == self.transfer.kind]
        self.types = {one.pk: one for one in kinds}
        self.offered = types_for(user, self.transfer.kind)

    def shaping(self) -> Shaping | None:
        """What the types of records ask of the rows of the file."""
        if not hasattr(self.model, "record_type_id") or not (self.types or shape(self.user).sets):
            return None
        boxes = {**self.base, **self.form.fields}
        asks = asking(self.listing.form_class, self.user, boxes)
        return Shaping(asks, self.offered)

    def labels(self) -> dict[str, str]:
        """The heading of each field: that of the list's column, else of the form's box."""
        found = {
            field: label_of(self.listing.table, name)
            for name in self.listing.table.base_columns
            if (field := field_of(self.listing, name))
        }
        for name in self.transfer.fields:
            said = self.base[name].label or name.replace("_", " ").capitalize()
            found.setdefault(name, str(said))
        found |= {name: one.label for name, one in self.own.items()}
        return {name: found[name] for name in self.names}

    def targets(self) -> list[Target]:
        """What the columns of a file can be."""
        noun = KINDS[self.transfer.kind].label
        found = [Target(KEY, KEY_LABEL, (f"{noun} id",))]
        for name, label in self.labels().items():
            said = "" if name in self.own else str(self.base[name].label or "")
            names = tuple(one for one in (said, name.replace("_", " ")) if one and one != label)
            found.append(Target(name, label, names, self._kind(name)))
        if self.types:
            found.append(Target(TYPE, TYPE_LABEL, ("record type",)))
        if hasattr(self.model, STAMP):
            found.append(Target(STAMP, "Updated", ("updated at",)))
        return found

    def _kind(self, name: str) -> str:
        field = self.base.get(name)
        if isinstance(field, NumberField) or (
            isinstance(field, forms.IntegerField) and not isinstance(field, forms.ChoiceField)
        ):
            return "number"
        if isinstance(field, forms.DateField | forms.DateTimeField):
            return "date"
        return "text"

    def needed(self) -> list[tuple[str, str]]:
        """What a new record cannot be without."""
        labels = self.labels()
        return [
            (name, labels[name])
            for name in self.names
            if name in self.base and self.base[name].required and not self._has_default(name)
        ]

    def _has_default(self, name: str) -> bool:
        if name in self.own:
            return False
        column: Any = self.model._meta.get_field(name)
        return bool(getattr(column, "has_default", lambda: False)())

    def column(self, target: Target, looked: Survey, said: Said) -> ImportColumn:
        """The column that fills a field, with how its cells are read."""
        if target.key == KEY:
            return ImportColumn(target)
        look = looked.of(target.key)
        dates = look.date_order(said.dates) if look else values.DMY
        numbers = look.number_form(said.numbers) if look else values.POINT
        where = zone(self.user)
        if target.key == STAMP:
            return ImportColumn(target, read=lambda text: {STAMP: moment(text, dates, where)})
        if target.key == TYPE:
            return ImportColumn(target, self._type_of, read=self._read_type)
        name = target.key
        own = self.own.get(name)
        value = (
            (lambda record: plain(own, record.custom))
            if own
            else self.transfer.shows.get(name) or field_value(self.model, name, where)
        )

        def show(record: Any) -> str:
            return text_of(value(record))

        if name not in self.form.fields:
            needed = self.listing.form_class.guarded.get(name, f"{self.transfer.kind}.edit")
            reason = access.may(self.user, needed).reason
            return ImportColumn(target, show, refused=reason or "you may not change it.")
        field = self.form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            return ImportColumn(target, show, relation=self._relation(name, field))
        column: Any = None if own else self.model._meta.get_field(name)
        read = plain_reader(
            field, column, label=target.label, dates=dates, numbers=numbers, zone=where
        )
        if own:
            return ImportColumn(target, show, read=lambda text: {name: kept(read(text))})
        return ImportColumn(target, show, read=_filling(name, read))

    def _type_of(self, record: Any) -> str:
        known = self.types.get(record.record_type_id or 0)
        return known.label if known else ""

    def _read_type(self, text: str) -> dict[str, Any]:
        if not text:
            raise ValueError(NEVER_CHANGES)
        found = type_named(text, self.offered)
        return {TYPE: RecordType(pk=found.pk, kind=found.kind, label=found.label)}

    def _relation(self, name: str, field: Any) -> Any:
        if not isinstance(field, LookupField):
            return Words(name, field, self.labels()[name])
        related = {
            "plan": ("account",),
            "objective": ("account", "plan"),
            "playbook": ("account", "plan", "objective"),
        }.get(name, ())
        if name == "owner":
            # Whoever cannot be allocated is found too: the rule says why (R-OWN-1).
            field.queryset = field.queryset.model._default_manager.all()
        found = Records(name, field, within=name in WITHIN_ACCOUNTS, related=related)
        contact = self.form.fields.get("owner_contact")
        if name == "owner" and contact is not None:
            return Owners(
                found, Records("owner_contact", contact, within=True, related=("account",))
            )
        return found


def _filling(name: str, read: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    return lambda text: {name: read(text)}


def understand_list(listing: Any, user: Any, path: Path, said: Said) -> UnderstoodList:
    """Find out how a file is written and which column is what. Raises FileRefused."""
    columns = Columns(listing, user)
    targets = columns.targets()
    known = knows(targets)
    dialect = find_dialect(path, lambda name: normal(name) in known)
    with records(path, dialect) as found:
        headers = read_header(found).cells
        matched = match(headers, targets, said.chosen(headers))
        looked = survey(found, matched.columns, targets)
    problems = [*matched.problems, *_problems(columns, matched, headers)]
    if not looked.rows:
        problems.append("The file has a header row but no rows below it.")
    sentences = dialect.sentences
    for look in looked.columns:
        sentences += look.sentences(said.dates, said.numbers)
    left = [
        column.header
        for column in matched.columns
        if not column.key and column.header and column.header not in ERROR_COLUMNS
    ]
    if left:
        sentences.append(f"Not imported: {', '.join(left)}.")
    by_key = {target.key: target for target in targets}
    file = ListFile(
        path,
        dialect,
        headers,
        [
            (column.place, columns.column(by_key[column.key], looked, said))
            for column in matched.columns
            if column.key
        ],
        needed=columns.needed(),
        own_columns=len(ERROR_COLUMNS) if is_error_file(headers) else 0,
        shaping=columns.shaping(),
    )
    return UnderstoodList(file, matched, looked, problems, sentences)


def _problems(columns: Columns, matched: Match, headers: list[str]) -> list[str]:
    """What is wrong with the columns as a whole."""
    filled = matched.filled()
    if columns.transfer.nameless:
        return _parts_missing(columns, filled, headers)
    title = name_of(columns.model)
    if KEY in filled or title in filled:
        return []
    noun = KINDS[columns.transfer.kind].noun
    named = ", ".join(f"“{header}”" for header in headers if header) or "no names"
    reason = (
        f"No column holds the {noun}'s record id or {title}, so no row can be given to one."
        f" The first row says: {named}."
    )
    if looks_like_data(headers):
        return [f"{reason} It looks like data: the first row must name the columns."]
    return [f"{reason} Say which column it is."]


def _parts_missing(columns: Columns, filled: Collection[str], headers: list[str]) -> list[str]:
    """What rows without a name cannot be understood without."""
    missing = [label for name, label in columns.needed() if name not in filled]
    if KEY in filled or not missing:
        return []
    noun = KINDS[columns.transfer.kind].noun
    named = ", ".join(f"“{header}”" for header in headers if header) or "no names"
    wanted = ", ".join(f"“{label}”" for label in missing)
    return [
        f"No column holds {wanted}: a {noun} needs it. The first row says: {named}."
        " Say which column it is."
    ]
