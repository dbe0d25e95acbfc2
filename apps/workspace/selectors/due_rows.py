"""Which records of each kind can be due, narrowed to what Activity Tracker is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.due_selectors import ACCOUNT_OPEN
from apps.accounts.models import Account, AccountRole, Resource
from apps.accounts.team_selectors import MINE, TEAM, accounts_of, team_ids
from apps.activities.models import ActivityResource, CsActivity
from apps.core.due_rules import NO_DATE
from apps.core.scope import zone
from apps.core.search_selectors import matching
from apps.kpis.due_selectors import KPI_OPEN
from apps.kpis.models import ObjectiveKpi
from apps.objectives.due_selectors import OBJECTIVE_OPEN
from apps.objectives.models import Objective
from apps.plans.due_selectors import PLAN_OPEN
from apps.plans.models import SuccessPlan
from apps.playbooks.due_selectors import TASK_OPEN
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.selectors import assigned_to, pinned_ids, resource_of
from apps.workspace.due_rules import DONE, LATER, OVERDUE, TODAY, WEEK, Span

# How many of a heading are shown at first, and how many more each step shows.
STEP: Final = 25

MOMENTS: Final = ("happened_at", "completed_at")
AHEAD: Final = (OVERDUE, TODAY, WEEK, LATER)
EVERYBODY: Final = "all"


@dataclass(frozen=True)
class Source:
    """One kind of record that can be due: by which day, while what holds, under which headings."""

    kind: str
    model: Any
    day: str
    still_open: Q
    sections: tuple[str, ...] = AHEAD
    # How it names what the filters speak of; empty: it does not lie in one.
    account: str = "account"
    plan: str = "plan"
    playbook: str = ""


SOURCES: Final = (
    Source(
        "task",
        PlaybookTask,
        "end_date",
        TASK_OPEN,
        (*AHEAD, NO_DATE, DONE),
        playbook="playbook",
    ),
    Source(
        "kpi",
        ObjectiveKpi,
        "target_date",
        KPI_OPEN,
        (OVERDUE, TODAY, WEEK),
        account="objective__account",
        plan="objective__plan",
    ),
    Source("objective", Objective, "due_date", OBJECTIVE_OPEN),
    Source("plan", SuccessPlan, "review_date", PLAN_OPEN, plan="pk"),
    Source("account", Account, "next_review_date", ACCOUNT_OPEN, account="pk", plan=""),
    Source(
        "activity",
        CsActivity,
        "happened_at",
        Q(),
        (TODAY, WEEK, LATER, DONE),
        playbook="playbook",
    ),
)
KINDS: Final = tuple(source.kind for source in SOURCES)


@dataclass(frozen=True)
class Asked:
    """What the page's address asks for."""

    user: Any
    today: dt.date
    window: Span
    since: dt.date | None = None
    whose: str = MINE
    kind: str = ""
    account: Account | None = None
    children: bool = False
    plan: SuccessPlan | None = None
    playbook: Playbook | None = None
    owner: Resource | None = None
    status: str = ""
    flagged: bool | None = None
    pinned: bool | None = None
    undated: bool = False
    q: str = ""
    show: int = STEP

    @cached_property
    def me(self) -> int | None:
        """The person's own resource; read once."""
        return resource_of(self.user)


def between(asked: Asked, path: str, days: Span) -> Q:
    """Within these days; of a moment: within the person's days."""
    first: Any = days.first
    last: Any = days.last
    if path in MOMENTS:
        here = zone(asked.user)
        first = first and dt.datetime.combine(first, dt.time(), here)
        last = last and dt.datetime.combine(last, dt.time.max, here)
    wanted = Q(**{f"{path}__isnull": False})
    if first is not None:
        wanted &= Q(**{f"{path}__gte": first})
    if last is not None:
        wanted &= Q(**{f"{path}__lte": last})
    return wanted


def narrowed(asked: Asked, source: Source) -> QuerySet[Any]:
    """The rows of a kind that the person sees, by the filters that speak of every kind."""
    rows: QuerySet[Any] = source.model.objects.visible_to(asked.user)
    if asked.account is not None:
        wanted: Any = asked.account
        if asked.children:
            wanted = Account.objects.visible_to(asked.user).below([asked.account.pk])
            rows = rows.filter(**{f"{source.account}__in": wanted.order_by()})
        else:
            rows = rows.filter(**{source.account: wanted.pk})
    if asked.plan is not None:
        rows = rows.filter(**{source.plan: asked.plan.pk})
    if asked.playbook is not None:
        rows = rows.filter(**{source.playbook: asked.playbook.pk})
    if asked.q:
        rows = rows.filter(pk__in=matching(source.kind, asked.q))
    if asked.status:
        rows = rows.filter(status=asked.status)
    if asked.flagged is not None:
        rows = rows.filter(is_flagged=asked.flagged)
    if asked.pinned is not None:
        pinned = Q(pk__in=pinned_ids(asked.user))
        rows = rows.filter(pinned if asked.pinned else ~pinned)
    if asked.owner is not None:
        rows = _of_resources(source, rows, [asked.owner.pk])
    if asked.whose == EVERYBODY:
        return rows
    if source.kind == "account":
        return rows.filter(pk__in=accounts_of(asked.user, asked.whose).order_by().values("pk"))
    ids = team_ids(asked.user) if asked.whose == TEAM else [asked.me]
    return _of_resources(source, rows, [pk for pk in ids if pk is not None])


def _of_resources(source: Source, rows: QuerySet[Any], ids: list[int]) -> QuerySet[Any]:
    """The rows that one of some resources owns, is to do, or was present at."""
    if not ids:
        return rows.none()
    if source.kind == "task":
        return assigned_to(rows, *ids)
    if source.kind == "kpi":
        return rows.filter(objective__owner__in=ids)
    if source.kind == "account":
        roles = AccountRole.objects.filter(account=OuterRef("pk"), resource__in=ids)
        return rows.filter(Exists(roles))
    if source.kind == "activity":
        present = ActivityResource.objects.filter(activity=OuterRef("pk"), resource__in=ids)
        return rows.filter(Q(owner__in=ids) | Q(Exists(present)))
    return rows.filter(owner__in=ids)
