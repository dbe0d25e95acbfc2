"""Words to people: written with what they are about, mailed by the job queue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.history import operation
from apps.core.models import Notification, User

MAIL_TASK: Final = "core.mail_notifications"
LONGEST: Final = 500


@dataclass(frozen=True)
class Note:
    """One word to one person: to a user, or to an e-mail address of somebody who is none."""

    kind: str
    text: str
    path: str
    user_id: int | None = None
    email: str = ""


def notify(*, actor: Any, notes: Sequence[Note]) -> None:
    """Write notifications and queue one mail job, in the transaction of what they are about."""
    if not notes:
        return
    with operation(actor) as mine:
        Notification.objects.bulk_create(
            Notification(
                user_id=note.user_id,
                email=note.email,
                kind=note.kind,
                text=note.text[:LONGEST],
                path=note.path,
                operation=mine,
            )
            for note in notes
        )
        app.configure_task(MAIL_TASK, queue="mail").defer()


def notifications_read(*, actor: User, pk: int | None = None) -> None:
    """Mark a person's own notifications as read: one of them, or all."""
    unread = Notification.objects.filter(user=actor, read_at__isnull=True)
    if pk is not None:
        unread = unread.filter(pk=pk)
    unread.update(read_at=timezone.now())


def withdrawn(*, done: UUID) -> None:
    """Take back what an operation told: it was undone, so nobody has what they were told of."""
    Notification.objects.filter(operation=done).delete()


def claimed(*, without: Collection[int] = ()) -> Notification | None:
    """The oldest notification that waits to be mailed, locked until the transaction ends.

    What another worker has in hand is passed over; so none is mailed twice and none is lost.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A notification is claimed in a transaction.")
    waiting = Notification.objects.select_for_update(skip_locked=True, of=("self",))
    rows = waiting.filter(mailed_at__isnull=True).exclude(pk__in=without)
    return rows.select_related("user").order_by("pk").first()


def mailed(*, notification: Notification) -> None:
    """Stamp a notification as mailed, or as one that nobody can be mailed about."""
    notification.mailed_at = timezone.now()
    notification.save(update_fields=["mailed_at"])
