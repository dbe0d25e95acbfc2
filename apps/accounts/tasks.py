"""Checking and importing a file: at once when it is short, else as a background job."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.accounts import import_run_services as runs
from apps.accounts.choices import ImportState
from apps.accounts.import_forms import understand
from apps.accounts.import_rules import Options
from apps.accounts.import_services import Outcome, accounts_check, accounts_import
from apps.accounts.models import ImportRun
from apps.core.access import Refused
from apps.core.export_tables import listing_of
from apps.core.import_tables import Said, is_export, understand_list
from apps.core.imports.reading import FileRefused
from apps.core.imports.survey import Survey
from apps.core.selectors import preference
from apps.core.transfer_report_services import Outputs
from apps.core.transfer_services import list_check, list_import

ERRORS_STAND = "Nothing was imported: some rows have errors. Import the good rows alone, or none."
CHANGED = (
    "Nothing was imported: since the check somebody changed these records. This is what the file"
    " would do now."
)
# What is kept with a file beside what the person said about it.
ASIDE = ("good_rows", "workbook")


def start(run: ImportRun) -> None:
    """Check or import, whichever comes next: now for a short file, else in the background.

    The job is queued in the caller's transaction, if there is one.
    """
    if _lines(Path(run.file.path)) > settings.IMPORT_ROWS_AT_ONCE:
        work.defer(run_id=run.pk)
    else:
        perform(run)


def _lines(path: Path) -> int:
    """About how many rows a file has; line ends of every kind count."""
    with path.open("rb") as file:
        return sum(
            max(block.count(b"\n"), block.count(b"\r"))
            for block in iter(lambda: file.read(1 << 20), b"")
        )


@app.task(name="accounts.import_work", queue="imports")
def work(run_id: int) -> None:
    """The next step of one file; nothing if it was thrown away meanwhile."""
    run = ImportRun.objects.select_related("user").filter(pk=run_id).first()
    if run is not None:
        perform(run)


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.import_purge", queue="imports", pass_context=False)
def purge(timestamp: int) -> None:
    """Every night: files that nobody came back to."""
    runs.runs_purge(before=timezone.now() - runs.KEPT_FOR)


def perform(run: ImportRun) -> None:
    """Check a file that waits for it, or import one that was confirmed."""
    try:
        # A file of customers from elsewhere brings contacts and teams along; one that was
        # exported here says of each row which record it is.
        for_list = run.kind != "account" or is_export(Path(run.file.path))
        if run.state == ImportState.CHECKING:
            (_check_list if for_list else _check)(run)
        elif run.state == ImportState.IMPORTING:
            (_import_list if for_list else _import)(run)
    except FileRefused as error:
        runs.run_failed(run=run, reason=str(error))


def _check(run: ImportRun, notice: str = "") -> None:
    options = options_of(run)
    understood = understand(Path(run.file.path), options)
    report = _described(understood) | {"notice": notice}
    if not understood.problems:
        outcome = accounts_check(
            actor=run.user,
            source=understood.source,
            clear_empty=options.clear_empty,
            error_file=runs.error_path(run),
            progress=_progress(run),
        )
        report["outcome"] = outcome.as_json()
    runs.run_checked(run=run, report=report)


def _import(run: ImportRun) -> None:
    options = options_of(run)
    expected = run.report["outcome"]["counts"]
    try:
        outcome = _imported(run, options, expected)
    except (Refused, ValidationError) as error:
        _check(run, " ".join(getattr(error, "messages", [str(error)])))
        return
    if not outcome.written:
        same = outcome.counts == expected
        _check(
            run,
            "Nothing was imported: some rows have errors. Import the good rows alone, or none."
            if same
            else "Nothing was imported: since the check somebody changed these accounts."
            " This is what the file would do now.",
        )


def _imported(run: ImportRun, options: Options, expected: dict[str, int]) -> Outcome:
    with transaction.atomic():
        # Whoever confirms twice waits here, and finds the file done.
        locked = ImportRun.objects.select_for_update().get(pk=run.pk)
        if locked.state != ImportState.IMPORTING:
            raise Refused("The file was imported already.")
        understood = understand(Path(run.file.path), options)
        outcome = accounts_import(
            actor=run.user,
            source=understood.source,
            good_rows=bool(run.options.get("good_rows")),
            clear_empty=options.clear_empty,
            error_file=runs.error_path(run),
            progress=_progress(run),
            expected=expected,
        )
        if outcome.written:
            runs.run_done(run=run, report={"outcome": outcome.as_json(), "notice": ""})
    return outcome


def _said(run: ImportRun) -> Said:
    kept = {
        name: run.options[name] for name in ("mapping", "dates", "numbers") if name in run.options
    }
    return Said(**kept, remembered=preference(run.user, f"import:{run.kind}"))


def _outputs(run: ImportRun, *, changes: bool) -> Outputs:
    return Outputs(
        runs.error_path(run), runs.changes_path(run) if changes else None, _progress(run)
    )


def _check_list(run: ImportRun, notice: str = "") -> None:
    listing = listing_of(run.kind, run.user)
    path = Path(run.file.path)
    understood = understand_list(listing, run.user, path, _said(run))
    report = _described(understood) | {"notice": notice, "list": True}
    if not understood.problems:
        outcome = list_check(
            actor=run.user,
            transfer=listing.transfer,
            file=understood.file,
            outputs=_outputs(run, changes=True),
        )
        report["outcome"] = outcome.as_json()
    runs.run_checked(run=run, report=report)


def _import_list(run: ImportRun) -> None:
    listing = listing_of(run.kind, run.user)
    shown = run.report["outcome"]
    try:
        with transaction.atomic():
            # Whoever confirms twice waits here, and finds the file done.
            locked = ImportRun.objects.select_for_update().get(pk=run.pk)
            if locked.state != ImportState.IMPORTING:
                raise Refused("The file was imported already.")
            understood = understand_list(listing, run.user, Path(run.file.path), _said(run))
            outcome = list_import(
                actor=run.user,
                transfer=listing.transfer,
                file=understood.file,
                outputs=_outputs(run, changes=False),
                good_rows=bool(run.options.get("good_rows")),
                expected=shown["digest"],
            )
            if outcome.written:
                kept = outcome.as_json() | {"pages": shown["pages"]}
                runs.run_done(run=run, report={"outcome": kept, "notice": ""})
    except (Refused, ValidationError) as error:
        _check_list(run, " ".join(getattr(error, "messages", [str(error)])))
        return
    if not outcome.written:
        same = outcome.digest == shown["digest"]
        _check_list(run, ERRORS_STAND if same else CHANGED)


def options_of(run: ImportRun) -> Options:
    """What the person said about the file."""
    kept = {name: value for name, value in run.options.items() if name not in ASIDE}
    return Options(**kept)


def _described(understood: Any) -> dict[str, Any]:
    looked: Survey = understood.survey
    return {
        "sentences": understood.sentences,
        "problems": understood.problems,
        "rows": looked.rows,
        "columns": [
            {
                "place": look.column.place,
                "header": look.column.header,
                "key": look.column.key,
                "samples": [sample[:60] for sample in look.samples],
            }
            for look in looked.columns
        ],
    }


def _progress(run: ImportRun) -> Any:
    path = runs.progress_path(run)
    last = timezone.now() - dt.timedelta(minutes=1)

    def tell(rows: int) -> None:
        nonlocal last
        if timezone.now() - last > dt.timedelta(seconds=1):
            path.write_text(str(rows))
            last = timezone.now()

    return tell
