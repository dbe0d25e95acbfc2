"""What an operation did to the objectives that somebody follows, read from their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q

from apps.core.undo_selectors import DELETE, INSERT, UPDATE, RowChange, changes_of, writes_and
from apps.kpis.models import ObjectiveKpi
from apps.objectives import digest_rules as rules
from apps.objectives.models import Collaborator, Objective, ObjectiveStatus
from apps.objectives.rules import Measure
from apps.playbooks.models import PlaybookTask

FOLLOWED: Final = """
    SELECT objective_id AS id FROM objectives_collaborator WHERE objective_id IN (
        SELECT pgh_obj_id FROM objectives_objectiveevent
        WHERE pgh_operation = %s AND pgh_label = 'update'
        UNION ALL
        SELECT objective_id FROM kpis_objectivekpievent WHERE pgh_operation = %s
        UNION ALL
        SELECT objective_id FROM playbooks_playbooktaskevent
        WHERE pgh_operation = %s AND objective_id IS NOT NULL
    )
    UNION ALL
    SELECT pgh_obj_id FROM objectives_objectiveevent
    WHERE pgh_operation = %s AND pgh_label = 'update' AND completion_type = 'attribute'
      AND owner_id IS NOT NULL AND (completed_at IS NOT NULL OR pgh_door = 'undo')
"""


@dataclass
class Touched:
    """One objective and what an operation did to it and to what its progress follows from."""

    objective: Objective
    own: RowChange | None = None
    kpis: list[RowChange] = field(default_factory=list)
    tasks: list[RowChange] = field(default_factory=list)


def followed(operation: UUID) -> list[int]:
    """The objectives that an operation touched and somebody is told of; asked after every operation.

    Those with collaborators, and those whose owner is to know that the target is reached.
    """
    return writes_and(operation, FOLLOWED)


def touched(operation: UUID, ids: Collection[int]) -> list[Touched]:
    """What the operation did to these objectives; one that it made is not among them."""
    rows = Objective._base_manager.filter(pk__in=ids, account__isnull=False)
    found = {
        row.pk: Touched(row) for row in rows.select_related("account", "status", "unit", "owner")
    }
    for change in changes_of(Objective, operation):
        if change.pk in found and change.label == INSERT:
            del found[change.pk]
        elif change.pk in found and change.label == UPDATE:
            found[change.pk].own = change
    for model, name in ((ObjectiveKpi, "kpis"), (PlaybookTask, "tasks")):
        for change in changes_of(model, operation):
            sides = {change.before.get("objective_id"), change.after.get("objective_id")}
            for pk in found.keys() & sides:
                getattr(found[pk], name).append(change)
    return [found[pk] for pk in sorted(found)]


def told_changes(rows: Collection[Touched]) -> dict[int, rules.Changes]:
    """What is told of each objective (R-OBJ-6, R-OBJ-7), without those of which nothing is."""
    statuses = {one.pk: one for one in ObjectiveStatus.objects.all()}
    labels = {pk: one.label for pk, one in statuses.items()}
    kinds = {pk: one.kind for pk, one in statuses.items()}
    facts = _facts([row.objective for row in rows])
    units = _units_of_kpis(rows)
    found: dict[int, rules.Changes] = {}
    for row in rows:
        pk, now = row.objective.pk, facts[row.objective.pk]
        before = now
        changes: rules.Changes = {}
        if row.own is not None:
            before = rules.before_objective(before, row.own.before, kinds)
            changes |= rules.objective_changes(
                row.own.before,
                row.own.after,
                statuses=labels,
                unit=str(row.objective.unit or ""),
            )
        for kpi in row.kpis:
            before = rules.before_kpi(before, pk, kpi.pk, kpi.before)
            changes |= rules.kpi_changes(
                pk, kpi.pk, kpi.before, kpi.after, unit=units.get(kpi.pk, "")
            )
        for task in row.tasks:
            before = rules.before_task(before, pk, task.before, task.after)
        changes |= rules.progress_change(before, now)
        if row.own is not None:
            changes |= rules.target_change(before, now)
        if changes:
            found[pk] = changes
    return found


def _facts(objectives: Collection[Objective]) -> dict[int, rules.Facts]:
    ids = [objective.pk for objective in objectives]
    kpis: dict[int, dict[int, Any]] = defaultdict(dict)
    held = ObjectiveKpi._base_manager.filter(objective__in=ids)
    for values in held.values("pk", "objective_id", "baseline", "current", "target", "direction"):
        kpis[values["objective_id"]][values["pk"]] = rules.measure(values)
    tasks = {
        pk: (complete, counted)
        for pk, complete, counted in PlaybookTask._base_manager.filter(objective__in=ids)
        .exclude(status=rules.CANCELED)
        .order_by()
        .values_list("objective_id")
        .annotate(complete=Count("pk", filter=Q(status=rules.COMPLETED)), counted=Count("pk"))
    }
    return {
        one.pk: rules.Facts(
            one.status.kind if one.status else None,
            one.completion_type,
            Measure(one.baseline, one.current, one.target, one.direction),
            kpis[one.pk],
            *tasks.get(one.pk, (0, 0)),
        )
        for one in objectives
    }


def _units_of_kpis(rows: Collection[Touched]) -> dict[int, str]:
    ids = {kpi.pk for row in rows for kpi in row.kpis if kpi.label != DELETE}
    if not ids:
        return {}
    named = ObjectiveKpi._base_manager.filter(pk__in=ids, unit__isnull=False)
    return dict(named.values_list("pk", "unit__label"))


def collaborators_of(ids: Collection[int]) -> list[Collaborator]:
    """Who follows these objectives, with whom each of them is."""
    rows = Collaborator.objects.filter(objective__in=ids)
    related = ("objective", "user", "resource__user", "contact")
    return list(rows.select_related(*related).order_by("objective", "pk"))
