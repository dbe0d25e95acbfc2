"""Reads that every record shares: rows a person may see, preferences, history in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.http import Http404

from apps.core.choices import Door
from apps.core.models import Preference, User
from apps.core.tracking import HistoryEvent

M = TypeVar("M", bound=models.Model)


def one(rows: models.QuerySet[M], pk: int) -> M:
    """The row with this id among those a person may see. Raises Http404 otherwise."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such record, or you may not see it.")
    return found


def preference(user: Any, key: str) -> dict[str, Any]:
    """What this person chose for one screen; all screens are read once a request."""
    if not hasattr(user, "_preferences"):
        user._preferences = dict(Preference.objects.filter(user=user).values_list("key", "data"))
    data: dict[str, Any] = user._preferences.get(key, {})
    return data


@dataclass(frozen=True)
class Change:
    """One field from what to what, ready to be shown."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Entry:
    """What one person did to one record at one moment."""

    what: str
    moment: dt.datetime
    actor: str
    door: str
    operation: UUID | None
    changes: list[Change] = field(default_factory=list)


WORDS = {"insert": "created", "update": "changed", "delete": "deleted"}


def history_of(record: models.Model, *, limit: int = 100) -> list[Entry]:
    """The newest changes of a record, newest first, with who, door and each field before and after.

    A constant number of statements: the events, the people, and one for each related model named.
    """
    model = type(record)._meta.concrete_model or type(record)
    event_model: Any = model.events.rel.related_model  # type: ignore[attr-defined]
    events: list[HistoryEvent] = list(
        event_model._base_manager.filter(pgh_obj_id=record.pk).order_by("-pgh_id")[: limit + 1]
    )
    names = [
        f for f in event_model._meta.fields if not f.name.startswith("pgh_") and f.name != "id"
    ]
    related = _names_of_related(events, names)
    people = {
        user.pk: str(user)
        for user in User.objects.filter(pk__in={e.pgh_actor_id for e in events if e.pgh_actor_id})
    }
    entries = []
    for place, event in enumerate(events[:limit]):
        before = events[place + 1] if place + 1 < len(events) else None
        changes = []
        if event.pgh_label == "update" and before is not None:
            for column in names:
                old, new = (column.value_from_object(e) for e in (before, event))
                if old != new:
                    tracked = model._meta.get_field(column.name)
                    label = str(getattr(tracked, "verbose_name", column.name))
                    changes.append(
                        Change(label, *(_shown(tracked, value, related) for value in (old, new)))
                    )
        entries.append(
            Entry(
                what=WORDS[event.pgh_label],
                moment=event.pgh_created_at,
                actor=people.get(event.pgh_actor_id or 0, "Somebody"),
                door=Door(event.pgh_door).label,
                operation=event.pgh_operation,
                changes=changes,
            )
        )
    return entries


def _names_of_related(
    events: Iterable[HistoryEvent], names: Iterable[models.Field[Any, Any]]
) -> dict[tuple[type[models.Model], Any], str]:
    wanted: dict[type[models.Model], set[Any]] = {}
    for column in names:
        target = column.related_model
        if isinstance(target, type):
            ids = {column.value_from_object(event) for event in events} - {None}
            wanted.setdefault(target, set()).update(ids)
    return {
        (model, row.pk): str(row)
        for model, ids in wanted.items()
        if ids
        for row in model._base_manager.filter(pk__in=ids)
    }


def _shown(column: Any, value: Any, related: dict[tuple[type[models.Model], Any], str]) -> Any:
    if value is None or value == "":
        return None
    if column.is_relation:
        return related.get(
            (column.related_model, value), f"{column.related_model.__name__} {value}"
        )
    if column.choices:
        return dict(column.flatchoices).get(value, value)
    return value
