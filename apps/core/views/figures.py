"""The numbers of a chart as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse

from apps.core import access
from apps.core.figures import Figure, csv_of, lines_of
from apps.core.imports.workbook import write_workbook

# What an address says to get one figure's numbers: `?csv=progress`, or `?xlsx=progress`.
PARAM = "csv"
XLSX = "xlsx"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_address(request: HttpRequest, key: str, form: str = PARAM) -> str:
    """Where a figure of this page is exported with the page's own filters; empty if one may not."""
    if not access.may(request.user, "list.export"):
        return ""
    query = request.GET.copy()
    query[form] = key
    return f"{request.path}?{query.urlencode(safe=',')}"


def asks_for_file(request: HttpRequest) -> bool:
    """Whether the address asks for the numbers of one figure."""
    return PARAM in request.GET or XLSX in request.GET


def csv_response(request: HttpRequest, figures: Iterable[Figure]) -> HttpResponse:
    """The figure that the address names, as a CSV or a workbook. Raises Http404 and Refused."""
    access.require(request.user, "list.export")
    form = XLSX if XLSX in request.GET else PARAM
    wanted = request.GET.get(form, "")
    for figure in figures:
        if figure.key == wanted:
            if form == XLSX:
                response = HttpResponse(_workbook(figure), content_type=WORKBOOK)
            else:
                response = HttpResponse(csv_of(figure), content_type="text/csv; charset=utf-8")
            response["Content-Disposition"] = f'attachment; filename="{figure.key}.{form}"'
            return response
    raise Http404(f"There is no figure “{wanted}” on this page.")


def _workbook(figure: Figure) -> bytes:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "figure.xlsx"
        write_workbook(path, lines_of(figure), "Figure")
        return path.read_bytes()
