"""Which success plans can still be due (R-DUE-1)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan

# Neither completed nor archived: what goes on, or is yet to begin.
PLAN_OPEN: Final = ~Q(status__in=(PlanStatus.COMPLETED, PlanStatus.ARCHIVED))


def plan_goes_on(plan: SuccessPlan) -> bool:
    """The same of one plan."""
    return plan.status not in (PlanStatus.COMPLETED, PlanStatus.ARCHIVED)
