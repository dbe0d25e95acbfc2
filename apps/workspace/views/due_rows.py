"""What is done in a row, a card or a day of Activity Tracker, without leaving the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from apps.core import access, htmx
from apps.core.person import person_of
from apps.core.scope import today
from apps.core.selectors import one
from apps.core.services import Conflict
from apps.playbooks.task_services import task_flag, task_pin
from apps.workspace import due_services as services
from apps.workspace.due_forms import MoveForm, StatusForm
from apps.workspace.due_rules import later
from apps.workspace.selectors.due_rows import SOURCES
from apps.workspace.views.due import address_of, context_of, query_of

MODELS: Final[dict[str, Any]] = {source.kind: source.model for source in SOURCES}

# What was done in words; without words there was nothing to do.
Done = str | None


class Refusal(Exception):
    """A step that was not taken: why, what was typed, and whether somebody else was quicker."""

    def __init__(self, problem: str, *, typed: str = "", status: int = 422) -> None:
        self.problem, self.typed, self.status = problem, typed, status
        super().__init__(problem)


@require_POST
def row(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take one step with one record: the button that was pressed says which."""
    if kind not in MODELS:
        raise Http404("There is no such row.")
    # The buttons that put something off, and a chosen status, say what they do by their names.
    does = "move" if "by" in request.POST else request.POST.get("do", "status")
    step = STEPS.get(does)
    if step is None:
        raise Http404("There is no such step.")
    record = one(MODELS[kind].objects.visible_to(request.user), pk)
    try:
        text = step(request, kind, record)
    except Refusal as refusal:
        return _refused(request, kind, pk, refusal)
    except ValidationError as error:
        return _refused(request, kind, pk, Refusal(" ".join(error.messages)))
    except ObjectDoesNotExist as error:
        raise Http404(f"“{record}” was deleted by somebody else meanwhile.") from error
    query = query_of(request)
    if not htmx.target(request):
        if text:
            messages.success(request, text)
        return HttpResponseRedirect(address_of(query))
    response = render(request, "workspace/_due.html", context_of(request, query))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return htmx.toast(response, text) if text else response


def _refused(request: HttpRequest, kind: str, pk: int, refusal: Refusal) -> HttpResponse:
    """The page as it stands, the row with what was typed and why it was not done."""
    told: dict[str, Any] = {
        "id": f"{kind}-{pk}",
        "problem": refusal.problem,
        "typed": refusal.typed,
    }
    query = query_of(request)
    context = context_of(request, query, told)
    if not htmx.target(request):
        messages.error(request, refusal.problem)
        return HttpResponseRedirect(address_of(query))
    response = render(request, "workspace/_due.html", context, status=refusal.status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    # Beside its row, where that is shown; else nothing on the page would say it.
    return response if told.get("said") else htmx.toast(response, refusal.problem, "danger")


def _complete(request: HttpRequest, kind: str, record: Any) -> Done:
    return _completed(request, kind, record, done=True)


def _reopen(request: HttpRequest, kind: str, record: Any) -> Done:
    return _completed(request, kind, record, done=False)


def _completed(request: HttpRequest, kind: str, record: Any, *, done: bool) -> Done:
    if kind not in services.COMPLETED:
        raise Http404("This is not completed by hand.")
    actor: Any = request.user
    changed = services.due_complete(actor=actor, kind=kind, record=record, done=done)
    return f"“{record}” was {'completed' if done else 'reopened'}." if changed else None


def _move(request: HttpRequest, kind: str, record: Any) -> Done:
    """To a day, or some days on from the one it has."""
    if kind not in services.DAYS:
        raise Http404("This has no day that can be changed.")
    actor: Any = request.user
    access.require(actor, f"{kind}.edit")
    stored: dt.date | None = getattr(record, services.DAYS[kind][0])
    form = MoveForm(request.POST)
    typed = request.POST.get("day", "")
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        raise Refusal(" ".join(errors), typed=typed)
    day, by = form.cleaned_data["day"], form.cleaned_data["by"]
    shown = form.cleaned_data["shown"]
    if by:
        day = later(shown or today(actor), by, today(actor))
    if day is None:
        raise Refusal("Choose a day.", typed=typed)
    person = person_of(actor)
    if "shown" not in request.POST:
        shown = stored
    try:
        changed = services.due_move(actor=actor, kind=kind, record=record, day=day, shown=shown)
    except Conflict as error:
        (clash,) = error.clashes[:1]
        theirs = person.date(clash.theirs) if clash.theirs else "no date"
        raise Refusal(
            f"Somebody else moved “{record}” to {theirs} meanwhile; you chose {person.date(day)}."
            " Move it again to keep yours.",
            typed=day.isoformat(),
            status=409,
        ) from error
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), typed=day.isoformat()) from error
    return f"“{record}” is due {person.date(day)}." if changed else None


def _status(request: HttpRequest, kind: str, record: Any) -> Done:
    """Into another column of the board."""
    _only_task(kind)
    form = StatusForm(request.POST)
    if not form.is_valid():
        raise Refusal(" ".join(map(str, form.errors["status"])))
    actor: Any = request.user
    status = form.cleaned_data["status"]
    changed = services.due_update(actor=actor, kind=kind, record=record, changes={"status": status})
    record.status = status
    return f"“{record}” is now {record.get_status_display()}." if changed else None


def _flag(request: HttpRequest, kind: str, record: Any) -> Done:
    return _flagged(request, kind, record, on=True)


def _unflag(request: HttpRequest, kind: str, record: Any) -> Done:
    return _flagged(request, kind, record, on=False)


def _flagged(request: HttpRequest, kind: str, record: Any, *, on: bool) -> Done:
    _only_task(kind)
    actor: Any = request.user
    changed = task_flag(actor=actor, task=record, on=on)
    return f"“{record}” {'is flagged' if on else 'has no flag any more'}." if changed else None


def _pin(request: HttpRequest, kind: str, record: Any) -> Done:
    return _pinned(request, kind, record, on=True)


def _unpin(request: HttpRequest, kind: str, record: Any) -> Done:
    return _pinned(request, kind, record, on=False)


def _pinned(request: HttpRequest, kind: str, record: Any, *, on: bool) -> Done:
    """A pin is one's own and has no history: it is taken back as it was set."""
    _only_task(kind)
    actor: Any = request.user
    task_pin(actor=actor, task=record, on=on)
    return f"“{record}” {'stands first in your lists' if on else 'stands in its place again'}."


def _delete(request: HttpRequest, kind: str, record: Any) -> Done:
    if kind not in services.DELETED:
        raise Http404("This is deleted on its own page.")
    actor: Any = request.user
    access.require(actor, f"{kind}.delete")
    name = str(record)
    services.due_delete(actor=actor, kind=kind, record=record)
    return f"“{name}” was deleted."


def _only_task(kind: str) -> None:
    if kind != "task":
        raise Http404("Only tasks have that.")


STEPS: Final[dict[str, Callable[[HttpRequest, str, Any], Done]]] = {
    "complete": _complete,
    "reopen": _reopen,
    "move": _move,
    "status": _status,
    "flag": _flag,
    "unflag": _unflag,
    "pin": _pin,
    "unpin": _unpin,
    "delete": _delete,
}
