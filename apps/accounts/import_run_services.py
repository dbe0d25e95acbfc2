"""The way of a file through an import: kept, checked, confirmed, done, thrown away."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import ImportState
from apps.accounts.models import ImportRun
from apps.core.access import Refused, require
from apps.core.imports.reading import FileRefused
from apps.core.imports.workbook import read_workbook

WORKBOOK: Final = ".xlsx"
# What is known of a file from the beginning, whatever else is said about it.
KEPT: Final = ("workbook",)
KEPT_FOR: Final = dt.timedelta(days=7)
# A job that gave no sign of life for so long was killed.
SILENT_FOR: Final = dt.timedelta(minutes=10)


def run_create(*, actor: Any, file: File[bytes], name: str, kind: str = "account") -> ImportRun:
    """Keep a file under a name that nobody can guess; files that are too old go.

    A workbook is kept as a delimited file. Raises FileRefused when it cannot be read.
    """
    require(actor, "list.import")
    runs_purge(before=timezone.now() - KEPT_FOR)
    run = ImportRun(user=actor, file_name=name[-200:], kind=kind)
    workbook = name.lower().endswith(WORKBOOK)
    run.file.save(f"{uuid.uuid4().hex}.csv", ContentFile(b"") if workbook else file, save=False)
    if workbook:
        run.options = {"workbook": True}
        try:
            read_workbook(file, Path(run.file.path))
        except FileRefused:
            _forget_file(run)
            raise
    run.save()
    return run


def run_check_again(*, actor: Any, run: ImportRun, options: Mapping[str, Any]) -> None:
    """Check the file once more, with what the person says about it now.

    Raises Refused while a job works on it, and when it was imported already.
    """
    require(actor, "list.import")
    with transaction.atomic():
        locked = _locked(run)
        busy = locked.state in (ImportState.CHECKING, ImportState.IMPORTING)
        if (busy and not is_silent(run)) or locked.state == ImportState.DONE:
            raise Refused(f"The file is {ImportState(locked.state).label.lower()}. Look again.")
        kept = {name: locked.options[name] for name in KEPT if name in locked.options}
        locked.options, locked.state = {**options, **kept}, ImportState.CHECKING
        locked.save()
    run.refresh_from_db()


def run_confirm(*, actor: Any, run: ImportRun, good_rows: bool, check: str) -> None:
    """Go on to import what was checked. Raises Refused when it is not the check that was seen."""
    require(actor, "list.import")
    with transaction.atomic():
        locked = _locked(run)
        if locked.state != ImportState.CHECKED or locked.report.get("check") != check:
            raise Refused("The file was checked again meanwhile. Look at the newest check first.")
        locked.options = locked.options | {"good_rows": good_rows}
        locked.state = ImportState.IMPORTING
        locked.save()
    run.refresh_from_db()


def run_checked(*, run: ImportRun, report: Mapping[str, Any]) -> None:
    """What the check found."""
    run.report = {**report, "check": uuid.uuid4().hex}
    run.state = ImportState.CHECKED
    run.save()
    progress_path(run).unlink(missing_ok=True)


def run_failed(*, run: ImportRun, reason: str) -> None:
    """The file cannot be read at all; it is thrown away."""
    run.report, run.state = {"reason": reason}, ImportState.FAILED
    run.save()
    _forget_file(run)


def run_done(*, run: ImportRun, report: Mapping[str, Any]) -> None:
    """The file is in, in the same transaction as what it changed; it is thrown away after it."""
    run.report = {**run.report, **report}
    run.state = ImportState.DONE
    run.save()
    transaction.on_commit(lambda: _forget_file(run))


def runs_purge(*, before: dt.datetime) -> int:
    """Throw away what nobody came back to, with its files."""
    old = list(ImportRun.objects.filter(created_at__lt=before))
    for run in old:
        _forget_file(run)
        error_path(run).unlink(missing_ok=True)
        error_path(run).with_suffix(WORKBOOK).unlink(missing_ok=True)
        changes_path(run).unlink(missing_ok=True)
    ImportRun.objects.filter(pk__in=[run.pk for run in old]).delete()
    return len(old)


def error_path(run: ImportRun) -> Path:
    """Where the bad rows of a file lie."""
    return Path(run.file.path).with_suffix(".errors.csv")


def changes_path(run: ImportRun) -> Path:
    """Where the differences lie that a check found."""
    return Path(run.file.path).with_suffix(".changes")


def progress_path(run: ImportRun) -> Path:
    """Where the number of rows read lies: beside the transaction, which shows nothing yet."""
    return Path(run.file.path).with_suffix(".progress")


def progress_of(run: ImportRun) -> int:
    """How many rows were read so far."""
    try:
        return int(progress_path(run).read_text() or 0)
    except (FileNotFoundError, ValueError):
        return 0


def is_silent(run: ImportRun) -> bool:
    """Whether the job that should work on this file seems to have died."""
    moments = [run.updated_at]
    path = progress_path(run)
    if path.exists():
        moments.append(dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC))
    return timezone.now() - max(moments) > SILENT_FOR


def _locked(run: ImportRun) -> ImportRun:
    """The run, locked; a job that writes holds this lock from beginning to end."""
    found = ImportRun.objects.select_for_update(skip_locked=True).filter(pk=run.pk).first()
    if found is None:
        raise Refused("The file is being imported right now. Look again in a moment.")
    return found


def _forget_file(run: ImportRun) -> None:
    Path(run.file.path).unlink(missing_ok=True)
    progress_path(run).unlink(missing_ok=True)
