"""Filters of the lists of customers, contacts and resources."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse_lazy

from apps.accounts.choices import AccountStatus, LifecycleStage
from apps.accounts.models import Account, AccountTag, Contact, Resource, Role
from apps.accounts.selectors import my_accounts
from apps.core.filters import (
    ChoiceFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    VocabularyFilter,
    YesNoFilter,
)
from apps.core.models import Tag
from apps.core.scope import today


class AccountFilter(RecordFilter):
    """Filters of the list of accounts."""

    RENEWALS = [("30", "in 30 days"), ("90", "in 90 days"), ("180", "in 180 days")]

    q = SearchFilter("name", "external_id", "industry", "country")
    status = ChoiceFilter(AccountStatus.choices)
    lifecycle_stage = ChoiceFilter(LifecycleStage.choices, label="Lifecycle")
    tier = django_filters.CharFilter(lookup_expr="iexact", label="Tier")
    industry = django_filters.CharFilter(lookup_expr="icontains", label="Industry")
    renewal = ChoiceFilter(RENEWALS, method="of_renewal", label="Renewal")
    tag = VocabularyFilter(Tag, method="of_tag", label="Tag")
    mine = YesNoFilter(method="of_mine", label="Mine")

    class Meta:
        model = Account
        fields: list[str] = []

    def of_renewal(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        """Renewals from today on, within so many days."""
        day = today(self.request.user)
        return rows.filter(renewal_date__range=(day, day + dt.timedelta(days=int(value))))

    def of_tag(self, rows: QuerySet[Account], name: str, value: Any) -> QuerySet[Account]:
        """The accounts that carry a tag."""
        return rows.filter(Exists(AccountTag.objects.filter(account=OuterRef("pk"), tag=value)))

    def of_mine(self, rows: QuerySet[Account], name: str, value: bool) -> QuerySet[Account]:
        """My accounts (R-VIS-1), or the others."""
        mine = my_accounts(self.request.user).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)


class ContactFilter(RecordFilter):
    """Filters of the list of contacts."""

    q = SearchFilter("name", "email", "title")
    account = LookupFilter(
        queryset=Account.objects.all(), url=reverse_lazy("accounts:options"), label="Account"
    )
    is_active = YesNoFilter(label="Active")

    class Meta:
        model = Contact
        fields: list[str] = []


class ResourceFilter(RecordFilter):
    """Filters of the list of resources."""

    q = SearchFilter("name", "email")
    role = VocabularyFilter(Role)
    is_active = YesNoFilter(label="Active")

    class Meta:
        model = Resource
        fields: list[str] = []
