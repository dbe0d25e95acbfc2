"""Columns of the lists of playbooks and tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from apps.core import ui
from apps.core.person import Person
from apps.core.tables import Cell, Column, Table, date, link, moment, text
from apps.core.ui import escape
from apps.plans.tables import level, progress, shared_link
from apps.playbooks.choices import OVER_STAGES, OVER_STATUSES, TINTS
from apps.playbooks.rules import overdue
from apps.playbooks.selectors import assignments


def tinted(name: str) -> Cell:
    """A stage, status or health in its colour."""
    display = f"get_{name}_display"

    def cell(record: Any, person: Person) -> str:
        return ui.own_status(getattr(record, display)(), TINTS[getattr(record, name)])

    return cell


def due(name: str, over: tuple[str, ...]) -> Cell:
    """The end; on what is still open also by how many days it is overdue (R-DUE-1)."""

    def cell(record: Any, person: Person) -> str:
        shown = f'<span class="date">{person.date(record.end_date)}</span>'
        late = overdue(record.end_date, getattr(record, name) in over, person.today)
        return f'{shown} <span class="worse date">{late}</span>' if late else shown

    return cell


def assigned(record: Any, person: Person) -> str:
    """Who is to do a task."""
    names = ", ".join(str(row) for row in record.assigned)
    return escape(names) if names else ui.NONE


def task_name(record: Any, person: Person) -> str:
    """A link to the task, with its pin and flag, and a mark when the customer sees it."""
    pin = f"{ui.pin_mark()} " if getattr(record, "is_ahead", False) else ""
    flag = f"{ui.flag_mark()} " if record.is_flagged else ""
    return f"{pin}{flag}{_shared_task(record, person)}"


_shared_task = shared_link("/tasks/", "is_shared")


def _account() -> Column:
    return Column(
        link("/accounts/", "account.name", key="account_id"),
        order_by="account__name",
        reads=["account__name"],
        groups=True,
    )


def _plan(**kwargs: Any) -> Column:
    return Column(
        link("/plans/", "plan.name", key="plan_id"),
        verbose_name="Success plan",
        order_by="plan__name",
        reads=["plan__name"],
        groups=True,
        **kwargs,
    )


def _objective(**kwargs: Any) -> Column:
    return Column(
        link("/objectives/", "objective.name", key="objective_id"),
        order_by="objective__name",
        reads=["objective__name"],
        groups=True,
        **kwargs,
    )


class PlaybookTable(Table):
    """The list of playbooks."""

    record = "playbook"
    talked_about = True
    reads = ("name", "is_shared", "stage", "status", "start_date", "end_date", "updated_at")
    name = Column(shared_link("/playbooks/", "is_shared"))
    account = _account()
    objective = _objective()
    stage = Column(tinted("stage"), order_by="stage_rank", edits="stage", groups=True)
    status = Column(
        tinted("status"),
        verbose_name="Health",
        order_by="status_rank",
        edits="status",
        groups=True,
    )
    owner = Column(
        text("owner.name"),
        order_by="owner__name",
        reads=["owner__name"],
        opens="allocate",
        groups=True,
    )
    start_date = Column(date("start_date"), verbose_name="Start", edits="start_date")
    end_date = Column(due("stage", OVER_STAGES), verbose_name="End", edits="end_date")
    progress = Column(progress)
    plan = _plan(default=False)
    updated_at = Column(moment("updated_at"), verbose_name="Updated", default=False)


class TaskTable(Table):
    """The list of tasks."""

    record = "task"
    talked_about = True
    reads = (
        "name",
        "is_shared",
        "is_flagged",
        "status",
        "priority",
        "start_date",
        "end_date",
        "completed_at",
        "updated_at",
    )
    name = Column(task_name)
    account = _account()
    playbook = Column(
        link("/playbooks/", "playbook.name", key="playbook_id"),
        order_by="playbook__name",
        reads=["playbook__name"],
        groups=True,
    )
    status = Column(tinted("status"), order_by="status_rank", edits="status", groups=True)
    priority = Column(level("priority"), order_by="priority_rank", edits="priority", groups=True)
    assigned = Column(
        assigned,
        verbose_name="Assigned to",
        orderable=False,
        opens="allocate",
        fetches=[Prefetch("assignments", assignments(), to_attr="assigned")],
    )
    end_date = Column(due("status", OVER_STATUSES), verbose_name="End", edits="end_date")
    progress = Column(progress)
    objective = _objective(default=False)
    plan = _plan(default=False)
    start_date = Column(date("start_date"), verbose_name="Start", default=False, edits="start_date")
    completed_at = Column(moment("completed_at"), verbose_name="Completed", default=False)
    updated_at = Column(moment("updated_at"), verbose_name="Updated", default=False)
