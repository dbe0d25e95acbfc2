"""Writes of customers, contacts, teams and readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import (
    Account,
    AccountRole,
    AccountTag,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
    Role,
)
from apps.accounts.rules import allocation_error, ancestor_error, deletion_error
from apps.accounts.selectors import dependants, path_above
from apps.core.access import require
from apps.core.history import current_door, operation
from apps.core.models import User
from apps.core.services import apply, create, lock, set_links


def _check_parent(account: Account, values: Mapping[str, Any]) -> None:
    parent: Account | None = values.get("parent")
    if parent is None:
        return
    above = [pk for pk, _ in path_above(parent.pk)]
    error = ancestor_error(account.pk, above, account.name)
    if error:
        raise ValidationError({"parent": error})


def _with_summary_stamp(actor: User, values: Mapping[str, Any]) -> dict[str, Any]:
    stamped = dict(values)
    if stamped.get("summary"):
        stamped |= {"summary_edited_by": actor, "summary_edited_at": timezone.now()}
    return stamped


def account_create(*, actor: User, values: Mapping[str, Any]) -> Account:
    """A new customer with its `tags`. Raises ValidationError by field."""
    require(actor, "account.create")
    plain = _with_summary_stamp(actor, values)
    tags = plain.pop("tags", ())
    with operation(actor):
        account = create(Account(**plain))
        set_links(AccountTag, owner={"account": account}, target="tag", wanted=tags)
    return account


def account_update(
    *,
    actor: User,
    account: Account,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a customer and return the names of the fields that changed.

    Raises ValidationError when the account would be its own ancestor (R-ACT-1), and Conflict.
    """
    require(actor, "account.edit")
    plain = dict(changes)
    tags = plain.pop("tags", None)
    if "summary" in plain:
        plain |= {"summary_edited_by": actor, "summary_edited_at": timezone.now()}
    with operation(actor):
        locked = lock(account)
        _check_parent(locked, plain)
        changed = apply(locked, plain, shown)
        if tags is not None and set_links(
            AccountTag, owner={"account": locked}, target="tag", wanted=tags
        ):
            changed.append("tags")
    return changed


def account_delete(*, actor: User, account: Account) -> None:
    """Delete a customer with its contacts, team, readings and challenges (R-ACT-1).

    Raises ValidationError while it has plans, objectives, playbooks, tasks or child accounts. Its
    activities stay, without an account.
    """
    require(actor, "account.delete")
    with operation(actor):
        locked = lock(account)
        error = deletion_error(locked.name, dependants(locked))
        if error:
            raise ValidationError(error)
        locked.delete()


def contact_create(*, actor: User, values: Mapping[str, Any]) -> Contact:
    """A new person at a customer."""
    require(actor, "contact.create")
    with operation(actor):
        return create(Contact(**values))


def contact_update(
    *,
    actor: User,
    contact: Contact,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a contact. Raises ValidationError and Conflict."""
    require(actor, "contact.edit")
    with operation(actor):
        locked = lock(contact)
        moves = "account" in changes and changes["account"] != locked.account
        if moves and _owned_by(locked):
            raise ValidationError(
                {
                    "account": f"{locked.name} owns or is assigned records of {locked.account}."
                    " Give them to somebody else first."
                }
            )
        return apply(locked, changes, shown)


def contact_delete(*, actor: User, contact: Contact) -> None:
    """Delete a contact who owns nothing and is assigned nothing (R-DEL-1).

    Raises ValidationError with the list of what is in the way.
    """
    require(actor, "contact.delete")
    with operation(actor):
        locked = lock(contact)
        owned = _owned_by(locked)
        if owned:
            raise ValidationError(
                f"{locked.name} still owns or is assigned: {', '.join(owned)}."
                " Give them to somebody else first."
            )
        locked.delete()


def _owned_by(contact: Contact) -> list[str]:
    """The names of what a contact owns or is to do."""
    return [
        *contact.objectives.values_list("name", flat=True),
        *contact.playbooks.values_list("name", flat=True),
        *contact.assignments.values_list("task__name", flat=True),
    ]


def account_role_add(
    *, actor: User, account: Account, resource: Resource, role: Role
) -> AccountRole:
    """Allocate a resource to an account in a role. Raises ValidationError (R-OWN-1)."""
    require(actor, "account_role.edit")
    error = allocation_error(resource.name, is_active=resource.is_active, kind=resource.kind)
    if error:
        raise ValidationError({"resource": error})
    with operation(actor):
        if account.account_roles.filter(resource=resource, role=role).exists():
            raise ValidationError({"resource": f"{resource} is {role} of {account} already."})
        return create(AccountRole(account=account, resource=resource, role=role))


def account_role_remove(*, actor: User, account_role: AccountRole) -> None:
    """Take a resource off an account's team."""
    require(actor, "account_role.edit")
    with operation(actor):
        account_role.delete()


def reading_record(
    *,
    actor: User,
    account: Account,
    definition: AttributeDefinition,
    value: Decimal,
    measured_on: dt.date,
) -> AttributeValue:
    """Record one reading by hand; KPIs tied to the attribute follow at once (R-KPI-10)."""
    require(actor, "attribute_value.create")
    with operation(actor):
        return create(
            AttributeValue(
                account=account,
                definition=definition,
                value=value,
                measured_on=measured_on,
                door=current_door(),
                recorded_by=actor,
            )
        )


def readings_record(*, actor: User, readings: list[AttributeValue]) -> int:
    """Record many readings in bulk; each fed KPI changes once, to its newest (R-KPI-10)."""
    require(actor, "attribute_value.create")
    with operation(actor):
        for reading in readings:
            reading.door, reading.recorded_by = current_door(), actor
        return len(AttributeValue.objects.bulk_create(readings, batch_size=1000))
