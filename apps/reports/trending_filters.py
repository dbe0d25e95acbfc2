"""What KPI Trending can be narrowed to: the filters of the list of KPIs, and a period."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

from apps.core.filters import ChoiceFilter, DayFilter
from apps.kpis.filters import KpiFilter
from apps.reports.trending_rules import BY, USUAL, WEEKS

FIRST: Final = ("accounts", "period", "since", "until", "by", "account", "plan", "owner")


class TrendingFilter(KpiFilter):
    """Which KPIs, over which weeks, put together by what."""

    period = ChoiceFilter(
        [(str(weeks), f"{weeks} weeks") for weeks in WEEKS if weeks != USUAL],
        empty_label=f"{USUAL} weeks",
        label="Period",
        method="as_it_is",
    )
    since = DayFilter("target_date", "gte", label="Or from", method="as_it_is")
    until = DayFilter("target_date", "lte", label="To", method="as_it_is")
    by = ChoiceFilter(
        [(name, label) for name, label in BY.items() if name != "account"],
        empty_label=BY["account"],
        label="Compare by",
        method="as_it_is",
    )

    def as_it_is(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """The period and the comparison choose no KPIs."""
        return rows

    @property
    def form(self) -> Any:
        """The boxes; whose KPIs and which weeks come first."""
        if not hasattr(self, "_form"):
            super().form.order_fields(FIRST)
        return super().form

    def asked(self, name: str) -> Any:
        """What was chosen in one of the boxes; None where nothing or nonsense was."""
        if not self.form.is_bound:
            return None
        self.form.is_valid()
        return self.form.cleaned_data.get(name) or None
