"""What every report has: filters in its address, figures, and a file of each figure's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.core import htmx
from apps.core.figures import Figure
from apps.core.views.figures import PARAM, csv_address, csv_response
from apps.core.views.lists import plain_query

# What a change of the filters replaces.
FRAGMENT = "report"


def respond(
    request: HttpRequest,
    template: str,
    figures: Sequence[Figure],
    context: dict[str, Any],
) -> HttpResponse:
    """The page `reports/<template>.html`, its part `reports/_<template>.html`, or one file.

    Each figure gets the address of its own file.
    """
    if PARAM in request.GET:
        return csv_response(request, figures)
    shown = [
        replace(figure, csv_url="" if figure.empty else csv_address(request, figure.key))
        for figure in figures
    ]
    return htmx.render_for(
        request,
        f"reports/{template}.html",
        {
            "figures": shown,
            "query": plain_query(request.GET),
            "clear_url": request.path,
            "filter_target": f"#{FRAGMENT}",
            **context,
        },
        fragments={FRAGMENT: f"reports/_{template}.html"},
    )
