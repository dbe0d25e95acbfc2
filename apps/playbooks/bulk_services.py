"""Many playbooks or tasks changed or deleted at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.bulk_services import owner_follows, owners_told
from apps.accounts.models import Resource
from apps.accounts.rules import allocation_error
from apps.core.access import require
from apps.core.bulk_rules import Bulk, Changed
from apps.core.bulk_services import change_rows, delete_rows, held, together
from apps.core.history import operation
from apps.core.models import User
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.playbooks.rules import completion
from apps.playbooks.services import playbook_problems, task_problems

# Of a playbook what never moves a task: its dates are changed one by one, with their question.
ABOVE = ("account", "plan", "objective", "playbook")


def playbooks_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many playbooks these values; one that would break a rule stays, with the reason."""
    require(actor, "playbook.edit")
    with operation(actor):
        rows = held(Playbook, ids, "account", "owner")
        bulk = change_rows(rows, changes, problems=playbook_problems, follows=owner_follows)
        if "owner" in changes:
            given = {row.pk for row in bulk.changed if "owner" in [name for name, *_ in row.fields]}
            told = [row for row in rows if row.pk in given]
            owners_told(actor=actor, kind="playbook", owner=changes["owner"], rows=told)
        return bulk


def playbooks_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete playbooks; their tasks and activities stay at the nearest kept parent (R-DEL-1)."""
    require(actor, "playbook.delete")
    with operation(actor):
        return delete_rows(held(Playbook, ids), {})


def tasks_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many tasks these values; one that would break a rule stays, with the reason.

    `shift_days` moves start and end; `assign_to` gives them to one resource, and to nobody else.
    Completing makes whole and stamps (R-OBJ-5), dates stay within the playbook's (R-PB-1).
    """
    require(actor, "task.edit")
    if "is_shared" in changes:
        require(actor, "task.share")
    plain = dict(changes)
    days = plain.pop("shift_days", 0)
    given: Resource | None = plain.pop("assign_to", None)
    now = timezone.now()

    def values(task: PlaybookTask) -> dict[str, Any]:
        moved = {}
        for name in ("start_date", "end_date") if days else ():
            day = plain.get(name, getattr(task, name))
            if day is not None:
                moved[name] = day + dt.timedelta(days)
        return {**plain, **moved}

    def follows(task: PlaybookTask, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return completion(before=task.status, wanted=wanted, now=now)[0]

    with operation(actor):
        # The playbooks first: their own service takes the rows in this order too.
        books = PlaybookTask._base_manager.filter(pk__in=ids).values("playbook")
        held(Playbook, books)
        rows = held(PlaybookTask, ids, *ABOVE)
        bulk = change_rows(rows, values, problems=task_problems, follows=follows)
        if given is not None:
            refused = {row.pk for row in bulk.refused}
            linked = _give(actor, [row for row in rows if row.pk not in refused], given)
            bulk = together(bulk, linked)
        return bulk


def _give(actor: User, rows: Sequence[PlaybookTask], given: Resource) -> list[Changed]:
    """Assign tasks to one resource and to nobody else; three statements beside the notice."""
    unfit = allocation_error(given.name, is_active=given.is_active, kind=given.kind)
    ids = [row.pk for row in rows]
    links = TaskAssignment._base_manager.filter(task__in=ids)
    have: dict[int, list[TaskAssignment]] = {}
    for one in links.select_related("resource", "contact", "role", "pool").order_by("pk"):
        have.setdefault(one.task_id, []).append(one)
    new = [
        row for row in rows if not any(one.resource_id == given.pk for one in have.get(row.pk, ()))
    ]
    if unfit and new:
        raise ValidationError(unfit)
    gone = [one.pk for ones in have.values() for one in ones if one.resource_id != given.pk]
    if gone:
        links.filter(pk__in=gone).delete()
    TaskAssignment._base_manager.bulk_create(
        TaskAssignment(task=row, resource=given) for row in new
    )
    owners_told(actor=actor, kind="task", owner=given, rows=new)
    return [
        Changed(
            row.pk,
            str(row),
            [("assign_to", ", ".join(map(str, have.get(row.pk, ()))), str(given))],
        )
        for row in rows
        if [one.resource_id for one in have.get(row.pk, ())] != [given.pk]
    ]


def tasks_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete tasks and their assignments; activities stay with their parents (R-DEL-1)."""
    require(actor, "task.delete")
    with operation(actor):
        return delete_rows(held(PlaybookTask, ids), {})
