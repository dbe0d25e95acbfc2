"""What Value Tracker shows: the KPIs of a plan, an account, an objective or my accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from apps.accounts.models import Account
from apps.accounts.selectors import my_accounts
from apps.core.choices import ProgressStatus
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import kpis
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan

# How many rows are read at once; then "show more".
MOST: Final = 500
BLOCKED: Final = "blocked"

SORTS: Final = {
    "title": "title",
    "baseline": "baseline",
    "current": "current",
    "target": "target",
    "progress": "percent_complete",
    "target_date": "target_date",
    "status": "kpi_status",
    "category": "category__position",
    "unit": "unit__position",
}


@dataclass(frozen=True)
class Scope:
    """Whose KPIs: of one record, with its child accounts if wanted, else of my accounts."""

    user: Any
    plan: SuccessPlan | None = None
    account: Account | None = None
    objective: Objective | None = None
    children: bool = False

    def rows(self) -> QuerySet[ObjectiveKpi]:
        """All KPIs of the scope that the person sees."""
        rows = kpis(self.user)
        if self.objective:
            return rows.filter(objective=self.objective)
        if self.plan:
            return rows.filter(objective__plan=self.plan)
        if self.account and self.children:
            below = Account.objects.visible_to(self.user).below([self.account.pk])
            return rows.filter(objective__account__in=below)
        if self.account:
            return rows.filter(objective__account=self.account)
        return rows.filter(objective__account__in=my_accounts(self.user))


def filtered(rows: QuerySet[ObjectiveKpi], status: str) -> QuerySet[ObjectiveKpi]:
    """Only those of one status, or the blocked ones (R-KPI-4, R-KPI-8)."""
    if status == BLOCKED:
        return rows.filter(Q(is_blocked=True) | Q(blocked_by_status=True))
    return rows.filter(kpi_status=status) if status in ProgressStatus.values else rows


def ordered(rows: QuerySet[ObjectiveKpi], sort: str) -> QuerySet[ObjectiveKpi]:
    """Grouped by account and objective; sorted within an objective."""
    path = F(SORTS.get(sort.lstrip("-"), "title"))
    key = path.desc(nulls_last=True) if sort.startswith("-") else path.asc(nulls_last=True)
    return rows.order_by(
        "objective__account__name", "objective__name", "objective_id", key, "title", "pk"
    )
