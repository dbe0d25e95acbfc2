"""Filters of the lists of success plans and business challenges."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse_lazy

from apps.accounts.filters import ChildrenFilter, OfAccountFilter
from apps.accounts.models import Resource
from apps.core.choices import Level
from apps.core.fields import LookupField
from apps.core.filters import (
    ChoiceFilter,
    RecordFilter,
    SearchFilter,
    VocabularyFilter,
    YesNoFilter,
)
from apps.plans.choices import ChallengeStatus, PlanStatus
from apps.plans.models import BusinessChallenge, ChallengeCategory, SuccessPlan


class LookupFilter(django_filters.ModelChoiceFilter):
    """One record out of very many, suggested while one types."""

    field_class = LookupField


def account_filter() -> OfAccountFilter:
    """The rows of one account, or of it and all below it."""
    return OfAccountFilter()


def owner_filter(**kwargs: Any) -> LookupFilter:
    """The rows that one resource owns."""
    url = reverse_lazy("resources:options")
    return LookupFilter(queryset=Resource.objects.all(), url=url, label="Owner", **kwargs)


class PlanFilter(RecordFilter):
    """Filters of the list of success plans."""

    q = SearchFilter("name", "description")
    status = ChoiceFilter(PlanStatus.choices)
    account = account_filter()
    children = ChildrenFilter()
    owner = owner_filter()
    mine = YesNoFilter(method="of_mine", label="Mine")

    class Meta:
        model = SuccessPlan
        fields: list[str] = []

    def of_mine(self, rows: QuerySet[SuccessPlan], name: str, value: bool) -> QuerySet[SuccessPlan]:
        """Those that the person's own resource owns, or the others."""
        user = self.request.user
        return rows.filter(owner__user=user) if value else rows.exclude(owner__user=user)


class ChallengeFilter(RecordFilter):
    """Filters of the list of business challenges."""

    q = SearchFilter("title", "description")
    status = ChoiceFilter(ChallengeStatus.choices)
    severity = ChoiceFilter(Level.choices)
    category = VocabularyFilter(ChallengeCategory)
    account = account_filter()
    children = ChildrenFilter()

    class Meta:
        model = BusinessChallenge
        fields: list[str] = []
