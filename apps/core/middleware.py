"""What surrounds every request: who writes through which door, time zone, and refusals."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core.internal.httpkit import get_client_ip
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from apps.core import history, htmx, undo_services
from apps.core.access import Refused
from apps.core.choices import Door
from apps.core.scope import zone
from apps.core.session_services import session_seen
from apps.core.templatetags.ui import undo_url

GetResponse = Callable[[HttpRequest], HttpResponse]


class BoundaryMiddleware:
    """Between pages and htmx: expired sessions, refusals, messages, caching."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if htmx.target(request) or request.headers.get("HX-Request") == "true":
            response = self._for_htmx(request, response)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def _for_htmx(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        location = response.headers.get("Location", "")
        if response.status_code == 302 and not request.user.is_authenticated:
            # A redirect to sign in would end up inside the page and lose what was typed.
            return HttpResponse("You are signed out.", status=401)
        if response.status_code == 302:
            redirected = HttpResponse(status=204)
            redirected.headers["HX-Redirect"] = location
            return redirected
        shown = list(messages.get_messages(request)) if response.status_code < 300 else []
        for message in shown:
            undo = undo_url(message)
            htmx.toast(response, str(message), message.level_tag or "info", undo)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal becomes a page with its reason, or a message on the page that stays."""
        if not isinstance(error, Refused | PermissionDenied):
            return None
        reason = str(error) or "You may not do this."
        if request.headers.get("HX-Request") == "true":
            return htmx.toast(HttpResponse(reason, status=403), reason, "danger")
        return render(request, "403.html", {"reason": reason}, status=403)


class PersonMiddleware:
    """Moments are shown in the person's time zone; their session is noted as in use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        session_seen(
            session=request.session,
            agent=request.headers.get("User-Agent", ""),
            address=get_client_ip(request) or "",
        )
        with timezone.override(zone(request.user)):
            return self.get_response(request)


class HistoryMiddleware:
    """Writes of a request came through the page, or through the admin."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        history.forget_finished()
        door = Door.ADMIN if request.path.startswith("/admin/") else Door.PAGE
        with history.through(door):
            response = self.get_response(request)
        done = history.finished()
        if (
            done is not None
            and "toast" in response.headers.get("HX-Trigger", "")
            and undo_services.is_offered(actor=request.user, done=done)
        ):
            htmx.offer_undo(response, reverse("core:undo", args=[done]))
        return response
