"""Writes that begin in a tracker; each ends in the record's own service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.core.models import User
from apps.objectives.services import objective_update
from apps.plans.services import plan_update
from apps.playbooks.services import playbook_update, task_update
from apps.workspace import rules

UPDATES: Final[dict[str, Callable[..., Any]]] = {
    "plan": plan_update,
    "objective": objective_update,
    "playbook": playbook_update,
    "task": task_update,
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
) -> tuple[dt.date | None, dt.date | None]:
    """Move a plan, objective, playbook or task by some units of a scale; return both new dates.

    `shown` are the dates that the person saw. Raises Refused, Conflict when somebody else moved it
    meanwhile, and ValidationError where the rules of the record forbid the new dates.
    """
    end_name = "due_date" if kind == "objective" else "end_date"
    try:
        start, end = rules.moved(*shown, scale, by, edge)
    except (ValueError, OverflowError) as error:
        raise ValidationError(f"“{record}” was not moved. {error}") from error
    wanted = {"start_date": start, end_name: end}
    seen = dict(zip(wanted, shown, strict=True))
    changes = {name: value for name, value in wanted.items() if value != seen[name]}
    UPDATES[kind](actor=actor, **{kind: record}, changes=changes, shown=seen)
    return start, end
