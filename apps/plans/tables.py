"""Columns of the lists of success plans and business challenges."""

from __future__ import annotations

from typing import Any

from apps.core import ui
from apps.core.access import may
from apps.core.person import Person
from apps.core.rules import percent_shown
from apps.core.tables import Cell, Column, Table, date, last_touch, link, moment, text
from apps.core.touch_selectors import touched_at
from apps.core.ui import escape
from apps.plans.choices import ChallengeStatus, PlanStatus
from apps.plans.due_selectors import plan_goes_on

PLAN_TINTS: dict[str, str] = {
    PlanStatus.DRAFT: "grey",
    PlanStatus.ACTIVE: "green",
    PlanStatus.ON_HOLD: "amber",
    PlanStatus.COMPLETED: "cyan",
    PlanStatus.ARCHIVED: "grey",
}
CHALLENGE_TINTS: dict[str, str] = {
    ChallengeStatus.OPEN: "red",
    ChallengeStatus.IN_PROGRESS: "blue",
    ChallengeStatus.RESOLVED: "green",
    ChallengeStatus.DISMISSED: "grey",
}


def own_status(tints: dict[Any, str]) -> Cell:
    """The record's own status in its colour."""

    def cell(record: Any, person: Person) -> str:
        return ui.own_status(record.get_status_display(), tints[record.status])

    return cell


def progress(record: Any, person: Person) -> str:
    """The annotated progress as a bar, rounded down."""
    return ui.progress_bar(percent_shown(record.progress))


def shared_link(prefix: str, shared: str) -> Cell:
    """A link to the record, with a mark when the customer sees it."""

    def cell(record: Any, person: Person) -> str:
        mark = f" {ui.shared_mark()}" if getattr(record, shared) else ""
        return f'<a href="{prefix}{record.pk}/">{escape(str(record))}</a>{mark}'

    return cell


def level(name: str) -> Cell:
    """A priority, risk or severity."""

    def cell(record: Any, person: Person) -> str:
        return ui.level(getattr(record, name))

    return cell


def _delete_plan(record: Any, person: Person) -> str:
    if not may(person.user, "plan.delete"):
        return ""
    label = escape(f"Delete {record}")
    return (
        f'<a class="icon-button" href="/plans/{record.pk}/delete/" aria-label="{label}"'
        f' title="{label}">{ui.icon("trash")}</a>'
    )


class PlanTable(Table):
    """The list of success plans; the only place that offers to delete one (R-PLAN-1)."""

    record = "plan"
    talked_about = True
    reads = (
        "name",
        "is_shared",
        "status",
        "start_date",
        "end_date",
        "review_date",
        "updated_at",
    )
    name = Column(shared_link("/plans/", "is_shared"))
    account = Column(
        link("/accounts/", "account.name", key="account_id"),
        order_by="account__name",
        reads=["account__name"],
        groups=True,
    )
    status = Column(own_status(PLAN_TINTS), edits="status", groups=True)
    owner = Column(
        text("owner.name"),
        order_by="owner__name",
        reads=["owner__name"],
        opens="allocate",
        groups=True,
    )
    start_date = Column(date("start_date"), verbose_name="Start", edits="start_date")
    end_date = Column(date("end_date"), verbose_name="End", edits="end_date")
    progress = Column(progress)
    review_date = Column(
        date("review_date"), verbose_name="Business review", default=False, edits="review_date"
    )
    touched_at = Column(
        last_touch("plan", plan_goes_on),
        verbose_name="Last touch",
        default=False,
        adds={"touched_at": touched_at("plan")},
    )
    updated_at = Column(moment("updated_at"), verbose_name="Updated", default=False)
    actions = Column(_delete_plan, verbose_name="Delete", orderable=False)


class ChallengeTable(Table):
    """The list of business challenges."""

    record = "challenge"
    talked_about = True
    title = Column(link("/challenges/"))
    account = Column(
        link("/accounts/", "account.name", key="account_id"), order_by="account__name", groups=True
    )
    category = Column(
        text("category"), order_by="category__position", edits="category", groups=True
    )
    severity = Column(level("severity"), order_by="severity_rank", edits="severity", groups=True)
    status = Column(own_status(CHALLENGE_TINTS), edits="status", groups=True)
    identified_on = Column(
        date("identified_on"), verbose_name="Identified on", edits="identified_on"
    )
    updated_at = Column(moment("updated_at"), verbose_name="Updated", default=False)
