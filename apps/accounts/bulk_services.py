"""Many accounts or contacts changed at once, and telling owners of what they were given so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from apps.accounts.models import Account, AccountTag, Contact, Resource
from apps.accounts.notice_services import Told, allocations_told
from apps.accounts.ownership_services import with_owner
from apps.accounts.rules import held_count_error
from apps.accounts.selectors import held_by_contacts
from apps.core.access import require
from apps.core.bulk_rules import Bulk
from apps.core.bulk_services import change_rows, delete_rows, held, relink_rows, together
from apps.core.history import operation
from apps.core.kinds import KINDS
from apps.core.models import User

TAGS = ("add_tags", "remove_tags")


def split_tags(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The values of the records themselves, and the tags to add and to remove."""
    plain = {name: value for name, value in changes.items() if name not in TAGS}
    return plain, {name: list(changes.get(name, ())) for name in TAGS}


def accounts_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many accounts these values; `add_tags` and `remove_tags` change their tags."""
    require(actor, "account.edit")
    plain, tags = split_tags(changes)
    if any(tags.values()):
        require(actor, "tag.use")
    with operation(actor):
        rows = held(Account, ids)
        return together(
            change_rows(rows, plain),
            relink_rows(
                rows,
                AccountTag,
                "account",
                "tag",
                add=tags["add_tags"],
                remove=tags["remove_tags"],
                label="Tags",
            ),
        )


def contacts_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many contacts these values."""
    require(actor, "contact.edit")
    with operation(actor):
        return change_rows(held(Contact, ids), changes)


def contacts_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete contacts; who owns or is assigned something stays, with the reason (R-DEL-1)."""
    require(actor, "contact.delete")
    with operation(actor):
        rows = held(Contact, ids)
        holdings = held_by_contacts([row.pk for row in rows])
        reasons = {
            row.pk: held_count_error(row.name, holdings[row.pk])
            for row in rows
            if row.pk in holdings
        }
        return delete_rows(rows, reasons)


def owner_follows(row: Any, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who is chosen by hand is nobody's role any more (R-OWN-2)."""
    return with_owner(row, wanted, row.account_id) if "owner" in wanted else {}


def owners_told(*, actor: User, kind: str, owner: Resource | None, rows: Sequence[Any]) -> None:
    """Tell a resource once of all that it was given (R-OWN-1), within the caller's operation."""
    if owner is None or not rows:
        return
    told = [
        Told(kind, str(row), f"{KINDS[kind].prefix}{row.pk}/", str(row.account)) for row in rows
    ]
    allocations_told(actor=actor, allocated={owner.pk: told})
