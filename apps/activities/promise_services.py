"""What was promised in an activity becomes tasks, in the same save."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import Account, Contact, Resource
from apps.accounts.selectors import allocatable
from apps.activities.models import CsActivity
from apps.activities.promise_rules import THEM, US, Side, promised_note
from apps.core.access import require
from apps.core.models import User
from apps.core.shape_models import RecordType
from apps.core.shape_rules import TYPE
from apps.core.shape_selectors import types_for
from apps.playbooks.models import PlaybookTask
from apps.playbooks.services import task_create

# Who promised: one side, or one person of it.
Promiser = Side | Resource | Contact


def promise_make(
    *, actor: User, activity: CsActivity, text: str, who: Promiser, due: dt.date | None = None
) -> PlaybookTask:
    """Make a task of a promise: on what the activity is about, for who promised it.

    Of us it is the actor's own resource unless named; of them the one contact who was present,
    else the account's only one. When neither says who, the actor follows it up: a promise that
    waits on nobody would be forgotten.
    Within the operation that saves the activity. Raises Refused without the permission to create
    tasks, ValidationError by field as `task_create` does: a day outside of the playbook (R-PB-1).
    """
    require(actor, "task.create")
    resources, contacts = _doers(actor, activity, who)
    side: Side = THEM if who == THEM or isinstance(who, Contact) else US
    account: Account | None = activity.account
    unknown = side == THEM and not contacts
    values: dict[str, Any] = {
        "name": text,
        "end_date": due,
        "notes": promised_note(side, str(activity), str(account or ""), unknown=unknown),
        "account": account,
        "playbook": activity.playbook,
        "resources": resources,
        "contacts": contacts,
    }
    first = next(iter(types_for(actor, "task")), None)
    if first is not None:
        values[TYPE] = RecordType(pk=first.pk)
    if activity.playbook is None:
        values |= {"plan": activity.plan, "objective": activity.objective}
    return task_create(actor=actor, values=values)


def _doers(
    actor: User, activity: CsActivity, who: Promiser
) -> tuple[list[Resource], list[Contact]]:
    if isinstance(who, Resource):
        return [who], []
    if isinstance(who, Contact):
        return [], [who]
    if who == THEM:
        contacts = _only(activity, activity.contacts.all()) or _only(
            activity, Contact.objects.all()
        )
        if contacts:
            return [], contacts
    return list(allocatable().filter(user=actor)[:1]), []


def _only(activity: CsActivity, contacts: QuerySet[Contact]) -> list[Contact]:
    """The one active contact of the activity's account among some, or none where there are more."""
    found = list(contacts.filter(account=activity.account_id, is_active=True)[:2])
    return found if len(found) == 1 else []
