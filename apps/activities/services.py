"""Writes of CS activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.accounts.models import Account, Contact
from apps.accounts.selectors import allocatable
from apps.activities.models import ActivityContact, ActivityResource, CsActivity
from apps.activities.rules import (
    WHAT,
    Link,
    Named,
    emptied_account_error,
    foreign_contacts_error,
    link_errors,
)
from apps.activities.selectors import account_of
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import apply, create, lock, set_links
from apps.plans.services import unfit_owner

PRESENT: Final[dict[str, tuple[type[Any], str]]] = {
    "contacts": (ActivityContact, "contact"),
    "resources": (ActivityResource, "resource"),
}


def activity_create(*, actor: User, values: Mapping[str, Any]) -> CsActivity:
    """A new activity, with the `contacts` and `resources` who were present.

    A link names the account and all above it. Without an owner in the values it is the actor's own
    resource. Raises ValidationError by field: links that do not lie in one account and in one
    another (R-CAS-2), contacts of another account, an owner who cannot be allocated (R-OWN-1).
    """
    require(actor, "activity.create")
    plain, present = _split(values)
    if "owner" not in plain:
        plain["owner"] = allocatable().filter(user=actor).first()
    with operation(actor):
        _check_owner(CsActivity(), plain)
        named = {name for name, value in plain.items() if value is not None}
        account = _check_links(CsActivity(), plain, named)
        _check_contacts(present.get("contacts", ()), account)
        activity = create(CsActivity(**plain, author=actor))
        _link(activity, {name: people for name, people in present.items() if people})
    # The database has filled in what a link names.
    activity.refresh_from_db()
    return activity


def activity_update(
    *,
    actor: User,
    activity: CsActivity,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change an activity and return the names of the fields that the person changed.

    Raises ValidationError as `activity_create` does, and Conflict.
    """
    require(actor, "activity.edit")
    plain, present = _split(changes)
    seen = dict(shown or {})
    with operation(actor):
        locked = lock(activity)
        if seen.get("happened_at") == _to_the_minute(locked.happened_at):
            # The page shows minutes; what stands there may have seconds.
            seen["happened_at"] = locked.happened_at
        _check_owner(locked, plain)
        if plain.keys() & {"account", *WHAT} or "contacts" in present:
            _check_place(locked, plain, present)
        changed = apply(locked, plain, seen)
        changed += _link(locked, present, seen)
    return changed


def activity_delete(*, actor: User, activity: CsActivity) -> None:
    """Delete an activity. What it is linked to stays."""
    require(actor, "activity.delete")
    with operation(actor):
        lock(activity).delete()


def _to_the_minute(moment: dt.datetime) -> dt.datetime:
    return moment.replace(second=0, microsecond=0)


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    plain = {name: value for name, value in values.items() if name not in PRESENT}
    return plain, {name: list(values[name]) for name in PRESENT if name in values}


def _check_place(
    activity: CsActivity, changes: Mapping[str, Any], present: Mapping[str, list[Any]]
) -> None:
    """What it is about agrees, and whoever is said to have been present is of its account."""
    account = _check_links(activity, changes, changes.keys())
    if "account" in changes and account != activity.account:
        _check_contacts(present.get("contacts", activity.contacts.all()), account)
    elif "contacts" in present:
        linked = set(activity.contact_links.values_list("contact", flat=True))
        new = [contact for contact in present["contacts"] if contact.pk not in linked]
        _check_contacts(new, account)


def _check_owner(activity: CsActivity, values: Mapping[str, Any]) -> None:
    unfit = unfit_owner(values.get("owner"), activity.owner_id)
    if unfit:
        raise ValidationError({"owner": unfit})


def _check_links(
    activity: CsActivity, values: Mapping[str, Any], named: Collection[str]
) -> Account | None:
    """Refuse links that do not agree; return the account that the activity will have."""

    def value(name: str) -> Any:
        return values[name] if name in values else getattr(activity, name)

    errors: dict[str, str] = {}
    account: Account | None = value("account")
    records = {name: value(name) for name in WHAT}
    records = {name: record for name, record in records.items() if record is not None}
    links = [_link_of(name, record) for name, record in records.items()]
    if account is None and links:
        if "account" in named:
            errors["account"] = emptied_account_error(links[0])
        account = account_of(links[0].kind, records[links[0].kind])
    errors |= link_errors(links, account=_named(account), named=named)
    if errors:
        raise ValidationError(errors)
    return account


def _named(record: Any) -> Named:
    return Named(record.pk, str(record)) if record is not None else Named(None, "no account")


def _link_of(name: str, record: Any) -> Link:
    """The record with all that it lies in, as the database fills it in (see triggers)."""
    objective = record if name == "objective" else getattr(record, "objective", None)
    above = {}
    if name in ("task", "kpi", "playbook") and objective is not None:
        above["objective"] = _named(objective)
    if name == "task" and record.playbook is not None:
        above["playbook"] = _named(record.playbook)
    if objective is not None:
        # The plan of an objective is its activities' plan, also when it has none.
        above["plan"] = _named(objective.plan)
    elif name != "plan" and record.plan is not None:
        above["plan"] = _named(record.plan)
    return Link(name, _named(record), _named(account_of(name, record)), above)


def _check_contacts(contacts: Iterable[Contact], account: Account | None) -> None:
    account_id = account.pk if account else None
    foreign = [contact.name for contact in contacts if contact.account_id != account_id]
    error = foreign_contacts_error(foreign, str(account or ""))
    if error:
        raise ValidationError({"contacts": error})


def _link(
    activity: CsActivity,
    present: Mapping[str, Iterable[Any]],
    shown: Mapping[str, Iterable[Any]] | None = None,
) -> list[str]:
    return [
        name
        for name, wanted in present.items()
        if set_links(
            PRESENT[name][0],
            owner={"activity": activity},
            target=PRESENT[name][1],
            wanted=wanted,
            shown=(shown or {}).get(name),
        )
    ]
