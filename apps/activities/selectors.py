"""Reads of CS activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet

from apps.accounts.models import Account, Contact, Resource
from apps.activities.models import ActivityType, CsActivity
from apps.activities.rules import WHAT
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
    "type__label",
    "type__tint",
    "account__name",
    "owner__name",
    "plan__name",
    "objective__name",
    "kpi__title",
    "playbook__name",
    "task__name",
)


def activities(user: Any) -> QuerySet[CsActivity]:
    """The activities this person sees (R-VIS-1), with what a line of the list shows."""
    rows: QuerySet[CsActivity] = CsActivity.objects.visible_to(user)
    return rows.select_related("type", "account", "owner", *WHAT).only(*SHOWN)


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
        value = query.get(name, "")
        if value.isdecimal():
            record = rows.visible_to(user).filter(pk=value).first()
            if record is not None:
                found[name] = record
    lowest = next((name for name in WHAT if name in found), None)
    if lowest is not None:
        found["account"] = account_of(lowest, found[lowest])
    return found


def note_type() -> ActivityType | None:
    """The type of a quick note: the first of the vocabulary, a note unless it was reordered."""
    return ActivityType.objects.filter(is_active=True).first()
