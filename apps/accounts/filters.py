"""Filters of the lists of customers, contacts and resources."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy

from apps.accounts.choices import AccountStatus, LifecycleStage
from apps.accounts.due_selectors import ACCOUNT_OPEN
from apps.accounts.models import Account, AccountRole, AccountTag, Contact, Resource, Role
from apps.accounts.team_selectors import CHOICES as WHOSE
from apps.accounts.team_selectors import MINE, OTHERS, TEAM, account_ids_of, accounts_of
from apps.core.due_rules import REVIEW_CHOICES
from apps.core.filters import (
    ChoiceFilter,
    DueFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    VocabularyFilter,
    YesNoFilter,
)
from apps.core.models import Tag
from apps.core.scope import today
from apps.reports.choices import Band
from apps.reports.health_selectors import of_band

ACCOUNTS: Any = reverse_lazy("accounts:options")
RESOURCES: Any = reverse_lazy("resources:options")


class OfAccountFilter(LookupFilter):
    """The rows of one account; with `children=1` beside it also those of all accounts below."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Account")
        super().__init__(queryset=Account.objects.all(), url=ACCOUNTS, **kwargs)

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None or self.parent.data.get("children") != "1":
            plain: QuerySet[Any] = super().filter(rows, value)
            return plain
        seen = Account.objects.visible_to(self.parent.request.user)
        return rows.filter(**{f"{self.field_name}__in": seen.below([value.pk])})


class ChildrenFilter(ChoiceFilter):
    """Whether the account's filter takes those below it too; it filters nothing by itself."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            [("1", "Included")], label="Child accounts", empty_label="Not included", **kwargs
        )

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return rows


class WhoseAccountsFilter(ChoiceFilter):
    """The rows of my accounts, of my team's, or of the others (R-VIS-1); `path` leads to them."""

    def __init__(self, path: str = "account") -> None:
        super().__init__(WHOSE, label="Accounts")
        self.path = path

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        user = self.parent.request.user
        ids = account_ids_of(user, TEAM if value == TEAM else MINE)
        inside = Q(**{f"{self.path}__in": ids})
        return rows.filter(~inside if value == OTHERS else inside)


class AccountFilter(RecordFilter):
    """Filters of the list of accounts."""

    RENEWALS = [("30", "in 30 days"), ("90", "in 90 days"), ("180", "in 180 days")]

    q = SearchFilter("account")
    status = ChoiceFilter(AccountStatus.choices)
    lifecycle_stage = ChoiceFilter(LifecycleStage.choices, label="Lifecycle")
    tier = django_filters.CharFilter(
        lookup_expr="iexact", label="Tier", widget=forms.TextInput(attrs={"size": 10})
    )
    renewal = ChoiceFilter(RENEWALS, method="of_renewal", label="Renewal")
    tag = VocabularyFilter(Tag, method="of_tag", label="Tag")
    parent = LookupFilter(queryset=Account.objects.all(), url=ACCOUNTS, label="Parent account")
    team = LookupFilter(
        queryset=Resource.objects.all(), url=RESOURCES, method="of_team", label="Team member"
    )
    mine = ChoiceFilter(WHOSE, method="of_mine", label="Whose")
    review = DueFilter(
        "next_review_date", ACCOUNT_OPEN, choices=REVIEW_CHOICES, label="Business review"
    )

    health = ChoiceFilter(Band.choices, method="of_health", label="Health")

    class Meta:
        model = Account
        fields: list[str] = []

    def of_health(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        """The accounts whose newest score is of a band (R-HLT-3)."""
        return of_band(rows, self.request.user, value)

    def of_renewal(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        """Renewals from today on, within so many days."""
        day = today(self.request.user)
        return rows.filter(renewal_date__range=(day, day + dt.timedelta(days=int(value))))

    def of_tag(self, rows: QuerySet[Account], name: str, value: Any) -> QuerySet[Account]:
        """The accounts that carry a tag."""
        return rows.filter(Exists(AccountTag.objects.filter(account=OuterRef("pk"), tag=value)))

    def of_team(self, rows: QuerySet[Account], name: str, value: Any) -> QuerySet[Account]:
        """The accounts on whose team somebody plays a role."""
        roles = AccountRole.objects.visible_to(self.request.user).filter(resource=value)
        return rows.filter(Exists(roles.filter(account=OuterRef("pk"))))

    def of_mine(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        """My accounts, those of my team, or the others (R-VIS-1)."""
        theirs = accounts_of(self.request.user, TEAM if value == TEAM else MINE).values("pk")
        return rows.exclude(pk__in=theirs) if value == OTHERS else rows.filter(pk__in=theirs)


class ContactFilter(RecordFilter):
    """Filters of the list of contacts."""

    q = SearchFilter("contact")
    account = OfAccountFilter()
    children = ChildrenFilter()
    is_active = YesNoFilter(label="Active")

    class Meta:
        model = Contact
        fields: list[str] = []


class ResourceFilter(RecordFilter):
    """Filters of the list of resources."""

    q = SearchFilter("resource")
    role = VocabularyFilter(Role)
    is_active = YesNoFilter(label="Active")

    class Meta:
        model = Resource
        fields: list[str] = []
