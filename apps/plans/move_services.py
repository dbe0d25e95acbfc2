"""What cannot come along when a record moves to another account (R-CAS-2)."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Model, Q
from django.utils import timezone

from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, TaskAssignment

# What each record has below it where a contact may stand: model, column, path to the record.
OWNERS: Final[dict[type[Model], tuple[tuple[type[Model], str, str], ...]]] = {
    SuccessPlan: ((Objective, "owner_contact", "plan"), (Playbook, "co_owner", "plan")),
    Objective: ((Playbook, "co_owner", "objective"),),
    Playbook: (),
}
TASKS: Final[dict[type[Model], str]] = {
    SuccessPlan: "task__plan",
    Objective: "task__objective",
    Playbook: "task__playbook",
}


def contacts_stay(*, moved: SuccessPlan | Objective | Playbook) -> None:
    """Take the contacts of other accounts off all below a record that has moved.

    A contact owns nothing of another account: objectives lose such an owner, playbooks such a
    co-owner, tasks such an assignment. Three statements at most, within the caller's operation.
    """
    kind = type(moved)
    for model, column, path in OWNERS[kind]:
        rows: Any = model._base_manager.filter(_foreign(column, moved.account_id), **{path: moved})
        rows.update(**{column: None}, updated_at=timezone.now())
    assignments: Any = TaskAssignment._base_manager.filter(
        _foreign("contact", moved.account_id), **{TASKS[kind]: moved}
    )
    assignments.delete()


def _foreign(column: str, account_id: int | None) -> Q:
    return Q(**{f"{column}__isnull": False}) & ~Q(**{f"{column}__account": account_id})
