"""What a row, a card and a day of Activity Tracker say, ready for their templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from apps.activities.rules import WHAT
from apps.core import ui
from apps.core.access import Decision, may
from apps.core.kinds import KINDS
from apps.core.person import Person, person_of
from apps.playbooks.choices import OVER_STATUSES, TINTS, Stage, TaskStatus
from apps.workspace.due_rules import DONE, folded
from apps.workspace.due_services import COMPLETED, DAYS, DELETED
from apps.workspace.selectors.due import Entry

# How many of a day stand in a month; the rest is folded away. A week has room for more.
IN_MONTH: Final = 3
IN_WEEK: Final = 20
# What is given to somebody in a form of its own.
ASSIGNED: Final = ("task", "objective", "plan")
# What a row is called where its kind says too little.
WORDS: Final = {"plan": "Business review", "account": "Business review", "kpi": "KPI"}


class May:
    """What the person may do here, asked once for a page."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.found: dict[str, Decision] = {}

    def __call__(self, what: str) -> Decision:
        if what not in self.found:
            self.found[what] = may(self.user, what)
        return self.found[what]


@dataclass
class Line:
    """One record as the tracker shows it, and what can be done with it there."""

    entry: Entry
    person: Person
    may: May
    # What was sent and refused: why, and what stood in the box.
    problem: str = ""
    typed: str = ""
    stands: str = ""

    @property
    def kind(self) -> str:
        """The kind of its record."""
        return self.entry.kind

    @property
    def record(self) -> Any:
        """The record."""
        return self.entry.record

    @property
    def id(self) -> str:
        """Its id in the page."""
        return f"{self.kind}-{self.entry.pk}"

    @property
    def url(self) -> str:
        """The record's page."""
        return f"{KINDS[self.kind].prefix}{self.entry.pk}/"

    @property
    def do_url(self) -> str:
        """Where what is done here is sent to."""
        return reverse("workspace:activity-tracker-row", args=[self.kind, self.entry.pk])

    @property
    def what(self) -> str:
        """The kind in words."""
        return WORDS.get(self.kind, KINDS[self.kind].label)

    @property
    def done(self) -> bool:
        """Whether it is over."""
        if self.kind == "task":
            return self.record.status in OVER_STATUSES
        if self.kind == "activity":
            return bool(self.record.happened_at <= timezone.now())
        return self.entry.section == DONE

    @property
    def late(self) -> bool:
        """Whether its day has passed and it is still open."""
        day = self.entry.day
        return day is not None and day < self.person.today and not self.done

    @property
    def day(self) -> str:
        """Its day as a date box takes it."""
        return self.entry.day.isoformat() if self.entry.day else ""

    @property
    def when(self) -> str:
        """Its day as the person reads it; of an activity the time too."""
        if self.kind == "activity":
            return self.person.moment(self.record.happened_at)
        return self.person.date(self.entry.day) if self.entry.day else "No date"

    @property
    def distance(self) -> str:
        """How far away its day is, in words."""
        if self.entry.day is None or self.done or self.kind == "activity":
            return ""
        return self.person.days(self.entry.day)

    @property
    def account(self) -> tuple[str, str] | None:
        """Name and page of its account, unless it is one."""
        if self.kind == "account":
            return None
        found = self.record.objective.account if self.kind == "kpi" else self.record.account
        return (str(found), f"/accounts/{found.pk}/") if found is not None else None

    @property
    def where(self) -> tuple[str, str] | None:
        """Name and page of the nearest record that it lies in."""
        record = self.record
        if self.kind == "activity":
            for name in WHAT:
                pk = getattr(record, f"{name}_id")
                if pk is not None:
                    return record.about_name, f"{KINDS[name].prefix}{pk}/"
            return None
        names = {"task": ("playbook", "objective", "plan"), "kpi": ("objective",)}
        for name in names.get(self.kind, ("plan",) if self.kind == "objective" else ()):
            above = getattr(record, name)
            if above is not None:
                return str(above), f"{KINDS[name].prefix}{above.pk}/"
        return None

    @property
    def status(self) -> str:
        """Its status in colour."""
        record = self.record
        if self.kind == "task":
            return ui.own_status(record.get_status_display(), record.status_tint)
        if self.kind == "kpi":
            return ui.status(record.kpi_status)
        if self.kind == "objective":
            return ui.own_status(record.status.label, record.status.tint) if record.status else ""
        if self.kind == "activity" and record.type:
            return ui.tag(record.type.label, record.type.tint)
        return ""

    @cached_property
    def owners(self) -> list[str]:
        """The names of those who own it or are to do it."""
        if self.kind == "task":
            return [str(one) for one in self.record.assignments.all()]
        if self.kind == "account":
            return []
        record = self.record.objective if self.kind == "kpi" else self.record
        owner = record.owner or getattr(record, "owner_contact", None)
        return [str(owner)] if owner else []

    @property
    def is_task(self) -> bool:
        """Whether it can be flagged and pinned."""
        return self.kind == "task"

    @property
    def may_edit(self) -> Decision:
        """Whether the person may change it."""
        return self.may(f"{self.kind}.edit")

    @property
    def completes(self) -> bool:
        """Whether it is completed, or opened again, here."""
        return self.kind in COMPLETED and bool(self.may_edit)

    @property
    def moves(self) -> bool:
        """Whether its day is changed here."""
        return self.kind in DAYS and bool(self.may_edit) and not self.done

    @property
    def deletes(self) -> bool:
        """Whether it is deleted here."""
        return self.kind in DELETED and bool(self.may(f"{self.kind}.delete"))

    @property
    def assign_url(self) -> str:
        """Where it is given to somebody; empty when it cannot be."""
        if self.kind not in ASSIGNED or not self.may_edit:
            return ""
        return reverse(f"{KINDS[self.kind].namespace}:allocate", args=[self.entry.pk])

    @property
    def note_url(self) -> str:
        """Where a note about it is made; of an activity there is none."""
        if self.kind == "activity" or not self.may("activity.create"):
            return ""
        return f"{reverse('activities:create')}?{self.kind}={self.entry.pk}&note=1"

    @property
    def talk_url(self) -> str:
        """The conversation about it; an activity has none."""
        if self.kind == "activity" or not self.may("comment.view"):
            return ""
        return reverse("comments:thread", args=[self.kind, self.entry.pk])

    @property
    def delete_question(self) -> str:
        """What is asked before it is deleted: what goes and what stays."""
        stays = {
            "task": "Its assignments go with it; its activities stay.",
            "objective": "Its playbooks, tasks and activities stay with the plan or the account.",
            "kpi": "Its values over time and its activities stay.",
            "activity": "What it is about stays.",
        }
        return f"Delete “{self.record}”? {stays[self.kind]} You can undo this."


