"""Telling resources what was given to them (R-OWN-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, Final

from apps.accounts.models import Resource
from apps.accounts.ownership_rules import alternatives
from apps.core.choices import NotificationKind
from apps.core.kinds import KINDS
from apps.core.notify_services import Note, notify

# How many records of a digest are named, and how long a name may be there.
NAMED: Final = 3
SHORT: Final = 60


@dataclass(frozen=True)
class Told:
    """One record that was given to somebody."""

    kind: str
    name: str
    path: str
    account: str = ""


def given_sentence(giver: str, told: Sequence[Told]) -> str:
    """Who gave what: one record by its name, several by their numbers and the first of them."""
    places = {one.account for one in told}
    place = f" in {told[0].account}" if len(places) == 1 and told[0].account else ""
    if len(told) == 1:
        return f"{giver} gave you the {KINDS[told[0].kind].noun} “{told[0].name}”{place}."
    numbers = Counter(one.kind for one in told)
    what = [
        f"{number} {KINDS[kind].noun}{'' if number == 1 else 's'}"
        for kind, number in numbers.items()
    ]
    names = [f"“{shorten(one.name, SHORT, placeholder='…')}”" for one in told[:NAMED]]
    if len(told) > NAMED:
        names.append(f"{len(told) - NAMED} more")
    return f"{giver} gave you {alternatives(what, 'and')}{place}: {alternatives(names, 'and')}."


def allocations_told(*, actor: Any, allocated: Mapping[int, Sequence[Told]]) -> None:
    """Tell each resource once what it was given: in the app, and by mail through the job queue.

    Never what one gives oneself. A resource that signs in is told there and at the user's address,
    another at its own address, one without either not at all. A constant number of statements.
    """
    given = {pk: told for pk, told in allocated.items() if told}
    if not given:
        return
    giver = str(actor) if actor else "Somebody"
    people = Resource.objects.filter(pk__in=given).select_related("user").order_by("pk")
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
