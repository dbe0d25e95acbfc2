"""Telling collaborators what changed in the objectives that they follow (R-OBJ-7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from apps.accounts.sight_selectors import who_sees
from apps.core.choices import NotificationKind
from apps.core.digest_rules import REACHED
from apps.core.history import current_door, guest
from apps.core.kinds import KINDS
from apps.core.notify_selectors import stopped
from apps.core.notify_services import digest_note, gather
from apps.core.selectors import nobody
from apps.objectives.digest_selectors import collaborators_of, followed, told_changes, touched
from apps.objectives.models import Collaborator


def collaborators_told(actor: Any, operation: UUID) -> None:
    """Tell those who follow an objective what an operation changed in it; its last part.

    One word to each person for all that it changed, never of their own change, never of what they
    may not see. That a target was reached (R-OBJ-6) is nobody's own change: its owner is told too,
    and whoever recorded the reading. By whichever path: the page, a cell, in bulk, an import, a reading, undo.
    """
    ids = followed(operation)
    rows = touched(operation, ids) if ids else []
    changes = told_changes(rows) if rows else {}
    if not changes:
        return
    who = str(actor) if actor else nobody(current_door(), guest())
    records = {
        row.objective.pk: {
            "path": f"{KINDS['objective'].prefix}{row.objective.pk}/",
            "name": row.objective.name,
            "place": str(row.objective.account),
            "by": [who],
            "changes": [{"key": key, **one} for key, one in changes[row.objective.pk].items()],
        }
        for row in rows
        if row.objective.pk in changes
    }
    reached = {pk for pk in records if REACHED in changes[pk]}
    owners = [
        Collaborator(objective=row.objective, resource=row.objective.owner)
        for row in rows
        if row.objective.pk in reached and row.objective.owner_id
    ]
    told: dict[tuple[int | None, str], list[dict[str, Any]]] = defaultdict(list)
    for pk, reader in _readers(actor, [*collaborators_of(records), *owners], reached):
        told[reader].append(records[pk])
    gather(
        actor=actor,
        notes=[
            digest_note(
                kind=NotificationKind.OBJECTIVE,
                data={"records": held},
                user_id=user_id,
                email=email,
            )
            for (user_id, email), held in told.items()
        ],
    )


def _readers(
    actor: Any, collaborators: Collection[Collaborator], reached: Collection[int]
) -> list[tuple[int, tuple[int | None, str]]]:
    """The objective and the user, or else the address, of each who is to be told; each once."""
    users = {pk for one in collaborators if (pk := _user_of(one)) is not None}
    accounts = {one.objective.account_id for one in collaborators if one.objective.account_id}
    seen = who_sees(permission="objectives.view_objective", user_ids=users, account_ids=accounts)
    stops = stopped(email for one in collaborators if (email := _address_of(one)))
    own = getattr(actor, "email", "").lower()
    found: dict[tuple[int, tuple[int | None, str]], None] = {}
    for one in collaborators:
        user_id, email = _user_of(one), _address_of(one)
        path = f"{KINDS['objective'].prefix}{one.objective_id}/"
        by_others = one.objective_id in reached or (
            email != own if user_id is None else user_id != getattr(actor, "pk", None)
        )
        if user_id is not None:
            if by_others and (user_id, one.objective.account_id) in seen:
                found[one.objective_id, (user_id, "")] = None
        elif email and by_others and not {(email, ""), (email, path)} & stops:
            found[one.objective_id, (None, email)] = None
    return list(found)


def _user_of(one: Collaborator) -> int | None:
    if one.resource is not None:
        return one.resource.user_id
    return one.user_id


def _address_of(one: Collaborator) -> str:
    """Where somebody who does not sign in is mailed; empty for whoever left."""
    if one.resource is not None:
        return one.resource.email.lower() if one.resource.is_active else ""
    if one.contact is not None:
        stays = one.contact.is_active and one.contact.account_id == one.objective.account_id
        return one.contact.email.lower() if stays else ""
    return one.email.lower()
