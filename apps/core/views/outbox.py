"""The page with the mails that a demo wrote to its folder."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.outbox_selectors import has_outbox, mails


def outbox(request: HttpRequest) -> HttpResponse:
    """All of them, and the text of one that is chosen by its name in the list."""
    if not has_outbox(request.user):
        raise Http404("There is no outbox here.")
    found = mails()
    wanted = request.GET.get("mail", "")
    chosen = next((mail for mail in found if mail.name == wanted), None)
    if wanted and chosen is None:
        raise Http404("There is no such mail.")
    return render(request, "core/outbox.html", {"mails": found, "chosen": chosen})
