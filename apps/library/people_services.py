"""Who owns and does what in a copy (R-TPL-5, R-OWN-2)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import Account, Contact, Resource, Role, TeamPool
from apps.accounts.ownership_rules import parse
from apps.accounts.ownership_selectors import holders
from apps.accounts.rules import allocation_error


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

    def read(self, words: set[str]) -> None:
        """Fetch everybody that is named, in owner notation."""
        named: dict[str, set[int]] = defaultdict(set)
        for word in words:
            if found := parse(word):
                named[found[0]].add(found[1])
        self.resources = Resource.objects.in_bulk(named["resource"])
        self.roles = Role.objects.in_bulk(named["role"])
        self.pools = TeamPool.objects.in_bulk(named["pool"])
        rows: Any = Contact.objects.filter(account=self.account, is_active=True)
        self.contacts = rows.in_bulk(named["contact"]) if named["contact"] else {}
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
            return (str(contact), True) if contact else ("A contact of another account", False)
        pool = self.pools.get(pk)
        return (str(pool), True) if pool else ("A pool that is gone", False)
