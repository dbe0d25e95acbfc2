"""One operation: who changed what, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core import history, htmx, told_selectors, undo_rules, undo_selectors, undo_services
from apps.core.kinds import KINDS, Kind
from apps.core.permissions import RECORD_OF
from apps.core.undo_selectors import DELETE, INSERT, UPDATE, RowChange
from apps.core.views.forms import next_url

# How many records of a kind the page names.
NAMED = 50
DEEDS = {INSERT: "created", UPDATE: "changed", DELETE: "deleted"}
LINK_DEEDS = {INSERT: "added", UPDATE: "changed", DELETE: "removed"}


def _kind(model: type[models.Model]) -> Kind | None:
    return KINDS.get(RECORD_OF.get(model._meta.label_lower, ""))


def _seen(request: HttpRequest, operation: UUID) -> list[RowChange]:
    """What the person may see of an operation. Raises Http404 when that is nothing."""
    changes = undo_selectors.operation_changes(operation)
    seen = undo_selectors.seen(request.user, changes)
    shown = [change for change in changes if (change.model, change.pk) in seen]
    if changes and not shown:
        raise Http404("There is no such operation, or you may not see it.")
    return shown


def operation_page(request: HttpRequest, operation: UUID) -> HttpResponse:
    """What was done in one go, record by record, and whether it can be undone."""
    about = undo_selectors.operation_of(operation)
    changes = _seen(request, operation)
    actor: Any = request.user
    groups: dict[tuple[str, str], list[RowChange]] = {}
    for change in changes:
        kind = _kind(change.model)
        plural = kind.plural if kind else str(change.model._meta.verbose_name_plural)
        deeds = LINK_DEEDS if getattr(change.model, "history_link_of", "") else DEEDS
        words = f"{plural[:1].upper()}{plural[1:]} {deeds[change.label]}"
        groups.setdefault((kind.name if kind else "", words), []).append(change)
    context = {
        "operation": about,
        "groups": [
            {
                "kind": name,
                "title": words,
                "count": len(rows),
                "more": max(0, len(rows) - NAMED),
                "rows": [
                    (told, _address(change))
                    for told, change in zip(
                        told_selectors.told(actor, rows[:NAMED]), rows[:NAMED], strict=True
                    )
                ],
            }
            for (name, words), rows in groups.items()
        ],
        "problem": undo_services.undo_problem(actor=actor, done=operation),
        "next": next_url(request, ""),
    }
    return render(request, "core/operation.html", context)


def _address(change: RowChange) -> str:
    kind = _kind(change.model)
    shelved = "account_id" in change.after and change.after["account_id"] is None
    return f"{kind.prefix}{change.pk}/" if kind and change.after and not shelved else ""


@require_POST
def undo(request: HttpRequest, operation: UUID) -> HttpResponse:
    """Undo an operation, then back to where the person was, or to the list if that is gone."""
    undo_selectors.operation_of(operation)
    changes = _seen(request, operation)
    actor: Any = request.user
    here = reverse("core:operation", args=[operation])
    try:
        count = undo_services.undo(actor=actor, done=operation)
    except ValidationError as error:
        messages.error(request, f"Nothing was undone. {' '.join(error.messages)}")
        return HttpResponseRedirect(next_url(request, here))
    # To undo an undo is to do it again, and what is offered then is the other of the two.
    again = request.POST.get("as") == htmx.REDO_LABEL
    kind = htmx.UNDO if again else htmx.REDO
    said = undo_rules.undone_sentence(count, again=again)
    messages.success(request, said, extra_tags=f"{kind}{history.finished()}")
    return HttpResponseRedirect(_still_there(next_url(request, here), changes))


def _still_there(address: str, changes: list[RowChange]) -> str:
    """The address, or the list of its kind when its record was one of those taken back."""
    for change in changes:
        kind = _kind(change.model)
        if change.label == INSERT and kind and address.startswith(f"{kind.prefix}{change.pk}/"):
            return reverse(kind.list_url)
        if change.label == INSERT and address.startswith(
            f"/library/{kind and kind.name}/{change.pk}/"
        ):
            return "/library/"
    return address
