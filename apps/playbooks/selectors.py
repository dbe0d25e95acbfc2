"""Playbooks and tasks with their progress."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce

from apps.accounts.models import Account, AccountRole, Contact, Resource, Role, TeamPool
from apps.accounts.ownership_selectors import ORDER, with_workload
from apps.accounts.selectors import allocatable
from apps.activities.models import CsActivity
from apps.core.preview_rules import counted
from apps.plans.selectors import rank
from apps.playbooks.choices import OVER_STAGES, PlaybookStatus, Stage, TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment, TaskPin

EXACT = DecimalField(max_digits=40, decimal_places=20)

# More pinned tasks than these stand among the others.
MOST_PINNED = 200

# As an array first: the database then begins with these few tasks, not with a million sorted ones.
ASSIGNED_TASKS = """
    SELECT unnest(ARRAY(
        SELECT task_id FROM playbooks_taskassignment WHERE resource_id = ANY(%s)
    ))
"""


class DoneShare(Func):
    """The share of completed tasks among all of a subquery, NULL without any; no GROUP BY.

    The status lies in the index of the tasks' playbook: the table itself is not read.
    """

    template = "COUNT(*) FILTER (WHERE %(expressions)s)::numeric / NULLIF(COUNT(*), 0)"
    output_field = EXACT

    def __init__(self) -> None:
        super().__init__(Q(status=TaskStatus.COMPLETED))


def playbooks(user: Any) -> QuerySet[Playbook]:
    """The playbooks this person sees, with `progress` 0 to 1: completed over not canceled (R-OBJ-5)."""
    counted = PlaybookTask.objects.filter(playbook=OuterRef("pk")).order_by()
    shares = counted.exclude(status=TaskStatus.CANCELED).annotate(share=DoneShare()).values("share")
    share = Coalesce(Subquery(shares, output_field=EXACT), Value(0, output_field=EXACT))
    return Playbook.objects.visible_to(user).annotate(progress=share)


def assignments() -> QuerySet[TaskAssignment]:
    """Who is to do tasks, each with their name."""
    return TaskAssignment.objects.select_related("resource", "contact", "role", "pool")


def tasks(user: Any) -> QuerySet[PlaybookTask]:
    """The tasks this person sees, with `progress` 0 to 1 and who is to do them."""
    return (
        PlaybookTask.objects.visible_to(user)
        .annotate(
            progress=Case(
                When(status=TaskStatus.COMPLETED, then=Value(1, output_field=EXACT)),
                default=Cast(F("percent_complete"), EXACT) / Value(100, output_field=EXACT),
                output_field=EXACT,
            )
        )
        .prefetch_related(Prefetch("assignments", assignments()))
    )


def _in_order(name: str, values: list[str]) -> Case:
    """Sorts a field as its words follow each other, whatever the alphabet says."""
    return Case(
        *(When(**{name: value}, then=Value(place)) for place, value in enumerate(values)),
        default=Value(len(values)),
        output_field=IntegerField(),
    )


def playbook_lines(user: Any) -> QuerySet[Playbook]:
    """The playbooks this person sees, with what a line of the list shows and sorts by."""
    return (
        playbooks(user)
        .select_related("account", "plan", "objective", "owner")
        .defer("description")
        .annotate(
            stage_rank=_in_order("stage", Stage.values),
            status_rank=_in_order("status", PlaybookStatus.values),
        )
    )


def playbook_rows(user: Any) -> QuerySet[Playbook]:
    """The playbooks this person sees, whole, with all that a page of one shows."""
    return playbooks(user).select_related(
        "account", "plan", "objective", "owner", "co_owner", "created_from"
    )


def task_lines(user: Any) -> QuerySet[PlaybookTask]:
    """The tasks this person sees, with what a line of the list shows and sorts by."""
    return (
        tasks(user)
        .select_related("account", "plan", "objective", "playbook")
        .defer("description", "notes", "playbook__description", "objective__description")
        .annotate(
            status_rank=_in_order("status", TaskStatus.values),
            priority_rank=rank("priority"),
        )
    )


def pinned_by(user: Any) -> Exists:
    """Whether a person pinned a task for themselves."""
    return Exists(TaskPin.objects.filter(task=OuterRef("pk"), user_id=user.pk))


def pinned_ids(user: Any) -> list[int]:
    """The ids of the tasks that a person pinned last: as many as can stand before a list."""
    pins = TaskPin.objects.filter(user_id=user.pk).order_by("-pk")
    return list(pins.values_list("task_id", flat=True)[:MOST_PINNED])


def tasks_of(user: Any, playbook: Playbook) -> QuerySet[PlaybookTask]:
    """The tasks of a playbook in their order, with whether this person pinned each."""
    rows = tasks(user).filter(playbook=playbook).defer("description", "notes")
    return rows.annotate(is_pinned=pinned_by(user))


def playbooks_to_group(user: Any, account: Account) -> QuerySet[Playbook]:
    """The playbooks of an account that still go on, to be grouped under an objective.

    Those without an objective come first; the others name theirs.
    """
    rows: QuerySet[Playbook] = Playbook.objects.visible_to(user)
    return (
        rows.filter(account=account)
        .exclude(stage__in=OVER_STAGES)
        .select_related("objective")
        .defer("description", "objective__description")
        .order_by(F("objective__name").asc(nulls_first=True), "name", "pk")
    )


def task_rows(user: Any) -> QuerySet[PlaybookTask]:
    """The tasks this person sees, whole, with all that a page of one shows."""
    rows = tasks(user).select_related("account", "plan", "objective", "playbook")
    return rows.annotate(is_pinned=pinned_by(user))


def tasks_outside(
    playbook: Playbook, *, before: dt.date | None = None, after: dt.date | None = None
) -> list[str]:
    """The names of a playbook's tasks with a date before or after this one (R-DATE-1)."""
    outside = Q()
    if before is not None:
        outside |= Q(start_date__lt=before) | Q(end_date__lt=before)
    if after is not None:
        outside |= Q(start_date__gt=after) | Q(end_date__gt=after)
    if not outside:
        return []
    return list(playbook.tasks.filter(outside).values_list("name", flat=True))