def lines_of(entries: Iterable[Entry], user: Any) -> list[Line]:
    """The rows of a heading, or of a day."""
    person, asks = person_of(user), May(user)
    return [Line(entry, person, asks) for entry in entries]


@dataclass
class Column:
    """The tasks of one status in one lane."""

    status: str
    label: str
    tint: str
    cards: list[Line] = field(default_factory=list)
    body: str = ""


@dataclass
class Lane:
    """The tasks whose playbook is in one stage."""

    name: str
    label: str
    columns: list[Column]

    @property
    def count(self) -> int:
        """How many tasks stand in it."""
        return sum(len(column.cards) for column in self.columns)


def lanes_of(tasks: Iterable[Any], user: Any) -> list[Lane]:
    """A board: a lane for each stage of playbooks that has tasks, a column for each status."""
    person, asks = person_of(user), May(user)
    stages = [
        *((value, f"{label} playbooks") for value, label in Stage.choices),
        ("", "No playbook"),
    ]
    lanes = {
        value: Lane(
            value or "none",
            str(label),
            [Column(status, str(word), TINTS[status]) for status, word in TaskStatus.choices],
        )
        for value, label in stages
    }
    for task in tasks:
        lane = lanes[task.playbook.stage if task.playbook else ""]
        column = next(one for one in lane.columns if one.status == task.status)
        entry = Entry("task", "", task.pk, task.end_date, task)
        column.cards.append(Line(entry, person, asks))
    return [lane for lane in lanes.values() if lane.count]


@dataclass
class Day:
    """One day of the calendar."""

    date: dt.date
    label: str
    number: str
    is_today: bool
    outside: bool
    shown: Sequence[Line] = ()
    hidden: Sequence[Line] = ()
    body: str = ""
    folded: str = ""


def weeks_of(
    weeks: Sequence[Sequence[dt.date]], entries: Iterable[Entry], user: Any, month: int | None
) -> list[list[Day]]:
    """The weeks of a calendar with what falls on each day; `month` is the one that is shown."""
    person = person_of(user)
    by_day: dict[dt.date, list[Line]] = {}
    for line in lines_of(entries, user):
        if line.entry.day is not None:
            by_day.setdefault(line.entry.day, []).append(line)
    most = IN_WEEK if month is None else IN_MONTH

    def day(date: dt.date) -> Day:
        shown, hidden = folded(by_day.get(date, []), most)
        return Day(
            date,
            f"{date:%A}, {person.date(date)}",
            f"{date:%-d}" if date.day > 1 else f"{date:%-d %b}",
            date == person.today,
            month is not None and date.month != month,
            shown,
            hidden,
        )

    return [[day(date) for date in week] for week in weeks]
