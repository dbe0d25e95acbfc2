"""One import for every list: rows judged by the rules of their kind, then written set by set.

A file of any length is read some hundred rows at a time: memory does not grow with it, and each
question is one statement for all of them. The check and the import are the same judgement; the
import writes what it finds in one transaction, and nothing when that is not what was shown.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models, transaction
from django.utils import timezone

from apps.core import history
from apps.core.access import Refused, may, require
from apps.core.asks_rules import NEVER_CHANGES
from apps.core.choices import Door
from apps.core.custom_rules import CUSTOM, folded, key_of, merged
from apps.core.imports.cells import same_text, text_of
from apps.core.imports.reading import Record, ragged, read_header, records
from apps.core.imports.survey import restored
from apps.core.models import User
from apps.core.preview_rules import counted
from apps.core.shape_rules import TYPE
from apps.core.transfer_match_services import matched, stale
from apps.core.transfer_report_services import ListFile, Outputs, Report
from apps.core.transfer_rules import KEY, STAMP, ImportColumn, Line, Outcome, Staging, taken_along
from apps.core.transfer_shape_services import shaped
from apps.core.transfer_write_services import write_links, write_new, write_old

CHUNK: Final = 1000

Values = Mapping[str, Any]
Problems = Callable[[User, Any, Values], Mapping[str, str]]


def no_problem(actor: User, row: Any, values: Values) -> Mapping[str, str]:
    """Nothing is wrong with a row."""
    return {}


def nothing_more(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """No values come along."""
    return {}


def nobody(actor: User, rows: Sequence[Any]) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class Transfer:
    """How rows of one kind are written by an import: the rules that their forms and services have.

    `fields` are the form's fields that a file can fill. `problems` says what is wrong with a row
    once it holds some values; `follows` adds the values that come with them, of a new row too;
    `ready` looks at some hundred rows together before they are judged and `places` before they are
    written. A field in `moves` takes the `followers` along. `told` hears of rows that got an owner.
    """

    kind: str
    model: type[models.Model]
    fields: tuple[str, ...]
    related: tuple[str, ...] = ()
    # The rows as a person sees them, where they show more than the model has; and what is locked
    # before some of them are.
    rows: Callable[[User], models.QuerySet[Any]] | None = None
    hold: Callable[[Collection[int]], None] | None = None
    within: str = "account"
    problems: Problems = no_problem
    follows: Callable[[User, Any, dict[str, Any]], dict[str, Any]] = nothing_more
    ready: Callable[[User, Sequence[Line]], None] | None = None
    places: Callable[[Sequence[Line]], None] | None = None
    links: Mapping[str, tuple[type[models.Model], str, str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    moves: tuple[str, ...] = ()
    followers: tuple[tuple[str, type[models.Model], str], ...] = ()
    told: Callable[[User, Sequence[Any]], None] = nobody
    # Whether rows have no name: without an id each is a new one. And where new ones wait for the
    # whole file, when the database is to see all of them at once.
    nameless: bool = False
    staging: Staging | None = None
    # What columns of the list show that are no field of the form; and which field one stands for.
    shows: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    stands_for: Mapping[str, str] = field(default_factory=dict)
    # The fields of related records that `shows` looks at, by column.
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class _NotAsShown(Exception):
    """Takes an import back that is not what was shown, or has errors."""


def list_check(*, actor: User, transfer: Transfer, file: ListFile, outputs: Outputs) -> Outcome:
    """What importing the file would do; nothing is changed. Raises FileRefused and Refused."""
    require(actor, "list.import")
    require(actor, f"{transfer.kind}.view")
    with transaction.atomic():
        return _Pass(actor, transfer, file, outputs, write=False).run()


def list_import(
    *,
    actor: User,
    transfer: Transfer,
    file: ListFile,
    outputs: Outputs,
    good_rows: bool = False,
    expected: str,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Create and change records as the file says, in one operation.

    With errors nothing is written unless `good_rows` are wanted; nor when it would do anything
    else than what was shown, which `expected` stands for. `done` is called in the transaction.
    Raises FileRefused, Refused and ValidationError.
    """
    require(actor, "list.import")
    require(actor, f"{transfer.kind}.view")
    outcome = Outcome()
    try:
        with (
            history.through(Door.IMPORT),
            history.operation(actor, note=f"Import of {file.path.name}") as operation,
        ):
            outcome = _Pass(actor, transfer, file, outputs, write=True).run()
            if outcome.refusals:
                raise Refused(" ".join(outcome.refusals))
            if outcome.digest != expected or (outcome.counts["errors"] and not good_rows):
                raise _NotAsShown
            outcome.written, outcome.operation = True, str(operation)
            done(outcome)
    except _NotAsShown:
        outcome.written = False
    return outcome


