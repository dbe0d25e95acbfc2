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
from apps.core.custom_rules import CUSTOM
from apps.core.custom_selectors import told_apart
from apps.core.models import Preference, User
from apps.core.tracking import Guest, HistoryEvent

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


WORDS = {"insert": "created this", "update": "changed this", "delete": "deleted this"}
LINK_WORDS = {"insert": "added", "update": "changed", "delete": "removed"}
# Who did what nobody signed in did, by its door.
NOBODY = {Door.IMPORT: "An import", Door.ATTRIBUTE: "A reading", Door.AUTOMATION: "Automation"}
# The only door through which somebody comes who does not sign in, by name.
GUESTS = Door.PORTAL
HIDDEN = "one that is gone, or that you may not see"

Names = dict[tuple[type[models.Model], Any], str]


def guests_of(operations: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Who did these operations when it was nobody who signs in; one statement, none for none."""
    asked = {one for one in operations if one is not None}
    return dict(Guest.objects.filter(pk__in=asked).values_list("pk", "name")) if asked else {}


def nobody(door: str, guest: str | None = "") -> str:
    """What is said for who did something where no user is known: a guest's name, or the door."""
    return guest or NOBODY.get(Door(door), "Somebody")


def history_of(user: Any, record: models.Model, *, limit: int = 100) -> list[Entry]:
    """The newest changes of a record, newest first: who, when, door, each field before and after.

    What is linked to it (tags, assignments, challenges) is told too. Names of records that the
    person may not see are left out (R-VIS-1). A constant number of statements: the events of the
    record and of each kind of link, the people, guests if there are any, and one for each related
    model named.
    """
    model = type(record)._meta.concrete_model or type(record)
    own = _events(model, limit, pgh_obj_id=record.pk)
    links = [
        (link, event)
        for link, path in _links(model)
        for event in _events(link, limit, **{f"{path}_id": record.pk})
    ]
    told = [(model, event) for event in own] + links
    related = _names_of_related(user, told)
    people = {
        person.pk: str(person)
        for person in User.objects.filter(
            pk__in={event.pgh_actor_id for _, event in told if event.pgh_actor_id}
        )
    }

    guests = guests_of(
        event.pgh_operation
        for _, event in told
        if event.pgh_actor_id is None and event.pgh_door == GUESTS
    )

    def entry(event: HistoryEvent, what: str, changes: list[Change]) -> Entry:
        return Entry(
            what=what,
            moment=event.pgh_created_at,
            actor=people.get(event.pgh_actor_id or 0)
            or nobody(event.pgh_door, guests.get(event.pgh_operation)),
            door=Door(event.pgh_door).label,
            operation=event.pgh_operation,
            changes=changes,
        )

    dated = [
        (
            event,
            0,
            entry(event, WORDS[event.pgh_label], _changes(user, model, before, event, related)),
        )
        for event, before in zip(own[:limit], [*own[1:], None], strict=False)
    ]
    dated += [
        (event, 1, entry(event, f"{LINK_WORDS[event.pgh_label]} {words}", []))
        for link, event in links
        if (words := _link_in_words(link, event, related))
    ]
    # In one transaction the links come after the record that they belong to.
    dated.sort(key=lambda one: (one[0].pgh_created_at, one[1], one[0].pk), reverse=True)
    return [told_entry for _, _, told_entry in dated[:limit]]


def _events(model: type[models.Model], limit: int, **of: Any) -> list[HistoryEvent]:
    event_model: Any = model.events.rel.related_model  # type: ignore[attr-defined]
    return list(event_model._base_manager.filter(**of).order_by("-pgh_id")[: limit + 1])


def _links(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """The models that link something to a record, and how they name the record."""
    return [
        (relation.related_model, relation.field.name)
        for relation in model._meta.related_objects
        if getattr(relation.related_model, "history_link_of", "") == relation.field.name
    ]


def _columns(event: HistoryEvent) -> list[models.Field[Any, Any]]:
    fields = event._meta.fields
    return [f for f in fields if not f.name.startswith("pgh_") and f.name != "id"]


def _changes(
    user: Any,
    model: type[models.Model],
    before: HistoryEvent | None,
    event: HistoryEvent,
    names: Names,
) -> list[Change]:
    if event.pgh_label != "update" or before is None:
        return []
    changes = []
    for column in _columns(event):
        values = [column.value_from_object(one) for one in (before, event)]
        if column.name == CUSTOM:
            told = told_apart(user, model, values[0] or {}, values[1] or {})
            changes += [Change(label, was or None, now or None) for label, was, now in told]
        elif values[0] != values[1]:
            tracked = model._meta.get_field(column.name)
            label = str(getattr(tracked, "verbose_name", column.name))
            changes.append(Change(label, *(_shown(tracked, value, names) for value in values)))
    return changes


def _link_in_words(link: type[models.Model], event: HistoryEvent, names: Names) -> str:
    """What a link names, without the record itself: "tag Quick win", "resource Jo as role CSM"."""
    parts = []
    for column in _columns(event):
        # Somebody may be linked by nothing but an address.
        names_one = column.is_relation or column.name == "email"
        if column.name == getattr(link, "history_link_of", "") or not names_one:
            continue
        value = column.value_from_object(event)
        if value:
            tracked: Any = link._meta.get_field(column.name)
            parts.append(f"{tracked.verbose_name} “{_shown(tracked, value, names)}”")
    return ", ".join(parts)


def _names_of_related(
    user: Any, events: Iterable[tuple[type[models.Model], HistoryEvent]]
) -> Names:
    wanted: dict[type[models.Model], set[Any]] = {}
    for _, event in events:
        for column in _columns(event):
            if isinstance(column.related_model, type):
                value = column.value_from_object(event)
                wanted.setdefault(column.related_model, set()).update({value} - {None})
    names: Names = {}
    for model, ids in wanted.items():
        if not ids:
            continue
        rows: Any = model._default_manager.filter(pk__in=ids)
        seen = rows.visible_to(user) if hasattr(rows, "visible_to") else rows
        names |= {(model, row.pk): str(row) for row in seen}
    return names


def _shown(column: Any, value: Any, names: Names) -> Any:
    if value is None or value == "":
        return None
    if column.is_relation:
        return names.get((column.related_model, value), HIDDEN)
    if column.choices:
        return dict(column.flatchoices).get(value, value)
    return value
