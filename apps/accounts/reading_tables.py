"""Columns and filters of the list of readings."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.filters import ChildrenFilter, OfAccountFilter, WhoseAccountsFilter
from apps.accounts.models import AttributeDefinition, AttributeValue
from apps.core import ui
from apps.core.choices import Door
from apps.core.filters import ChoiceFilter, RecordFilter
from apps.core.person import Person
from apps.core.tables import Column, Table, date, link, moment, number, text
from apps.core.ui import escape


def _through(record: Any, person: Person) -> str:
    return escape(Door(record.door).label) if record.door in Door.values else ui.NONE


def _day(label: str, lookup: str) -> django_filters.DateFilter:
    box = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(
        field_name="measured_on", lookup_expr=lookup, label=label, widget=box
    )


class ReadingFilter(RecordFilter):
    """Filters of the list of readings."""

    q = django_filters.CharFilter(
        method="named",
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search…"}),
    )
    account = OfAccountFilter()
    children = ChildrenFilter()
    accounts = WhoseAccountsFilter()
    definition = django_filters.ModelChoiceFilter(
        queryset=AttributeDefinition.objects.all(), label="Attribute", empty_label="Any"
    )
    since = _day("Measured from", "gte")
    until = _day("Measured until", "lte")
    door = ChoiceFilter(Door.choices, label="Through")

    class Meta:
        model = AttributeValue
        fields: list[str] = []

    def named(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Each word in the name or external id of the account, or in the attribute's name."""
        for word in value.replace("\0", "").split():
            rows = rows.filter(
                Q(account__name__icontains=word)
                | Q(account__external_id__icontains=word)
                | Q(definition__label__icontains=word)
            )
        return rows


class ReadingTable(Table):
    """The list of readings."""

    record = "attribute_value"
    reads = ("value", "measured_on", "door", "created_at")
    account = Column(
        link("/accounts/", "account.name", key="account_id"),
        order_by="account__name",
        reads=["account__name"],
        groups=True,
    )
    external_id = Column(
        text("account.external_id"),
        verbose_name="External id",
        order_by="account__external_id",
        reads=["account__external_id"],
        default=False,
    )
    definition = Column(
        text("definition"),
        verbose_name="Attribute",
        order_by=("definition__position", "definition__label"),
        reads=["definition__label"],
        groups=True,
    )
    value = Column(
        number("value", "definition.unit"), numeric=True, reads=["definition__unit__label"]
    )
    measured_on = Column(date("measured_on"), verbose_name="Measured on")
    recorded_by = Column(
        text("recorded_by"),
        verbose_name="Recorded by",
        order_by=("recorded_by__first_name", "recorded_by__last_name"),
        reads=["recorded_by__first_name", "recorded_by__last_name", "recorded_by__email"],
    )
    door = Column(_through, verbose_name="Through")
    created_at = Column(moment("created_at"), verbose_name="Recorded")
