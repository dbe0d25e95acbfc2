"""Filters of the lists of success plans and business challenges."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.accounts.filters import RESOURCES, ChildrenFilter, OfAccountFilter
from apps.accounts.models import Resource
from apps.accounts.team_selectors import CHOICES as WHOSE
from apps.accounts.team_selectors import owned
from apps.core.choices import Level
from apps.core.due_rules import REVIEW_CHOICES
from apps.core.filters import (
    ChoiceFilter,
    DueFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    StaleFilter,
    VocabularyFilter,
)
from apps.plans.choices import ChallengeStatus, PlanStatus
from apps.plans.due_selectors import PLAN_OPEN
from apps.plans.models import BusinessChallenge, ChallengeCategory, SuccessPlan


def owner_filter(**kwargs: Any) -> LookupFilter:
    """The rows that one resource owns."""
    return LookupFilter(queryset=Resource.objects.all(), url=RESOURCES, label="Owner", **kwargs)


class MineFilter(ChoiceFilter):
    """The rows that the person's own resource owns, one of the team, or others.

    `owner` is the path of the owner.
    """

    def __init__(self, owner: str = "owner") -> None:
        super().__init__(WHOSE, label="Whose")
        self.owner = owner

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        return rows.filter(owned(self.parent.request.user, self.owner, value))


class PlanFilter(RecordFilter):
    """Filters of the list of success plans."""

    q = SearchFilter("plan")
    status = ChoiceFilter(PlanStatus.choices)
    account = OfAccountFilter()
    children = ChildrenFilter()
    owner = owner_filter()
    mine = MineFilter()
    due = DueFilter("end_date", PLAN_OPEN)
    review = DueFilter("review_date", PLAN_OPEN, choices=REVIEW_CHOICES, label="Business review")
    stale = StaleFilter("plan", PLAN_OPEN)

    class Meta:
        model = SuccessPlan
        fields: list[str] = []


class ChallengeFilter(RecordFilter):
    """Filters of the list of business challenges."""

    q = SearchFilter("challenge")
    status = ChoiceFilter(ChallengeStatus.choices)
    severity = ChoiceFilter(Level.choices)
    category = VocabularyFilter(ChallengeCategory)
    account = OfAccountFilter()
    children = ChildrenFilter()

    class Meta:
        model = BusinessChallenge
        fields: list[str] = []
