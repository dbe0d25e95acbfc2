"""What is done in a row of Activity Tracker, each by the service of its own kind of record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.accounts.services import account_update
from apps.activities.services import activity_delete
from apps.core.models import User
from apps.kpis.services import kpi_delete, kpi_update
from apps.objectives.choices import StatusKind
from apps.objectives.selectors import first_status
from apps.objectives.services import objective_delete, objective_update
from apps.plans.services import plan_update
from apps.playbooks.choices import TaskStatus
from apps.playbooks.services import task_delete, task_update
from apps.workspace.due_rules import moved

# By which day each kind is due, and the day that may not come after it.
DAYS: Final[dict[str, tuple[str, str]]] = {
    "task": ("end_date", "start_date"),
    "kpi": ("target_date", ""),
    "objective": ("due_date", "start_date"),
    "plan": ("review_date", ""),
    "account": ("next_review_date", ""),
}
_UPDATE: Final[dict[str, Callable[..., Any]]] = {
    "task": task_update,
    "kpi": kpi_update,
    "objective": objective_update,
    "plan": plan_update,
    "account": account_update,
}
_DELETE: Final[dict[str, Callable[..., Any]]] = {
    "task": task_delete,
    "kpi": kpi_delete,
    "objective": objective_delete,
    "activity": activity_delete,
}
# What can be completed by hand, and what can be deleted here: the others have a list for that.
COMPLETED: Final = ("task", "objective")
DELETED: Final = tuple(_DELETE)


def due_update(
    *,
    actor: User,
    kind: str,
    record: Any,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a record of one kind. Raises what its own service raises."""
    changed: list[str] = _UPDATE[kind](actor=actor, **{kind: record}, changes=changes, shown=shown)
    return changed


def due_move(
    *, actor: User, kind: str, record: Any, day: dt.date, shown: dt.date | None
) -> list[str]:
    """Let a record be due on another day than the one that was `shown`; a later start comes along.

    Raises Conflict when somebody else moved it meanwhile, ValidationError where its own service
    refuses the day: one outside of the playbook (R-PB-1).
    """
    end, start = DAYS[kind]
    changes: dict[str, Any] = {end: day}
    if start:
        begins, _ = moved(getattr(record, start), getattr(record, end), day)
        if begins != getattr(record, start):
            changes[start] = begins
    return due_update(actor=actor, kind=kind, record=record, changes=changes, shown={end: shown})


def due_complete(*, actor: User, kind: str, record: Any, done: bool) -> list[str]:
    """Complete a task or an objective, or open it again (R-OBJ-5, R-OBJ-6).

    Raises ValidationError for an objective when there is no status for that.
    """
    if kind == "task":
        status: Any = TaskStatus.COMPLETED if done else TaskStatus.IN_PROGRESS
        return task_update(actor=actor, task=record, changes={"status": status})
    wanted = StatusKind.COMPLETED if done else StatusKind.IN_PROGRESS
    status = first_status(wanted)
    if status is None:
        raise ValidationError(
            f"There is no active status of the kind “{wanted.label}”. An administrator can add one."
        )
    return objective_update(actor=actor, objective=record, changes={"status": status})


def due_delete(*, actor: User, kind: str, record: Any) -> None:
    """Delete a record. Raises ValidationError with what is in the way (R-OBJ-4)."""
    _DELETE[kind](actor=actor, **{kind: record})
