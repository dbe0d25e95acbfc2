"""Telling resources what was given to them (R-OWN-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import Resource
from apps.accounts.rules import counted
from apps.core.choices import NotificationKind
from apps.core.kinds import KINDS
from apps.core.notify_services import Note, notify


@dataclass(frozen=True)
class Told:
    """One record that was given to somebody."""

    kind: str
    name: str
    path: str


def given_sentence(giver: str, told: Sequence[Told]) -> str:
    """Who gave what: one record by its name, several by their numbers and the first of them."""
    first = told[0]
    if len(told) == 1:
        return f"{giver} gave you the {KINDS[first.kind].noun} “{first.name}”."
    numbers = Counter(one.kind for one in told)
    parts = [
        counted(number, KINDS[kind].plural.lower() if number > 1 else f"{KINDS[kind].noun}s")
        for kind, number in numbers.items()
    ]
    words = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return f"{giver} gave you {words}, “{first.name}” first."


def allocations_told(*, actor: Any, allocated: Mapping[int, Sequence[Told]]) -> None:
    """Tell each resource once what it was given: in the app, and by mail through the job queue.

    Never what one gives oneself. A resource that signs in is told there and at the user's address,
    another at its own address, one without either not at all. A constant number of statements.
    """
    given = {pk: told for pk, told in allocated.items() if told}
    if not given:
        return
    giver = str(actor) if actor else "Somebody"
    people = Resource.objects.filter(pk__in=given).select_related("user")
    notes = [
        Note(
            kind=NotificationKind.ALLOCATED,
            text=given_sentence(giver, given[person.pk]),
            path=given[person.pk][0].path,
            user_id=person.user_id,
            email="" if person.user_id else person.email,
        )
        for person in people
        if (person.user_id or person.email) and person.user_id != getattr(actor, "pk", None)
    ]
    notify(actor=actor, notes=notes)
