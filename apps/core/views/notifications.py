"""What a person was told, and in a demo the mails that were written."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.core import access
from apps.core.models import Notification
from apps.core.notify_services import notifications_read
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.core.views.forms import next_url

PAGE = 30
FILES = "django.core.mail.backends.filebased.EmailBackend"
MOST_MAILS = 200


def notifications(request: HttpRequest) -> HttpResponse:
    """The newest first; what was not opened yet is marked."""
    rows = Notification.objects.filter(user=request.user)  # type: ignore[misc]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": list(page.object_list)}
    return render(request, "core/notifications.html", context)


@require_POST
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go to what it is about."""
    actor: Any = request.user
    found = one(Notification.objects.filter(user=actor), pk)
    notifications_read(actor=actor, pk=found.pk)
    ours = url_has_allowed_host_and_scheme(found.path, None) and found.path.startswith("/")
    return HttpResponseRedirect(found.path if ours else reverse("core:notifications"))


@require_POST
def notifications_read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    actor: Any = request.user
    notifications_read(actor=actor)
    return HttpResponseRedirect(next_url(request, reverse("core:notifications")))


# The demo's mails ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mail:
    """One mail as it was written."""

    number: int
    to: str
    subject: str
    date: str
    text: str


def _mails() -> list[Mail]:
    """The mails of the folder, the newest first; a file may hold several."""
    folder = Path(str(settings.EMAIL_FILE_PATH))
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    found: list[Mail] = []
    for path in files[-MOST_MAILS:]:
        for part in path.read_bytes().split(b"-" * 79 + b"\n"):
            if part.strip():
                found.append(_mail(part, len(found) + 1))
    return found[::-1]


def _mail(raw: bytes, number: int) -> Mail:
    message: Any = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content() if body is not None else ""
    return Mail(number, str(message["to"]), str(message["subject"]), str(message["date"]), text)


def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that a demo wrote to its folder instead of sending them, for administrators."""
    if settings.EMAIL_BACKEND != FILES or not access.may(request.user, "vocabulary.edit"):
        raise Http404("There is no outbox here.")
    mails = _mails()
    wanted = record_id(request.GET.get("mail", ""))
    chosen = next((mail for mail in mails if mail.number == wanted), None)
    context = {"mails": mails[:MOST_MAILS], "chosen": chosen}
    return render(request, "core/outbox.html", context)


def has_outbox(user: Any) -> bool:
    """Whether this person is offered the outbox."""
    return settings.EMAIL_BACKEND == FILES and bool(access.may(user, "vocabulary.edit"))
