"""What surrounds every page for customers: no trace of its address, one page for all that is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from apps.portal.views.gone import gone, plain

GetResponse = Callable[[HttpRequest], HttpResponse]

ROOT: Final = "/share/"
# No address of ours: four steps that nothing answers to.
NOWHERE: Final = "/share/-/-/-/"
NOTHING_HERE: Final = (400, 404, 405)
FORBIDDEN: Final = 403
FAILED: Final = 500
# What says which part of the program answered; nothing is cached, so nothing varies.
TELLING: Final = ("Allow", "Vary")
# What only our own pages ask by.
OURS: Final = ("HTTP_HX_REQUEST", "HTTP_HX_TARGET")


class PortalMiddleware:
    """Around everything else, so that refusals of the program get the customer's page too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ROOT):
            return self.get_response(request)
        for name in OURS:
            request.META.pop(name, None)
        _know_host(request)
        _know_origin(request)
        response = _plain(request, self.get_response(request))
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        # What is the same for everybody says itself how long it is kept.
        if not response.headers.get("Cache-Control", "").startswith("public"):
            response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Frame-Options"] = "DENY"
        for name in TELLING:
            response.headers.pop(name, None)
        return response


def _know_host(request: HttpRequest) -> None:
    """Under a name that is not ours nothing is found, rather than said that the name is wrong."""
    try:
        request.get_host()
    except DisallowedHost:
        request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
        request.path = request.path_info = NOWHERE


def _know_origin(request: HttpRequest) -> None:
    """These pages say no referrer, so browsers send no origin with their forms: "null".

    Where the browser says itself that the form is of the same origin, that is believed; old ones
    say nothing, and the token of the form alone has to be right. Both cookies are SameSite=Lax.
    """
    origin = request.META.get("HTTP_ORIGIN", "null")
    site = request.META.get("HTTP_SEC_FETCH_SITE", "same-origin")
    if request.method == "POST" and origin == "null" and site == "same-origin":
        scheme = "https" if request.is_secure() else "http"
        request.META["HTTP_ORIGIN"] = f"{scheme}://{request.get_host()}"


def _plain(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    page = None
    if hasattr(response, "portal_page"):
        return response
    if response.status_code in NOTHING_HERE:
        page = gone(request)
    elif response.status_code == FORBIDDEN:
        page = plain("portal/stale.html", FORBIDDEN)
    elif response.status_code >= FAILED and not settings.DEBUG:
        page = plain("portal/failed.html", response.status_code)
    if page is None:
        return response
    # The headers of everything within stay: only the page is another one.
    for name, value in response.headers.items():
        if name not in ("Content-Length", *TELLING):
            page.headers.setdefault(name, value)
    page.headers["Content-Length"] = str(len(page.content))
    return page
