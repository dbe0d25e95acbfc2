"""Importing a file of accounts and contacts: judged as a whole, written in one transaction or not."""

# ruff: noqa: S608 (the SQL is made of constants and column names)

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from apps.accounts import import_judge_services as judging
from apps.accounts import import_stage_services as stage
from apps.accounts import import_write_services as writing
from apps.accounts.choices import AccountStatus, LifecycleStage
from apps.accounts.import_rules import BY_KEY
from apps.core import history
from apps.core.access import Refused, may, require
from apps.core.choices import DateFormat, Door, NumberFormat
from apps.core.formats import format_date, format_number
from apps.core.imports.reading import Dialect, Record, ragged, read_header, records
from apps.core.imports.survey import ERROR_COLUMNS, neutral

CHUNK: Final = 1000
ERRORS_SHOWN: Final = 50
CHANGES_SHOWN: Final = 20
# One import at a time: two that bring the same new account would both make it.
ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('successcloud import of accounts'))"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Source:
    """A file that was understood: where it is, how it is written, and how to clean one record."""

    path: Path
    dialect: Dialect
    headers: list[str]
    mapped: frozenset[str]
    clean: Callable[[Record], tuple[list[Any], list[str]]]
    # How many columns at the beginning are our own, in an error file that came back.
    own_columns: int = 0


@dataclass
class Outcome:
    """What an import does or did, ready to be kept and shown."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    written: bool = False
    operation: UUID | None = None

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is kept with a run."""
        return {
            "counts": self.counts,
            "errors": [list(error) for error in self.errors],
            "changes": self.changes,
            "refusals": self.refusals,
            "written": self.written,
            "operation": str(self.operation) if self.operation else "",
        }


