"""The one question every button, page and service asks: may this person do that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.core.permissions import GRANTS, permission_name

_KNOWN = {f"{line.record}.{line.action}" for line in GRANTS}
_RECORDS = {"kpi": "KPI", "kpi_value": "KPI value", "account_role": "account role"}
_ACTIONS = {
    "create_from_template": "create {} from templates",
    "save_as_template": "save {} as templates",
    "share": "share {} with the customer",
}


class Refused(Exception):
    """The person sees the record but may not do this; `str()` is the reason to show."""


@dataclass(frozen=True)
class Decision:
    """Whether it is allowed, and if not, why: one sentence for the button and for the page."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


def is_known(what: str) -> bool:
    """Whether the permission table has this line."""
    return what in _KNOWN


def may(user: Any, what: str) -> Decision:
    """Whether a person may do `what`, for example `objective.delete`.

    Raises KeyError for an action that the permission table does not know.
    """
    if what not in _KNOWN:
        raise KeyError(f"“{what}” is not in the permission table.")
    record, action = what.split(".")
    if user.has_perm(permission_name(record, action)):
        return Decision(True)
    return Decision(False, f"Your permission set does not let you {doing(record, action)}.")


def records(record: str) -> str:
    """What several of a record are called: "account roles"."""
    plural = _RECORDS.get(record, record.replace("_", " ")) + "s"
    return f"{plural[:-2]}ies" if plural.endswith("ys") else plural


def doing(record: str, action: str) -> str:
    """A line of the table in words: "create plans from templates"."""
    return _ACTIONS.get(action, f"{action} {{}}").format(records(record))


def require(user: Any, what: str) -> None:
    """Raise Refused with the reason when the person may not do this."""
    decision = may(user, what)
    if not decision:
        raise Refused(decision.reason)
