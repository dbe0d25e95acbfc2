"""What Activity Tracker shows: what is due, what is done, of every kind of record (R-DUE-1).

One statement finds the ids of all kinds under all headings, one for each kind reads its records.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import (
    DateField,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.selectors import activities
from apps.core.access import may
from apps.core.due_rules import NO_DATE
from apps.core.scope import zone
from apps.kpis.selectors import kpis
from apps.objectives.selectors import objectives
from apps.plans.selectors import plans
from apps.playbooks.choices import TaskStatus
from apps.playbooks.due_selectors import TASK_OPEN
from apps.playbooks.models import PlaybookTask
from apps.playbooks.selectors import pinned_by, tasks
from apps.workspace.due_rules import DONE, SECTIONS, TODAY, Span, span
from apps.workspace.selectors.due_rows import (
    KINDS,
    MOMENTS,
    SOURCES,
    STEP,
    Asked,
    Source,
    between,
    narrowed,
)

# How many of a heading are shown at most.
MOST: Final = 400
# How many cards a board holds, and how many rows of a kind a calendar.
MOST_CARDS: Final = 200
MOST_IN_CALENDAR: Final = 200


@dataclass(frozen=True)
class Entry:
    """One record under one heading, and its day."""

    kind: str
    section: str
    pk: int
    day: dt.date | None
    record: Any = None


@dataclass
class Section:
    """One heading: its first records, and whether there are more."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    more: bool = False


def sections(asked: Asked) -> list[Section]:
    """The headings with what stands under each, by day; pinned tasks come first."""
    size = min(max(asked.show, STEP), MOST)
    parts = [
        part
        for source in _sources(asked)
        for name in source.sections
        if (part := _part(asked, source, name, size + 1)) is not None
    ]
    entries = _with_records(asked, _found(parts))
    made = []
    for name in SECTIONS:
        if name == NO_DATE and not asked.undated:
            continue
        here = [entry for entry in entries if entry.section == name]
        here.sort(key=_order)
        if name == DONE:
            here.sort(key=lambda entry: entry.day or asked.today, reverse=True)
        made.append(Section(name, here[:size], len(here) > size))
    return made


def calendar(asked: Asked, days: Span) -> tuple[list[Entry], dt.date | None]:
    """What falls on some days, whether it is still open or done, by day.

    Of each kind the first ones; the day from which on there is more than is told, or None.
    """
    parts = []
    for source in _sources(asked):
        whole = Q() if source.kind == "activity" else source.still_open
        if source.kind == "task":
            whole |= Q(status=TaskStatus.COMPLETED)
        rows = narrowed(asked, source).filter(whole, between(asked, source.day, days))
        parts.append(_listed(asked, source, "", rows, source.day, MOST_IN_CALENDAR + 1))
    of_kind: dict[str, list[Entry]] = {}
    for entry in sorted(_found(parts), key=lambda one: (one.day or dt.date.max, one.pk)):
        of_kind.setdefault(entry.kind, []).append(entry)
    over = [found.pop() for found in of_kind.values() if len(found) > MOST_IN_CALENDAR]
    told = _with_records(asked, [entry for found in of_kind.values() for entry in found])
    return sorted(told, key=_order), min((one.day for one in over if one.day), default=None)


def board(asked: Asked) -> list[PlaybookTask]:
    """The tasks of a board: open ones until the end of the period, and those done within it."""
    (source,) = [one for one in SOURCES if one.kind == "task"]
    last = asked.window.last
    due = Q(end_date__lte=last) | Q(start_date__lte=last) | Q(end_date=None, start_date=None)
    if asked.since is not None:
        # With a beginning chosen: what is active at any time within.
        due &= Q(end_date__gte=asked.since) | Q(end_date=None)
    done = Q(status=TaskStatus.COMPLETED) & between(asked, "completed_at", asked.window)
    gone = Q(status=TaskStatus.CANCELED) & between(asked, "end_date", asked.window)
    rows = narrowed(asked, source).filter((TASK_OPEN & due) | done | gone)
    ids = list(
        rows.order_by(F("end_date").asc(nulls_last=True), "pk").values_list("pk", flat=True)[
            : MOST_CARDS + 1
        ]
    )
    found = _records(asked, "task", ids)
    shown = [found[pk] for pk in ids if pk in found]
    return sorted(shown, key=lambda task: not task.is_pinned)


def one_task(asked: Asked, pk: int) -> PlaybookTask | None:
    """A task with what a row of it shows."""
    found: PlaybookTask | None = _records(asked, "task", [pk]).get(pk)
    return found


