"""Writes of objective KPIs. The database itself keeps their values over time (R-KPI-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.person import person_of
from apps.core.scope import today
from apps.core.services import apply, create, lock
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.objectives.rules import direction_between, direction_error
from apps.plans.services import require_on


def kpi_create(
    *, actor: User, objective: Objective, values: Mapping[str, Any], note: str = ""
) -> ObjectiveKpi:
    """A new KPI of an objective, with what the database adds to it.

    Without a direction it follows from baseline and target. A current value without a date is
    today's. Raises ValidationError when direction and values disagree (R-KPI-3).
    """
    require_on(actor, "kpi.create", objective.account_id)
    wanted = {name: value for name, value in values.items() if name != "objective"}
    if wanted.get("is_external"):
        require(actor, "kpi.share")
    if not wanted.get("direction"):
        wanted["direction"] = direction_between(wanted.get("baseline"), wanted.get("target"))
    if wanted.get("current") is not None and not wanted.get("measured_on"):
        wanted["measured_on"] = today(actor)
    kpi = ObjectiveKpi(objective=objective, **wanted)
    _agree(actor, kpi)
    with operation(actor, note=note):
        create(kpi)
        kpi.refresh_from_db()
    return kpi


def kpi_update(
    *,
    actor: User,
    kpi: ObjectiveKpi,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    note: str = "",
) -> list[str]:
    """Change a KPI and return the names of the fields that changed.

    A new current value without a date is today's. Raises Conflict where somebody else changed
    the same field, ValidationError when direction and values would disagree (R-KPI-3).
    """
    with operation(actor, note=note):
        # With its objective: whose permission it needs is known by one statement.
        locked = lock(kpi, "objective")
        require_on(actor, "kpi.edit", locked.objective.account_id)
        wanted = dict(changes)
        if "is_external" in wanted and wanted["is_external"] != locked.is_external:
            require(actor, "kpi.share")
        measured = "current" in wanted and wanted["current"] != locked.current
        if measured and "measured_on" not in wanted:
            wanted["measured_on"] = today(actor)
        _agree(actor, locked, wanted)
        return apply(locked, wanted, shown)


def _agree(actor: User, kpi: ObjectiveKpi, changes: Mapping[str, Any] | None = None) -> None:
    """Refuse values whose direction is another than the KPI's (R-KPI-3), beside what changed."""
    wanted = changes or {}
    baseline, target, direction = (
        wanted.get(name, getattr(kpi, name)) for name in ("baseline", "target", "direction")
    )
    refusal = direction_error(baseline, target, direction, person_of(actor).number)
    if refusal:
        changed = [name for name in ("target", "baseline", "direction") if name in wanted]
        raise ValidationError({changed[0] if changed else "target": refusal})


def kpi_delete(*, actor: User, kpi: ObjectiveKpi) -> None:
    """Delete a KPI. Its values and its history stay; its activities stay with the objective."""
    with operation(actor):
        locked = lock(kpi, "objective")
        require_on(actor, "kpi.delete", locked.objective.account_id)
        locked.delete()


def kpi_block(*, actor: User, kpi: ObjectiveKpi, note: str = "") -> list[str]:
    """Mark a KPI as blocked by hand (R-KPI-8)."""
    return kpi_update(actor=actor, kpi=kpi, changes={"is_blocked": True}, note=note)


def kpi_unblock(*, actor: User, kpi: ObjectiveKpi, note: str = "") -> list[str]:
    """Take back a block set by hand; a block by the objective's status stays (R-KPI-8)."""
    return kpi_update(actor=actor, kpi=kpi, changes={"is_blocked": False}, note=note)
