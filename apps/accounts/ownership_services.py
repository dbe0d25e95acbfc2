"""What every write of an owner shares: the table, a role resolved, the owner told (R-OWN-1, R-OWN-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps.accounts import ownership_rules as rules
from apps.accounts.models import Account
from apps.accounts.notice_services import Told, allocations_told
from apps.accounts.ownership_selectors import holders
from apps.core.kinds import KINDS


def owner_problems(kind: str, record: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with who shall own a plan, an objective or a playbook, by field.

    A kind of owner that the table does not know for it (R-OWN-2), or several at once (R-OWN-1).
    An owner that came from the record's role is one with it: only what is chosen now can clash.
    """
    for owner, column in rules.COLUMNS.items():
        error = rules.kind_error(kind, owner)
        if error and values.get(column) is not None:
            return {column: error}
    stands = {
        owner: values[column] if column in values else getattr(record, f"{column}_id")
        for owner, column in rules.COLUMNS.items()
        if owner in rules.ALLOWED[kind]
    }
    by_role = values.get("owner_role") is not None
    if not by_role:
        stands["role"] = None
    elif values.get("owner") is None:
        stands["resource"] = None
    error = rules.one_owner_error(kind, [owner for owner, one in stands.items() if one])
    if error is None:
        return {}
    return {"owner_role" if by_role else "owner_contact": error}


def with_owner(
    record: Any, values: Mapping[str, Any], account: Account | int | None
) -> dict[str, Any]:
    """The values to save: a chosen role brings its holder along as the owner (R-OWN-2).

    Nobody holds it: the role stays and the owner is empty. Who is chosen by hand is nobody's role.
    """
    unknown = set(rules.COLUMNS.values()) - {column.name for column in record._meta.fields}
    plain = {name: value for name, value in values.items() if name not in unknown}
    role = plain.get("owner_role")
    if role is not None:
        plain["owner"] = holders(account, [role.pk]).get(role.pk)
    elif "owner_role" not in plain and _chosen_by_hand(record, plain):
        plain["owner_role"] = None
    return plain


def _chosen_by_hand(record: Any, values: Mapping[str, Any]) -> bool:
    if record.owner_role_id is None:
        return False
    owner = values.get("owner")
    changed = "owner" in values and (owner and owner.pk) != record.owner_id
    return bool(changed or values.get("owner_contact"))


def owner_told(*, actor: Any, kind: str, record: Any, before: int | None = None) -> None:
    """Tell the owner of a record that they were given it (R-OWN-1), unless it was theirs `before`.

    To be called within the operation that gives it. What lies in a template is nobody's work.
    """
    if record.owner_id is None or record.owner_id == before:
        return
    if record.owner.user_id is None or record.owner.user_id != getattr(actor, "pk", None):
        allocated_told(actor=actor, kind=kind, record=record, resource_ids=[record.owner_id])


def allocated_told(*, actor: Any, kind: str, record: Any, resource_ids: Iterable[int]) -> None:
    """Tell resources that they were given this record (R-OWN-1), within the caller's operation."""
    if kind != "account" and record.account_id is None:
        return
    place = "" if kind == "account" else str(record.account)
    told = [Told(kind, str(record), f"{KINDS[kind].prefix}{record.pk}/", place)]
    allocations_told(actor=actor, allocated=dict.fromkeys(resource_ids, told))