def accounts_check(
    *,
    actor: Any,
    source: Source,
    clear_empty: bool = False,
    error_file: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """What importing the file would do; nothing is changed. Raises FileRefused and Refused.

    Without an actor it is the shell that asks, which may do everything.
    """
    _require_import(actor)
    with transaction.atomic():
        return _judge(actor, source, clear_empty, error_file, progress, lock=False)


def accounts_import(
    *,
    actor: Any,
    source: Source,
    good_rows: bool = False,
    clear_empty: bool = False,
    error_file: Path | None = None,
    progress: Progress | None = None,
    expected: Mapping[str, int] | None = None,
) -> Outcome:
    """Create and update accounts, teams and contacts as the file says, in one operation.

    With errors nothing is written, unless `good_rows` are wanted. `expected` holds the counts that
    the person saw: when they have changed since, nothing is written either. `written` says which
    of the two it was. Raises FileRefused, Refused and ValidationError.
    """
    _require_import(actor)
    with history.through(Door.IMPORT), _one_import(actor, source) as operation:
        outcome = _judge(actor, source, clear_empty, error_file, progress, lock=True)
        if outcome.refusals:
            raise Refused(" ".join(outcome.refusals))
        stale = expected is not None and dict(expected) != outcome.counts
        if stale or (outcome.counts["errors"] and not good_rows):
            return outcome
        writing.write(set(source.mapped), clear=clear_empty)
        outcome.written, outcome.operation = True, operation
    return outcome


def _require_import(actor: Any) -> None:
    if actor is not None:
        require(actor, "list.import")
        require(actor, "account.view")


@contextmanager
def _one_import(actor: Any, source: Source) -> Iterator[UUID]:
    try:
        with history.operation(actor, note=f"Import of {source.path.name}") as operation:
            stage.run(ONE_AT_A_TIME)
            yield operation
    except IntegrityError as error:
        raise ValidationError(
            "Somebody changed the same accounts at the same moment. Nothing was imported."
            " Check the file again."
        ) from error


def _judge(
    actor: Any,
    source: Source,
    clear: bool,
    error_file: Path | None,
    progress: Progress | None,
    *,
    lock: bool,
) -> Outcome:
    stage.begin(actor)
    total = 0
    with records(source.path, source.dialect) as found:
        read_header(found)
        while chunk := list(itertools.islice(found, CHUNK)):
            _stage(source, chunk)
            total += len(chunk)
            if progress:
                progress(total)
    judging.judge(set(source.mapped), clear=clear, lock=lock)
    outcome = Outcome(counts=_counts(total))
    outcome.errors = stage.rows_of(
        "SELECT row, string_agg(reason, ' ') FROM import_error GROUP BY row ORDER BY row LIMIT %s",
        [ERRORS_SHOWN],
    )
    outcome.changes = _changes(actor, set(source.mapped), clear)
    outcome.refusals = _refusals(actor, outcome.counts)
    if error_file is not None:
        _write_error_file(source, error_file, outcome.counts["errors"])
    return outcome


def _stage(source: Source, chunk: list[Record]) -> None:
    rows, errors = [], []
    width = len(source.headers)
    for record in chunk:
        wrong = ragged(record, width)
        if wrong:
            errors.append((record.row, wrong))
            continue
        values, reasons = source.clean(record)
        errors.extend((record.row, reason) for reason in reasons)
        # Without either key there is nothing to match; the cleaner said so.
        if values[0] is not None or values[1] is not None:
            rows.append((record.row, values))
    stage.load(rows, errors)


def _counts(total: int) -> dict[str, int]:
    first = "row = first_row AND NOT bad"
    changed = "changed OR tags_changed OR csm_changed"
    found = stage.rows_of(
        f"""
        SELECT count(*) FILTER (WHERE {first} AND match_id IS NULL),
            count(*) FILTER (WHERE {first} AND match_id IS NOT NULL AND ({changed})),
            count(*) FILTER (WHERE {first} AND match_id IS NOT NULL AND NOT ({changed})),
            count(*) FILTER (WHERE contact_change = 'create'),
            count(*) FILTER (WHERE contact_change = 'update'),
            count(*) FILTER (WHERE contact_id IS NOT NULL AND contact_change IS NULL AND NOT bad),
            count(*) FILTER (WHERE {first} AND csm_changed),
            (SELECT count(DISTINCT row) FROM import_error)
        FROM import_row
        """
    )[0]
    names = (
        "create",
        "update",
        "unchanged",
        "contacts_create",
        "contacts_update",
        "contacts_unchanged",
        "teams",
        "errors",
    )
    return {"rows": total, **dict(zip(names, found, strict=True))}


def _refusals(actor: Any, counts: Mapping[str, int]) -> list[str]:
    """What the file would do that this person may not do."""
    if actor is None:
        return []
    needed = {
        "account.create": counts["create"],
        "account.edit": counts["update"],
        "contact.create": counts["contacts_create"],
        "contact.edit": counts["contacts_update"],
        "account_role.edit": counts["teams"],
    }
    decisions = [may(actor, what) for what, count in needed.items() if count]
    return [decision.reason for decision in decisions if not decision]


def _changes(actor: Any, mapped: set[str], clear: bool) -> list[dict[str, Any]]:
    """The first differences between file and accounts, row by row, field by field."""
    pairs = {
        key: (f"a.{column}", stage.value_of(key, stage.ACCOUNT_COLUMNS, "a", clear))
        for key, (column, _) in stage.ACCOUNT_COLUMNS.items()
        if key in mapped
    }
    if "currency" in pairs:
        label = "(SELECT label FROM core_unit WHERE id = {})"
        old, new = pairs["currency"]
        pairs["currency"] = (label.format(old), label.format(new))
    if "parent" in mapped:
        kept = "r.parent_ent" if clear else "COALESCE(r.parent_ent, a.parent_id)"
        pairs["parent"] = (
            "(SELECT name FROM accounts_account WHERE id = a.parent_id)",
            f"COALESCE((SELECT name FROM accounts_account WHERE id = {kept}),"
            f" (SELECT name FROM import_row WHERE row = -{kept}))",
        )
    if "tags" in mapped:
        names = "(SELECT string_agg(label, ', ' ORDER BY label) FROM core_tag WHERE id {})"
        linked = "IN (SELECT tag_id FROM accounts_accounttag WHERE account_id = a.id)"
        given = "= ANY(string_to_array(NULLIF(r.tags, ''), ',')::bigint[])"
        wanted = names.format(given)
        kept = "TRUE" if clear else "r.tags IS NOT NULL"
        pairs["tags"] = (
            names.format(linked),
            f"CASE WHEN {kept} THEN {wanted} ELSE {names.format(linked)} END",
        )
    if "csm" in mapped:
        names = "(SELECT string_agg(name, ', ' ORDER BY name) FROM accounts_resource WHERE id {})"
        linked = (
            "IN (SELECT resource_id FROM accounts_accountrole"
            " WHERE account_id = a.id AND role_id = %(csm_role)s)"
        )
        kept = "TRUE" if clear else "r.csm IS NOT NULL"
        pairs["csm"] = (
            names.format(linked),
            f"CASE WHEN {kept} THEN {names.format('= r.csm')} ELSE {names.format(linked)} END",
        )
    columns = ", ".join(f"{old}, {new}" for old, new in pairs.values())
    found = stage.rows_of(
        f"""
        SELECT r.row, a.id, a.name, {columns}
        FROM import_row r JOIN accounts_account a ON a.id = r.match_id
        WHERE r.row = r.first_row AND NOT r.bad AND (r.changed OR r.tags_changed OR r.csm_changed)
        ORDER BY r.row LIMIT %(limit)s
        """,
        {"csm_role": stage.csm_role_id(), "limit": CHANGES_SHOWN},
    )
    return [
        {
            "row": row,
            "account": pk,
            "name": name,
            "fields": [
                [BY_KEY[key].label, _shown(key, old, actor), _shown(key, new, actor)]
                for key, old, new in zip(pairs, values[::2], values[1::2], strict=True)
                if old != new
            ],
        }
        for row, pk, name, *values in found
    ]


def _shown(key: str, value: Any, actor: Any) -> str:
    """A value as this person reads it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, Decimal):
        return format_number(value, getattr(actor, "number_format", NumberFormat.COMMA_POINT))
    if isinstance(value, dt.date):
        return format_date(value, getattr(actor, "date_format", DateFormat.ISO))
    if key == "status":
        return AccountStatus(value).label
    if key == "lifecycle_stage":
        return LifecycleStage(value).label
    return str(value)


def _write_error_file(source: Source, path: Path, errors: int) -> None:
    """The bad rows as they were, with row number and reason in front; no cell starts a formula."""
    path.unlink(missing_ok=True)
    if not errors:
        return
    with (
        records(source.path, source.dialect) as found,
        # The byte order mark tells spreadsheets that this is UTF-8.
        path.open("w", encoding="utf-8-sig", newline="") as file,
        connection.chunked_cursor() as cursor,
    ):
        header = read_header(found)
        writer = csv.writer(file, delimiter=source.dialect.delimiter, lineterminator="\r\n")
        own = source.own_columns
        writer.writerow([*ERROR_COLUMNS, *(neutral(name) for name in header.cells[own:])])
        cursor.execute(
            "SELECT row, string_agg(reason, ' ') FROM import_error GROUP BY row ORDER BY row"
        )
        for row, reason in iter(cursor.fetchone, None):
            record = next(one for one in found if one.row == row)
            writer.writerow([row, neutral(reason), *(neutral(cell) for cell in record.cells[own:])])
