"""What contacts completed in the portal, and may still take back (R-EXT-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from apps.accounts.models import Contact
from apps.core.undo_selectors import events_of
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import PlaybookTask
from apps.portal import rules
from apps.portal.models import Completion


def undoable(contacts: Collection[Contact], now: dt.datetime) -> set[int]:
    """The ids of the tasks that these contacts completed just now, and nobody touched since."""
    if not contacts:
        return set()
    rows = Completion.objects.filter(
        contact__in=contacts,
        at__gt=now - rules.UNDO_FOR,
        task__status=TaskStatus.COMPLETED,
    )
    return {row.task_id for row in rows if is_as_left(row)}


def is_as_left(completion: Completion) -> bool:
    """Whether nothing happened to the task after it was completed."""
    events = events_of(PlaybookTask)._base_manager.filter(pgh_obj_id=completion.task_id)
    last = events.order_by("-pgh_id").values_list("pgh_operation", flat=True).first()
    return bool(last == completion.operation)