def _sources(asked: Asked) -> list[Source]:
    """The kinds of which anything can match what was asked for."""
    only_tasks = asked.status or asked.flagged is not None or asked.pinned is not None
    return [
        source
        for source in SOURCES
        if (not asked.kind or asked.kind == source.kind)
        and (not only_tasks or source.kind == "task")
        and (asked.playbook is None or source.playbook)
        and (asked.plan is None or source.plan)
        and may(asked.user, f"{source.kind}.view")
    ]


def _part(asked: Asked, source: Source, name: str, size: int) -> QuerySet[Any] | None:
    """The ids of one kind under one heading; None when nothing can be there."""
    if name == NO_DATE:
        if not asked.undated:
            return None
        rows = narrowed(asked, source).filter(source.still_open, end_date=None)
        return _listed(asked, source, name, rows, source.day, size)
    days = span(name, asked.window, asked.since, asked.today)
    if not days:
        return None
    if source.kind == "activity":
        rows = narrowed(asked, source).filter(between(asked, source.day, days))
        # What is planned is due; what has been is done.
        now = timezone.now()
        if name in (DONE, TODAY):
            rows = (
                rows.filter(happened_at__lte=now)
                if name == DONE
                else rows.filter(happened_at__gt=now)
            )
        return _listed(asked, source, name, rows, source.day, size)
    if name == DONE:
        rows = narrowed(asked, source).filter(status=TaskStatus.COMPLETED)
        rows = rows.filter(between(asked, "completed_at", days))
        return _listed(asked, source, name, rows, "completed_at", size)
    rows = narrowed(asked, source).filter(source.still_open, between(asked, source.day, days))
    return _listed(asked, source, name, rows, source.day, size)


def _listed(
    asked: Asked, source: Source, name: str, rows: QuerySet[Any], path: str, size: int
) -> QuerySet[Any]:
    day = TruncDate(path, tzinfo=zone(asked.user)) if path in MOMENTS else F(path)
    ordered: QuerySet[Any] = rows.order_by(f"-{path}" if name == DONE else path, "pk")
    listed: QuerySet[Any] = ordered.annotate(
        due_kind=Value(source.kind, TextField()),
        due_section=Value(name, TextField()),
        due_pk=F("pk"),
        due_day=Cast(day, DateField()),
    ).values_list("due_kind", "due_section", "due_pk", "due_day")[:size]
    return listed


def _found(parts: list[QuerySet[Any]]) -> list[Entry]:
    if not parts:
        return []
    first, *rest = parts
    rows: Iterable[Any] = first.union(*rest, all=True) if rest else first
    return [Entry(*row) for row in rows]


def _records(asked: Asked, kind: str, ids: list[int]) -> dict[int, Any]:
    """The records of one kind with what a row of them shows."""
    user = asked.user
    rows: QuerySet[Any]
    if kind == "task":
        rows = (
            tasks(user)
            .select_related("account", "playbook", "objective", "plan")
            .defer(
                "description",
                "notes",
                "playbook__description",
                "objective__description",
                "plan__description",
                "account__summary",
            )
            .annotate(is_pinned=pinned_by(user))
        )
    elif kind == "kpi":
        rows = kpis(user).select_related("objective__owner").defer("description")
    elif kind == "objective":
        rows = objectives(user).defer("description")
    elif kind == "plan":
        rows = plans(user).select_related("account", "owner").defer("description")
    elif kind == "activity":
        rows = activities(user)
    else:
        rows = Account.objects.visible_to(user).defer("summary")
    return {row.pk: row for row in rows.filter(pk__in=ids)}


def _with_records(asked: Asked, entries: list[Entry]) -> list[Entry]:
    """The same with their records; what went away at this moment is left out."""
    wanted: dict[str, list[int]] = {}
    for entry in entries:
        wanted.setdefault(entry.kind, []).append(entry.pk)
    records = {kind: _records(asked, kind, ids) for kind, ids in wanted.items()}
    return [
        Entry(one.kind, one.section, one.pk, one.day, records[one.kind][one.pk])
        for one in entries
        if one.pk in records[one.kind]
    ]


def _order(entry: Entry) -> tuple[bool, dt.date, int, str, int]:
    pinned = getattr(entry.record, "is_pinned", False)
    return (
        not pinned,
        entry.day or dt.date.max,
        KINDS.index(entry.kind),
        str(entry.record),
        entry.pk,
    )
