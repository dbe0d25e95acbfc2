"""Words to people: written with what they are about, mailed by the job queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core import digest_rules
from apps.core.choices import Channel
from apps.core.history import operation
from apps.core.models import Notification, User
from apps.core.notify_rules import WISHES, by_mail, channel_of, in_app, kept_wishes
from apps.core.notify_selectors import wishes_of
from apps.core.services import preference_set

MAIL_TASK: Final = "core.mail_notifications"
LONGEST: Final = 500
# One at a time looks for a word that still waits for more, and adds to it.
GATHER: Final = "SELECT pg_advisory_xact_lock(hashtext('core.gather'))"


@dataclass(frozen=True)
class Note:
    """One word to one person: to a user, or to an e-mail address of somebody who is none.

    `data` is what it says in detail: a `quote`, or a digest.
    """

    kind: str
    text: str
    path: str
    user_id: int | None = None
    email: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def notify(*, actor: Any, notes: Sequence[Note]) -> None:
    """Write notifications and queue one mail job, in the transaction of what they are about.

    Each person is told as they wish to be told of that kind.
    """
    if not notes:
        return
    with operation(actor) as mine:
        rows = _wished(notes)
        for row in rows:
            row.operation = mine
        Notification.objects.bulk_create(rows)
        if any(row.by_mail for row in rows):
            app.configure_task(MAIL_TASK, queue="mail").defer()


def gather(*, actor: Any, notes: Sequence[Note]) -> None:
    """The same for digests, which wait a little for more of the same and are told as one.

    To be called at the end of an operation. What came back to what it was is not told at all.
    """
    if not notes:
        return
    now = timezone.now()
    with operation(actor), connection.cursor() as cursor:
        cursor.execute(GATHER)
        waiting = _open(notes, now)
        kept, gone, new = [], [], []
        for note in notes:
            held = waiting.get((note.kind, note.user_id, note.email.lower()))
            if held is None:
                new.append(note)
                continue
            held.data = digest_rules.merged(held.data, dict(note.data))
            if not held.data["records"]:
                gone.append(held.pk)
                continue
            held.text, held.path = _headline(held.data)
            held.due_at = digest_rules.due(held.created_at, now)
            kept.append(held)
        rows = _wished(new)
        for row in rows:
            row.due_at = digest_rules.due(now, now)
        if gone:
            Notification.objects.filter(pk__in=gone).delete()
        if kept:
            Notification.objects.bulk_update(kept, ["data", "text", "path", "due_at"])
        if rows:
            Notification.objects.bulk_create(rows)
        for due in sorted({row.due_at for row in [*kept, *rows] if row.by_mail}):
            app.configure_task(MAIL_TASK, queue="mail", schedule_at=due).defer()


def digest_note(
    *, kind: str, data: digest_rules.Digest, user_id: int | None = None, email: str = ""
) -> Note:
    """The word that tells a digest."""
    text, path = _headline(data)
    return Note(kind, text, path, user_id, email, data)


def _headline(data: digest_rules.Digest) -> tuple[str, str]:
    records = data["records"]
    path = records[0]["path"] if len(records) == 1 else ""
    return digest_rules.headline(data)[:LONGEST], path


def _open(
    notes: Sequence[Note], now: dt.datetime
) -> dict[tuple[str, int | None, str], Notification]:
    """The digests of these people that still wait for more and were not read yet."""
    rows = Notification.objects.select_for_update(of=("self",)).filter(
        Q(user__in={note.user_id for note in notes if note.user_id})
        | Q(user=None, email__in={note.email for note in notes if note.email}),
        kind__in={note.kind for note in notes},
        due_at__gt=now,
        read_at=None,
        mailed_at=None,
    )
    return {(row.kind, row.user_id, row.email.lower()): row for row in rows.order_by("pk")}


def _wished(notes: Sequence[Note]) -> list[Notification]:
    """The notifications that these people want, shown and mailed as they wish.

    What an address wants is asked when it is mailed: until then nobody reads it.
    """
    wishes = wishes_of(note.user_id for note in notes if note.user_id)
    rows = []
    for note in notes:
        wanted = wishes.get(note.user_id, {}) if note.user_id else {}
        channel = channel_of(wanted, note.kind)
        if channel == Channel.NONE:
            continue
        rows.append(
            Notification(
                user_id=note.user_id,
                email=note.email,
                kind=note.kind,
                text=note.text[:LONGEST],
                path=note.path,
                data=dict(note.data),
                in_app=in_app(channel),
                by_mail=by_mail(channel),
            )
        )
    return rows


def notifications_read(*, actor: User, pk: int | None = None) -> None:
    """Mark a person's own notifications as read: one of them, or all."""
    unread = Notification.objects.filter(user=actor, read_at__isnull=True)
    if pk is not None:
        unread = unread.filter(pk=pk)
    unread.update(read_at=timezone.now())


def notification_unread(*, actor: User, pk: int) -> None:
    """Mark one of a person's own notifications as new again."""
    Notification.objects.filter(user=actor, pk=pk).update(read_at=None)


def wishes_set(*, actor: User, wanted: Mapping[str, str]) -> None:
    """Remember how a person wants to be told of each kind."""
    preference_set(actor=actor, key=WISHES, data=kept_wishes(wanted))


def withdrawn(*, done: UUID | Collection[UUID], path: str = "") -> None:
    """Take back what operations told: they were undone, so nobody has what they were told of.

    With a path only what they told about that page.
    """
    rows = Notification.objects.filter(operation__in=[done] if isinstance(done, UUID) else done)
    (rows.filter(path=path) if path else rows).delete()


def claimed(*, without: Collection[int] = ()) -> Notification | None:
    """The oldest notification that is due to be mailed, locked until the transaction ends.

    What another worker has in hand is passed over; so none is mailed twice and none is lost.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A notification is claimed in a transaction.")
    waiting = Notification.objects.select_for_update(skip_locked=True, of=("self",))
    rows = waiting.filter(mailed_at__isnull=True, by_mail=True, due_at__lte=timezone.now())
    return rows.exclude(pk__in=without).select_related("user").order_by("pk").first()


def mailed(*, notification: Notification) -> None:
    """Stamp a notification as mailed, or as one that nobody can be mailed about."""
    notification.mailed_at = timezone.now()
    notification.save(update_fields=["mailed_at"])
