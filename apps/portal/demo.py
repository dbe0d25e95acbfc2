"""A plan that the demo shares with its customer: most of it, with two contacts."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import Count, Q

from apps.accounts.models import Contact
from apps.core import history
from apps.core.choices import Door
from apps.core.models import User
from apps.core.scope import today
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import OVER_STATUSES
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.portal.models import Share
from apps.portal.services import share_create, token_of

WHO: Final = "mara.koch@demo.example"
OPEN_FOR: Final = dt.timedelta(days=365)
# Contacts, and tasks that are theirs to do.
PEOPLE: Final = 2
TASKS_OF_THEIRS: Final = 3


def load() -> str:
    """The token of the demo's share, made at the first call; empty where there is nothing to share."""
    made = Share.objects.order_by("pk").first()
    if made is not None:
        return token_of(made)
    actor = User.objects.filter(email=WHO).first()
    plan = _plan(actor) if actor else None
    if actor is None or plan is None:
        return ""
    contacts = list(
        Contact._default_manager.filter(account=plan.account_id, is_active=True)
        .exclude(email="")
        .order_by("pk")[:PEOPLE]
    )
    with history.through(Door.SHELL), history.operation(actor):
        _mark(plan, contacts)
        share = share_create(
            actor=actor,
            values={
                "plan": plan,
                "contacts": contacts,
                "may_complete": True,
                "last_day": today(actor) + OPEN_FOR,
            },
        )
    return token_of(share)


def _plan(actor: User) -> SuccessPlan | None:
    """The plan of this person's that has most to show."""
    rows: list[SuccessPlan] = list(
        SuccessPlan._default_manager.filter(owner__user=actor, status=PlanStatus.ACTIVE)
        .annotate(
            kpis=Count(
                "objectives__kpis", filter=Q(objectives__kpis__baseline__gt=0), distinct=True
            ),
            people=Count(
                "account__contacts", filter=~Q(account__contacts__email=""), distinct=True
            ),
        )
        .filter(people__gte=1)
        .order_by("-kpis", "pk")[:1]
    )
    return rows[0] if rows else None


def _mark(plan: SuccessPlan, contacts: list[Contact]) -> None:
    """All but one of each kind is for the customer: what stays internal is seen too."""
    plan.is_shared = True
    plan.save(update_fields=["is_shared", "updated_at"])
    for rows, flag in (
        (Objective._default_manager.filter(plan=plan), "is_external"),
        (ObjectiveKpi._default_manager.filter(objective__plan=plan), "is_external"),
        (Playbook._default_manager.filter(plan=plan), "is_shared"),
        (PlaybookTask._default_manager.filter(plan=plan), "is_shared"),
    ):
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        kept = ids[:-1] if len(ids) > 2 else ids
        rows.filter(pk__in=kept).update(**{flag: True})
    theirs = PlaybookTask._default_manager.filter(plan=plan, is_shared=True)
    theirs = theirs.exclude(status__in=OVER_STATUSES).exclude(status="draft").order_by("pk")
    for task, contact in zip(theirs[:TASKS_OF_THEIRS], contacts * TASKS_OF_THEIRS, strict=False):
        TaskAssignment.objects.get_or_create(task=task, contact=contact)
