"""What a customer sees of an account, and nothing else (R-EXT-1, R-EXT-2, R-EXT-5).

Every page, mail and file for customers reads its records through these five functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db.models import Q, QuerySet

from apps.kpis.models import ObjectiveKpi
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import Stage, TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask
from apps.portal.models import Share

# What is never shown, whatever it is marked (R-EXT-2).
NEVER_PLANS: Final = (PlanStatus.DRAFT, PlanStatus.ARCHIVED)
NEVER_OBJECTIVES: Final = (StatusKind.ABANDONED, StatusKind.ARCHIVED)
NEVER_STAGES: Final = (Stage.CANCELED,)
NEVER_TASKS: Final = (TaskStatus.DRAFT, TaskStatus.CANCELED)


def _plan(at: str = "") -> Q:
    return Q(**{f"{at}is_shared": True}) & ~Q(**{f"{at}status__in": NEVER_PLANS})


def _objective(at: str = "") -> Q:
    kind = Q(**{f"{at}status__isnull": True}) | ~Q(**{f"{at}status__kind__in": NEVER_OBJECTIVES})
    return Q(**{f"{at}is_external": True}) & kind & _above(f"{at}plan", _plan)


def _playbook(at: str = "") -> Q:
    own = Q(**{f"{at}is_shared": True}) & ~Q(**{f"{at}stage__in": NEVER_STAGES})
    return own & _above(f"{at}objective", _objective) & _above(f"{at}plan", _plan)


def _task() -> Q:
    own = Q(is_shared=True) & ~Q(status__in=NEVER_TASKS)
    above = _above("playbook", _playbook) & _above("objective", _objective)
    return own & above & _above("plan", _plan)


def _above(path: str, seen: Callable[[str], Q]) -> Q:
    """There is no such parent, or it is seen too."""
    return Q(**{f"{path}__isnull": True}) | seen(f"{path}__")


def _within(share: Share, plan: str = "plan") -> Q:
    own = (
        Q(account=share.account_id)
        if plan != "objective__plan"
        else Q(objective__account=share.account_id)
    )
    return own & Q(**{plan: share.plan_id}) if share.plan_id else own


def plans(share: Share) -> QuerySet[SuccessPlan]:
    """The plans that a share shows: its own, or all shared ones of its account."""
    rows = SuccessPlan._default_manager.filter(_plan(), account=share.account_id)
    return rows.filter(pk=share.plan_id) if share.plan_id else rows


def objectives(share: Share) -> QuerySet[Objective]:
    """The objectives that a share shows."""
    return Objective._default_manager.filter(_objective(), _within(share))


def kpis(share: Share) -> QuerySet[ObjectiveKpi]:
    """The KPIs that a share shows: external ones of objectives that are shown."""
    seen = Q(is_external=True) & _objective("objective__")
    return ObjectiveKpi._default_manager.filter(seen, _within(share, "objective__plan"))


def playbooks(share: Share) -> QuerySet[Playbook]:
    """The playbooks that a share shows."""
    return Playbook._default_manager.filter(_playbook(), _within(share))


def tasks(share: Share) -> QuerySet[PlaybookTask]:
    """The tasks that a share shows: those of playbooks that are shown, and one-off tasks."""
    return PlaybookTask._default_manager.filter(_task(), _within(share))
