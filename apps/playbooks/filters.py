"""Filters of the lists of playbooks and tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy

from apps.accounts.filters import (
    RESOURCES,
    ChildrenFilter,
    OfAccountFilter,
    WhoseAccountsFilter,
)
from apps.accounts.models import Resource
from apps.accounts.team_selectors import CHOICES as WHOSE
from apps.accounts.team_selectors import MINE, TEAM, team_ids
from apps.core.choices import Level
from apps.core.filters import (
    ChoiceFilter,
    DueFilter,
    LookupFilter,
    RecordFilter,
    SearchFilter,
    YesNoFilter,
)
from apps.objectives.models import Objective
from apps.plans.filters import MineFilter, owner_filter
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import PlaybookStatus, Stage, TaskStatus
from apps.playbooks.due_selectors import PLAYBOOK_OPEN, TASK_OPEN
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.playbooks.selectors import assigned_to, pinned_ids, resource_of

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


class PlaybookFilter(RecordFilter):
    """Filters of the list of playbooks."""

    q = SearchFilter("playbook")
    stage = ChoiceFilter([OPEN, *Stage.choices], method="of_stage", label="Stage")
    status = ChoiceFilter(PlaybookStatus.choices, label="Health")
    due = DueFilter("end_date", PLAYBOOK_OPEN)
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
        return rows.filter(PLAYBOOK_OPEN if value == "open" else Q(stage=value))


class AssignedFilter(ChoiceFilter):
    """The tasks that the person's own resource is to do, one of the team's, or the others."""

    def __init__(self) -> None:
        super().__init__(WHOSE, label="Whose")

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        user = self.parent.request.user
        if value == TEAM:
            return assigned_to(rows, *team_ids(user))
        me = resource_of(user)
        if value == MINE:
            return assigned_to(rows, me)
        mine = TaskAssignment._base_manager.filter(task=OuterRef("pk"), resource=me)
        return rows.exclude(Exists(mine))


class WaitingFilter(ChoiceFilter):
    """Open tasks by who is to do them: us (resources, roles, groups) or the customer's people."""

    def __init__(self) -> None:
        choices = [("us", "On us"), ("customer", "On the customer"), ("nobody", "On nobody")]
        super().__init__(choices, label="Waiting")

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return rows
        assigned = TaskAssignment._base_manager.filter(task=OuterRef("pk"))
        who = {
            "us": Exists(assigned.filter(contact__isnull=True)),
            "customer": Exists(assigned.filter(contact__isnull=False)),
            "nobody": ~Exists(assigned),
        }
        return rows.filter(TASK_OPEN, who[value])


class TaskFilter(RecordFilter):
    """Filters of the list of tasks."""

    q = SearchFilter("task")
    status = ChoiceFilter([OPEN, *TaskStatus.choices], method="of_status", label="Status")
    priority = ChoiceFilter(Level.choices)
    due = DueFilter("end_date", TASK_OPEN)
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
    mine = AssignedFilter()
    waiting = WaitingFilter()
    accounts = WhoseAccountsFilter()
    flagged = YesNoFilter(field_name="is_flagged", label="Flagged")
    pinned = YesNoFilter(method="of_pinned", label="Pinned by me")

    class Meta:
        model = PlaybookTask
        fields: list[str] = []

    def of_status(
        self, rows: QuerySet[PlaybookTask], name: str, value: str
    ) -> QuerySet[PlaybookTask]:
        """By status; open is whatever is neither completed nor canceled."""
        return rows.filter(TASK_OPEN if value == "open" else Q(status=value))

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
