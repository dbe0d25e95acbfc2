"""What contacts completed in the portal, and may still take back (R-EXT-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from uuid import UUID

from apps.core.undo_selectors import events_of
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import PlaybookTask
from apps.portal import rules
from apps.portal.models import Completion


def undoable(
    contacts: Collection[int], tasks: Iterable[PlaybookTask], now: dt.datetime
) -> set[int]:
    """Which of these tasks these contacts completed just now, and nobody touched since: their ids.

    Nothing is asked while none of them was completed within the last minute.
    """
    since = now - rules.UNDO_FOR
    fresh = [one.pk for one in tasks if one.completed_at and one.completed_at > since]
    if not fresh or not contacts:
        return set()
    rows = Completion.objects.filter(contact__in=contacts, task__in=fresh, at__gt=since)
    last = _last_operations(fresh)
    return {
        row.task_id
        for row in rows.filter(task__status=TaskStatus.COMPLETED)
        if last.get(row.task_id) == row.operation
    }


def is_as_left(completion: Completion) -> bool:
    """Whether nothing happened to the task after it was completed."""
    return _last_operations([completion.task_id]).get(completion.task_id) == completion.operation


def _last_operations(tasks: Collection[int]) -> dict[int, UUID]:
    """In which operation each task was changed last."""
    events = events_of(PlaybookTask)._base_manager.filter(pgh_obj_id__in=tasks)
    newest = events.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    return dict(newest.values_list("pgh_obj_id", "pgh_operation"))
