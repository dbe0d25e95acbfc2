"""How files of accounts and contacts are written by the import of their lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from apps.accounts.models import Account, AccountTag, Contact
from apps.accounts.notice_services import Told, allocations_told
from apps.accounts.ownership_services import with_owner
from apps.accounts.rules import ancestor_error, external_id_error
from apps.accounts.selectors import accounts
from apps.core.kinds import KINDS
from apps.core.models import User
from apps.core.transfer_rules import Line
from apps.core.transfer_services import Transfer

STAYS: Final = (
    "an import does not move it to another account. Do that on its own page: there you see what"
    " moves with it."
)


def owners_given(kind: str) -> Callable[[User, Sequence[Any]], None]:
    """Tells each resource once of all that an import gave it (R-OWN-1)."""

    def told(actor: User, rows: Sequence[Any]) -> None:
        allocated: dict[int, list[Told]] = {}
        for row in rows:
            one = Told(kind, str(row), f"{KINDS[kind].prefix}{row.pk}/", str(row.account or ""))
            allocated.setdefault(row.owner_id, []).append(one)
        allocations_told(actor=actor, allocated=allocated)

    return told


def owner_follows(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Who is chosen by hand is nobody's role any more (R-OWN-2)."""
    if not {"owner", "owner_contact"} & values.keys():
        return {}
    wanted = with_owner(row, values, values.get("account", row.account_id))
    return {name: value for name, value in wanted.items() if name not in values}


def _accounts_ready(actor: User, lines: Sequence[Line]) -> None:
    """An external id belongs to one account, and none is its own ancestor (R-ACT-1)."""
    for line in lines:
        if "parent" in line.values:
            # What is shown of it from now on: the name that it had may not be seen by everybody.
            line.instance.parent_name = str(line.values["parent"] or "")
    keys = Counter(line.values["external_id"] for line in lines if line.values.get("external_id"))
    if keys:
        found = Account._base_manager.filter(external_id__in=keys).values_list("external_id", "pk")
        taken = dict(found)
        for line in lines:
            key = line.values.get("external_id")
            if key and (keys[key] > 1 or taken.get(key, line.instance.pk) != line.instance.pk):
                line.errors.append(external_id_error(key))
    moved = [line for line in lines if line.values.get("parent") and not line.is_new]
    if not moved:
        return
    parents = dict(Account._base_manager.values_list("pk", "parent_id"))
    parents |= {line.instance.pk: line.values["parent"].pk for line in moved}
    for line in moved:
        path: list[int] = []
        above: int | None = line.values["parent"].pk
        while above is not None and above not in path:
            path.append(above)
            above = parents.get(above)
        error = ancestor_error(line.instance.pk, path, line.instance.name)
        if error:
            line.errors.append(error)


def _account_follows(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    if "external_id" in values and not values["external_id"]:
        return {"external_id": None}
    return {}


ACCOUNTS: Final = Transfer(
    kind="account",
    model=Account,
    fields=(
        "name",
        "parent",
        "status",
        "lifecycle_stage",
        "external_id",
        "arr",
        "currency",
        "signup_date",
        "renewal_date",
        "next_review_date",
        "segment",
        "tier",
        "industry",
        "country",
        "tags",
    ),
    rows=accounts,
    within="",
    ready=_accounts_ready,
    follows=_account_follows,
    links={"tags": (AccountTag, "account", "tag")},
    # A parent that the person may not see has no name (R-VIS-1).
    shows={"parent": lambda row: getattr(row, "parent_name", None) or ""},
)


CONTACTS: Final = Transfer(
    kind="contact",
    model=Contact,
    fields=("account", "name", "title", "email", "phone", "is_active"),
    fixed={"account": STAYS},
)
