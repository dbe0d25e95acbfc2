"""What is told about an objective that changed (R-OBJ-7), as functions of values before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from apps.core.choices import Direction
from apps.core.digest_rules import MISSED, REACHED, change
from apps.core.rules import percent_shown
from apps.objectives.rules import Measure, Standing, completes_itself, objective_progress

Values = Mapping[str, Any]
Changes = dict[str, dict[str, Any]]

# column: (kind, label). The status is told by its word, beside.
TOLD: Final = {
    "health": ("number", "Health score"),
    "start_date": ("date", "Start"),
    "due_date": ("date", "Due date"),
    "baseline": ("number", "Baseline"),
    "current": ("number", "Current value"),
    "target": ("number", "Target"),
}
OF_KPI: Final = {
    "baseline": ("number", "baseline"),
    "current": ("number", "current value"),
    "target": ("number", "target"),
    "target_date": ("date", "target date"),
}
COMPLETED: Final = "completed"
CANCELED: Final = "canceled"


@dataclass(frozen=True)
class Facts:
    """All that the progress of an objective follows from (R-OBJ-5)."""

    status_kind: str | None
    completion_type: str
    own: Measure
    kpis: Mapping[int, Measure] = field(default_factory=dict)
    tasks_complete: int = 0
    tasks_counted: int = 0

    @property
    def percent(self) -> int:
        """The progress as it is shown."""
        return percent_shown(
            objective_progress(
                status_kind=self.status_kind,
                completion_type=self.completion_type,
                own=self.own,
                kpis=list(self.kpis.values()),
                tasks_complete=self.tasks_complete,
                tasks_counted=self.tasks_counted,
            )
        )


def measure(values: Values) -> Measure:
    """The measure that a row of values holds."""
    return Measure(
        values["baseline"],
        values["current"],
        values["target"],
        values.get("direction") or Direction.HIGHER,
    )


def before_objective(facts: Facts, before: Values, kinds: Mapping[int, str]) -> Facts:
    """The facts with the objective's own values as they were."""
    return replace(
        facts,
        status_kind=kinds.get(before["status_id"]),
        completion_type=before["completion_type"],
        own=measure(before),
    )


def before_kpi(facts: Facts, objective: int, pk: int, before: Values) -> Facts:
    """The facts with one KPI as it was, or without it when it was not there."""
    kpis = {key: value for key, value in facts.kpis.items() if key != pk}
    if before.get("objective_id") == objective:
        kpis[pk] = measure(before)
    return replace(facts, kpis=kpis)


def before_task(facts: Facts, objective: int, before: Values, after: Values) -> Facts:
    """The facts with one task counted as it was."""
    complete, counted = facts.tasks_complete, facts.tasks_counted
    for values, step in ((before, 1), (after, -1)):
        if values.get("objective_id") == objective and values["status"] != CANCELED:
            counted += step
            complete += step * (values["status"] == COMPLETED)
    return replace(facts, tasks_complete=complete, tasks_counted=counted)


def objective_changes(
    before: Values, after: Values, *, statuses: Mapping[int, str], unit: str
) -> Changes:
    """The fields of an objective that its collaborators are told of."""
    found: Changes = {}
    if before["status_id"] != after["status_id"]:
        first, last = (statuses.get(one["status_id"]) for one in (before, after))
        found["status"] = change("text", "Status", first, last)
    return found | _changed(TOLD, "", before, after, unit)


def kpi_changes(objective: int, pk: int, before: Values, after: Values, *, unit: str) -> Changes:
    """The same of one KPI; one that was added, deleted or moved is told as a whole."""
    was, is_now = (one.get("objective_id") == objective for one in (before, after))
    title = f"KPI “{(after or before)['title']}”"
    if was != is_now:
        first, last = (("part of it" if there else None) for there in (was, is_now))
        return {f"kpi:{pk}": change("text", title, first, last)}
    return _changed(OF_KPI, f"kpi:{pk}:", before, after, unit, title) if is_now else {}


def _changed(
    told: Mapping[str, tuple[str, str]],
    key: str,
    before: Values,
    after: Values,
    unit: str,
    title: str = "",
) -> Changes:
    return {
        f"{key}{name}": change(
            kind,
            f"{title} {label}".strip(),
            before[name],
            after[name],
            unit if kind == "number" and name != "health" else "",
        )
        for name, (kind, label) in told.items()
        if before[name] != after[name]
    }


def progress_change(before: Facts, after: Facts) -> Changes:
    """The progress from what to what, empty where it shows the same."""
    if before.percent == after.percent:
        return {}
    return {"progress": change("percent", "Progress", before.percent, after.percent)}


def target_change(before: Facts, after: Facts) -> Changes:
    """Whether it reached its target and was completed by that (R-OBJ-6), or an undo took that back."""
    for first, last, words in (
        (before, after, (MISSED, REACHED)),
        (after, before, (REACHED, MISSED)),
    ):
        if last.status_kind == COMPLETED and completes_itself(
            _standing(first, first.status_kind), _standing(last, first.status_kind)
        ):
            return {REACHED: change("text", "Target", *words)}
    return {}


def _standing(facts: Facts, kind: str | None) -> Standing:
    return Standing(kind, facts.completion_type, facts.own)
