"""What a person was told, how they want to be told, and the link that ends mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.core import notify_selectors as selectors
from apps.core import unsubscribe_services as unsubscribing
from apps.core.choices import Channel, NotificationKind
from apps.core.digest_rules import Lines, lines
from apps.core.models import Notification
from apps.core.notify_rules import channel_of
from apps.core.notify_services import notification_unread, notifications_read, wishes_set
from apps.core.person import Person, person_of
from apps.core.selectors import one
from apps.core.views.forms import next_url

PAGE: Final = 30
ICONS: Final[dict[str, str]] = {
    NotificationKind.ALLOCATED: "user-plus",
    NotificationKind.MENTION: "message-plus",
    NotificationKind.REPLY: "message-circle",
    NotificationKind.OBJECTIVE: "target",
    NotificationKind.PORTAL: "circle-check",
}


@dataclass(frozen=True)
class Row:
    """One notification as its reader reads it."""

    notification: Notification
    icon: str
    records: list[Lines]

    @property
    def quote(self) -> str:
        """What somebody wrote, where it is about that."""
        return str(self.notification.data.get("quote", ""))


def _row(notification: Notification, person: Person) -> Row:
    told = lines(notification.data, date=person.date, number=person.number)
    return Row(notification, _icon(notification.kind), told)


def _icon(kind: str) -> str:
    return ICONS.get(kind, "bell")


def notifications(request: HttpRequest) -> HttpResponse:
    """The newest first, all or the unread, of every kind or of one."""
    rows = selectors.notifications(request.user)
    kind, unread = request.GET.get("kind", ""), "unread" in request.GET
    if kind in NotificationKind.values:
        rows = rows.filter(kind=kind)
    if unread:
        rows = rows.filter(read_at__isnull=True)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    person = person_of(request.user)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "rows": [_row(row, person) for row in page.object_list],
        "kinds": NotificationKind.choices,
        "kind": kind,
        "only_unread": unread,
        "query": query.urlencode(),
        "narrowed": bool(query),
    }
    return render(request, "core/notifications.html", context)


@require_POST
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go to what it is about."""
    actor: Any = request.user
    found = one(selectors.notifications(actor), pk)
    notifications_read(actor=actor, pk=found.pk)
    ours = url_has_allowed_host_and_scheme(found.path, None) and found.path.startswith("/")
    return HttpResponseRedirect(found.path if ours else reverse("core:notifications"))


@require_POST
def notification_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read, or as new again."""
    actor: Any = request.user
    found = one(selectors.notifications(actor), pk)
    if found.read_at is None:
        notifications_read(actor=actor, pk=found.pk)
    else:
        notification_unread(actor=actor, pk=found.pk)
    return HttpResponseRedirect(next_url(request, reverse("core:notifications")))


@require_POST
def notifications_read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    actor: Any = request.user
    notifications_read(actor=actor)
    return HttpResponseRedirect(next_url(request, reverse("core:notifications")))


def wishes(request: HttpRequest) -> HttpResponse:
    """For each kind: in the app, by e-mail, both ways or not at all."""
    actor: Any = request.user
    if request.method == "POST":
        wanted = {kind: request.POST.get(kind, "") for kind in NotificationKind.values}
        wrong = [
            NotificationKind(kind).label
            for kind, channel in wanted.items()
            if channel not in Channel.values
        ]
        if not wrong:
            wishes_set(actor=actor, wanted=wanted)
            messages.info(request, "Your wishes were saved.")
            return HttpResponseRedirect(reverse("core:notification-wishes"))
    else:
        wanted, wrong = dict(selectors.wishes_of([actor.pk]).get(actor.pk, {})), []
    context = {
        "rows": [
            (kind, label, _icon(kind), channel_of(wanted, kind))
            for kind, label in NotificationKind.choices
        ],
        "channels": Channel.choices,
        "wrong": wrong,
    }
    return render(request, "core/notification_wishes.html", context, status=422 if wrong else 200)


# The link in a mail is its own proof: mail programs press it without a session or a token of ours.
@csrf_exempt
@login_not_required
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button; pressing it ends these mails (RFC 8058 presses it by itself)."""
    wish = unsubscribing.wish_of(token)
    if wish is None:
        return render(request, "core/unsubscribe_unknown.html", status=404)
    if request.method == "POST":
        if "again" in request.POST:
            unsubscribing.resubscribe(wish)
        else:
            unsubscribing.unsubscribe(wish, everything="everything" in request.POST)
    context = {"wish": wish, "ended": unsubscribing.has_ended(wish)}
    return render(request, "core/unsubscribe.html", context)
