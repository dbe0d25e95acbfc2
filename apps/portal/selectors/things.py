"""What a page for customers holds: values alone, none of them internal (R-EXT-1, R-EXT-2, R-EXT-5).

Nothing here carries a record or an id of ours: what is not a field below cannot reach a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from apps.core.choices import ProgressStatus
from apps.core.rules import mean
from apps.objectives.choices import StatusKind
from apps.playbooks.choices import Stage, TaskStatus


@dataclass(frozen=True)
class Task:
    """One thing to do, and by whom."""

    key: str
    name: str
    description: str
    status: str
    label: str
    percent: int
    start: dt.date | None
    end: dt.date | None
    completed_on: dt.date | None
    who: tuple[str, ...]
    # The playbook or objective that it belongs to.
    place: str
    # Assigned to the person who reads.
    mine: bool = False
    may_complete: bool = False
    may_undo: bool = False
    late: bool = False

    @property
    def done(self) -> bool:
        """Whether it is completed."""
        return self.status == TaskStatus.COMPLETED

    @property
    def said(self) -> tuple[object, ...]:
        """What tells whether it changed since somebody saw it."""
        return self.name, self.description, self.label, self.start, self.end, self.who


@dataclass(frozen=True)
class Value:
    """One value of a KPI, on the day it was measured."""

    on: dt.date | None
    value: Decimal


@dataclass(frozen=True)
class Kpi:
    """One measure of an objective, with its values over time."""

    key: str
    title: str
    description: str
    unit: str
    decimals: int
    baseline: Decimal | None
    current: Decimal | None
    target: Decimal | None
    target_date: dt.date | None
    measured_on: dt.date | None
    share: Fraction
    status: str
    values: tuple[Value, ...]

    @property
    def measured(self) -> bool:
        """Whether anything can be said of its progress."""
        return self.status != ProgressStatus.NOT_AVAILABLE

    @property
    def done(self) -> bool:
        """Whether its target is reached."""
        return self.status == ProgressStatus.COMPLETED

    @property
    def said(self) -> tuple[object, ...]:
        """What tells whether it changed since somebody saw it."""
        values = (self.baseline, self.current, self.target)
        plain = tuple(None if one is None else f"{one:f}" for one in values)
        return self.title, self.description, self.unit, *plain, self.target_date


@dataclass(frozen=True)
class Playbook:
    """A set of tasks. Its progress is that of the tasks that are shown."""

    key: str
    name: str
    description: str
    stage: str
    label: str
    start: dt.date | None
    end: dt.date | None
    tasks: tuple[Task, ...]

    @property
    def done(self) -> bool:
        """Whether it is completed."""
        return self.stage == Stage.COMPLETED

    @property
    def completed(self) -> int:
        """How many of its tasks are completed."""
        return sum(task.done for task in self.tasks)

    @property
    def share(self) -> Fraction:
        """Completed tasks over all, of those that are shown (R-OBJ-5)."""
        return Fraction(self.completed, len(self.tasks)) if self.tasks else Fraction(0)

    @property
    def said(self) -> tuple[object, ...]:
        """What tells whether it changed since somebody saw it."""
        return self.name, self.description, self.label, self.start, self.end


@dataclass(frozen=True)
class Objective:
    """A goal with its KPIs and playbooks.

    Its progress follows R-OBJ-5, of the KPIs and tasks that are shown: what is hidden neither
    adds nor takes away, so that nothing about it can be computed back.
    """

    key: str
    name: str
    description: str
    kind: str
    label: str
    start: dt.date | None
    due: dt.date | None
    leader: str
    share: Fraction
    kpis: tuple[Kpi, ...]
    playbooks: tuple[Playbook, ...]
    late: bool = False

    @property
    def done(self) -> bool:
        """Whether it is completed."""
        return self.kind == StatusKind.COMPLETED

    @property
    def said(self) -> tuple[object, ...]:
        """What tells whether it changed since somebody saw it."""
        return self.name, self.description, self.label, self.start, self.due, self.leader


@dataclass(frozen=True)
class Group:
    """Tasks outside of a playbook: those of one objective, or of none."""

    name: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Plan:
    """One plan and all below it; the one without a name holds what belongs to no plan."""

    key: str
    name: str
    label: str
    start: dt.date | None
    end: dt.date | None
    objectives: tuple[Objective, ...]
    playbooks: tuple[Playbook, ...]
    others: tuple[Group, ...]

    @property
    def share(self) -> Fraction:
        """The mean of its objectives that are shown (R-OBJ-5)."""
        return mean([one.share for one in self.objectives])

    @property
    def empty(self) -> bool:
        """Whether nothing of it is shown but its name."""
        return not (self.objectives or self.playbooks or self.others)

    @property
    def said(self) -> tuple[object, ...]:
        """What tells whether it changed since somebody saw it."""
        return self.name, self.label, self.start, self.end

    def all_playbooks(self) -> Iterator[Playbook]:
        """Its playbooks, those of its objectives first."""
        for objective in self.objectives:
            yield from objective.playbooks
        yield from self.playbooks

    def all_tasks(self) -> Iterator[Task]:
        """Its tasks, those of playbooks first."""
        for playbook in self.all_playbooks():
            yield from playbook.tasks
        for group in self.others:
            yield from group.tasks

    def all_kpis(self) -> Iterator[Kpi]:
        """The KPIs of its objectives."""
        for objective in self.objectives:
            yield from objective.kpis


@dataclass(frozen=True)
class Face:
    """Somebody to turn to: one of us, or a colleague at the customer."""

    name: str
    words: str
    email: str = ""


@dataclass(frozen=True)
class Date:
    """A day to come, and what is due then."""

    on: dt.date
    what: str
    name: str
    key: str


@dataclass(frozen=True)
class Done:
    """Something that was completed."""

    what: str
    name: str
    key: str
    on: dt.date | None = None


@dataclass(frozen=True)
class Fresh:
    """Something that is new, or changed, since the visit before."""

    word: str
    what: str
    name: str
    key: str


@dataclass(frozen=True)
class Comment:
    """What one person said for the customer too, and about what."""

    about: str
    who: str
    # Whether one of the company that shares said it.
    ours: bool
    at: dt.datetime
    text: str


@dataclass(frozen=True)
class Page:
    """All that one customer sees of one share."""

    account: str
    # The plan that is shared; empty for a whole account, and while the plan is not to be seen.
    plan: str
    plans: tuple[Plan, ...]
    team: tuple[Face, ...]
    contacts: tuple[Face, ...]
    # Whoever reads: their name, else their address, empty for anyone with the link.
    reader: str
    may_complete: bool
    reached: tuple[Kpi, ...] = ()
    done: tuple[Done, ...] = ()
    todos: tuple[Task, ...] = ()
    dates: tuple[Date, ...] = ()
    comments: tuple[Comment, ...] = ()
    # key -> "New", "Changed" or "Completed"; filled in by what the visit before had seen.
    news: Mapping[str, str] = field(default_factory=dict)
    fresh: tuple[Fresh, ...] = ()
    since: dt.datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read yet."""
        return all(plan.empty for plan in self.plans)

    @property
    def has_top(self) -> bool:
        """Whether anything stands above the plan itself."""
        return bool(self.todos or self.reached or self.done) or self.empty

    @property
    def heading(self) -> str:
        """What the page is called."""
        return self.plan or self.account

    def everything(self) -> Iterator[tuple[str, Plan | Objective | Kpi | Playbook | Task]]:
        """Each thing that is shown, with the word for what it is."""
        for plan in self.plans:
            if plan.name:
                yield "Plan", plan
            for objective in plan.objectives:
                yield "Objective", objective
            for kpi in plan.all_kpis():
                yield "KPI", kpi
            for playbook in plan.all_playbooks():
                yield "Playbook", playbook
            for task in plan.all_tasks():
                yield "Task", task
