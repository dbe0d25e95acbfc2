"""The import pages of every list: choose a file, see what it would do, confirm, see what it did."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views import View

from apps.accounts import import_run_services as runs
from apps.accounts import tasks
from apps.accounts.choices import ImportState
from apps.accounts.import_rules import ACCOUNT, CONTACT, EXAMPLE, TARGETS
from apps.accounts.models import ImportRun
from apps.core import access, htmx
from apps.core.choices import ExportForm
from apps.core.import_forms import IGNORED, MappingForm, UploadForm, megabytes
from apps.core.import_tables import Columns
from apps.core.imports.columns import Target, normal
from apps.core.imports.reading import FileRefused, find_dialect
from apps.core.imports.workbook import workbook_of
from apps.core.kinds import KINDS
from apps.core.list_rules import page_number
from apps.core.selectors import one, preference
from apps.core.services import preference_set
from apps.core.transfer_report_services import changes_of
from apps.core.transfer_rules import KEY, STAMP
from apps.core.views.exports import TYPES, ExportPage
from apps.core.views.lists import ListPage

BUSY = (ImportState.CHECKING, ImportState.IMPORTING)
# How many headings are remembered for files of one kind.
MOST_REMEMBERED = 200


class ImportPage(View):
    """What the pages of an import share: whose file it is, and where the others are."""

    listing: ClassVar[type[ListPage]] = ListPage

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        access.require(request.user, "list.import")
        access.require(request.user, f"{self.listing.record}.view")
        return super().dispatch(request, *args, **kwargs)

    def own(self) -> QuerySet[ImportRun]:
        """This person's own files for this list; those of others are not there."""
        actor: Any = self.request.user
        return ImportRun.objects.filter(user=actor, kind=self.listing.record)

    def go(self, run: ImportRun) -> HttpResponse:
        """On to the page of a file."""
        return HttpResponseRedirect(self.address("import-run", run.pk))

    def address(self, name: str, *args: int) -> str:
        """One of the list's own addresses."""
        return reverse(f"{KINDS[self.listing.record].namespace}:{name}", args=args)

    def groups(self) -> list[tuple[str, Sequence[Target]]]:
        """What the columns of a file can be, under headings."""
        kind = KINDS[self.listing.record]
        own = Columns(self.listing.of(self.request.user), self.request.user).targets()
        if self.listing.record != "account":
            return [(kind.label, own)]
        # Files of customers from elsewhere hold contacts too.
        known = {target.key for target in TARGETS}
        return [
            (ACCOUNT, [target for target in TARGETS if target.group == ACCOUNT]),
            (CONTACT, [target for target in TARGETS if target.group == CONTACT]),
            ("In exported files", [target for target in own if target.key not in known]),
        ]

    def addresses(self, run: ImportRun | None = None) -> dict[str, Any]:
        """Where the links of the pages go."""
        kind = KINDS[self.listing.record]
        found = {
            "kind": kind,
            "list_url": reverse(kind.list_url),
            "start_url": self.address("import"),
            "example_url": self.address("import-example"),
        }
        if run is not None:
            names = ("import-run", "import-confirm", "import-errors")
            found |= {f"{name.partition('-')[2]}_url": self.address(name, run.pk) for name in names}
        return found


