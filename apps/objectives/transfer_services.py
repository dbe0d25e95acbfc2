"""How files of objectives are written by the import of their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.accounts.transfer_services import STAYS, owner_follows, owners_given
from apps.activities.models import CsActivity
from apps.core.models import User
from apps.core.transfer_rules import Line
from apps.core.transfer_services import Transfer
from apps.objectives.models import Objective, ObjectiveTag
from apps.objectives.rules import direction_between
from apps.objectives.selectors import first_status
from apps.objectives.services import objective_problems
from apps.playbooks.models import Playbook, PlaybookTask


def _ready(actor: User, lines: Sequence[Line]) -> None:
    """New objectives get what their form gives them: the plan's account, the first status."""
    new = [line for line in lines if line.is_new]
    status = first_status() if any(not line.values.get("status") for line in new) else None
    for line in new:
        values = line.values
        if not values.get("status"):
            values["status"] = status
        plan = values.get("plan")
        if plan is not None and not values.get("account"):
            values["account"] = plan.account
        if "direction" not in values:
            values["direction"] = direction_between(values.get("baseline"), values.get("target"))


def _problems(actor: User, row: Any, values: Mapping[str, Any]) -> dict[str, str]:
    return objective_problems(actor, row, values)


def owner_shown(row: Any) -> str:
    """Who owns an objective, by e-mail or name: one of us, or a contact."""
    owner = row.owner_contact if row.owner_contact_id else row.owner
    return "" if owner is None else owner.email or str(owner)


OBJECTIVES: Final = Transfer(
    kind="objective",
    model=Objective,
    fields=(
        "account",
        "plan",
        "name",
        "status",
        "category",
        "start_date",
        "due_date",
        "owner",
        "priority",
        "risk",
        "health",
        "tags",
        "completion_type",
        "attribute",
        "unit",
        "direction",
        "baseline",
        "current",
        "target",
        "description",
        "is_external",
    ),
    related=("owner_contact__account", "plan__account", "owner_role"),
    problems=_problems,
    follows=owner_follows,
    ready=_ready,
    links={"tags": (ObjectiveTag, "objective", "tag")},
    fixed={"account": STAYS},
    moves=("plan",),
    followers=(
        ("playbook", Playbook, "objective"),
        ("task", PlaybookTask, "objective"),
        ("activity", CsActivity, "objective"),
    ),
    told=owners_given("objective"),
    shows={"owner": owner_shown},
    reads={
        "owner": (
            "owner__name",
            "owner__email",
            "owner_contact__name",
            "owner_contact__email",
        )
    },
)
