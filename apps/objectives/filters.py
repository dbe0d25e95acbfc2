"""Filters of the list of objectives."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.urls import reverse_lazy

from apps.accounts.filters import ChildrenFilter, OfAccountFilter, WhoseAccountsFilter
from apps.core.choices import Level
from apps.core.filters import (
    ChoiceFilter,
    DayFilter,
    DueFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    StaleFilter,
    VocabularyFilter,
)
from apps.core.models import Tag
from apps.core.scope import today, zone
from apps.objectives.choices import Outcome, StatusKind
from apps.objectives.due_selectors import OBJECTIVE_OPEN
from apps.objectives.models import Objective, ObjectiveCategory, ObjectiveStatus
from apps.objectives.outcome_selectors import of_outcome
from apps.plans.filters import MineFilter, owner_filter
from apps.plans.models import SuccessPlan

BANDS = {
    "none": ("Nothing yet", {"progress": 0}),
    "some": ("Under way", {"progress__gt": 0, "progress__lt": 1}),
    "all": ("Complete", {"progress": 1}),
}

# How many days back, today counted.
COMPLETED = [("7", "Last 7 days"), ("30", "Last 30 days"), ("91", "Last 13 weeks")]
COMPLETED += [("365", "Last 365 days")]


class ObjectiveFilter(RecordFilter):
    """Filters of the list of objectives."""

    q = SearchFilter("objective")
    status = VocabularyFilter(ObjectiveStatus)
    kind = ChoiceFilter(
        [("open", "Open"), *StatusKind.choices], method="of_kind", label="Kind of status"
    )
    category = VocabularyFilter(ObjectiveCategory)
    priority = ChoiceFilter(Level.choices)
    risk = ChoiceFilter(Level.choices, label="Risk level")
    progress = ChoiceFilter(
        [(key, label) for key, (label, _) in BANDS.items()], method="in_band", label="Progress"
    )
    account = OfAccountFilter()
    children = ChildrenFilter()
    plan = LookupFilter(
        queryset=SuccessPlan.objects.all(), url=reverse_lazy("plans:options"), label="Success plan"
    )
    owner = owner_filter()
    mine = MineFilter()
    accounts = WhoseAccountsFilter()
    due = DueFilter("due_date", OBJECTIVE_OPEN)
    outcome = ChoiceFilter(Outcome.choices, method="of_outcome", label="Outcome")
    due_from = DayFilter("due_date", "gte", label="Due from")
    due_to = DayFilter("due_date", "lte", label="Due until")
    completed = ChoiceFilter(COMPLETED, method="completed_within", label="Completed")
    stale = StaleFilter("objective", OBJECTIVE_OPEN)
    tag = VocabularyFilter(Tag, field_name="tags", label="Tag")

    class Meta:
        model = Objective
        fields: list[str] = []

    def of_kind(self, rows: QuerySet[Objective], name: str, value: str) -> QuerySet[Objective]:
        """By what the status means; open is whatever is not done and over."""
        if value == "open":
            return rows.filter(OBJECTIVE_OPEN)
        return rows.filter(status__kind=value)

    def of_outcome(self, rows: QuerySet[Objective], name: str, value: str) -> QuerySet[Objective]:
        """By what came of them, on the person's day."""
        user = self.request.user
        return of_outcome(rows, value, today(user), zone(user))

    def completed_within(
        self, rows: QuerySet[Objective], name: str, value: str
    ) -> QuerySet[Objective]:
        """By when they were completed, in the person's days."""
        user = self.request.user
        first = today(user) - dt.timedelta(days=int(value) - 1)
        return rows.filter(completed_at__gte=dt.datetime.combine(first, dt.time(), zone(user)))

    def in_band(self, rows: QuerySet[Objective], name: str, value: str) -> QuerySet[Objective]:
        """By progress: nothing, something, all."""
        return rows.filter(**BANDS[value][1])
