"""Writes of customers, contacts, teams and readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts import rules, selectors
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
from apps.accounts.ownership_services import allocated_told
from apps.core.access import require
from apps.core.history import current_door, operation
from apps.core.models import User
from apps.core.services import apply, create, lock, set_links

UNIQUE_VIOLATION: Final = "23505"
# The key of the lock that lets one change of the account tree happen at a time.
TREE: Final = 727_001


def _prepared(account: Account, values: Mapping[str, Any], actor: User) -> dict[str, Any]:
    """The values to save: no empty external id, a changed summary with its editor and time."""
    ready = dict(values)
    if "external_id" in ready:
        ready["external_id"] = ready["external_id"] or None
    if "summary" in ready and ready["summary"] != account.summary:
        ready |= {"summary_edited_by": actor, "summary_edited_at": timezone.now()}
    return ready


def _hold_tree(changes: Mapping[str, Any]) -> None:
    """Wait for other moves in the tree: two could each be right and together make a circle.

    To be called before a row is locked, which the other move may need.
    """
    if changes.get("parent") is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE])


def _check_parent(account: Account, values: Mapping[str, Any]) -> None:
    """Raise ValidationError when the parent is the account or below it (R-ACT-1)."""
    parent: Account | None = values.get("parent")
    if parent is not None and account.pk:
        path = [pk for pk, _ in selectors.path_above(parent.pk)]
        error = rules.ancestor_error(account.pk, path, account.name)
        if error:
            raise ValidationError({"parent": error})


@contextmanager
def _one_external_id(values: Mapping[str, Any]) -> Iterator[None]:
    """A taken external id is refused with a sentence, also when it was taken this very moment."""
    key = values.get("external_id")
    if not key:
        yield
        return
    try:
        with transaction.atomic():
            yield
    except ValidationError as error:
        found = getattr(error, "error_dict", {}).get("external_id", ())
        if not any(one.code == "unique" for one in found):
            raise
        raise ValidationError({"external_id": rules.external_id_error(key)}) from error
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != UNIQUE_VIOLATION:
            raise
        raise ValidationError({"external_id": rules.external_id_error(key)}) from error


def account_create(*, actor: User, values: Mapping[str, Any]) -> Account:
    """A new customer with its `tags`. Raises ValidationError by field."""
    require(actor, "account.create")
    plain = _prepared(Account(), values, actor)
    tags = plain.pop("tags", ())
    if tags:
        require(actor, "tag.use")
    with operation(actor):
        with _one_external_id(plain):
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

    Raises ValidationError when the account would be its own ancestor (R-ACT-1) or its external id
    is taken, and Conflict.
    """
    require(actor, "account.edit")
    if "tags" in changes:
        require(actor, "tag.use")
    with operation(actor):
        _hold_tree(changes)
        locked = lock(account)
        plain = _prepared(locked, changes, actor)
        tags = plain.pop("tags", None)
        _check_parent(locked, plain)
        with _one_external_id(plain):
            changed = apply(locked, plain, shown)
        if tags is not None:
            seen = (shown or {}).get("tags")
            owner = {"account": locked}
            if set_links(AccountTag, owner=owner, target="tag", wanted=tags, shown=seen):
                changed.append("tags")
    return [name for name in changed if name in changes]


def account_delete(*, actor: User, account: Account) -> None:
    """Delete a customer with its contacts, team, readings and challenges (R-ACT-1).

    Raises ValidationError while it has plans, objectives, playbooks, tasks or child accounts. Its
    activities stay, without an account.
    """
    require(actor, "account.delete")
    with operation(actor):
        locked = lock(account)
        error = rules.deletion_error(locked.name, selectors.dependants(locked))
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
    """Change a contact and return the names of the fields that changed.

    Raises ValidationError when the contact would leave the account of what it owns, and Conflict.
    """
    require(actor, "contact.edit")
    with operation(actor):
        locked = lock(contact)
        if "account" in changes and changes["account"].pk != locked.account_id:
            held = selectors.held_by_contact(actor, locked)
            error = rules.held_error(locked.name, held.names, held.hidden)
            if error:
                raise ValidationError({"account": error})
        return apply(locked, changes, shown)


def contact_delete(*, actor: User, contact: Contact) -> None:
    """Delete a contact who owns nothing and is assigned nothing (R-DEL-1).

    Raises ValidationError with the list of what is in the way.
    """
    require(actor, "contact.delete")
    with operation(actor):
        locked = lock(contact)
        held = selectors.held_by_contact(actor, locked)
        error = rules.held_error(locked.name, held.names, held.hidden)
        if error:
            raise ValidationError(error)
        if locked.comments.exists():
            raise ValidationError(rules.said_error(locked.name))
        locked.delete()


def resource_delete(*, actor: User, resource: Resource) -> None:
    """Delete a resource who owns nothing and is assigned nothing (R-DEL-1).

    Raises ValidationError with the list of what is in the way; such a one is deactivated instead.
    """
    require(actor, "resource.edit")
    with operation(actor):
        locked = lock(resource)
        held = selectors.held_by_resource(actor, locked)
        error = rules.held_error(locked.name, held.names, held.hidden)
        if error:
            raise ValidationError(error)
        locked.delete()


def account_role_add(
    *, actor: User, account: Account, resource: Resource, role: Role
) -> AccountRole:
    """Allocate a resource to an account in a role. Raises ValidationError (R-OWN-1)."""
    require(actor, "account_role.edit")
    error = rules.allocation_error(resource.name, is_active=resource.is_active, kind=resource.kind)
    if error:
        raise ValidationError({"resource": error})
    with operation(actor):
        locked = lock(account)
        if locked.account_roles.filter(resource=resource, role=role).exists():
            raise ValidationError({"resource": f"{resource} is {role} of {locked} already."})
        added = create(AccountRole(account=locked, resource=resource, role=role))
        allocated_told(actor=actor, kind="account", record=locked, resource_ids=[resource.pk])
        return added


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
