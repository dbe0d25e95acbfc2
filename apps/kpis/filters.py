"""What the list of KPIs can be narrowed to."""

from __future__ import annotations

import re
from typing import Any, Final

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.urls import reverse_lazy

from apps.accounts.filters import ChildrenFilter, OfAccountFilter, WhoseAccountsFilter
from apps.core.choices import ProgressStatus
from apps.core.filters import (
    ChoiceFilter,
    DueFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    StaleFilter,
    VocabularyFilter,
)
from apps.core.models import Unit
from apps.kpis.due_selectors import KPI_OPEN, OF_OPEN_OBJECTIVE
from apps.kpis.models import KpiCategory, ObjectiveKpi
from apps.kpis.selectors import BETTER, BLOCKED, UNMEASURED, WORSE
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective
from apps.plans.filters import MineFilter, owner_filter
from apps.plans.models import SuccessPlan

# Where a KPI stands against its baseline, in its own direction.
GAINS: Final[dict[str, tuple[str, Q]]] = {
    "better": ("Better than baseline", BETTER),
    "same": ("As at the baseline", Q(current=F("baseline"))),
    "worse": ("Worse than baseline", WORSE),
    "missing": ("Without baseline or current", UNMEASURED),
}


class KpiSearch(SearchFilter):
    """Words of the KPI, its objective or account; or the number that people quote."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        quoted = re.fullmatch(r"(?i)\s*OKPI-?0*(\d{1,18})\s*", str(value or ""))
        if quoted:
            return rows.filter(pk=int(quoted[1]))
        return super().filter(rows, value)


class KpiFilter(RecordFilter):
    """By text, status, category, owner of the objective, account, block and target date."""

    q = KpiSearch("kpi", above={"objective": "objective", "objective__account": "account"})
    status = ChoiceFilter(ProgressStatus.choices, field_name="kpi_status", label="Status")
    category = VocabularyFilter(KpiCategory, null_label="No category")
    unit = VocabularyFilter(Unit, null_label="No unit")
    gain = ChoiceFilter(
        [(key, label) for key, (label, _) in GAINS.items()], method="by_gain", label="Gain"
    )
    account = OfAccountFilter(field_name="objective__account")
    children = ChildrenFilter()
    plan = LookupFilter(
        queryset=SuccessPlan.objects.all(),
        field_name="objective__plan",
        url=reverse_lazy("plans:options"),
        label="Success plan",
    )
    objective = LookupFilter(
        queryset=Objective.objects.all(),
        field_name="objective",
        url=reverse_lazy("objectives:options"),
        label="Objective",
    )
    owner = owner_filter(field_name="objective__owner")
    mine = MineFilter("objective__owner")
    accounts = WhoseAccountsFilter("objective__account")
    blocked = ChoiceFilter(
        [("yes", "Blocked"), ("no", "Not blocked")], label="Blocked", method="by_block"
    )
    due = DueFilter("target_date", KPI_OPEN)
    stale = StaleFilter("kpi", KPI_OPEN)
    objective_kind = ChoiceFilter(
        [("open", "Open"), *StatusKind.choices], method="of_kind", label="Kind of objective status"
    )
    due_from = django_filters.DateFilter(
        field_name="target_date",
        lookup_expr="gte",
        label="Target from",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    due_to = django_filters.DateFilter(
        field_name="target_date",
        lookup_expr="lte",
        label="Target until",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = ObjectiveKpi
        fields: list[str] = []

    def by_block(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Blocked by hand or by the objective's status (R-KPI-8)."""
        return rows.filter(BLOCKED) if value == "yes" else rows.exclude(BLOCKED)

    def by_gain(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By where the current value stands against the baseline."""
        return rows.filter(GAINS[value][1])

    def of_kind(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By what the status of the objective means; open is whatever is not done and over."""
        of_kind = OF_OPEN_OBJECTIVE if value == "open" else Q(objective__status__kind=value)
        return rows.filter(of_kind)
