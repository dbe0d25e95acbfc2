"""Who are you: an address is typed, proven by a mailed code or link, and remembered (R-EXT-3)."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.portal.models import Share
from apps.portal.selectors import people
from apps.portal.selectors.people import Visitor

COOKIE: Final = "sc_portal"


def visitor_of(request: HttpRequest, share: Share) -> Visitor | None:
    """Who this browser proved to be, if the share admits them; our own sign-in does not count."""
    return people.visitor(request.COOKIES.get(COOKIE, ""), share)


def ask(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    """Before a share is shown: who are you? It says nothing about what is shared."""
    return render(request, "portal/proof_who.html", {"token": token})


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """A way in without a link: type your address."""
    return render(request, "portal/proof_who.html", {"token": ""})
