"""KPI Trending: how KPIs went over time, and what was expected of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.core import access
from apps.kpis.filters import KpiFilter
from apps.kpis.selectors import kpis
from apps.reports.views.page import respond


@require_GET
def kpi_trending(request: HttpRequest) -> HttpResponse:
    """Progress over time of the KPIs that the filters choose."""
    access.require(request.user, "report.view")
    filtered = KpiFilter(request.GET or None, queryset=kpis(request.user), request=request)
    return respond(request, "trending", [], {"heading": "KPI Trending", "filter": filtered})
