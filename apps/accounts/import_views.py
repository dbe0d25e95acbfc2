"""The Import page: choose a file, see what it would do, confirm, see what came of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import import_run_services as runs
from apps.accounts import tasks
from apps.accounts.choices import ImportState
from apps.accounts.import_forms import IGNORED, MappingForm, UploadForm, megabytes
from apps.accounts.import_rules import ACCOUNT, CONTACT, EXAMPLE, TARGETS
from apps.accounts.models import ImportRun
from apps.core import access, htmx
from apps.core.selectors import one

BUSY = (ImportState.CHECKING, ImportState.IMPORTING)


def _run(request: HttpRequest, pk: int) -> ImportRun:
    """A file of this person's own; the files of others are not there. Raises Refused."""
    access.require(request.user, "list.import")
    return one(_mine(request), pk)


def _mine(request: HttpRequest) -> QuerySet[ImportRun]:
    owner: Any = request.user
    return ImportRun.objects.filter(user=owner)


def _go(run: ImportRun) -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:import-run", args=[run.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is checked first, and changes nothing yet."""
    access.require(request.user, "list.import")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            with transaction.atomic():
                run = runs.run_create(actor=request.user, file=file, name=file.name)
                tasks.start(run)
            return _go(run)
    context = {
        "form": form,
        "most": megabytes(settings.IMPORT_MAX_BYTES),
        "groups": [
            (group, [target for target in TARGETS if target.group == group])
            for group in (ACCOUNT, CONTACT)
        ],
        "runs": _mine(request)[:10],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/import.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: its progress, its check or its result; a POST checks it with other settings."""
    run = _run(request, pk)
    form = None
    if request.method == "POST":
        form = _mapping(run, request.POST)
        if form is None or form.is_valid():
            options = form.options().as_json() if form else run.options
            with transaction.atomic():
                runs.run_check_again(actor=request.user, run=run, options=options)
                tasks.start(run)
            return _go(run)
    elif run.state == ImportState.CHECKED:
        form = _mapping(run)
    context = _shown(run) | {"form": form, "mapping": _rows(run, form)}
    response = htmx.render_for(
        request,
        "accounts/import_run.html",
        context,
        fragments={"import-progress": "accounts/_import_progress.html"},
        status=422 if form is not None and form.is_bound else 200,
    )
    if htmx.target(request) == "import-progress" and not context["busy"]:
        response.headers["HX-Refresh"] = "true"
    return response


def _mapping(run: ImportRun, data: Any = None) -> MappingForm | None:
    """The form of the columns, filled with what was understood; none before the first check."""
    columns = run.report.get("columns")
    if columns is None:
        return None
    initial = {f"column_{one['place']}": one["key"] or IGNORED for one in columns}
    said = {name: run.options.get(name) for name in ("dates", "numbers", "clear_empty")}
    return MappingForm(data, headers=[one["header"] for one in columns], initial=initial | said)


def _rows(run: ImportRun, form: MappingForm | None) -> list[dict[str, Any]]:
    """Each column of the file with its field's box and some of its values."""
    if form is None:
        return []
    return [
        {**column, "field": form[f"column_{column['place']}"]} for column in run.report["columns"]
    ]


def _shown(run: ImportRun) -> dict[str, Any]:
    report = run.report
    outcome = report.get("outcome") or {}
    rows = report.get("rows") or 0
    read = runs.progress_of(run)
    busy = run.state in BUSY
    return {
        "run": run,
        "report": report,
        "outcome": outcome,
        "counts": outcome.get("counts") or {},
        "state": ImportState(run.state),
        "busy": busy,
        "silent": busy and runs.is_silent(run),
        "read": read,
        "share": min(read * 100 // rows, 100) if rows else None,
        "has_error_file": runs.error_path(run).exists(),
    }


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what was checked: the good rows, or all or none."""
    run = _run(request, pk)
    with transaction.atomic():
        runs.run_confirm(
            actor=request.user,
            run=run,
            good_rows=request.POST.get("rows") == "good",
            check=request.POST.get("check", ""),
        )
        tasks.start(run)
    return _go(run)


@require_GET
def import_errors(request: HttpRequest, pk: int) -> FileResponse:
    """The bad rows with row number and reason, to mend and to import again."""
    run = _run(request, pk)
    path = runs.error_path(run)
    if not path.exists():
        raise Http404("The file has no rows with errors, or it was thrown away.")
    name = f"{run.file_name.rpartition('.')[0] or run.file_name}-errors.csv"
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )


@require_GET
def import_example(request: HttpRequest) -> HttpResponse:
    """A small file that shows what can be imported."""
    access.require(request.user, "list.import")
    response = HttpResponse(EXAMPLE.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="accounts-example.csv"'
    return response
