"""Changing a thousand tasks at once, counted in this process."""

from __future__ import annotations

from typing import Any, Final

from bench.cases import Case, Limits
from bench.counted import counted

ROWS: Final = 1000
CASE: Final = Case("bulk-edit", "Bulk edit of 1,000 tasks", "/tasks/bulk-edit/", Limits(queries=60))


def measure() -> dict[str, Any]:
    """Statements and time of a new status and priority for a thousand tasks."""
    from apps.core.models import User
    from apps.playbooks.bulk_services import tasks_change
    from apps.playbooks.models import PlaybookTask

    actor = User.objects.get(pk=1)
    rows = PlaybookTask.objects.exclude(account=None).exclude(status="completed")
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS])
    changes = {"status": "in_progress", "priority": "high"}

    def change() -> str:
        bulk = tasks_change(actor=actor, ids=ids, changes=changes)
        done = len(bulk.changed) + bulk.alike
        return "" if done == len(ids) else f"changed {done} tasks, not {len(ids)}"

    return counted(change)
