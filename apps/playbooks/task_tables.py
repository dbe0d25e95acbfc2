"""What each line of a playbook's working list shows to one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from apps.core.person import Person
from apps.playbooks.choices import OVER_STATUSES
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.rules import overdue
from apps.playbooks.task_rules import days_words


@dataclass
class Line:
    """One task: as it stands, or as somebody typed it when that could not be saved."""

    task: PlaybookTask
    status: str
    start: str
    end: str
    # What stood there when the line was shown: an edit conflicts only with changes since.
    stood: Mapping[str, str]
    days: str
    late: str
    # The tasks that it can be moved before or after, one step up or down; 0 at the ends.
    above: int = 0
    below: int = 0
    errors: list[str] = field(default_factory=list)
    clashes: Sequence[Mapping[str, Any]] = ()

    @property
    def is_unsaved(self) -> bool:
        """Whether it holds what was typed and not saved."""
        return bool(self.errors or self.clashes)


def lines(tasks: Iterable[PlaybookTask], playbook: Playbook, person: Person) -> list[Line]:
    """The tasks in this person's order: what they pinned first, each part in its own order."""
    rows = sorted(tasks, key=lambda task: not getattr(task, "is_pinned", False))
    made = [_line(task, playbook, person) for task in rows]
    for upper, lower in pairwise(made):
        if _pinned(upper) == _pinned(lower):
            upper.below, lower.above = lower.task.pk, upper.task.pk
    return made


def _pinned(line: Line) -> bool:
    return bool(getattr(line.task, "is_pinned", False))


def _line(task: PlaybookTask, playbook: Playbook, person: Person) -> Line:
    start, end = (person.date(day) if day else "" for day in (task.start_date, task.end_date))
    return Line(
        task,
        task.status,
        start,
        end,
        {"status": task.status, "start_date": start, "end_date": end},
        days_words(task.start_date, task.end_date, playbook.start_date),
        overdue(task.end_date, task.status in OVER_STATUSES, person.today),
    )


def typed(line: Line, form: Any, clashes: Sequence[Mapping[str, Any]]) -> None:
    """Let a line show what was typed into it, what is wrong with it, and what others made of it."""
    line.status, line.start, line.end = (
        str(form[name].data or "") for name in ("status", "start_date", "end_date")
    )
    line.errors = [str(error) for errors in form.errors.values() for error in errors]
    line.clashes = clashes
    line.stood = {name: str(form.data.get(form[name].html_initial_name, "")) for name in line.stood}
