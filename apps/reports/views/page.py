"""What every report has: filters in its address, figures, and a file of each figure's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.team_selectors import MINE, account_ids_of
from apps.core import htmx
from apps.core.figures import Figure
from apps.core.views.figures import XLSX, asks_for_file, csv_address, csv_response
from apps.core.views.lists import plain_query

# What a change of the filters replaces.
FRAGMENT = "report"


def first_scope(request: HttpRequest, name: str = "accounts", **more: str) -> HttpResponse | None:
    """A report without a question begins with the person's own accounts, if there are any.

    `name` is the filter that says whose accounts; `more` is asked along with it. None when the
    page is to be shown as asked.
    """
    if request.GET or not account_ids_of(request.user, MINE):
        return None
    return HttpResponseRedirect(f"{request.path}?{urlencode({name: MINE, **more})}")


def everything(request: HttpRequest, name: str = "accounts") -> str:
    """The address without filters: of all accounts, not only the person's own."""
    return f"{request.path}?{name}="


def respond(
    request: HttpRequest,
    template: str,
    figures: Sequence[Figure],
    context: dict[str, Any],
) -> HttpResponse:
    """The page `reports/<template>.html`, its part `reports/_<template>.html`, or one file.

    Each figure gets the address of its own file.
    """
    if asks_for_file(request):
        return csv_response(request, figures)
    shown = [
        replace(
            figure,
            csv_url="" if figure.empty else csv_address(request, figure.key),
            xlsx_url="" if figure.empty else csv_address(request, figure.key, XLSX),
        )
        for figure in figures
    ]
    return htmx.render_for(
        request,
        f"reports/{template}.html",
        {
            "figures": shown,
            "query": plain_query(request.GET),
            "clear_url": everything(request),
            "filter_target": f"#{FRAGMENT}",
            **context,
        },
        fragments={FRAGMENT: f"reports/_{template}.html"},
    )


def chosen(filtered: Any) -> list[tuple[str, str]]:
    """The filters that are set, in words, for a paper that has no filters."""
    said = []
    filtered.is_valid()
    for name, label in filtered.active:
        field = filtered.form.fields[name]
        value = filtered.form.cleaned_data.get(name)
        choices = dict(getattr(field, "choices", ())) if isinstance(value, str) else {}
        said.append((label, str(choices.get(value, value))))
    return said
