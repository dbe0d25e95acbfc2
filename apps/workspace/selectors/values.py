"""What Value Tracker shows: the KPIs of a plan, an account, an objective or my accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet

from apps.accounts.models import Account
from apps.accounts.selectors import my_accounts
from apps.core.choices import ProgressStatus
from apps.core.list_rules import sort_keys
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import BLOCKED as IS_BLOCKED
from apps.kpis.selectors import kpis, with_points
from apps.objectives.models import Objective

# How many rows are read at once; then "show more".
MOST: Final = 500
BLOCKED: Final = "blocked"

SORTS: Final = {
    "title": "title",
    "category": "category__position",
    "unit": "unit__position",
    "direction": "direction",
    "baseline": "baseline",
    "current": "current",
    "target": "target",
    "progress": "percent_complete",
    "target_date": "target_date",
    "status": "kpi_status",
    "measured_on": "measured_on",
}


@dataclass(frozen=True)
class Scope:
    """Whose KPIs: of an objective, a plan, an account (with those below it), else of my accounts.

    Only ids: what the person may not see is in no row anyway.
    """

    user: Any
    plan: int | None = None
    account: int | None = None
    objective: int | None = None
    children: bool = False

    def rows(self) -> QuerySet[ObjectiveKpi]:
        """All KPIs of the scope that the person sees."""
        rows = kpis(self.user)
        if self.objective:
            return rows.filter(objective=self.objective)
        if self.plan:
            return rows.filter(objective__plan=self.plan)
        if self.account and self.children:
            below = Account.objects.visible_to(self.user).below([self.account])
            return rows.filter(objective__account__in=below.order_by().values("pk"))
        if self.account:
            return rows.filter(objective__account=self.account)
        return rows.filter(objective__account__in=my_accounts(self.user).order_by().values("pk"))

    def objectives_without_kpis(self) -> QuerySet[Objective]:
        """Where the first KPI is still missing: in a plan or an objective, else nowhere."""
        rows: QuerySet[Objective] = Objective.objects.visible_to(self.user)
        if self.objective:
            rows = rows.filter(pk=self.objective)
        elif self.plan:
            rows = rows.filter(plan=self.plan)
        else:
            return rows.none()
        measured = Exists(ObjectiveKpi._base_manager.filter(objective=OuterRef("pk")))
        return rows.filter(~measured).select_related("account", "plan").order_by("name", "pk")


def filtered(rows: QuerySet[Any], status: str) -> QuerySet[Any]:
    """Only those of one status, or the blocked ones (R-KPI-4, R-KPI-8)."""
    if status == BLOCKED:
        return rows.filter(IS_BLOCKED)
    return rows.filter(kpi_status=status) if status in ProgressStatus.values else rows


def ordered(rows: QuerySet[ObjectiveKpi], sort: str) -> QuerySet[ObjectiveKpi]:
    """Grouped by account and objective; sorted within an objective, by one key after the other."""
    wanted = [
        F(SORTS[key.removeprefix("-")]).desc(nulls_last=True)
        if key.startswith("-")
        else F(SORTS[key]).asc(nulls_last=True)
        for key in sort_keys(sort, SORTS)
    ]
    return rows.order_by(
        "objective__account__name", "objective__name", "objective_id", *wanted, "title", "pk"
    )


def page(
    scope: Scope, *, status: str = "", sort: str = "", limit: int = MOST
) -> tuple[list[ObjectiveKpi], bool]:
    """The first rows with their `points`, and whether there are more."""
    rows = ordered(filtered(with_points(scope.rows()), status), sort)
    found = list(rows[: limit + 1])
    return found[:limit], len(found) > limit
