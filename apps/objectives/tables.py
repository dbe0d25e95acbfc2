"""Columns of the list of objectives."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import TruncMonth

from apps.core import ui
from apps.core.person import Person
from apps.core.tables import (
    Column,
    Table,
    date,
    first_tag,
    last_touch,
    link,
    moment,
    number,
    tags,
    text,
)
from apps.core.touch_selectors import touched_at
from apps.objectives.choices import StatusKind
from apps.objectives.due_selectors import objective_goes_on
from apps.plans.tables import level, progress, shared_link


def own_status(record: Any, person: Person) -> str:
    """The objective's own status, with the badge when its KPIs are blocked and it does not say so."""
    status = record.status
    shown = ui.own_status(status.label, status.tint) if status else ui.own_status("")
    says_so = status is not None and status.kind == StatusKind.BLOCKED
    return f"{shown} {ui.blocked_badge()}" if record.blocked and not says_so else shown


def status_alone(record: Any, person: Person) -> str:
    """The status without the badge of blocked KPIs: what rows are grouped under."""
    return ui.own_status(*(record.status.label, record.status.tint) if record.status else ("",))


def owner(record: Any, person: Person) -> str:
    """The resource or the contact who owns the objective."""
    name = "owner_contact.name" if record.owner_contact_id else "owner.name"
    return text(name)(record, person)


def due_month(record: Any, person: Person) -> str:
    """The month in which the objective is due: what rows are grouped under."""
    return ui.NONE if record.due_date is None else f"{record.due_date:%B %Y}"


class ObjectiveTable(Table):
    """The list of objectives."""

    record = "objective"
    talked_about = True
    row_menu = "playbooks/_list_menu.html"
    reads = (
        "name",
        "is_external",
        "priority",
        "risk",
        "health",
        "baseline",
        "current",
        "target",
        "start_date",
        "due_date",
        "owner_contact_id",
        "completed_at",
        "updated_at",
    )
    name = Column(shared_link("/objectives/", "is_external"))
    account = Column(
        link("/accounts/", "account.name", key="account_id"),
        order_by="account__name",
        reads=["account__name"],
        groups=True,
    )
    plan = Column(
        link("/plans/", "plan.name", key="plan_id"),
        verbose_name="Success plan",
        order_by="plan__name",
        reads=["plan__name"],
        groups=True,
    )
    status = Column(
        own_status,
        order_by=("status__position", "status__label"),
        reads=["status__label", "status__tint", "status__kind"],
        edits="status",
        groups=status_alone,
    )
    priority = Column(level("priority"), order_by="priority_rank", edits="priority", groups=True)
    owner = Column(
        owner,
        order_by=("owner__name", "owner_contact__name"),
        reads=["owner__name", "owner_contact__name"],
        opens="allocate",
        groups=True,
    )
    start_date = Column(date("start_date"), verbose_name="Start", default=False, edits="start_date")
    due_date = Column(date("due_date"), verbose_name="Due", edits="due_date")
    progress = Column(progress)
    kpi_count = Column(number("kpi_count"), verbose_name="KPIs", numeric=True)
    category = Column(
        text("category"),
        order_by="category__position",
        reads=["category__label"],
        default=False,
        edits="category",
        groups=True,
    )
    risk = Column(
        level("risk"),
        verbose_name="Risk",
        order_by="risk_rank",
        default=False,
        edits="risk",
        groups=True,
    )
    health = Column(number("health"), numeric=True, default=False, edits="health", groups=True)
    baseline = Column(number("baseline"), numeric=True, default=False, edits="baseline")
    current = Column(number("current"), numeric=True, default=False, edits="current")
    target = Column(number("target"), numeric=True, default=False, edits="target")
    tags = Column(
        tags,
        default=False,
        fetches=["tags"],
        order_by="first_tag",
        adds={"first_tag": first_tag("objective")},
        edits="tags",
    )
    touched_at = Column(
        last_touch("objective", objective_goes_on),
        verbose_name="Last touch",
        default=False,
        adds={"touched_at": touched_at("objective")},
        reads=["status__kind"],
    )
    due_month = Column(
        due_month,
        verbose_name="Month due",
        default=False,
        order_by="month_of_due",
        adds={"month_of_due": TruncMonth("due_date")},
        groups=True,
    )
    completed_at = Column(moment("completed_at"), verbose_name="Completed", default=False)
    updated_at = Column(moment("updated_at"), verbose_name="Updated", default=False)
