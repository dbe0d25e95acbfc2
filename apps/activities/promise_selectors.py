"""Who can have promised something in an activity."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import Account, AccountRole, Contact, Resource
from apps.accounts.ownership_rules import written
from apps.accounts.selectors import allocatable

People = dict[str, Resource | Contact]

# An account with more people than these is not chosen from in a box of one line.
MOST = 100


def promisers(user: Any, account: Account | None) -> tuple[People, People]:
    """The account's team without the person, and its contacts, each by the word of R-OWN-2."""
    if account is None:
        return {}, {}
    roles: Any = AccountRole.objects.visible_to(user).filter(account=account)
    team = allocatable().filter(pk__in=roles.values("resource")).exclude(user=user)
    contacts: Any = Contact.objects.visible_to(user).filter(account=account, is_active=True)
    ours: People = {written("resource", one.pk): one for one in team.order_by("name", "pk")[:MOST]}
    theirs: People = {
        written("contact", one.pk): one for one in contacts.order_by("name", "pk")[:MOST]
    }
    return ours, theirs
