"""Filters of the lists of success plans and business challenges."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.accounts.filters import RESOURCES, ChildrenFilter, OfAccountFilter
from apps.accounts.models import Resource
from apps.core.choices import Level
from apps.core.filters import (
    ChoiceFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    VocabularyFilter,
    YesNoFilter,
)
from apps.plans.choices import ChallengeStatus, PlanStatus
from apps.plans.models import BusinessChallenge, ChallengeCategory, SuccessPlan


def owner_filter(**kwargs: Any) -> LookupFilter:
    """The rows that one resource owns."""
    return LookupFilter(queryset=Resource.objects.all(), url=RESOURCES, label="Owner", **kwargs)


class MineFilter(YesNoFilter):
    """The rows that the person's own resource owns, or the others; `owner` is its path."""

    def __init__(self, owner: str = "owner") -> None:
        super().__init__(label="Mine")
        self.owner = owner

    def filter(self, rows: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        if value is None:
            return rows
        mine = {f"{self.owner}__user": self.parent.request.user}
        return rows.filter(**mine) if value else rows.exclude(**mine)


class PlanFilter(RecordFilter):
    """Filters of the list of success plans."""

    q = SearchFilter("name", "description")
    status = ChoiceFilter(PlanStatus.choices)
    account = OfAccountFilter()
    children = ChildrenFilter()
    owner = owner_filter()
    mine = MineFilter()

    class Meta:
        model = SuccessPlan
        fields: list[str] = []


class ChallengeFilter(RecordFilter):
    """Filters of the list of business challenges."""

    q = SearchFilter("title", "description")
    status = ChoiceFilter(ChallengeStatus.choices)
    severity = ChoiceFilter(Level.choices)
    category = VocabularyFilter(ChallengeCategory)
    account = OfAccountFilter()
    children = ChildrenFilter()

    class Meta:
        model = BusinessChallenge
        fields: list[str] = []
