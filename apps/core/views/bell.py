"""The bell, kept fresh by the tab that is looked at."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.notify_selectors import unread


def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its number; nothing when the number is the one that is seen already."""
    number = unread(request.user)
    if request.GET.get("seen") == str(number):
        return HttpResponse(status=204)
    return render(request, "core/_bell.html", {"unread": number})
