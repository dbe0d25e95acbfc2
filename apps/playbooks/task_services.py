"""Small writes of a playbook's working list: its order, flags, and what one person pins."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError

from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import lock
from apps.plans.services import require_on
from apps.playbooks import task_rules as rules
from apps.playbooks.models import Playbook, PlaybookTask, TaskPin
from apps.playbooks.services import task_update


def tasks_reorder(
    *, actor: User, playbook: Playbook, order: Sequence[int], shown: Sequence[int]
) -> bool:
    """Put a playbook's tasks into this order; whether any of them moved.

    `shown` is the order that the person saw. Raises ValidationError when it is another one by
    now, or when the tasks are not the same. A constant number of statements.
    """
    require_on(actor, "task.edit", playbook.account_id)
    with operation(actor):
        # The playbook first, as in every change of its tasks: two orders at once follow each other.
        locked = lock(playbook)
        rows = {
            task.pk: task for task in locked.tasks.select_for_update().defer("description", "notes")
        }
        error = rules.order_error(shown, list(rows)) or rules.order_error(
            sorted(order), sorted(rows)
        )
        if error:
            raise ValidationError(error)
        moved = []
        for pk, position in rules.positions(
            order, [(pk, task.position) for pk, task in rows.items()]
        ).items():
            rows[pk].position = position
            moved.append(rows[pk])
        PlaybookTask.objects.bulk_update(moved, ["position"])
    return bool(moved)


def task_flag(*, actor: User, task: PlaybookTask, on: bool) -> list[str]:
    """Flag a task for everybody to see, or take the flag off; what changed is in its history."""
    return task_update(actor=actor, task=task, changes={"is_flagged": on})


def task_pin(*, actor: User, task: PlaybookTask, on: bool) -> None:
    """Keep a task in sight for oneself, or let it go. Nobody else sees it: it has no history."""
    require(actor, "task.view")
    if on:
        TaskPin.objects.get_or_create(user=actor, task=task)
    else:
        TaskPin.objects.filter(user=actor, task=task).delete()
