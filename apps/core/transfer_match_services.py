"""Which record is meant by a row of a file: by its id, else by its name where it belongs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.transfer_rules import KEY, KEY_LABEL, ImportColumn, Line, stale_reason


def name_field(model: type[models.Model]) -> str:
    """The field that names a record."""
    return next(name for name in ("name", "title", "subject") if hasattr(model, name))


def matched(
    actor: Any,
    transfer: Any,
    columns: Mapping[str, ImportColumn],
    lines: Sequence[Line],
    seen: dict[int, int],
    *,
    lock: bool,
) -> None:
    """Give each line its record, a new one when it names none, or the reason why it has none.

    Only what the person sees is found (R-VIS-1): others' records are not there. Two statements at
    most, and one for each kind of linked records.
    """
    noun = KINDS[transfer.kind].noun
    by_id: dict[int, list[Line]] = {}
    by_name: dict[str, list[Line]] = {}
    title = "" if transfer.nameless else name_field(transfer.model)
    for line in lines:
        if line.errors:
            continue
        text = line.cells.get(KEY, "")
        if text:
            pk = record_id(text)
            if pk is None:
                line.errors.append(
                    f"{KEY_LABEL}: “{text}” is no id. Leave it as it was exported, or empty for a"
                    f" new {noun}."
                )
            else:
                by_id.setdefault(pk, []).append(line)
        elif KEY not in columns and line.cells.get(title):
            by_name.setdefault(line.cells[title], []).append(line)
        elif title and KEY not in columns and title not in columns:
            line.errors.append(f"The row has neither a record id nor a {title}.")
        else:
            _fresh(transfer, line)
    if by_id and lock and transfer.hold:
        transfer.hold(by_id.keys())
    if by_id:
        found = {row.pk: row for row in _rows(actor, transfer, lock, pk__in=by_id)}
        for pk, some in by_id.items():
            for line in some:
                if pk in found:
                    _known(line, found[pk], seen)
                else:
                    line.errors.append(
                        f"{KEY_LABEL}: there is no {noun} {pk} that you can see. Leave it empty for"
                        f" a new {noun}."
                    )
    if by_name:
        _by_name(transfer, by_name, _rows(actor, transfer, lock, **{f"{title}__in": by_name}), seen)


def _fresh(transfer: Any, line: Line) -> None:
    line.instance, line.is_new = transfer.model(), True


def _known(line: Line, row: Any, seen: dict[int, int]) -> None:
    first = seen.setdefault(row.pk, line.row)
    if first != line.row:
        line.errors.append(f"It is the same record as row {first}.")
    else:
        line.instance = row


def _rows(actor: Any, transfer: Any, lock: bool, **asked: Any) -> models.QuerySet[Any]:
    model = transfer.model
    related = {name for name in transfer.fields if model._meta.get_field(name).many_to_one} | set(
        transfer.related
    )
    seen = transfer.rows(actor) if transfer.rows else model._default_manager.visible_to(actor)
    rows: models.QuerySet[Any] = seen.filter(**asked).order_by("pk")
    rows = rows.select_related(*sorted(related)).prefetch_related(*transfer.links)
    return rows.select_for_update(of=("self",)) if lock else rows


def _by_name(
    transfer: Any,
    lines: Mapping[str, Sequence[Line]],
    rows: models.QuerySet[Any],
    seen: dict[int, int],
) -> None:
    """By name, within the account when the file says which (a KPI within its objective)."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, name_field(transfer.model)), []).append(row)
    noun = KINDS[transfer.kind].noun
    for name, some in lines.items():
        for line in some:
            place = line.cells.get(transfer.within, "") if transfer.within else ""
            fit = [row for row in found.get(name, ()) if not place or _lies(row, transfer, place)]
            if len(fit) > 1:
                line.errors.append(
                    f"More than one {noun} is called “{name}”{f' in {place}' if place else ''}."
                    f" Add the column “{KEY_LABEL}”, as an export has it."
                )
            elif fit:
                _known(line, fit[0], seen)
            else:
                _fresh(transfer, line)


def _lies(row: Any, transfer: Any, place: str) -> bool:
    outer = getattr(row, transfer.within)
    names = (str(outer), f"{outer} #{outer.pk}") if outer is not None else ()
    return place.casefold() in (name.casefold() for name in names)


def stale(line: Line, columns: Sequence[ImportColumn], told: dt.datetime) -> str:
    """Why a line is refused whose record changed since the file was written; empty when it did not."""
    stands: dt.datetime = line.instance.updated_at
    if not told.microsecond:
        stands = stands.replace(microsecond=0)
    if stands <= told:
        return ""
    said = [
        (column.label, line.before[column.key], line.cells[column.key])
        for column in columns
        if line.before.get(column.key, "") != line.cells[column.key]
    ]
    return stale_reason(said, f"{stands:%Y-%m-%d}")
