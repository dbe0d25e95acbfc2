"""The suggestions of a lookup field, while one types."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join

from apps.core.fields import option_of

MOST = 20


def lookup(request: HttpRequest, rows: QuerySet, *, name: str = "name") -> HttpResponse:
    """Options whose name holds each typed word; those that begin with it come first."""
    typed = request.GET.get(request.GET.get("field", "q"), "").rsplit("#", 1)[0].strip()
    for word in typed.split():
        rows = rows.filter(**{f"{name}__icontains": word})
    found = list(rows.order_by(name, "pk")[:MOST])
    found.sort(key=lambda row: not str(row).lower().startswith(typed.lower()))
    options = format_html_join(
        "", '<option value="{}">{}</option>', ((option_of(row), str(row)) for row in found)
    )
    return HttpResponse(options)
