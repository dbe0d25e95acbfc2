"""Filters of the lists of playbooks and tasks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy

from apps.accounts.filters import RESOURCES, ChildrenFilter, OfAccountFilter
from apps.accounts.models import Resource
from apps.core.choices import Level
from apps.core.filters import ChoiceFilter, LookupFilter, RecordFilter, SearchFilter, YesNoFilter
from apps.core.scope import today
from apps.objectives.models import Objective
from apps.plans.filters import MineFilter, owner_filter
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import OVER_STAGES, OVER_STATUSES, PlaybookStatus, Stage, TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.playbooks.selectors import assigned_to, pinned_ids, resource_of

DUE = [
    ("overdue", "Overdue"),
    ("today", "Today"),
    ("week", "In 7 days"),
    ("later", "Later"),
    ("none", "No date"),
]
OPEN = ("open", "Open")


def plan_filter() -> LookupFilter:
    """The rows of one success plan."""
    return LookupFilter(
        queryset=SuccessPlan.objects.all(), url=reverse_lazy("plans:options"), label="Success plan"
    )


def objective_filter() -> LookupFilter:
    """The rows of one objective."""
    return LookupFilter(
        queryset=Objective.objects.all(), url=reverse_lazy("objectives:options"), label="Objective"
    )


def due_by(day: dt.date, value: str) -> Q:
    """When something ends, seen from today: seven days are today to today + 7 (R-DUE-1)."""
    week = day + dt.timedelta(days=7)
    return {
        "overdue": Q(end_date__lt=day),
        "today": Q(end_date=day),
        "week": Q(end_date__range=(day, week)),
        "later": Q(end_date__gt=week),
        "none": Q(end_date__isnull=True),
    }[value]


class PlaybookFilter(RecordFilter):
    """Filters of the list of playbooks."""

    q = SearchFilter("name", "description")
    stage = ChoiceFilter([OPEN, *Stage.choices], method="of_stage", label="Stage")
    status = ChoiceFilter(PlaybookStatus.choices, label="Health")
    due = ChoiceFilter(DUE, method="of_due", label="Due")
    account = OfAccountFilter()
    children = ChildrenFilter()
    plan = plan_filter()
    objective = objective_filter()
    owner = owner_filter()
    mine = MineFilter()

    class Meta:
        model = Playbook
        fields: list[str] = []

    def of_stage(self, rows: QuerySet[Playbook], name: str, value: str) -> QuerySet[Playbook]:
        """By stage; open is whatever is neither completed nor canceled."""
        return rows.filter(
            _open(Stage, OVER_STAGES, "stage") if value == "open" else Q(stage=value)
        )

    def of_due(self, rows: QuerySet[Playbook], name: str, value: str) -> QuerySet[Playbook]:
        """Open ones by when they end (R-DUE-1)."""
        due = due_by(today(self.request.user), value)
        return rows.filter(due, _open(Stage, OVER_STAGES, "stage"))


class TaskFilter(RecordFilter):
    """Filters of the list of tasks."""

    q = SearchFilter("name", "description")
    status = ChoiceFilter([OPEN, *TaskStatus.choices], method="of_status", label="Status")
    priority = ChoiceFilter(Level.choices)
    due = ChoiceFilter(DUE, method="of_due", label="Due")
    account = OfAccountFilter()
    children = ChildrenFilter()
    plan = plan_filter()
    objective = objective_filter()
    playbook = LookupFilter(
        queryset=Playbook.objects.all(), url=reverse_lazy("playbooks:options"), label="Playbook"
    )
    assignee = LookupFilter(
        queryset=Resource.objects.all(),
        url=RESOURCES,
        method="of_assignee",
        label="Assigned to",
    )
    mine = YesNoFilter(method="of_mine", label="Mine")
    flagged = YesNoFilter(field_name="is_flagged", label="Flagged")
    pinned = YesNoFilter(method="of_pinned", label="Pinned by me")

    class Meta:
        model = PlaybookTask
        fields: list[str] = []

    def of_status(
        self, rows: QuerySet[PlaybookTask], name: str, value: str
    ) -> QuerySet[PlaybookTask]:
        """By status; open is whatever is neither completed nor canceled."""
        wanted = _open(TaskStatus, OVER_STATUSES, "status")
        return rows.filter(wanted if value == "open" else Q(status=value))

    def of_due(self, rows: QuerySet[PlaybookTask], name: str, value: str) -> QuerySet[PlaybookTask]:
        """Open ones by when they end (R-DUE-1)."""
        due = due_by(today(self.request.user), value)
        return rows.filter(due, _open(TaskStatus, OVER_STATUSES, "status"))

    def of_assignee(
        self, rows: QuerySet[PlaybookTask], name: str, value: Any
    ) -> QuerySet[PlaybookTask]:
        """Those that one resource is to do."""
        return assigned_to(rows, value.pk)

    def of_pinned(
        self, rows: QuerySet[PlaybookTask], name: str, value: bool
    ) -> QuerySet[PlaybookTask]:
        """Those that the person pinned, or the others."""
        pinned = Q(pk__in=pinned_ids(self.request.user))
        return rows.filter(pinned if value else ~pinned)

    def of_mine(
        self, rows: QuerySet[PlaybookTask], name: str, value: bool
    ) -> QuerySet[PlaybookTask]:
        """Those that the person's own resource is to do, or the others."""
        me = resource_of(self.request.user)
        if value:
            return assigned_to(rows, me)
        mine = TaskAssignment._base_manager.filter(task=OuterRef("pk"), resource=me)
        return rows.exclude(Exists(mine))


def _open(kinds: Any, over: tuple[str, ...], field: str) -> Q:
    return Q(**{f"{field}__in": [value for value in kinds.values if value not in over]})
