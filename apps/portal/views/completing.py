"""A contact completes a task of their own, or takes that back (R-EXT-3)."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.portal import complete_services as services
from apps.portal.complete_services import Answer, Nothing
from apps.portal.models import Share
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.shares import opened_by
from apps.portal.views.gone import gone
from apps.portal.views.proof import ask, visitor_of

TOO_LONG: Final = "The comment is too long: {} of at most {} characters. Shorten it."
TOO_LATE: Final = (
    "It cannot be taken back any more: a minute is over, or somebody went on with it. Ask your"
    " contact with us to reopen it."
)

UNSAID: Final = (
    "Somebody completed this task before you, so your comment was not kept. Copy it, and send it to"
    " your contact with us."
)


@login_not_required
@require_POST
def complete(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """Mark a task as completed, with a comment if there is one."""
    share = opened_by(token)
    visitor = None if share is None else visitor_of(request, share)
    if share is None:
        return gone(request)
    if visitor is None:
        return ask(request, share, token)
    text = request.POST.get("comment", "").replace("\r\n", "\n").replace("\0", "")
    try:
        task = services.task_of(share, visitor, key)
        if len(text) > services.LONGEST:
            error = TOO_LONG.format(len(text), services.LONGEST)
            return _again(request, token, key, str(task), text, error)
        answer = services.task_complete(share=share, visitor=visitor, task=task, text=text)
    except Nothing:
        return gone(request)
    except ValidationError as refusal:
        return _again(request, token, key, str(task), text, " ".join(refusal.messages))
    return _refused(request, token, UNSAID, text) if answer == Answer.UNSAID else _back(token, key)


@login_not_required
@require_POST
def undo(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """Take back what was just completed."""
    share = opened_by(token)
    visitor = None if share is None else visitor_of(request, share)
    if share is None:
        return gone(request)
    if visitor is None:
        return ask(request, share, token)
    try:
        answer = _undone(share, visitor, key)
    except Nothing:
        return gone(request)
    except ValidationError as refusal:
        return _refused(request, token, " ".join(refusal.messages))
    return _refused(request, token, TOO_LATE) if answer == Answer.LATE else _back(token, key)


def _undone(share: Share, visitor: Visitor, key: str) -> Answer:
    task = services.task_of(share, visitor, key)
    return services.task_undo(share=share, visitor=visitor, task=task)


def _back(token: str, key: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('share:view', args=[token])}#{key}")


def _again(
    request: HttpRequest, token: str, key: str, name: str, text: str, error: str
) -> HttpResponse:
    """The same once more, with all that was typed."""
    context = {"token": token, "key": key, "name": name, "text": text, "error": error}
    return render(request, "portal/completing.html", context, status=422)


def _refused(request: HttpRequest, token: str, reason: str, text: str = "") -> HttpResponse:
    context = {"token": token, "reason": reason, "text": text}
    return render(request, "portal/refused.html", context, status=409)
