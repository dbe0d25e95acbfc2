"""The suggestions of a lookup field, while one types."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join

from apps.core.fields import name_of, option_of

MOST = 20


def lookup(
    request: HttpRequest,
    rows: QuerySet[Any],
    *within: str,
    beside: Callable[[Any], str] | None = None,
) -> HttpResponse:
    """Options whose name holds each typed word; those that begin with it come first.

    `within` names the other fields of the form that narrow the choice: a plan is sought within
    its account. Records of an account show it beside their name. Rows that come with words to
    stand `beside` each stay in the order that these explain.
    """
    name = name_of(rows.model)
    typed = re.sub(r" #\d+$", "", _said(request, request.GET.get("field", "q")))
    for parent in within:
        rows = _narrowed(rows, parent, _said(request, parent))
    for word in typed.split():
        rows = rows.filter(**{f"{name}__icontains": word})
    of_account = any(field.name == "account" for field in rows.model._meta.fields)
    if of_account:
        rows = rows.select_related("account")
    if beside is None:
        found = list(rows.order_by(name, "pk")[:MOST])
        found.sort(key=lambda row: not str(row).lower().startswith(typed.lower()))
    else:
        found = list(rows[:MOST])
    names = Counter(str(row) for row in found)
    said = beside or (lambda row: str(row.account or "") if of_account else "")
    options = format_html_join(
        "",
        '<option value="{}">{}</option>',
        (
            (
                option_of(row, unmistakable=names[str(row)] == 1),
                said(row),
            )
            for row in found
        ),
    )
    return HttpResponse(options)


def _said(request: HttpRequest, name: str) -> str:
    # The database knows no character zero; nothing is called by it.
    return request.GET.get(name, "").replace("\0", "").strip()


def _narrowed(rows: QuerySet[Any], parent: str, said: str) -> QuerySet[Any]:
    if not said:
        return rows
    numbered = re.search(r"(?:^|#)(\d{1,18})$", said)
    if numbered:
        return rows.filter(**{parent: int(numbered[1])})
    return rows.filter(**{f"{parent}__name__iexact": said})
