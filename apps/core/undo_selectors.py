"""What one operation changed, read from the history that the database keeps (architecture: undo)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.http import Http404

from apps.core.choices import Door
from apps.core.custom_rules import CUSTOM, spread
from apps.core.models import User
from apps.core.selectors import guests_of, nobody
from apps.core.tracking import HistoryEvent

Model = type[models.Model]
Values = Mapping[str, Any]

INSERT: Final = "insert"
UPDATE: Final = "update"
DELETE: Final = "delete"
NAMES: Final = ("name", "title", "subject", "label", "email")

# The first and the last event of each record within the operation, and what it was before them.
CHANGES: Final = """
    WITH span AS (
        SELECT pgh_obj_id, min(pgh_id) AS first, max(pgh_id) AS last
        FROM {event} WHERE pgh_operation = %s GROUP BY pgh_obj_id
    )
    SELECT span.pgh_obj_id, first.pgh_label, last.pgh_label, before.pgh_id,
           {first}, {last}, {before}
    FROM span
    JOIN {event} first ON first.pgh_id = span.first
    JOIN {event} last ON last.pgh_id = span.last
    LEFT JOIN LATERAL (
        SELECT * FROM {event} earlier
        WHERE earlier.pgh_obj_id = span.pgh_obj_id AND earlier.pgh_id < span.first
        ORDER BY earlier.pgh_id DESC LIMIT 1
    ) before ON true
    ORDER BY span.pgh_obj_id
"""


@dataclass(frozen=True)
class RowChange:
    """What an operation did to one record, from before its first to after its last write.

    `before` and `after` hold the tracked columns; an insert has nothing before, a delete nothing
    after. `event` is the id of the history row that holds the values before, None when the
    history does not reach back that far.
    """

    model: Model
    pk: int
    label: str
    before: Values
    after: Values
    event: int | None

    @property
    def name(self) -> str:
        """What the record is called, before or after."""
        values = self.after or self.before
        found = (values[name] for name in NAMES if values.get(name))
        return str(next(found, f"{self.model._meta.verbose_name} {self.pk}"))

    @property
    def changed(self) -> list[str]:
        """The columns that an update changed; of added fields each for itself."""
        if self.label != UPDATE:
            return []
        names = dict.fromkeys([*self.after, *self.before])
        return [name for name in names if self.before.get(name) != self.after.get(name)]


@cache
def tracked() -> tuple[Model, ...]:
    """The models whose history is kept, what is referred to before what refers to it."""
    kept = [model for model in apps.get_models() if events_of(model) is not None]
    placed: dict[Model, None] = {}

    def place(model: Model) -> None:
        for column in model._meta.local_concrete_fields:
            above = column.related_model
            if isinstance(above, type) and above in kept and above is not model:
                place(above)
        placed.setdefault(model)

    for model in kept:
        place(model)
    return tuple(placed)


def events_of(model: Model) -> Any:
    """The model of a model's history, None when none is kept."""
    if model._meta.proxy:
        return None
    found = getattr(getattr(model, "events", None), "rel", None)
    event: Any = getattr(found, "related_model", None)
    return event if event is not None and issubclass(event, HistoryEvent) else None


def columns(model: Model) -> list[str]:
    """The columns of a model that its history holds, without the id."""
    event = events_of(model)
    return [
        column.attname
        for column in event._meta.local_concrete_fields
        if not column.name.startswith("pgh_") and column.name != "id"
    ]


@dataclass(frozen=True)
class Operation:
    """Who did something when and through which door, and to which models."""

    id: UUID
    moment: dt.datetime
    actor: str
    door: str
    models: tuple[Model, ...]
    is_undo: bool


# What the last operation wrote, where that was asked already: a page asks it once more.
_asked: ContextVar[tuple[UUID, set[tuple[Model, str]]] | None] = ContextVar("asked", default=None)

Present = list[tuple[str, dt.datetime, int | None, str, list[str]]]


def _present(operation: UUID, also: str = "") -> Present:
    """For each model that the operation wrote: name, first moment, actor, door, what was done."""
    parts = [
        f"""(SELECT '{model._meta.label}', min(pgh_created_at), min(pgh_actor_id), min(pgh_door),
                    array_agg(DISTINCT pgh_label)
             FROM "{events_of(model)._meta.db_table}" WHERE pgh_operation = %s
             HAVING count(*) > 0)"""
        for model in tracked()
    ]
    if also:
        parts.append(
            f"(SELECT '', NULL, NULL, NULL, array_agg(DISTINCT id::text) FROM ({also}) ids)"
        )
    statement = " UNION ALL ".join(parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, [operation] * statement.count("%s"))
        return list(cursor.fetchall())


def _writes(present: Present) -> set[tuple[Model, str]]:
    labels = {label: deeds for label, *_, deeds in present}
    return {(model, deed) for model in tracked() for deed in labels.get(model._meta.label, ())}


def writes(operation: UUID) -> set[tuple[Model, str]]:
    """What was done to which models (insert, update, delete), in one statement."""
    asked = _asked.get()
    if asked is not None and asked[0] == operation:
        return asked[1]
    return _writes(_present(operation))


def writes_and(operation: UUID, also: str) -> list[int]:
    """The ids that a constant statement gives for an operation that ends: `SELECT ... AS id`.

    It stands in the statement that says what was written, which the page asks for later.
    """
    present = _present(operation, also)
    _asked.set((operation, _writes([row for row in present if row[0]])))
    return [int(pk) for label, *_, ids in present if not label for pk in ids or ()]


