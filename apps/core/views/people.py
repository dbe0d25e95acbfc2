"""Getting in and staying in: invitations, a new address, and where one is signed in."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from apps.core import people_services as services
from apps.core.people_forms import AddressForm, FirstPasswordForm
from apps.core.people_selectors import ADDRESS, INVITATION, sessions_of, user_of_link
from apps.core.session_services import sessions_end

# allauth's own limit for links that set a password: by client.
LINKS: Final = "reset_password_from_key"


def _unknown(request: HttpRequest, what: str) -> HttpResponse:
    """One page for every link that does not work (any more), which says what to do.

    Who comes here too often is guessing, and is told to wait; a right link is never throttled.
    """
    too_many: HttpResponse | None = consume_or_429(request, action=LINKS, limit_get=True)
    if too_many is not None:
        return too_many
    return _unkept(render(request, "core/link_unknown.html", {"what": what}, status=404))


def _unkept(response: HttpResponse) -> HttpResponse:
    """No cache keeps the page, and nobody learns its address: only our name is a referrer."""
    add_never_cache_headers(response)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@login_not_required
def invitation(request: HttpRequest, link: str) -> HttpResponse:
    """Choose the first password; then one is signed in. Looking alone uses no link up."""
    user = user_of_link(link, INVITATION)
    if user is None:
        return _unknown(request, INVITATION)
    form = FirstPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.invitation_accept(link=link, password=form.cleaned_data["password"])
        except ValidationError:
            return _unknown(request, INVITATION)
        if request.user.is_authenticated:
            logout(request)
        get_adapter(request).login(request, user)
        messages.info(request, f"Welcome, {user}. Your password is set.")
        return HttpResponseRedirect(reverse("workspace:home"))
    status = 422 if form.errors else 200
    context = {"form": form, "invited": user}
    return _unkept(render(request, "core/invitation.html", context, status=status))


@login_not_required
def address_confirm(request: HttpRequest, link: str) -> HttpResponse:
    """One button that makes a new address the one to sign in with."""
    user = user_of_link(link, ADDRESS)
    if user is None:
        return _unknown(request, ADDRESS)
    problems: list[str] = []
    if request.method == "POST":
        try:
            user = services.address_confirm(link=link)
        except ValidationError as error:
            if error.messages == [services.GONE]:
                return _unknown(request, ADDRESS)
            problems = error.messages
        else:
            return _unkept(render(request, "core/address_done.html", {"email": user.email}))
    context = {"changing": user, "problems": problems}
    status = 409 if problems else 200
    return _unkept(render(request, "core/address_confirm.html", context, status=status))


def address(request: HttpRequest) -> HttpResponse:
    """Ask for another address; it counts once its mailbox has confirmed it."""
    person: Any = request.user
    too_many: HttpResponse | None = consume_or_429(request, action="manage_email", user=person)
    if too_many is not None:
        return too_many
    form = AddressForm(request.POST or None, user=person)
    if "forget" in request.POST:
        services.address_forget(actor=person, user=person)
        messages.info(request, f"Your address stays {person.email}.")
        return HttpResponseRedirect(reverse("core:address-change"))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["email"]
        try:
            services.address_ask(actor=person, email=wanted)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.info(request, f"A link was sent to {wanted.lower()}. Open it to confirm.")
            return HttpResponseRedirect(reverse("core:address-change"))
    status = 422 if form.errors else 200
    return render(request, "core/address.html", {"form": form, "person": person}, status=status)


def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in, and a way to end that."""
    person: Any = request.user
    here = request.session.session_key
    rows = sessions_of(person)
    if request.method == "POST":
        only = request.POST.get("end", "")
        if only and any(row.mark == only and row.session_key == here for row in rows):
            logout(request)
            return HttpResponseRedirect(reverse("account_login"))
        ended = sessions_end(actor=person, user=person, keep=here, only=only)
        messages.info(request, "It is signed out there." if ended else "It was over already.")
        return HttpResponseRedirect(reverse("core:sessions"))
    shown = [(row, row.session_key == here) for row in rows]
    return render(request, "core/sessions.html", {"rows": shown, "others": len(rows) > 1})
