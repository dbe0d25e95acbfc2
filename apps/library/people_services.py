"""Who owns and does what in a copy (R-TPL-5, R-OWN-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import Account, Contact, Resource, Role, TeamPool
from apps.accounts.ownership_rules import parse
from apps.accounts.ownership_selectors import holders
from apps.accounts.rules import allocation_error
from apps.playbooks.models import TaskAssignment


def default_owner(source: Any) -> str:
    """Who owns a row of a template, in owner notation: a role before a person."""
    if source.owner_role_id:
        return f"role-{source.owner_role_id}"
    return f"resource-{source.owner_id}" if source.owner_id else ""


def default_people(assigned: Sequence[TaskAssignment]) -> list[str]:
    """Who is to do a task of a template, in owner notation."""
    return [f"{row.kind}-{getattr(row, f'{row.kind}_id')}" for row in assigned]


@dataclass
class People:
    """Who owns and does what in a copy, resolved with a few statements for all of it."""

    account: Account | None
    resources: dict[int, Resource] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    pools: dict[int, TeamPool] = field(default_factory=dict)
    holders: dict[int, Resource] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unheld: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    given: dict[int, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def read(self, words: set[str], source: Account | None = None) -> None:
        """Fetch everybody that is named, in owner notation.

        Contacts are known of the account, and of the one that the `source` stands on.
        """
        named: dict[str, set[int]] = defaultdict(set)
        for word in words:
            if found := parse(word):
                named[found[0]].add(found[1])
        self.resources = Resource.objects.in_bulk(named["resource"])
        self.roles = Role.objects.in_bulk(named["role"])
        self.pools = TeamPool.objects.in_bulk(named["pool"])
        known: Any = Contact.objects.filter(account__in=filter(None, (self.account, source)))
        self.contacts = known.in_bulk(named["contact"]) if named["contact"] else {}
        self.holders = holders(self.account, named["role"])

    def fit(self, pk: int) -> Resource | None:
        """A resource, unless it cannot be allocated: then it is left out and named (R-TPL-5)."""
        person = self.resources.get(pk)
        if person is None:
            return None
        if self.account is None:
            return person
        problem = allocation_error(person.name, is_active=person.is_active, kind=person.kind)
        if problem:
            self.left_out[problem.split(". ")[0] + "."] += 1
            return None
        return person

    def contact(self, pk: int) -> Contact | None:
        """A contact, unless it is not of the account or has left: then it is left out and named."""
        found = self.contacts.get(pk)
        if found is None or self.account is None:
            return None
        if found.account_id != self.account.pk:
            self.left_out[f"{found} is a contact of another account."] += 1
        elif not found.is_active:
            self.left_out[f"{found} has left the company."] += 1
        else:
            return found
        return None

    def holder(self, pk: int) -> Resource | None:
        """Who holds a role on the account; nobody is remembered, to be said (R-OWN-2)."""
        found = self.holders.get(pk)
        if found is None and self.account is not None and pk in self.roles:
            self.unheld[str(self.roles[pk])] += 1
        return found

    def said(self, word: str) -> tuple[str, bool]:
        """Who an owner or assignee will be, in words, and whether that is fine."""
        found = parse(word)
        if found is None:
            return "Nobody", True
        kind, pk = found
        if kind == "role":
            role = self.roles.get(pk)
            if role is None:
                return "A role that is gone", False
            holder = self.holders.get(pk)
            if holder is not None:
                return f"{holder} · {role}", True
            return (str(role), True) if self.account is None else (f"{role}: nobody here", False)
        if kind == "resource":
            person = self.resources.get(pk)
            if person is None:
                return "Somebody who is gone", False
            problem = allocation_error(person.name, is_active=person.is_active, kind=person.kind)
            return (f"{person}: left out", False) if problem else (str(person), True)
        if kind == "contact":
            contact = self.contacts.get(pk)
            if contact is None:
                return "Somebody who is gone", False
            here = self.account is not None and contact.account_id == self.account.pk
            fits = here and contact.is_active
            return (str(contact), True) if fits else (f"{contact}: left out", False)
        pool = self.pools.get(pk)
        return (str(pool), True) if pool else ("A pool that is gone", False)
