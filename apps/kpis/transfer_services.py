"""How files of KPIs are written by the import of their list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.activities.models import CsActivity
from apps.core.choices import ProgressStatus
from apps.core.models import User
from apps.core.person import person_of
from apps.core.scope import today
from apps.core.transfer_services import Transfer
from apps.kpis.models import ObjectiveKpi
from apps.objectives.rules import direction_between, direction_error


def _follows(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """A new current value without a date is today's; a new KPI's direction follows (R-KPI-3)."""
    follows: dict[str, Any] = {}
    if values.get("current") is not None and "measured_on" not in values:
        follows["measured_on"] = today(actor)
    if row.pk is None and "direction" not in values:
        follows["direction"] = direction_between(values.get("baseline"), values.get("target"))
    return follows


def _problems(actor: User, row: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Direction and values agree (R-KPI-3)."""
    holds = {**values, **_follows(actor, row, dict(values))}
    baseline, target, direction = (
        holds.get(name, getattr(row, name)) for name in ("baseline", "target", "direction")
    )
    wrong = direction_error(baseline, target, direction, person_of(actor).number)
    return {"target": wrong} if wrong else {}


def _account(row: Any) -> str:
    return str(row.objective.account)


def _plan(row: Any) -> str:
    return str(row.objective.plan or "")


def _status(row: Any) -> str:
    return str(ProgressStatus(row.kpi_status).label)


KPIS: Final = Transfer(
    kind="kpi",
    model=ObjectiveKpi,
    fields=(
        "objective",
        "title",
        "category",
        "description",
        "unit",
        "direction",
        "baseline",
        "current",
        "target",
        "measured_on",
        "target_date",
        "attribute",
        "is_blocked",
        "is_external",
    ),
    within="objective",
    problems=_problems,
    follows=_follows,
    moves=("objective",),
    followers=(("activity", CsActivity, "kpi"),),
    shows={
        "account": _account,
        "plan": _plan,
        "status": _status,
        "progress": lambda row: int(row.percent_complete or 0),
    },
    stands_for={"blocked": "is_blocked"},
)
