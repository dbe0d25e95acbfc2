"""What a person owns and is assigned, of the records that somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from apps.accounts.choices import ResourceKind
from apps.accounts.models import AccountRole, Contact, Resource
from apps.core.kinds import KINDS
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import OVER_STAGES, OVER_STATUSES
from apps.playbooks.models import Playbook, TaskAssignment
from apps.workspace.handover_rules import Item

PLANS_OVER = (PlanStatus.COMPLETED, PlanStatus.ARCHIVED)
OBJECTIVES_OVER = (StatusKind.COMPLETED, StatusKind.ABANDONED, StatusKind.ARCHIVED)


def held(user: Any, person: Resource | Contact) -> list[Item]:
    """Everything of a person that the user sees; five statements at most (R-VIS-1)."""
    if isinstance(person, Contact):
        return _of_contact(user, person)
    roles: Any = AccountRole.objects.visible_to(user).filter(resource=person)
    plans: Any = SuccessPlan.objects.visible_to(user).filter(owner=person)
    objectives: Any = Objective.objects.visible_to(user).filter(owner=person)
    playbooks: Any = Playbook.objects.visible_to(user).filter(owner=person)
    return [
        *(
            Item(
                "account",
                row.pk,
                row.account_id,
                f"{row.account} · {row.role}",
                row.account_id,
                str(row.account),
                None,
                row.role_id,
                False,
                f"{KINDS['account'].prefix}{row.account_id}/",
            )
            for row in roles.select_related("account", "role").order_by("account__name", "pk")
        ),
        *_items("plan", plans.select_related("account").order_by("end_date", "pk"), "end_date"),
        *_items("objective", _due(objectives), "due_date"),
        *_items(
            "playbook", playbooks.select_related("account").order_by("end_date", "pk"), "end_date"
        ),
        *_tasks(user, resource=person),
    ]


def _of_contact(user: Any, contact: Contact) -> list[Item]:
    objectives: Any = Objective.objects.visible_to(user).filter(owner_contact=contact)
    playbooks: Any = Playbook.objects.visible_to(user).filter(co_owner=contact)
    return [
        *_items("objective", _due(objectives), "due_date"),
        *_items(
            "playbook", playbooks.select_related("account").order_by("end_date", "pk"), "end_date"
        ),
        *_tasks(user, contact=contact),
    ]


def _due(rows: Any) -> Any:
    return rows.select_related("account", "status").order_by("due_date", "pk")


def _is_over(kind: str, row: Any) -> bool:
    if kind == "plan":
        return row.status in PLANS_OVER
    if kind == "objective":
        return row.status is not None and row.status.kind in OBJECTIVES_OVER
    return row.stage in OVER_STAGES


def _items(kind: str, rows: Iterable[Any], end: str) -> list[Item]:
    return [
        Item(
            kind,
            row.pk,
            row.pk,
            row.name,
            row.account_id,
            str(row.account),
            getattr(row, end),
            row.owner_role_id,
            _is_over(kind, row),
            f"{KINDS[kind].prefix}{row.pk}/",
        )
        for row in rows
    ]


def _tasks(user: Any, **person: Any) -> list[Item]:
    rows: Any = TaskAssignment.objects.filter(**person).select_related("task__account")
    seen = _visible_tasks(user)
    return [
        Item(
            "task",
            row.pk,
            row.task_id,
            row.task.name,
            row.task.account_id,
            str(row.task.account),
            row.task.end_date,
            None,
            row.task.status in OVER_STATUSES,
            f"{KINDS['task'].prefix}{row.task_id}/",
        )
        for row in rows.filter(task__in=seen).order_by("task__end_date", "task_id")
    ]


def _visible_tasks(user: Any) -> Any:
    model: Any = TaskAssignment._meta.get_field("task").related_model
    return model.objects.visible_to(user)


def role_holders(items: Sequence[Item], without: int | None) -> dict[tuple[int, int], int]:
    """Who holds which role on the accounts of some items: by account and role, one statement.

    The one who leaves does not count, nor who cannot be allocated (R-OWN-1).
    """
    accounts = {item.account_id for item in items}
    rows = AccountRole.objects.filter(
        account__in=accounts, resource__is_active=True, resource__kind=ResourceKind.CS_CLOUD
    ).exclude(resource=without)
    found: dict[tuple[int, int], int] = {}
    for account, role, resource in rows.order_by("pk").values_list(
        "account_id", "role_id", "resource_id"
    ):
        found.setdefault((account, role), resource)
    return found
