"""The boundary between pages and their fragments: chosen by target, never by guess."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def target(request: HttpRequest) -> str:
    """The id of the element that htmx wants to replace; empty for a full page."""
    if request.headers.get("HX-Request") != "true" or request.headers.get(
        "HX-History-Restore-Request"
    ):
        return ""
    return request.headers.get("HX-Target", "")


def render_for(
    request: HttpRequest,
    page: str,
    context: Mapping[str, Any],
    *,
    fragments: Mapping[str, str],
    status: int = 200,
) -> HttpResponse:
    """The page, or the fragment that the request's target names, from one context."""
    wanted = target(request)
    template = page
    for name, fragment in fragments.items():
        if wanted == name or (name.endswith("*") and wanted.startswith(name[:-1])):
            template = fragment
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Add events to the answer's HX-Trigger header; ASCII only, as headers must be."""
    existing = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps(existing | events)
    return response


# How a message names the operation that it offers to undo.
UNDO = "undo-"
REDO = "redo-"
REDO_LABEL = "Redo"


def toast(
    response: HttpResponse, text: str, level: str = "success", undo: str = ""
) -> HttpResponse:
    """Show a short message on the page that stays; with the address that undoes what it says."""
    return trigger(
        response, toast={"level": level, "text": text} | ({"undo": undo} if undo else {})
    )


def offer_undo(response: HttpResponse, undo: str) -> HttpResponse:
    """Let the message of success in this answer offer to undo what it speaks of."""
    said = json.loads(response.headers.get("HX-Trigger", "{}")).get("toast")
    if not said or said["level"] != "success" or said.get("undo"):
        return response
    return trigger(response, toast=said | {"undo": undo})


# The id of the element in which a form opens over the page.
DIALOG = "dialog"


def dialog_done(text: str, *, kind: str, pk: int) -> HttpResponse:
    """A form over the page was saved: it closes, the page shows the change and says so."""
    response = toast(HttpResponse(status=204), text)
    # In this order: the events start at the form, which is gone once the dialog is done.
    where = {"kind": kind, "id": pk, "below": True}
    return trigger(response, **{"record-changed": where, "dialog-done": True})