def operation_of(operation: UUID) -> Operation:
    """The operation with this id. Raises Http404 when nothing was done under it."""
    present = _present(operation)
    if not present:
        raise Http404("There is no such operation.")
    labels = {label for label, *_ in present}
    _, moment, actor_id, door, _ = min(present, key=lambda row: row[1])
    person = User.objects.filter(pk=actor_id).first() if actor_id else None
    return Operation(
        operation,
        moment,
        str(person or nobody(door, guests_of([operation]).get(operation))),
        Door(door).label,
        tuple(model for model in tracked() if model._meta.label in labels),
        door == Door.UNDO,
    )


def operation_changes(operation: UUID) -> list[RowChange]:
    """What the operation changed, record by record; one statement for each kind, and one more.

    Records that were made and deleted within it are left out, and those that it left as they were.
    """
    labels = {label for label, *_ in _present(operation)}
    return [
        change
        for model in tracked()
        if model._meta.label in labels
        for change in _changes(model, operation)
    ]


def changes_of(model: Model, operation: UUID) -> list[RowChange]:
    """What the operation changed in the records of one model, in one statement."""
    return list(_changes(model, operation))


def _changes(model: Model, operation: UUID) -> Iterable[RowChange]:
    names = columns(model)

    def listed(alias: str) -> str:
        return ", ".join(f'{alias}."{name}"' for name in names)

    statement = CHANGES.format(
        event=f'"{events_of(model)._meta.db_table}"',
        first=listed("first"),
        last=listed("last"),
        before=listed("before"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [operation])
        rows = cursor.fetchall()
    size = len(names)
    for pk, first, last, event, *values in rows:
        opened, closed, earlier = (
            _read(dict(zip(names, values[at : at + size], strict=True)))
            for at in (0, size, 2 * size)
        )
        yield from _net(RowSpan(model, pk, first, last, event, opened, closed, earlier))


def _read(values: dict[str, Any]) -> dict[str, Any]:
    """A row of the history; the database hands added fields over as text."""
    if isinstance(values.get(CUSTOM), str):
        values[CUSTOM] = json.loads(values[CUSTOM])
    return values


@dataclass(frozen=True)
class RowSpan:
    """The events of one record within an operation, as they were read."""

    model: Model
    pk: int
    first: str
    last: str
    event: int | None
    opened: Values
    closed: Values
    earlier: Values


def _net(span: RowSpan) -> Iterable[RowChange]:
    before: Values = span.earlier if span.event is not None else {}
    if span.first == INSERT:
        if span.last != DELETE:
            yield RowChange(span.model, span.pk, INSERT, {}, span.closed, None)
    elif span.last == DELETE:
        # A record of before its history began: the deletion itself holds what it was.
        values = before or span.opened
        yield RowChange(span.model, span.pk, DELETE, values, {}, span.event)
    elif before != span.closed:
        sides = (spread(before), spread(span.closed))
        yield RowChange(span.model, span.pk, UPDATE, *sides, span.event)


def seen(user: Any, changes: Sequence[RowChange]) -> set[tuple[Model, int]]:
    """Which of these records a person may see: the record, and all that it refers or referred to.

    One statement for each model that rows are limited in (R-VIS-1).
    """
    wanted: dict[Model, set[int]] = {}
    for change in changes:
        for model, pk in _touching(change):
            wanted.setdefault(model, set()).add(pk)
    hidden: set[tuple[Model, int]] = set()
    for model, ids in wanted.items():
        rows = model._default_manager
        there = set(model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))
        visible = set(rows.visible_to(user).filter(pk__in=there).values_list("pk", flat=True))  # type: ignore[attr-defined]
        if hasattr(rows, "in_library") and there - visible:
            shelved = rows.in_library(user).filter(pk__in=there)
            visible |= set(shelved.values_list("pk", flat=True))
        hidden |= {(model, pk) for pk in there - visible}
    hidden |= {
        (change.model, change.pk)
        for change in changes
        if change.label == DELETE and not _would_be_seen(user, change)
    }
    return {
        (change.model, change.pk)
        for change in changes
        if not hidden.intersection(_touching(change))
    }


def _would_be_seen(user: Any, change: RowChange) -> bool:
    """Whether a person saw a record that is gone now, as far as it does not follow from its links."""
    model, values = change.model, change.before
    if getattr(model, "history_link_of", "") or not hasattr(model._default_manager, "visible_to"):
        return True
    if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        return False
    if values.get("account_id", 0) is not None:
        return True
    if "in_template" in {column.name for column in model._meta.local_fields}:
        return bool(user.has_perm("core.view_template"))
    # Without an account it was its author's own.
    return bool(values.get("author_id") == user.pk)


def _touching(change: RowChange) -> set[tuple[Model, int]]:
    """A record and the records that it names whose rows are limited to some people.

    A link is seen with what it links: it has no permission of its own.
    """
    is_link = getattr(change.model, "history_link_of", "")
    found = set() if is_link else {(change.model, change.pk)}
    for column in change.model._meta.local_concrete_fields:
        above = column.related_model
        if isinstance(above, type):
            ids = {change.before.get(column.attname), change.after.get(column.attname)}
            found |= {(above, pk) for pk in ids if pk is not None}
    return {(model, pk) for model, pk in found if hasattr(model._default_manager, "visible_to")}