class _Pass:
    """One way through a file."""

    def __init__(
        self, actor: User, transfer: Transfer, file: ListFile, outputs: Outputs, *, write: bool
    ) -> None:
        self.actor = actor
        self.transfer = transfer
        self.fixed = {**transfer.fixed, TYPE: NEVER_CHANGES}
        self.file = file
        self.outputs = outputs
        self.write = write
        self.columns = {column.key: column for _, column in file.columns}
        self.filling = [column for _, column in file.columns if column.key not in (KEY, STAMP)]
        # Names first that say where a record is: other names are looked for there.
        self.filling.sort(key=lambda column: column.key not in ("account", transfer.within))
        self.seen: dict[int, int] = {}
        self.report = Report(file, outputs)
        self.outcome = self.report.outcome
        self.given: list[Any] = []
        self.broken = file.dialect.errors != "strict"

    def run(self) -> Outcome:
        """Read, judge and, if so, write the whole file."""
        total = 0
        with ExitStack() as stack:
            stack.enter_context(self.report.opened())
            found = stack.enter_context(records(self.file.path, self.file.dialect))
            read_header(found)
            if self.transfer.staging:
                self.transfer.staging.begin()
            while chunk := list(itertools.islice(found, CHUNK)):
                self._chunk(chunk)
                total += len(chunk)
                if self.outputs.progress:
                    self.outputs.progress(total)
        outcome = self.outcome
        outcome.counts["rows"] = total
        outcome.digest = self.report.word
        outcome.refusals = self._refusals()
        outcome.notes = [note for note in [taken_along(counted(outcome.follow))] if note]
        if self.write and self.transfer.staging:
            self.transfer.staging.write(self.actor)
        if self.write and self.given:
            self.transfer.told(self.actor, self.given)
        return outcome

    def _refusals(self) -> list[str]:
        """What the file would do that this person may not do."""
        kind, counts = self.transfer.kind, self.outcome.counts
        needed = {f"{kind}.create": counts["create"], f"{kind}.edit": counts["update"]}
        said = [may(self.actor, what) for what, count in needed.items() if count]
        return [one.reason for one in said if not one]

    def _chunk(self, chunk: Sequence[Record]) -> None:
        lines = [self._line(record) for record in chunk]
        matched(self.actor, self.transfer, self.columns, lines, self.seen, lock=self.write)
        self._find(lines)
        for line in lines:
            if not line.errors:
                self._read(line)
        if self.transfer.ready:
            self.transfer.ready(self.actor, [line for line in lines if not line.errors])
        for line in lines:
            if not line.errors and line.values:
                self._judge(line)
        good = [line for line in lines if not line.errors and (line.said or line.is_new)]
        self._count_followers(good)
        for line in lines:
            self.report.tell(line)
        if self.transfer.staging:
            self.transfer.staging.keep([line.instance for line in good if line.is_new])
        if self.write and good:
            self._write(good)

    def _line(self, record: Record) -> Line:
        line = Line(record)
        wrong = ragged(record, len(self.file.headers))
        if wrong:
            line.errors.append(wrong)
            return line
        for place, column in self.file.columns:
            text = restored(record.cells[place])
            if self.broken and "\ufffd" in text:
                line.errors.append(
                    f"{column.label}: “{text}” holds bytes that are not valid UTF-8."
                )
            line.cells[column.key] = text.strip()
        return line

    def _find(self, lines: Sequence[Line]) -> None:
        """Ask for all records that the cells of these lines name, kind by kind."""
        for column in self.filling:
            if column.relation is None:
                continue
            texts = {
                text
                for line in lines
                if not line.errors
                and (text := line.cells[column.key])
                and self._differs(line, column)
            }
            if texts:
                column.relation.find(texts)

    def _differs(self, line: Line, column: ImportColumn) -> bool:
        text = line.cells[column.key]
        if line.is_new or line.instance is None:
            return bool(text)
        if column.key not in line.before:
            line.before[column.key] = column.show(line.instance)
        return not same_text(text, line.before[column.key])

    def _read(self, line: Line) -> None:
        """The values of the cells that differ from what stands there."""
        for column in self.filling:
            if not self._differs(line, column):
                continue
            text = line.cells[column.key]
            if column.refused:
                line.errors.append(f"{column.label}: {column.refused}")
                continue
            if column.key in self.fixed and not line.is_new:
                line.errors.append(f"{column.label}: {self.fixed[column.key]}")
                continue
            try:
                if column.relation is not None:
                    found = column.relation.pick(text, line.account_id(), line.values)
                else:
                    found = column.read(text) if column.read else {}
            except ValueError as error:
                line.errors.append(f"{column.label}: {error}")
                continue
            line.values.update(
                {
                    name: value
                    for name, value in found.items()
                    if line.is_new or self._another(line.instance, name, value)
                }
            )
        if self.file.shaping and not line.errors:
            shaped(line, self.file.shaping, self.transfer)
        if line.is_new and not line.errors:
            line.errors += [
                f"{label}: a new record needs it."
                for key, label in self.file.needed
                if line.values.get(key) in (None, "")
            ]

    def _another(self, instance: Any, name: str, value: Any) -> bool:
        if name in self.transfer.links:
            return {one.pk for one in value} != {one.pk for one in getattr(instance, name).all()}
        key = key_of(name)
        stored = instance.custom.get(key) if key else getattr(instance, name)
        return bool(stored != value)

    def _judge(self, line: Line) -> None:
        """The rules of the kind say what is wrong; then the row holds its values."""
        instance, values = line.instance, line.values
        plain = {name: one for name, one in values.items() if name not in self.transfer.links}
        old = self._stale(line)
        if old:
            line.errors.append(old)
            return
        problems = self.transfer.problems(self.actor, instance, values)
        if problems:
            line.errors += list(dict.fromkeys(problems.values()))
            return
        line.follows = {
            name: value
            for name, value in self.transfer.follows(self.actor, instance, dict(values)).items()
            if line.is_new or getattr(instance, name) != value
        }
        beside = {
            name: text_of(_shown(getattr(instance, name)))
            for name in line.follows
            # A stamp of this very moment is nothing that was shown.
            if name not in values and not isinstance(line.follows[name], dt.datetime)
        }
        line.moved = not line.is_new and any(name in values for name in self.transfer.moves)
        owner = getattr(instance, "owner_id", None)
        for name, value in folded({**plain, **line.follows}).items():
            setattr(instance, name, merged(instance.custom, value) if name == CUSTOM else value)
        now_owner = getattr(instance, "owner_id", None)
        line.given = now_owner is not None and (line.is_new or now_owner != owner)
        self._say(line, beside)

    def _stale(self, line: Line) -> str:
        column = self.columns.get(STAMP)
        if column is None or column.read is None or line.is_new or not line.cells[STAMP]:
            return ""
        try:
            told = column.read(line.cells[STAMP])[STAMP]
        except ValueError as error:
            return f"{column.label}: {error}"
        return stale(line, self.filling, told)

    def _say(self, line: Line, beside: Mapping[str, str]) -> None:
        """The difference field by field, in the words of the list."""
        for column in self.filling:
            links = line.values.get(column.key) if column.key in self.transfer.links else None
            if links is not None:
                after = "; ".join(sorted(str(one) for one in links))
            elif line.is_new and not line.cells[column.key]:
                continue
            else:
                after = column.show(line.instance)
            before = line.before.get(column.key, "")
            if not same_text(before, after):
                line.said.append((column.label, before, after))
        shown = {column.key for column in self.filling}
        for name, before in beside.items():
            after = text_of(_shown(getattr(line.instance, name)))
            if name not in shown and before != after and not line.is_new:
                label = str(self.transfer.model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
                line.said.append((f"{label[:1].upper()}{label[1:]}", before, after))

    def _count_followers(self, good: Sequence[Line]) -> None:
        moved = [line.instance.pk for line in good if line.moved]
        if not moved:
            return
        for kind, model, name in self.transfer.followers:
            rows = model._base_manager.filter(**{f"{name}__in": moved})
            self.outcome.follow[kind] += rows.count()

    def _write(self, good: Sequence[Line]) -> None:
        if self.transfer.places:
            self.transfer.places(good)
        now = timezone.now()
        if not self.transfer.staging:
            write_new(self.transfer.model, [line.instance for line in good if line.is_new])
        links = self.transfer.links
        write_old(
            self.transfer.model,
            [
                (line.instance, folded({**line.values, **line.follows}).keys() - links.keys())
                for line in good
                if not line.is_new
            ],
            now,
        )
        for name, (through, owner, target) in links.items():
            wanted = [(line.instance, line.values[name]) for line in good if name in line.values]
            if wanted:
                write_links(through, owner, target, wanted)
        self.given += [line.instance for line in good if line.given]


def _shown(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value
