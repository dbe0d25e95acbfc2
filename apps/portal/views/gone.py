"""The one page for every link that opens nothing, whatever the reason is (R-EXT-4)."""

from __future__ import annotations

from typing import Final

from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

NOT_FOUND: Final = 404
TOO_MANY: Final = 429


def gone(request: HttpRequest) -> HttpResponse:
    """Nothing is here: the same body for a wrong, expired, revoked or foreign link.

    It is made without the request, so that nothing of it can get in. Who comes here too often
    is guessing, and is told to wait.
    """
    if not within(request, "guess"):
        return too_many()
    return plain("portal/gone.html", NOT_FOUND)


def too_many() -> HttpResponse:
    """Wait a little."""
    return plain("portal/wait.html", TOO_MANY)


def plain(template: str, status: int) -> HttpResponse:
    """A page that knows nothing of who asks for it."""
    response = HttpResponse(render_to_string(template), status=status)
    response.portal_page = True  # type: ignore[attr-defined]
    return response


def within(request: HttpRequest, what: str, key: str | None = None) -> bool:
    """Whether this client, and this `key`, stay within the limits of `what`; counts this try."""
    used = consume(
        request,
        app="portal",
        action=what,
        config=settings.PORTAL_LIMITS,
        key=key,
        limit_get=True,
    )
    return used is not None
