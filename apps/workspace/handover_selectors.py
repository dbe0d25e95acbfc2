"""What a person owns and is assigned, of the records that somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import Exists, Q

from apps.accounts.models import AccountRole, Contact, Resource, TeamPoolMember
from apps.accounts.ownership_selectors import ranked
from apps.core.access import Decision, may
from apps.core.kinds import KINDS
from apps.core.permissions import CUSTOMER_SUCCESS
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import OVER_STAGES, OVER_STATUSES
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.workspace.handover_rules import Item

PLANS_OVER: Final = (PlanStatus.COMPLETED, PlanStatus.ARCHIVED)
OBJECTIVES_OVER: Final = (StatusKind.COMPLETED, StatusKind.ABANDONED, StatusKind.ARCHIVED)
PERMISSIONS: Final = {
    "account": "account_role.edit",
    "plan": "plan.edit",
    "objective": "objective.edit",
    "playbook": "playbook.edit",
    "task": "task.edit",
}


def _rows(user: Any, person: Resource | Contact) -> dict[str, Any]:
    """The rows that name a person, of the records that the user sees, by kind (R-VIS-1)."""
    seen: Any = PlaybookTask.objects.visible_to(user)
    assigned: Any = TaskAssignment.objects.filter(task__in=seen)
    objectives: Any = Objective.objects.visible_to(user)
    playbooks: Any = Playbook.objects.visible_to(user)
    if isinstance(person, Contact):
        return {
            "objective": objectives.filter(owner_contact=person),
            "playbook": playbooks.filter(co_owner=person),
            "task": assigned.filter(contact=person),
        }
    roles: Any = AccountRole.objects.visible_to(user)
    plans: Any = SuccessPlan.objects.visible_to(user)
    return {
        "account": roles.filter(resource=person),
        "plan": plans.filter(owner=person),
        "objective": objectives.filter(owner=person),
        "playbook": playbooks.filter(owner=person),
        "task": assigned.filter(resource=person),
    }


def allowed(user: Any, kind: str) -> Decision:
    """Whether a person may hand over something of a resource or a contact, and if not, who can."""
    kinds = ("objective", "playbook", "task") if kind == "contact" else tuple(PERMISSIONS)
    if any(may(user, PERMISSIONS[one]) for one in kinds):
        return Decision(True)
    return Decision(
        False,
        "Your permission set does not let you hand records over."
        f" Ask somebody of the group “{CUSTOMER_SUCCESS}”.",
    )


def has_anything(user: Any, person: Resource | Contact) -> bool:
    """Whether something that the user sees is this person's; one statement."""
    any_of = Q()
    for rows in _rows(user, person).values():
        any_of |= Q(Exists(rows.order_by()))
    return type(person)._default_manager.filter(any_of, pk=person.pk).exists()


def held(user: Any, person: Resource | Contact) -> list[Item]:
    """Everything of a person that the user sees; five statements at most (R-VIS-1)."""
    rows = _rows(user, person)
    return [
        *_roles(rows.get("account")),
        *_items("plan", rows.get("plan"), "end_date"),
        *_items("objective", rows["objective"].select_related("status"), "due_date"),
        *_items("playbook", rows["playbook"], "end_date"),
        *_tasks(rows["task"]),
    ]


def _roles(rows: Any) -> list[Item]:
    if rows is None:
        return []
    return [
        Item(
            "account",
            row.pk,
            row.account_id,
            f"{row.role} at {row.account}",
            row.account_id,
            str(row.account),
            role_id=row.role_id,
            path=f"{KINDS['account'].prefix}{row.account_id}/",
        )
        for row in rows.select_related("account", "role").order_by("account__name", "pk")
    ]


def _is_over(kind: str, row: Any) -> bool:
    if kind == "plan":
        return row.status in PLANS_OVER
    if kind == "objective":
        return row.status is not None and row.status.kind in OBJECTIVES_OVER
    return row.stage in OVER_STAGES


def _items(kind: str, rows: Any, end: str) -> list[Item]:
    if rows is None:
        return []
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
        for row in rows.select_related("account").order_by(end, "pk")
    ]


def _tasks(rows: Any) -> list[Item]:
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
        for row in rows.select_related("task__account").order_by("task__end_date", "task_id")
    ]


def takers(person: Resource | Contact) -> list[Any]:
    """Our people who can get something, ranked (R-OWN-1, R-OWN-3); who leaves is not among them."""
    if isinstance(person, Contact):
        return list(ranked())
    return list(ranked(person.role_id).exclude(pk=person.pk))


def colleagues(user: Any, person: Resource | Contact) -> list[Any]:
    """The other contacts of a contact's account who are still there."""
    if not isinstance(person, Contact):
        return []
    rows: Any = Contact.objects.visible_to(user)
    here = rows.filter(account=person.account_id, is_active=True)
    return list(here.exclude(pk=person.pk).order_by("name", "pk"))


def members(pools: Iterable[int]) -> list[int]:
    """The resources of team pools."""
    rows = TeamPoolMember.objects.filter(pool__in=pools)
    return list(rows.values_list("resource_id", flat=True).distinct())


def role_holders(items: Sequence[Item], people: Sequence[Any]) -> dict[tuple[int, int], int]:
    """Who of some ranked people holds which role on the accounts of some items (R-OWN-3).

    By account and role; whose own role it is comes first. One statement.
    """
    known = {person.pk: person for person in people}
    rows = AccountRole.objects.filter(account__in={item.account_id for item in items})
    found: dict[tuple[int, int], int] = {}
    best: dict[tuple[int, int], tuple[Any, ...]] = {}
    for account, role, pk in rows.values_list("account_id", "role_id", "resource_id"):
        person = known.get(pk)
        if person is None:
            continue
        work = person.active_plans, person.active_playbooks
        place = (person.role_id != role, *work, person.name, pk)
        if (account, role) not in best or place < best[account, role]:
            best[account, role], found[account, role] = place, pk
    return found
