"""A list as a file: sent at once, or written in the background and fetched from a page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views import View
from django.views.decorators.http import require_GET, require_POST

from apps.core import access, export_services, htmx, view_selectors
from apps.core.choices import ExportForm, ExportState
from apps.core.export_tables import csv_pieces, write_file
from apps.core.kinds import KINDS
from apps.core.models import ExportRun
from apps.core.scope import today
from apps.core.selectors import one
from apps.core.transfer_tables import Sheet
from apps.core.views.lists import ListPage, plain_query

TYPES = {
    ExportForm.CSV: "text/csv; charset=utf-8",
    ExportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportPage(View):
    """Exactly the rows and columns that the list shows under the same address."""

    http_method_names = ["get", "options"]
    listing: ClassVar[type[ListPage]] = ListPage

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The file, or the page that says how far it is."""
        listing = self.listing.of(request.user)
        actor: Any = request.user
        access.require(actor, "list.export")
        access.require(actor, f"{listing.record}.view")
        form = request.GET.get("format", ExportForm.CSV)
        if form not in ExportForm.values:
            raise Http404("A list is exported as CSV or as an Excel workbook (xlsx).")
        query = request.GET.copy()
        query.pop("format", None)
        view = view_selectors.chosen_view(actor, listing.key, query.get("view", ""))
        sheet = Sheet(listing, actor, query, listing.columns(request, view))
        most = settings.EXPORT_ROWS_AT_ONCE
        total = listing.filtered(request, query).qs.order_by()[: most + 1].count()
        if total > most:
            total = listing.filtered(request, query).qs.order_by().count()
            run = export_services.export_begin(
                actor=actor,
                kind=listing.record,
                query=plain_query(query),
                form=form,
                columns=sheet.names,
                total=total,
            )
            return HttpResponseRedirect(reverse("core:export", args=[run.pk]))
        name = f"{KINDS[listing.record].namespace}-{today(actor):%Y-%m-%d}.{form}"
        return _sent(sheet, form, name)


def _sent(sheet: Sheet, form: str, name: str) -> HttpResponseBase:
    """A short list: CSV as it is read, a workbook from a file that is gone when it is sent."""
    if form == ExportForm.CSV:
        response: HttpResponseBase = StreamingHttpResponse(
            csv_pieces(sheet.header, sheet.lines()), content_type=TYPES[ExportForm.CSV]
        )
    else:
        file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the answer closes it)
        write_file(sheet, form, Path(file.name), lambda count: None)
        response = FileResponse(file, content_type=TYPES[ExportForm.XLSX])
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _mine(request: HttpRequest) -> QuerySet[ExportRun]:
    """This person's own exports; those of others are not there."""
    actor: Any = request.user
    return ExportRun.objects.filter(user=actor)


@require_GET
def export_run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an export is, and its file when it is ready."""
    access.require(request.user, "list.export")
    run = one(_mine(request), pk)
    busy = run.state == ExportState.WAITING
    count = export_services.progress_of(run)
    context = {
        "run": run,
        "kind": KINDS[run.kind],
        "busy": busy,
        "there": bool(run.file) and Path(run.file.path).exists(),
        "silent": busy and export_services.is_silent(run),
        "count": count,
        "share": min(count * 100 // run.total, 100) if run.total else None,
        "until": run.created_at + export_services.KEPT_FOR,
        "back": f"{reverse(KINDS[run.kind].list_url)}?{run.query}",
    }
    response = htmx.render_for(
        request,
        "core/export.html",
        context,
        fragments={"export-progress": "core/_export_progress.html"},
    )
    if htmx.target(request) == "export-progress" and not busy:
        response.headers["HX-Refresh"] = "true"
    return response


@require_GET
def export_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file of an export that is ready."""
    access.require(request.user, "list.export")
    run = one(_mine(request), pk)
    if run.state != ExportState.DONE or not run.file or not Path(run.file.path).exists():
        raise Http404("The file is not ready, or it was thrown away. Export the list once more.")
    name = f"{KINDS[run.kind].namespace}-{run.created_at:%Y-%m-%d}.{run.form}"
    return FileResponse(
        run.file.open("rb"),
        as_attachment=True,
        filename=name,
        content_type=TYPES[ExportForm(run.form)],
    )


@require_POST
def export_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an export once more whose job was killed."""
    actor: Any = request.user
    access.require(actor, "list.export")
    run = one(_mine(request), pk)
    export_services.export_again(actor=actor, run=run)
    return HttpResponseRedirect(reverse("core:export", args=[run.pk]))
