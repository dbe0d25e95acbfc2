"""Changes that move others: shown before they are saved, all or nothing (R-CAS-1).

Each of these changes one record as its own service does, and what goes with it. A change that
does something to others is made, read back and taken back until the person has been shown
exactly that: `Unconfirmed` carries what is to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import DateField, ExpressionWrapper, F, IntegerField, Value
from django.utils import timezone

from apps.core.history import operation
from apps.core.models import User
from apps.core.preview_rules import Asked, Group, Line, Preview, digest
from apps.core.services import Unconfirmed, lock
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.objectives.services import objective_update
from apps.plans.models import SuccessPlan
from apps.plans.services import plan_update
from apps.playbooks import move_rules as rules
from apps.playbooks import move_selectors as selectors
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.services import playbook_update, task_update

Also = Callable[[], object]

# The dates of each kind that may move along.
DATES: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "playbook": (Playbook, ("start_date", "end_date")),
    "task": (PlaybookTask, ("start_date", "end_date")),
    "kpi": (ObjectiveKpi, ("target_date",)),
}


def plan_move(
    *,
    actor: User,
    plan: SuccessPlan,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    asked: Asked,
    also: Also | None = None,
) -> Preview:
    """Change a plan; with its account its whole tree moves (R-PLAN-3). Returns what else was done.

    `also` is called within the same operation. Raises Unconfirmed with what would move, unless
    that was `asked`, and whatever `plan_update` raises.
    """
    with operation(actor) as mine:
        before = lock(plan, "account") if _may_move("plan", changes) else None
        plan_update(actor=actor, plan=plan, changes=changes, shown=shown)
        return _finish(actor, before, mine, asked, also)


def objective_move(
    *,
    actor: User,
    objective: Objective,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    asked: Asked,
    also: Also | None = None,
    without: Collection[str] = (),
) -> Preview:
    """Change an objective, and what moves with its plan, account or start. Returns what else was done.

    With its start its playbooks and tasks move by the same days, its KPIs' target dates if they
    are ticked (R-OBJ-8); `without` names rows that are not offered. Raises Unconfirmed with what
    would move, unless that was `asked`, and whatever `objective_update` raises.
    """
    with operation(actor) as mine:
        moves = _may_move("objective", changes)
        before = lock(objective, "account", "plan") if moves else None
        days = _days(before, changes)
        offers = selectors.objective_offers(actor, before, days, without) if before and days else []
        objective_update(actor=actor, objective=objective, changes=changes, shown=shown)
        return _finish(actor, before, mine, asked, also, offers, days)


def playbook_move(
    *,
    actor: User,
    playbook: Playbook,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    asked: Asked,
    also: Also | None = None,
) -> Preview:
    """Change a playbook, and what moves with its place or its start. Returns what else was done.

    With its start its tasks move by the same days, as far as they are ticked (R-DATE-1). Raises
    Unconfirmed with what would move, unless that was `asked`, and whatever `playbook_update` raises.
    """
    with operation(actor) as mine:
        moves = _may_move("playbook", changes)
        before = lock(playbook, "account", "plan", "objective") if moves else None
        days = _days(before, changes)
        offers = []
        if before and days:
            dates = rules.Span(changes["start_date"], changes.get("end_date", before.end_date))
            offers = selectors.playbook_offers(actor, before, days, dates)
        playbook_update(
            actor=actor,
            playbook=playbook,
            changes=changes,
            shown=shown,
            tasks_move=bool(offers),
        )
        return _finish(actor, before, mine, asked, also, offers, days)


def task_move(
    *,
    actor: User,
    task: PlaybookTask,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    asked: Asked,
    also: Also | None = None,
) -> Preview:
    """Change a task; its activities follow it to another place. Returns what else was done.

    Raises Unconfirmed with what would move, unless that was `asked`, and whatever `task_update`
    raises.
    """
    with operation(actor) as mine:
        # Read, not locked: its playbook comes first, as in every change of a task.
        before = _placed(task, "task") if _may_move("task", changes) else None
        task_update(actor=actor, task=task, changes=changes, shown=shown)
        return _finish(actor, before, mine, asked, also)


def _may_move(kind: str, changes: Mapping[str, Any]) -> bool:
    return not changes.keys().isdisjoint((*rules.PLACES[kind], *rules.STARTS[kind]))


def _placed(record: Any, kind: str) -> Any:
    return type(record)._base_manager.select_related(*rules.PLACES[kind]).get(pk=record.pk)


def _days(before: Any, changes: Mapping[str, Any]) -> int:
    if before is None:
        return 0
    return rules.days_between(before.start_date, changes.get("start_date", before.start_date))


def _finish(
    actor: User,
    before: Any,
    mine: UUID,
    asked: Asked,
    also: Also | None,
    offers: Sequence[Line] = (),
    days: int = 0,
) -> Preview:
    """The rest of the operation, and the question about it unless it was answered."""
    if also is not None:
        also()
    if before is None:
        return Preview()
    chosen = asked.chosen(offers)
    moved = _shift([line for line, on in zip(offers, chosen, strict=True) if on], days)
    after = _placed(before, selectors.KINDS[type(before)])
    groups = selectors.moved_groups(actor, before, after, mine)
    told = digest([*_told(groups), *((line.key, line.before, line.after) for line in offers)])
    if offers:
        groups.append(selectors.dated_group(offers, chosen, days))
    errors = []
    if offers:
        errors = selectors.outside(
            before, after, playbooks=moved.get("playbook", ()), tasks=moved.get("task", ())
        )
    preview = Preview(
        groups,
        told if groups else "",
        errors,
        stale=asked.confirmed not in ("", told),
        rest=asked.with_rest,
    )
    if groups and (errors or asked.confirmed != told):
        raise Unconfirmed(preview)
    return preview


def _told(groups: Sequence[Group]) -> list[object]:
    return [(line.kind, line.pk, line.before, line.after) for g in groups for line in g.lines]


def _shift(lines: Sequence[Line], days: int) -> dict[str, list[int]]:
    """Move the dates of these rows, one statement for each kind."""
    moved: dict[str, list[int]] = {}
    for line in lines:
        moved.setdefault(line.kind, []).append(line.pk)
    for kind, ids in moved.items():
        model, names = DATES[kind]
        rows = model._base_manager.filter(pk__in=ids)
        rows.update(**{name: _later(name, days) for name in names}, updated_at=timezone.now())
    return moved


def _later(name: str, days: int) -> ExpressionWrapper:
    # The database adds a number of days to a date by itself.
    days_on = Value(days, output_field=IntegerField())
    return ExpressionWrapper(F(name) + days_on, output_field=DateField())
