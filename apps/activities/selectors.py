"""Reads of CS activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import CharField, F, QuerySet

from apps.accounts.models import Account, Contact, Resource
from apps.activities.models import ActivityType, CsActivity
from apps.activities.rules import WHAT
from apps.core.rules import record_id
from apps.kpis.expressions import Written
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask

# Each record that an activity can be linked to, with what it lies in.
LINKED: Final[dict[str, QuerySet[Any]]] = {
    "task": PlaybookTask.objects.select_related("account", "plan", "objective", "playbook"),
    "kpi": ObjectiveKpi.objects.select_related("objective__account", "objective__plan"),
    "playbook": Playbook.objects.select_related("account", "plan", "objective"),
    "objective": Objective.objects.select_related("account", "plan"),
    "plan": SuccessPlan.objects.select_related("account"),
}

# What a line of the list shows: a million activities carry long notes that it does not need.
SHOWN: Final = (
    "subject",
    "happened_at",
    "duration",
    "updated_at",
    "record_type",
    "custom",
    "type__label",
    "type__tint",
    "account__name",
    "owner__name",
    *(f"{name}_id" for name in WHAT),
)


class AboutName(Written):
    """The name of the lowest record that an activity is linked to.

    Looked up by id: joining all five tables takes the planner longer than all else on the page.
    """

    output_field = CharField()
    parts = ("task_id", "kpi_id", "playbook_id", "objective_id", "plan_id")
    steps = """CASE
        WHEN {task_id} IS NOT NULL
            THEN (SELECT name FROM playbooks_playbooktask one WHERE one.id = {task_id})
        WHEN {kpi_id} IS NOT NULL
            THEN (SELECT title FROM kpis_objectivekpi one WHERE one.id = {kpi_id})
        WHEN {playbook_id} IS NOT NULL
            THEN (SELECT name FROM playbooks_playbook one WHERE one.id = {playbook_id})
        WHEN {objective_id} IS NOT NULL
            THEN (SELECT name FROM objectives_objective one WHERE one.id = {objective_id})
        ELSE (SELECT name FROM plans_successplan one WHERE one.id = {plan_id}) END"""

    def __init__(self) -> None:
        super().__init__(*(F(name) for name in self.parts))


def activities(user: Any) -> QuerySet[CsActivity]:
    """The activities this person sees (R-VIS-1), with what a line of the list shows.

    `about_name` names the lowest record that one is linked to.
    """
    rows: QuerySet[CsActivity] = CsActivity.objects.visible_to(user)
    shown = rows.select_related("type", "account", "owner").only(*SHOWN)
    return shown.annotate(about_name=AboutName())


def activity_rows(user: Any) -> QuerySet[CsActivity]:
    """The activities this person sees, whole, with all that a page of one shows."""
    rows: QuerySet[CsActivity] = CsActivity.objects.visible_to(user)
    return rows.select_related("type", "account", "owner", "author", *WHAT)


def contacts_offered(user: Any, account: Account | None, activity: CsActivity) -> QuerySet[Contact]:
    """Who can have been present: the account's people, and those who are linked already."""
    rows: QuerySet[Contact] = Contact.objects.visible_to(user)
    offered = rows.filter(account=account, is_active=True) if account else rows.none()
    if activity.pk:
        offered = offered | rows.filter(pk__in=activity.contact_links.values("contact"))
    return offered.order_by("name", "pk")


def resources_offered(activity: CsActivity) -> QuerySet[Resource]:
    """Who of us can have been present: the active ones, and those who are linked already."""
    offered = Resource.objects.filter(is_active=True)
    if activity.pk:
        offered = offered | Resource.objects.filter(
            pk__in=activity.resource_links.values("resource")
        )
    return offered.order_by("name", "pk")


def account_of(field: str, record: Any) -> Account | None:
    """The account of a record that an activity can be linked to."""
    found: Account | None = record.objective.account if field == "kpi" else record.account
    return found


def named_in(user: Any, query: Mapping[str, str]) -> dict[str, Any]:
    """What an address fills in: `?kpi=12`, or `?account=1&plan=2`; a link brings its account.

    What the person may not see, or what lies in a template, is left out.
    """
    sources: dict[str, Any] = {**LINKED, "account": Account.objects.all()}
    found: dict[str, Any] = {}
    for name, rows in sources.items():
        pk = record_id(query.get(name, ""))
        if pk is not None:
            record = rows.visible_to(user).filter(pk=pk).first()
            if record is not None:
                found[name] = record
    lowest = next((name for name in WHAT if name in found), None)
    if lowest is not None:
        found["account"] = account_of(lowest, found[lowest])
    return found


def note_type() -> ActivityType | None:
    """The type of a quick note: the first of the vocabulary, a note unless it was reordered."""
    return ActivityType.objects.filter(is_active=True).first()
