"""The record recipe: one header, tabs, and the history that every record has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.core import access, htmx, selectors
from apps.core.custom_tables import own_facts
from apps.core.kinds import COMMENTED, KINDS
from apps.core.person import person_of
from apps.core.recent_services import viewed


@dataclass(frozen=True)
class Tab:
    """One tab of a record page; a tab with a `url` of its own is a link to another page."""

    name: str
    label: str
    url: str = ""


def record_page(
    request: HttpRequest,
    record: models.Model,
    kind_name: str,
    *,
    tabs: Sequence[Tab] = (),
    context: Mapping[str, Any] | None = None,
    deletable: bool = True,
    fragments: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one record, its side panel, one of its tabs, or a part that `fragments` name.

    The template is `<namespace>/detail.html`; the panel's `<namespace>/_panel.html`.
    """
    if request.method == "GET" and request.GET.get("tab") != "history":
        viewed(request.user, kind_name, record.pk)
    kind = KINDS[kind_name]
    address = reverse(f"{kind.namespace}:detail", args=[record.pk])
    all_tabs = [Tab("details", "Details"), *tabs, Tab("history", "History")]
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in {t.name for t in all_tabs if not t.url} else "details"
    full = {
        "kind": kind,
        "record": record,
        "tab": tab,
        "tabs": [
            {"name": t.name, "label": t.label, "url": t.url or f"{address}?tab={t.name}"}
            for t in all_tabs
        ],
        "may_edit": access.may(request.user, f"{kind_name}.edit"),
        "may_delete": access.may(request.user, f"{kind_name}.delete") if deletable else None,
        "edit_url": reverse(f"{kind.namespace}:edit", args=[record.pk]),
        "delete_url": reverse(f"{kind.namespace}:delete", args=[record.pk]) if deletable else "",
        "commented": kind_name in COMMENTED and access.may(request.user, "comment.view"),
        "history": selectors.history_of(request.user, record) if tab == "history" else None,
        "create_context": context_of(kind_name, record),
        "own_facts": own_facts(request.user, kind_name, record, person_of(request.user)),
        **(context or {}),
    }
    return htmx.render_for(
        request,
        f"{kind.namespace}/detail.html",
        full,
        fragments={"panel": f"{kind.namespace}/_panel.html", **(fragments or {})},
        status=status,
    )


# What a record can lie in, from the top.
ABOVE = ("account", "plan", "objective", "kpi", "playbook", "task")


def context_of(kind_name: str, record: models.Model) -> str:
    """Where something new is made from a record's page: "account=1&plan=2"."""
    lies_in = record
    if kind_name == "kpi":
        lies_in = record.objective  # type: ignore[attr-defined]
    found = {name: getattr(lies_in, f"{name}_id", None) for name in ABOVE if name != kind_name}
    if kind_name == "kpi":
        found["objective"] = lies_in.pk
    if kind_name in (*ABOVE, "challenge"):
        found[kind_name] = record.pk
    return urlencode({name: pk for name, pk in found.items() if pk})