def last_position(playbook: Playbook) -> int:
    """The place of a playbook's last task, 0 without tasks."""
    last = playbook.tasks.order_by("-position").values_list("position", flat=True).first()
    return last or 0


@dataclass(frozen=True)
class Hanging:
    """How many records hang on a playbook or a task."""

    tasks: int = 0
    activities: int = 0

    def words(self) -> str:
        """The records in words: "3 tasks and 1 activity"; empty when there are none."""
        return counted({"task": self.tasks, "activity": self.activities})


def hanging(record: Playbook | PlaybookTask) -> Hanging:
    """What hangs on a playbook or a task and moves with it (R-OBJ-2)."""
    if isinstance(record, PlaybookTask):
        return Hanging(0, CsActivity.objects.filter(task=record).count())
    return Hanging(record.tasks.count(), CsActivity.objects.filter(playbook=record).count())


def assigned_ids(task: PlaybookTask, kind: str) -> list[int]:
    """The ids of the resources, contacts, roles or pools that are to do a task."""
    ids = (getattr(row, f"{kind}_id") for row in task.assignments.all())
    return [pk for pk in ids if pk is not None]


def resources_offered(account: Account | None, kept: list[int]) -> QuerySet[Resource]:
    """Who of us can be given a task, ranked (R-OWN-1, R-OWN-3), with the role `beside` on its account.

    Those who are assigned already stay on offer.
    """
    team = AccountRole.objects.filter(account=account, resource=OuterRef("pk"))
    team_role = team.order_by("role__position").values("role__label")[:1]
    rows: QuerySet[Resource] = with_workload(allocatable() | Resource.objects.filter(pk__in=kept))
    beside = Subquery(team_role, output_field=CharField())
    return rows.annotate(beside=beside).order_by(*ORDER, "name", "pk")


def contacts_offered(user: Any, account: Account | None, kept: list[int]) -> QuerySet[Contact]:
    """Who of the customer can be given a task: the people of its account, with `beside` a title."""
    rows: QuerySet[Contact] = Contact.objects.visible_to(user)
    here = Q(account=account, is_active=True) if account else Q(pk__in=[])
    return rows.filter(here | Q(pk__in=kept)).annotate(beside=F("title")).order_by("name", "pk")


def roles_offered(account: Account | None, kept: list[int]) -> QuerySet[Role]:
    """The roles that can be given a task, with `beside` who holds each on the account."""
    holders = AccountRole.objects.filter(account=account, role=OuterRef("pk")).order_by("pk")
    return (
        Role.objects.filter(Q(is_active=True) | Q(pk__in=kept))
        .annotate(
            beside=Coalesce(
                Subquery(holders.values("resource__name")[:1]),
                Value("nobody yet" if account else ""),
                output_field=CharField(),
            )
        )
        .order_by("position", "label")
    )


def pools_offered() -> QuerySet[TeamPool]:
    """The pools that can be given a task."""
    return TeamPool.objects.order_by("name")


def assigned_to(rows: QuerySet[PlaybookTask], *resource_ids: int | None) -> QuerySet[PlaybookTask]:
    """Those of some tasks that one of these resources is to do; none for nobody."""
    known = [pk for pk in resource_ids if pk is not None]
    if not known:
        return rows.none()
    ids = RawSQL(ASSIGNED_TASKS, (known,))  # noqa: S611 (a constant; the ids are parameters)
    return rows.filter(pk__in=ids)


def resource_of(user: Any) -> int | None:
    """The id of a person's own resource."""
    return Resource.objects.filter(user=user).values_list("pk", flat=True).first()


def role_holders(task: PlaybookTask) -> dict[int, list[str]]:
    """For each role that is to do a task, the names of who holds it on the account."""
    roles = assigned_ids(task, "role")
    holders: dict[int, list[str]] = {role: [] for role in roles}
    if roles:
        rows = AccountRole.objects.filter(
            account=task.account_id, role__in=roles, resource__in=allocatable()
        )
        for role, name in rows.order_by("pk").values_list("role_id", "resource__name"):
            holders[role].append(name)
    return holders


def roles_unheld(task: PlaybookTask) -> list[str]:
    """The names of the roles that are to do a task while nobody holds them on its account."""
    held = AccountRole.objects.filter(
        account=task.account_id, role=OuterRef("role"), resource__in=allocatable()
    )
    rows = TaskAssignment.objects.filter(~Exists(held), task=task, role__isnull=False)
    return list(rows.order_by("role__position", "pk").values_list("role__label", flat=True))
