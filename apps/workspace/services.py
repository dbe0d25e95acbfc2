"""Writes that begin in a tracker; each ends in the record's own service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.core.models import User
from apps.core.preview_rules import Asked
from apps.playbooks.move_services import objective_move, plan_move, playbook_move, task_move
from apps.workspace import rules

MOVES: Final[dict[str, Callable[..., Any]]] = {
    "plan": plan_move,
    "objective": objective_move,
    "playbook": playbook_move,
    "task": task_move,
}


def dates_move(
    *,
    actor: User,
    kind: str,
    record: Any,
    scale: str,
    by: int,
    edge: str,
    shown: tuple[dt.date | None, dt.date | None],
    asked: Asked,
) -> tuple[dt.date | None, dt.date | None, str]:
    """Move a plan, objective, playbook or task by some units of a scale.

    Returns both new dates and what else moved, in words. `shown` are the dates that the person
    saw. Raises Unconfirmed with what would move along, unless that was `asked`; Refused, Conflict
    when somebody else moved it meanwhile, and ValidationError where its rules forbid the dates.
    """
    end_name = "due_date" if kind == "objective" else "end_date"
    try:
        start, end = rules.moved(*shown, scale, by, edge)
    except (ValueError, OverflowError) as error:
        raise ValidationError(f"“{record}” was not moved. {error}") from error
    wanted = {"start_date": start, end_name: end}
    seen = dict(zip(wanted, shown, strict=True))
    changes = {name: value for name, value in wanted.items() if value != seen[name]}
    moved = MOVES[kind](actor=actor, **{kind: record}, changes=changes, shown=seen, asked=asked)
    return start, end, moved.deeds
