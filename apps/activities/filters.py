"""Filters of the list of CS activities."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy

from apps.accounts.filters import ChildrenFilter, OfAccountFilter
from apps.accounts.models import Resource
from apps.accounts.team_selectors import CHOICES as WHOSE
from apps.accounts.team_selectors import MINE, TEAM, team_ids
from apps.activities.models import ActivityResource, ActivityType, CsActivity
from apps.core.fields import YEARS
from apps.core.filters import (
    ChoiceFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    VocabularyFilter,
)
from apps.core.scope import zone
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask


def _lookup(model: Any, namespace: str, label: str) -> LookupFilter:
    url: Any = reverse_lazy(f"{namespace}:options")
    return LookupFilter(queryset=model.objects.all(), url=url, label=label)


def _day(label: str) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(method="of_day", label=label, widget=widget)


class ActivityFilter(RecordFilter):
    """Filters of the list of CS activities."""

    q = SearchFilter("activity")
    type = VocabularyFilter(ActivityType, label="Type")
    since = _day("From")
    until = _day("To")
    account = OfAccountFilter()
    children = ChildrenFilter()
    plan = _lookup(SuccessPlan, "plans", "Success plan")
    objective = _lookup(Objective, "objectives", "Objective")
    kpi = _lookup(ObjectiveKpi, "kpis", "KPI")
    playbook = _lookup(Playbook, "playbooks", "Playbook")
    task = _lookup(PlaybookTask, "tasks", "Task")
    owner = _lookup(Resource, "resources", "Owner")
    mine = ChoiceFilter(WHOSE, method="of_mine", label="Whose")

    class Meta:
        model = CsActivity
        fields: list[str] = []

    def of_day(self, rows: QuerySet[CsActivity], name: str, value: dt.date) -> QuerySet[CsActivity]:
        """From the first to the last moment of the person's days; the index by time serves both."""
        # Beyond these days nothing has happened, and the calendar itself ends.
        day = min(max(value, dt.date(YEARS[0], 1, 1)), dt.date(YEARS[-1], 12, 31))
        begins = dt.datetime.combine(day, dt.time(), zone(self.request.user))
        if name == "since":
            return rows.filter(happened_at__gte=begins)
        return rows.filter(happened_at__lt=begins + dt.timedelta(days=1))

    def of_mine(self, rows: QuerySet[CsActivity], name: str, value: str) -> QuerySet[CsActivity]:
        """Those that the person's own resource, or one of the team, owns or was present at."""
        user = self.request.user
        if value == TEAM:
            team = team_ids(user)
            with_team = ActivityResource.objects.filter(activity=OuterRef("pk"), resource__in=team)
            return rows.filter(Q(owner__in=team) | Q(Exists(with_team)))
        present = ActivityResource.objects.filter(activity=OuterRef("pk"), resource__user=user)
        mine = Q(owner__user=user) | Q(Exists(present))
        return rows.filter(mine) if value == MINE else rows.exclude(mine)
