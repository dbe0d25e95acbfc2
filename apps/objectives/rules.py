"""Rules of objectives, as functions of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.core.choices import Direction
from apps.core.preview_rules import counted
from apps.core.rules import Number, date_order_error, mean, met, progress
from apps.objectives.choices import CompletionType, StatusKind


@dataclass(frozen=True)
class Measure:
    """From a baseline to a target, and how far it is."""

    baseline: Number | None = None
    current: Number | None = None
    target: Number | None = None
    direction: str = Direction.HIGHER

    @property
    def complete(self) -> bool:
        """Whether all three values are there."""
        return None not in (self.baseline, self.current, self.target)

    @property
    def progress(self) -> Fraction:
        """How much of the way is gone, 0 to 1 (R-KPI-2)."""
        return progress(self.baseline, self.current, self.target, self.direction)


def objective_progress(
    *,
    status_kind: str | None,
    completion_type: str,
    own: Measure,
    kpis: Sequence[Measure] = (),
    tasks_complete: int = 0,
    tasks_counted: int = 0,
) -> Fraction:
    """Progress of an objective from 0 to 1, first that applies (R-OBJ-5).

    `tasks_counted` leaves out canceled tasks, its own and its playbooks'.
    """
    if status_kind == StatusKind.COMPLETED:
        return Fraction(1)
    if completion_type == CompletionType.ATTRIBUTE:
        return own.progress
    if kpis:
        return mean([kpi.progress for kpi in kpis])
    if own.complete:
        return own.progress
    if tasks_counted:
        return Fraction(tasks_complete, tasks_counted)
    return Fraction(0)


# What is over is never completed by itself.
OVER = (StatusKind.COMPLETED, StatusKind.ABANDONED, StatusKind.ARCHIVED)


@dataclass(frozen=True)
class Standing:
    """All that decides whether an objective completes by itself."""

    status_kind: str | None
    completion_type: str
    own: Measure

    @property
    def there(self) -> bool:
        """Whether its attribute is at the target; a baseline is not needed for that."""
        current, target = self.own.current, self.own.target
        return (
            self.completion_type == CompletionType.ATTRIBUTE
            and current is not None
            and target is not None
            and met(current, target, self.own.direction)
        )


def completes_itself(before: Standing | None, after: Standing) -> bool:
    """Whether an objective reaches its target by this change, and so is completed (R-OBJ-6).

    `before` is None for a new one. One that was there already is not completed again: whoever
    reopened it is not overruled. `after` has the status that the change itself gives.
    """
    reaches = after.there and not (before is not None and before.there)
    return reaches and after.status_kind not in OVER


def plan_progress(objectives: Sequence[tuple[str | None, Fraction]]) -> Fraction:
    """The mean over the objectives that still count, given as status kind and progress (R-OBJ-5)."""
    out = (StatusKind.ABANDONED, StatusKind.ARCHIVED)
    return mean([share for kind, share in objectives if kind not in out])


def direction_between(baseline: Number | None, target: Number | None) -> Direction:
    """The direction that leads from baseline to target; higher where they do not tell (R-KPI-3)."""
    falls = baseline is not None and target is not None and target < baseline
    return Direction.LOWER if falls else Direction.HIGHER


def direction_error(
    baseline: Number | None,
    target: Number | None,
    direction: str,
    written: Callable[[Number], str] = "{:f}".format,
) -> str | None:
    """Why direction and values do not agree, None when they do (R-KPI-3).

    `written` writes a number as the person does.
    """
    if baseline is None or target is None:
        return None
    first, last = written(baseline), written(target)
    if direction == Direction.HIGHER and target < baseline:
        return (
            f"Higher is better, but the target {last} is below the baseline {first}."
            " Change one of them, or choose Lower is better."
        )
    if direction == Direction.LOWER and target > baseline:
        return (
            f"Lower is better, but the target {last} is above the baseline {first}."
            " Change one of them, or choose Higher is better."
        )
    return None


def objective_errors(
    *,
    start: dt.date | None,
    due: dt.date | None,
    account: str,
    plan: str = "",
    plan_account: str = "",
    contact: str = "",
    contact_account: str = "",
) -> dict[str, str]:
    """What is wrong with an objective's values, by field (R-DATE-1, R-OBJ-1, R-OBJ-3).

    `plan` and `contact` are named only when they belong to another account.
    """
    errors = {}
    error = date_order_error(start, due, "due date")
    if error:
        errors["due_date"] = error
    if plan:
        errors["plan"] = (
            f"“{plan}” is a plan of {plan_account}. Choose a plan of {account}, or none."
        )
    if contact:
        errors["owner_contact"] = (
            f"{contact} is a contact of {contact_account}. Choose a contact of {account}, or none."
        )
    return errors


@dataclass(frozen=True)
class Below:
    """How many records hang on an objective, and how many challenges are linked to it."""

    tasks: int = 0
    playbooks: int = 0
    activities: int = 0
    challenges: int = 0

    def words(self) -> str:
        """The records that move with the objective: "12 tasks and 3 playbooks"."""
        return counted(
            {"task": self.tasks, "playbook": self.playbooks, "activity": self.activities}
        )


def staying(below: Below) -> list[str]:
    """What is kept when an objective is deleted (R-DEL-1)."""
    lines = []
    words = below.words()
    if words:
        lines.append(f"{words}: kept with the plan, or else the account")
    if below.challenges:
        linked = counted({"challenge": below.challenges})
        lines.append(f"{linked}: kept, no longer linked to it")
    return lines


def kpis_in_the_way(count: int) -> str:
    """Why an objective with so many KPIs cannot be deleted (R-OBJ-4)."""
    what = "1 KPI" if count == 1 else f"{count} KPIs"
    them = "it" if count == 1 else "them"
    return f"It has {what}. Delete {them} first, then the objective."
