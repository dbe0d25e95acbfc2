"""Who follows an objective, and who can be asked to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from apps.accounts.models import Contact, Resource
from apps.core.kinds import KINDS
from apps.core.models import User
from apps.core.notify_selectors import stopped
from apps.objectives.digest_selectors import collaborators_of
from apps.objectives.models import Objective

MOST: Final = 8
# As many share a name at most that one types in full.
ALIKE: Final = 200


@dataclass(frozen=True)
class Person:
    """One who could follow an objective: one of us, or a contact of its account."""

    name: str
    hint: str
    email: str
    record: Resource | User | Contact


@dataclass(frozen=True)
class Follower:
    """One who follows an objective, as its page names them."""

    pk: int
    name: str
    hint: str
    stopped: bool
    is_outside: bool
    user_id: int | None


def followers(objective: Objective) -> list[Follower]:
    """Who follows an objective, ours first; whoever ended the mails is marked."""
    rows = collaborators_of([objective.pk])
    emails = {pk: _email(row) for pk, row in ((row.pk, row) for row in rows)}
    stops = stopped(filter(None, emails.values()))
    path = f"{KINDS['objective'].prefix}{objective.pk}/"
    found = []
    for row in rows:
        record = row.resource or row.user or row.contact
        user_id = row.resource.user_id if row.resource else row.user_id
        email = emails[row.pk]
        hint = "Contact" if row.contact else "" if record else "E-mail address"
        if not user_id and not email:
            hint = "No e-mail address: cannot be told"
        found.append(
            Follower(
                row.pk,
                str(record or row.email),
                hint,
                not user_id and bool({(email, ""), (email, path)} & stops),
                not (row.resource or row.user),
                user_id,
            )
        )
    return sorted(found, key=lambda one: (one.is_outside, one.name.casefold()))


def _email(row: Any) -> str:
    held = row.resource or row.contact
    return str(held.email if held else row.email).lower()


def people(user: Any, objective: Objective, text: str = "", most: int = MOST) -> list[Person]:
    """Who could follow an objective and is named like this, or has this e-mail address.

    Ours by their resource, those without one as users; contacts that the person may see.
    """
    # The database knows no character zero; nobody is called by it.
    words = text.replace("\0", " ").split()

    def named(*fields: str) -> Q:
        asked = Q()
        for word in words:
            one = Q()
            for name in fields:
                # An address by how it begins: nearly all of them have "com" in them.
                how = "istartswith" if name.endswith("email") else "icontains"
                one |= Q(**{f"{name}__{how}": word})
            asked &= one
        return asked

    ours = Resource.objects.filter(named("name", "email", "user__email"), is_active=True)
    users = User.objects.filter(
        named("first_name", "last_name", "email"), is_active=True, resource=None
    )
    contacts: Any = Contact.objects.visible_to(user)
    theirs = contacts.filter(
        named("name", "email"), account=objective.account_id, is_active=True
    ).exclude(email="")
    return [
        *_listed(
            (one.name, "Team member", one.user.email if one.user else one.email, one)
            for one in ours.select_related("user").order_by("name", "pk")[:most]
        ),
        *_listed(
            (str(one), "User", one.email, one) for one in users.order_by("first_name", "pk")[:most]
        ),
        *_listed(
            (one.name, "Contact", one.email, one) for one in theirs.order_by("name", "pk")[:most]
        ),
    ]


def _listed(rows: Iterable[tuple[str, str, str, Any]]) -> list[Person]:
    return [Person(name, hint, email, record) for name, hint, email, record in rows]


def person_named(user: Any, objective: Objective, text: str) -> list[Person]:
    """Those whom a typed name or e-mail address names exactly; more than one when it is not clear."""
    wanted = text.casefold()
    found = [
        one
        for one in people(user, objective, text, ALIKE)
        if wanted in (one.name.casefold(), one.email.casefold(), label(one).casefold())
    ]
    # An address of one of us and of a contact is ours.
    ours = [one for one in found if not isinstance(one.record, Contact)]
    return ours if wanted in {one.email.casefold() for one in ours} else found


def label(person: Person) -> str:
    """A person as the box holds one who was chosen: the name, and the address that tells apart."""
    return f"{person.name} <{person.email}>" if person.email else person.name
