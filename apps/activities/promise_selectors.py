"""Who can have promised something in an activity, and what became of it."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import Account, AccountRole, Contact, Resource
from apps.accounts.ownership_rules import written
from apps.accounts.selectors import allocatable
from apps.activities.models import CsActivity
from apps.core.choices import Door
from apps.core.undo_selectors import events_of
from apps.playbooks.models import PlaybookTask
from apps.playbooks.selectors import tasks

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


def promised_tasks(user: Any, activity: CsActivity) -> list[PlaybookTask]:
    """The tasks that were promised in an activity: those that the very save made that made it.

    The history knows that; an import or a script makes many records in one operation that promise
    nothing. Two statements.
    """
    by_hand = {"pgh_label": "insert", "pgh_operation__isnull": False}
    crowds = (Door.IMPORT, Door.SHELL)
    made: Any = events_of(CsActivity)._base_manager.filter(pgh_obj_id=activity.pk, **by_hand)
    first = made.exclude(pgh_door__in=crowds).order_by("pgh_id").values("pgh_operation")[:1]
    also: Any = events_of(PlaybookTask)._base_manager.filter(pgh_operation__in=first, **by_hand)
    found = tasks(user).filter(pk__in=also.values("pgh_obj_id"))
    return list(found.defer("description", "notes").order_by("pk")[:MOST])
