"""The floor: what a page costs at the least. One statement, written by hand, and its cells.

A Django view without middleware, session or person: it runs the statement of a case through a raw
cursor and prints the cells through a minimal template.
"""

from __future__ import annotations

import json
from typing import Final

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from bench.floors import FLOORS

PAGE: Final = Engine().from_string(
    "<!doctype html><title>{{ name }}</title><table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def floor(request: HttpRequest, name: str) -> HttpResponse:
    """The rows of one case."""
    with connection.cursor() as cursor:
        cursor.execute(FLOORS[name], json.loads(request.GET["values"]))
        rows = cursor.fetchall()
    return HttpResponse(PAGE.render(Context({"name": name, "rows": rows})))


urlpatterns = [path("-floor/<str:name>/", floor)]
