"""Outcomes: all objectives in scope, and what came of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.core import access
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.selectors import objectives
from apps.reports.views.page import respond


@require_GET
def outcomes(request: HttpRequest) -> HttpResponse:
    """The objectives that the filters choose."""
    access.require(request.user, "report.view")
    rows = objectives(request.user)
    filtered = ObjectiveFilter(request.GET or None, queryset=rows, request=request)
    return respond(request, "outcomes", [], {"heading": "Outcomes", "filter": filtered})
