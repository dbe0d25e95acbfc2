"""What lies in a template and what does not: neither ever becomes the other by an edit (R-TPL-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PARENTS: Final = ("plan", "objective", "playbook")
# What belongs to one account, and so to no template.
OF_AN_ACCOUNT: Final = ("owner_contact", "co_owner", "contacts", "challenges")

NO_ACCOUNT: Final = "A template has no account. Empty the account, or untick Template."
STAYS_LIVE: Final = "A record on an account stays there. To have a template of it, save it as one."
STAYS_IN_TEMPLATE: Final = (
    "What lies in a template stays where it is, without an account."
    " To work with it on an account, create something from the template."
)
NOBODY_THERE: Final = "Contacts and challenges belong to an account, and a template has none."


def lies_in_template(record: Any, values: Mapping[str, Any]) -> bool:
    """Whether a record lies in a template once it holds these values.

    A new one does when it is to be a template, or hangs on something in one.
    """
    if record.pk:
        return bool(record.account_id is None)
    if values.get("account") is not None:
        return False
    parents = (values.get(name) for name in PARENTS)
    in_one = any(parent is not None and parent.account_id is None for parent in parents)
    return bool(values.get("is_template")) or in_one


def template_problems(record: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Why a record cannot hold these values, by field: it would enter or leave a template."""
    lies = lies_in_template(record, values)
    errors = {}
    if lies:
        errors = {name: NOBODY_THERE for name in OF_AN_ACCOUNT if values.get(name)}
    if not record.pk:
        if values.get("is_template") and not lies:
            errors["account"] = NO_ACCOUNT
        return errors
    stays = STAYS_IN_TEMPLATE if lies else STAYS_LIVE
    if "is_template" in values and bool(values["is_template"]) != record.is_template:
        errors["is_template"] = stays
    if "account" in values and (values["account"] is None) != lies:
        errors["account"] = stays
    for name in PARENTS:
        if name not in values:
            continue
        parent = values[name]
        if (lies and (parent and parent.pk) != getattr(record, f"{name}_id")) or (
            not lies and parent is not None and parent.account_id is None
        ):
            errors[name] = stays
    return errors
