"""Who follows an objective: added and removed (R-OBJ-7)."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.accounts.models import Contact, Resource
from apps.accounts.sight_selectors import who_sees
from apps.core.access import Refused, may, require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import create, lock
from apps.objectives.collaborator_selectors import Person, label, person_named
from apps.objectives.models import Collaborator, Objective

NOBODY: Final = (
    "Nobody is called “{}”. Write the name of a team member or of a contact of this account as it"
    " stands there, or an e-mail address like jo@example.com."
)
# A name and an address are no longer.
LONGEST: Final = 500
ADDRESS: Final = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$")


def collaborator_add(*, actor: User, objective: Objective, who: str) -> Collaborator:
    """Let somebody be told of the changes of an objective: a name, or any e-mail address.

    An address of one of us or of a contact is that person. Raises ValidationError with a sentence
    for a name that is nobody's or several people's, for who is told already or sees nothing here.
    """
    require(actor, "objective.edit")
    text = " ".join(who.split())
    if not text:
        raise ValidationError("Write a name or an e-mail address first.")
    if len(text) > LONGEST:
        raise ValidationError(f"A name or an e-mail address has at most {LONGEST} characters.")
    with operation(actor):
        locked = lock(objective, "account")
        if locked.account_id is None:
            raise ValidationError("A template has no collaborators: nothing of it changes.")
        fields = _chosen(actor, locked, text)
        if Collaborator.objects.filter(objective=locked, **_key(fields)).exists():
            raise ValidationError(f"{text} is told already.")
        return create(Collaborator(objective=locked, **fields))


def collaborator_remove(*, actor: User, objective: Objective, pk: int) -> None:
    """Tell somebody no more. Everybody may remove themselves, others need to edit the objective."""
    with operation(actor):
        found = (
            Collaborator.objects.select_for_update(of=("self",))
            .select_related("resource")
            .filter(objective=objective, pk=pk)
            .first()
        )
        if found is None:
            return
        user_id = found.resource.user_id if found.resource else found.user_id
        allowed = may(actor, "objective.edit")
        if not allowed and user_id != actor.pk:
            raise Refused(allowed.reason)
        found.delete()


def _chosen(actor: User, objective: Objective, text: str) -> dict[str, Any]:
    named = person_named(actor, objective, text)
    address = ADDRESS.search(text)
    if not named and address:
        named = person_named(actor, objective, address[1])
    if len(named) > 1:
        several = ", ".join(label(one) for one in named)
        raise ValidationError(f"There are several: {several}. Write one of them in full.")
    if named:
        return _fields(objective, named[0])
    email = (address[1] if address else text).lower()
    if "@" not in email:
        raise ValidationError(NOBODY.format(text))
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError(
            f"“{email}” is not an e-mail address. Write it like jo@example.com."
        ) from error
    return {"email": email}


def _fields(objective: Objective, person: Person) -> dict[str, Any]:
    record = person.record
    if isinstance(record, Contact):
        return {"contact": record}
    user_id = record.user_id if isinstance(record, Resource) else record.pk
    if user_id:
        accounts = [objective.account_id] if objective.account_id else []
        seen = who_sees(
            permission="objectives.view_objective", user_ids=[user_id], account_ids=accounts
        )
        if not seen:
            raise ValidationError(
                f"{person.name} does not see {objective.account}, so nothing could be told."
            )
    elif not person.email:
        raise ValidationError(
            f"{person.name} neither signs in nor has an e-mail address, so nothing could be told."
        )
    return {"resource": record} if isinstance(record, Resource) else {"user": record}


def _key(fields: dict[str, Any]) -> dict[str, Any]:
    return {"email__iexact": fields["email"]} if "email" in fields else fields
