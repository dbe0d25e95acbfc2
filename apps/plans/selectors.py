"""Reads of success plans and business challenges."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from apps.accounts.models import Account
from apps.core.choices import Level
from apps.plans.models import BusinessChallenge, SuccessPlan


def rank(name: str) -> Case:
    """High first, whatever the alphabet says; none last."""
    ranks = {Level.HIGH: 1, Level.MEDIUM: 2, Level.LOW: 3}
    return Case(
        *(When(**{name: value}, then=Value(rank)) for value, rank in ranks.items()),
        default=Value(4),
        output_field=IntegerField(),
    )


def plans(user: Any) -> QuerySet[SuccessPlan]:
    """The success plans this person sees, with account and owner.

    Their progress is that of their objectives: see `objectives.selectors.plans_with_progress`.
    """
    rows: QuerySet[SuccessPlan] = SuccessPlan.objects.visible_to(user)
    return rows.select_related("account", "owner")


def challenges(user: Any) -> QuerySet[BusinessChallenge]:
    """The business challenges this person sees, with account and category."""
    rows: QuerySet[BusinessChallenge] = BusinessChallenge.objects.visible_to(user)
    return rows.select_related("account", "category").annotate(severity_rank=rank("severity"))


def challenges_of(user: Any, account: Account | int | None) -> QuerySet[BusinessChallenge]:
    """The challenges that can be linked to records of an account (R-CAS-2)."""
    return challenges(user).filter(account=account).order_by("title", "pk")


def hanging_on(plan: SuccessPlan) -> dict[str, QuerySet[Any, tuple[int, str]]]:
    """What hangs on a plan and stays without it, by kind: id and name of each (R-PLAN-1)."""
    hanging: dict[str, tuple[Any, str]] = {
        "objective": (plan.objectives, "name"),
        "playbook": (plan.playbooks, "name"),
        "task": (plan.tasks, "name"),
        "challenge": (plan.challenges, "title"),
        "activity": (plan.activities, "subject"),
    }
    return {
        kind: rows.order_by(name, "pk").values_list("pk", name)
        for kind, (rows, name) in hanging.items()
    }
