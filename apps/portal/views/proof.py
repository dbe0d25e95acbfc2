"""Who are you: an address is typed, proven by a mailed code or link, and remembered (R-EXT-3)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.portal import proof_services, rules
from apps.portal.models import PortalCode, Share
from apps.portal.proof_services import Proven
from apps.portal.selectors import people
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.shares import opened_by
from apps.portal.services import token_of
from apps.portal.views.gone import gone, too_many, within

COOKIE: Final = "sc_portal"
# Which code this browser asked for; it proves nothing by itself.
ASKED: Final = "sc_portal_asked"
PLACE: Final = "/share/"
LONGEST: Final = 254
NO_ADDRESS: Final = "This is no e-mail address. Write it like kim@example.com."
WRONG_CODE: Final = (
    "This code does not fit, or it is used up. Type the six digits of the newest mail, or ask for"
    " a new code."
)


def visitor_of(request: HttpRequest, share: Share) -> Visitor | None:
    """Who this browser proved to be, if the share admits them; our own sign-in does not count."""
    key = request.COOKIES.get(COOKIE, "")
    found = people.visitor(key, share)
    if key:
        proof_services.session_seen(key=key)
    return found


def address_of(request: HttpRequest) -> str:
    """The address that this browser proved, if it still opens anything; else empty."""
    key = request.COOKIES.get(COOKIE, "")
    if key:
        proof_services.session_seen(key=key)
    session = people.session_of(key)
    return session.email if session is not None else ""


def ask(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    """Before a share is shown: who are you? It says nothing about what is shared."""
    return _who(request, token, other=address_of(request))


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """A way in without a link: type your address. The page of a dead link posts here too, and
    has no token against forgery: nobody is signed in by asking for a mail."""
    if request.method == "POST":
        return _asked(request, None, "")
    if address_of(request):
        return HttpResponseRedirect(reverse("share:mine"))
    return _who(request, "")


@login_not_required
@require_POST
def who(request: HttpRequest, token: str) -> HttpResponse:
    """An address is typed before a share: a code is on its way, if the share admits it."""
    share = opened_by(token)
    return gone(request) if share is None else _asked(request, share, token)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, token: str = "") -> HttpResponse:
    """The code that was mailed is typed."""
    share = opened_by(token) if token else None
    if token and share is None:
        return gone(request)
    asked = _code_asked(request)
    if asked is None or asked.share_id != (share.pk if share else None):
        return HttpResponseRedirect(_start(token))
    if request.method != "POST":
        return _code(request, asked, token)
    if not within(request, "code", asked.email):
        return too_many()
    proven = proof_services.code_use(nonce=asked.nonce, typed=request.POST.get("code", ""))
    if proven is None:
        return _code(request, asked, token, WRONG_CODE)
    return _let_in(proven)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """The link that was mailed. Only its button signs in: what scans mails uses nothing up."""
    if request.method != "POST":
        email = people.waits_for(key)
        if not email:
            return gone(request)
        return render(request, "portal/proof_enter.html", {"key": key, "email": email})
    proven = proof_services.link_use(key=key)
    return gone(request) if proven is None else _let_in(proven)


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave this browser: its session is over."""
    proof_services.session_leave(key=request.COOKIES.get(COOKIE, ""))
    response = HttpResponseRedirect(reverse("share:door"))
    response.delete_cookie(COOKIE, path=PLACE, samesite="Lax")
    return response


def _asked(request: HttpRequest, share: Share | None, token: str) -> HttpResponse:
    """The same answer for every address: whether it is known, only its mailbox learns."""
    typed = request.POST.get("email", "").strip()
    try:
        validate_email(typed)
        if len(rules.normalised(typed)) > LONGEST:
            raise ValidationError(NO_ADDRESS)
    except ValidationError:
        return _who(request, token, typed, NO_ADDRESS)
    if not within(request, "ask", rules.normalised(typed)):
        return too_many()
    made = proof_services.code_ask(email=typed, share=share)
    response = HttpResponseRedirect(_code_place(token))
    seconds = int(rules.CODE_LIVES.total_seconds())
    _keep(response, ASKED, made.nonce.hex, seconds)
    return response


def _who(
    request: HttpRequest, token: str, typed: str = "", error: str = "", other: str = ""
) -> HttpResponse:
    there = reverse("share:who", args=[token]) if token else reverse("share:door")
    context = {"there": there, "typed": typed[:LONGEST], "error": error, "other": other}
    return render(request, "portal/proof_who.html", context, status=422 if error else 200)


def _code(request: HttpRequest, asked: PortalCode, token: str, error: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "there": _code_place(token),
        "again": reverse("share:who", args=[token]) if token else reverse("share:door"),
        "other": _start(token),
        "email": asked.email,
        "minutes": int(rules.CODE_LIVES.total_seconds() // 60),
        "error": error,
    }
    return render(request, "portal/proof_code.html", context, status=422 if error else 200)


def _code_place(token: str) -> str:
    return reverse("share:code", args=[token]) if token else reverse("share:door-code")


def _start(token: str) -> str:
    return reverse("share:view", args=[token]) if token else reverse("share:door")


def _code_asked(request: HttpRequest) -> PortalCode | None:
    try:
        nonce = UUID(request.COOKIES.get(ASKED, ""))
    except ValueError:
        return None
    return PortalCode.objects.filter(nonce=nonce, expires_at__gt=timezone.now()).first()


def _let_in(proven: Proven) -> HttpResponse:
    token = token_of(proven.share) if proven.share else ""
    there = reverse("share:view", args=[token]) if token else reverse("share:mine")
    response = HttpResponseRedirect(there)
    _keep(response, COOKIE, proven.key, int(rules.SESSION_LIVES.total_seconds()))
    response.delete_cookie(ASKED, path=PLACE, samesite="Lax")
    return response


def _keep(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=PLACE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
