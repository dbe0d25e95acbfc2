"""Value: what was achieved against the baseline, by account, unit and category."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.core import access
from apps.kpis.filters import KpiFilter
from apps.kpis.selectors import kpis
from apps.reports.views.page import respond


@require_GET
def value(request: HttpRequest) -> HttpResponse:
    """What the KPIs that the filters choose achieved."""
    access.require(request.user, "report.view")
    filtered = KpiFilter(request.GET or None, queryset=kpis(request.user), request=request)
    return respond(request, "value", [], {"heading": "Value", "filter": filtered})
