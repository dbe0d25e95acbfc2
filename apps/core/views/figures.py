"""The numbers of a chart as a file."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse

from apps.core import access
from apps.core.figures import Figure, csv_of

# What an address says to get one figure's numbers: `?csv=progress`.
PARAM = "csv"


def csv_address(request: HttpRequest, key: str) -> str:
    """Where a figure of this page is exported with the page's own filters; empty if one may not."""
    if not access.may(request.user, "list.export"):
        return ""
    query = request.GET.copy()
    query[PARAM] = key
    return f"{request.path}?{query.urlencode(safe=',')}"


def csv_response(request: HttpRequest, figures: Iterable[Figure]) -> HttpResponse:
    """The figure that the address names. Raises Http404 and Refused."""
    access.require(request.user, "list.export")
    wanted = request.GET.get(PARAM, "")
    for figure in figures:
        if figure.key == wanted:
            response = HttpResponse(csv_of(figure), content_type="text/csv; charset=utf-8")
            response["Content-Disposition"] = f'attachment; filename="{figure.key}.csv"'
            return response
    raise Http404(f"There is no figure “{wanted}” on this page.")
