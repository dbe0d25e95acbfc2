"""The way of an export in the background: queued, written, told, fetched, thrown away."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.access import Refused, require
from apps.core.choices import ExportState, NotificationKind
from apps.core.kinds import KINDS
from apps.core.models import ExportRun, User
from apps.core.notify_services import Note, notify

EXPORT_TASK: Final = "core.export_work"
KEPT_FOR: Final = dt.timedelta(days=3)
# A job that gave no sign of life for so long was killed.
SILENT_FOR: Final = dt.timedelta(minutes=5)


def export_begin(
    *, actor: User, kind: str, query: str, form: str, columns: Sequence[str], total: int
) -> ExportRun:
    """Queue an export; the job stands and falls with the row that asks for it."""
    require(actor, "list.export")
    require(actor, f"{kind}.view")
    with transaction.atomic():
        run = ExportRun.objects.create(
            user=actor, kind=kind, query=query, form=form, columns=list(columns), total=total
        )
        _queue(run)
    return run


def export_again(*, actor: User, run: ExportRun) -> None:
    """Write it once more: the job that should do it was killed. Raises Refused while it is not."""
    require(actor, "list.export")
    with transaction.atomic():
        locked = ExportRun.objects.select_for_update().get(pk=run.pk)
        if locked.state == ExportState.WAITING and not is_silent(locked):
            raise Refused("The file is being written right now. Look again in a moment.")
        locked.state, locked.reason = ExportState.WAITING, ""
        locked.save()
        _queue(locked)


def _queue(run: ExportRun) -> None:
    app.configure_task(EXPORT_TASK, queue="imports").defer(run_id=run.pk)


def export_place(*, run: ExportRun) -> Path:
    """Where the file of an export is written, under a name that nobody can guess."""
    run.file.save(f"{uuid.uuid4().hex}.{run.form}", ContentFile(b""), save=True)
    return Path(run.file.path)


def export_done(*, run: ExportRun, total: int) -> None:
    """The file is whole: it can be fetched, and whoever asked for it is told."""
    kind = KINDS[run.kind]
    with transaction.atomic():
        run.state, run.total = ExportState.DONE, total
        run.save()
        rows = "1 row" if total == 1 else f"{total:,} rows"
        note = Note(
            kind=NotificationKind.EXPORT,
            text=f"Your export of {kind.plural} is ready: {rows}.",
            path=reverse("core:export", args=[run.pk]),
            user_id=run.user_id,
        )
        notify(actor=None, notes=[note])
    progress_path(run).unlink(missing_ok=True)


def export_failed(*, run: ExportRun, reason: str) -> None:
    """It could not be written; the page says why."""
    run.state, run.reason = ExportState.FAILED, reason
    run.save()


def exports_purge(*, before: dt.datetime) -> int:
    """Throw away old exports with their files."""
    old = list(ExportRun.objects.filter(created_at__lt=before))
    for run in old:
        if run.file:
            progress_path(run).unlink(missing_ok=True)
            run.file.delete(save=False)
    ExportRun.objects.filter(pk__in=[run.pk for run in old]).delete()
    return len(old)


def progress_path(run: ExportRun) -> Path:
    """Where the number of rows written so far lies."""
    return Path(run.file.path).with_suffix(".progress")


def progress_of(run: ExportRun) -> int:
    """How many rows were written so far."""
    try:
        return int(progress_path(run).read_text() or 0) if run.file else 0
    except (FileNotFoundError, ValueError):
        return 0


def is_silent(run: ExportRun) -> bool:
    """Whether the job that should write this file seems to have died."""
    moments = [run.updated_at]
    if run.file and progress_path(run).exists():
        moments.append(dt.datetime.fromtimestamp(progress_path(run).stat().st_mtime, dt.UTC))
    return timezone.now() - max(moments) > SILENT_FOR