class ChooseFile(ImportPage):
    """Choose a file; it is checked first, and changes nothing yet."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The choice, and the last files."""
        return self._page(UploadForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the file and check it."""
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(form, status=422)
        file = form.cleaned_data["file"]
        try:
            with transaction.atomic():
                run = runs.run_create(
                    actor=request.user, file=file, name=file.name, kind=self.listing.record
                )
                tasks.start(run)
        except FileRefused as error:
            form.add_error("file", ValidationError(str(error)))
            return self._page(form, status=422)
        return self.go(run)

    def _page(self, form: UploadForm, status: int = 200) -> HttpResponse:
        context = {
            **self.addresses(),
            "form": form,
            "most": megabytes(settings.IMPORT_MAX_BYTES),
            "groups": self.groups(),
            "runs": [(run, self.address("import-run", run.pk)) for run in self.own()[:10]],
        }
        return render(self.request, "imports/choose.html", context, status=status)


class ImportFile(ImportPage):
    """One file: its progress, its check or its result; a POST checks it with other settings."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How it stands."""
        run = one(self.own(), pk)
        checked = run.state == ImportState.CHECKED
        return self._page(run, self._mapping(run) if checked else None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Check it once more, as the person says."""
        run = one(self.own(), pk)
        form = self._mapping(run, request.POST)
        if form is not None and not form.is_valid():
            return self._page(run, form, status=422)
        said = form.said() if form else run.options
        with transaction.atomic():
            runs.run_check_again(actor=request.user, run=run, options=said)
            if form is not None:
                self._remember(run, form)
            tasks.start(run)
        return self.go(run)

    def _remember(self, run: ImportRun, form: MappingForm) -> None:
        """What a person says of a heading counts for the next file too."""
        actor: Any = self.request.user
        key = f"import:{run.kind}"
        kept = dict(preference(actor, key))
        for header, wish in zip(form.headers, form.mapping().values(), strict=True):
            if header and wish:
                kept[normal(header)] = wish
        newest = dict(list(kept.items())[-MOST_REMEMBERED:])
        preference_set(actor=actor, key=key, data=newest)

    def _mapping(self, run: ImportRun, data: Any = None) -> MappingForm | None:
        """The form of the columns, filled with what was understood; none before the first check."""
        columns = run.report.get("columns")
        if columns is None:
            return None
        initial = {f"column_{one['place']}": one["key"] or IGNORED for one in columns}
        said = {name: run.options.get(name) for name in ("dates", "numbers", "clear_empty")}
        return MappingForm(
            data,
            headers=[one["header"] for one in columns],
            groups=self.groups(),
            may_keep=not run.report.get("list"),
            initial=initial | said,
        )

    def _page(self, run: ImportRun, form: MappingForm | None, status: int = 200) -> HttpResponse:
        report = run.report
        outcome = report.get("outcome") or {}
        rows = report.get("rows") or 0
        read = runs.progress_of(run)
        busy = run.state in BUSY
        context = {
            **self.addresses(run),
            "run": run,
            "form": form,
            "mapping": _rows(report, form),
            "report": report,
            "outcome": outcome,
            "counts": outcome.get("counts") or {},
            "state": ImportState(run.state),
            "busy": busy,
            "silent": busy and runs.is_silent(run),
            "read": read,
            "share": min(read * 100 // rows, 100) if rows else None,
            "has_error_file": runs.error_path(run).exists(),
            **self._changes(run, outcome),
        }
        response = htmx.render_for(
            self.request,
            "imports/run.html",
            context,
            fragments={"import-progress": "imports/_progress.html"},
            status=status,
        )
        if htmx.target(self.request) == "import-progress" and not busy:
            response.headers["HX-Refresh"] = "true"
        return response

    def _changes(self, run: ImportRun, outcome: dict[str, Any]) -> dict[str, Any]:
        """One page of the differences."""
        pages: list[int] = outcome.get("pages") or []
        if not run.report.get("list"):
            return {"changes": outcome.get("changes"), "prefix": "/accounts/"}
        number = page_number(self.request.GET.get("page", ""))
        if number is None or (number > 1 and number > len(pages)):
            raise Http404("There is no such page.")
        shown = changes_of(runs.changes_path(run), pages[number - 1]) if pages else []
        return {
            "changes": shown,
            "prefix": KINDS[run.kind].prefix,
            "page": number,
            "pages": len(pages),
            "previous_page": number - 1 if number > 1 else None,
            "next_page": number + 1 if number < len(pages) else None,
        }


def _rows(report: dict[str, Any], form: MappingForm | None) -> list[dict[str, Any]]:
    """Each column of the file with its field's box and some of its values."""
    if form is None:
        return []
    return [{**column, "field": form[f"column_{column['place']}"]} for column in report["columns"]]


class ConfirmImport(ImportPage):
    """Import what was checked: the good rows, or all or none."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, or queue it."""
        run = one(self.own(), pk)
        with transaction.atomic():
            runs.run_confirm(
                actor=request.user,
                run=run,
                good_rows=request.POST.get("rows") == "good",
                check=request.POST.get("check", ""),
            )
            tasks.start(run)
        return self.go(run)


class BadRows(ImportPage):
    """The bad rows with row number and reason, to mend and to import again; as the file came."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file."""
        run = one(self.own(), pk)
        source = runs.error_path(run)
        if not source.exists():
            raise Http404("The file has no rows with errors, or it was thrown away.")
        form = ExportForm.XLSX if run.options.get("workbook") else ExportForm.CSV
        if form == ExportForm.XLSX:
            dialect = find_dialect(source, lambda name: True)
            source = source.with_suffix(runs.WORKBOOK)
            workbook_of(runs.error_path(run), source, dialect.encoding, dialect.delimiter)
        name = f"{run.file_name.rpartition('.')[0] or run.file_name}-errors.{form}"
        return FileResponse(
            source.open("rb"), as_attachment=True, filename=name, content_type=TYPES[form]
        )


class ExampleFile(ImportPage):
    """A small file that shows what can be imported."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Customers as an example; of the other lists the headings."""
        text = EXAMPLE
        if self.listing.record != "account":
            targets = Columns(self.listing.of(request.user), request.user).targets()
            written = io.StringIO()
            headings = [t.label for t in targets if t.key not in (KEY, STAMP)]
            csv.writer(written, lineterminator="\r\n").writerow(headings)
            text = written.getvalue()
        response = HttpResponse(text.encode("utf-8-sig"), content_type=TYPES[ExportForm.CSV])
        name = f"{KINDS[self.listing.record].namespace}-example.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def file_paths(listing: type[ListPage]) -> list[URLPattern]:
    """The addresses at which a list is exported to a file and files are imported."""
    paths = [path("export/", ExportPage.as_view(listing=listing), name="export")]
    if listing.transfer is None:
        return paths
    return [
        *paths,
        path("import/", ChooseFile.as_view(listing=listing), name="import"),
        path("import/example/", ExampleFile.as_view(listing=listing), name="import-example"),
        path("import/<int:pk>/", ImportFile.as_view(listing=listing), name="import-run"),
        path(
            "import/<int:pk>/confirm/",
            ConfirmImport.as_view(listing=listing),
            name="import-confirm",
        ),
        path("import/<int:pk>/errors/", BadRows.as_view(listing=listing), name="import-errors"),
    ]
