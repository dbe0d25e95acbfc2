"""What a person was told."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.core import notify_selectors as selectors
from apps.core.notify_services import notifications_read
from apps.core.selectors import one

PAGE = 30


def notifications(request: HttpRequest) -> HttpResponse:
    """The newest first; what was not opened yet is marked."""
    rows = selectors.notifications(request.user)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": list(page.object_list)}
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
def notifications_read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    actor: Any = request.user
    notifications_read(actor=actor)
    return HttpResponseRedirect(reverse("core:notifications"))
