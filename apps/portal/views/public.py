"""What a customer opens: nobody signs in here, and who is signed in with us does not count."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.core.models import Organisation, User
from apps.core.person import Person
from apps.core.scope import organisation
from apps.portal import brand_rules
from apps.portal.models import Share
from apps.portal.selectors import people, seen
from apps.portal.selectors.mine import mine_of
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.shares import opened_by
from apps.portal.services import token_of
from apps.portal.views.gone import gone
from apps.portal.views.proof import COOKIE, ask, visitor_of
from apps.portal.visit_services import visit_recorded

# The company's look changes seldom; each page asks for it.
KEPT: Final = {"Cache-Control": "public, max-age=300"}
THEME: Final = ":root{{--brand:{0.ground};--on-brand:{0.on_ground};--brand-text:{0.text}}}"


@login_not_required
@require_safe
@gzip_page
def view(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a share, for whoever may open it."""
    share = opened_by(token)
    if share is None:
        return gone(request)
    visitor = visitor_of(request, share)
    if visitor is None and not share.anyone:
        return ask(request, share, token)
    return show(request, share, visitor, token=token)


def show(
    request: HttpRequest,
    share: Share,
    visitor: Visitor | None,
    *,
    preview: bool = False,
    token: str = "",
    back: str = "",
) -> HttpResponse:
    """The page as this visitor sees it. A preview is no visit: nothing is remembered of it.

    `back` is where a preview leads back to.
    """
    person = Person(User())
    now = timezone.now().astimezone(person.zone)
    page = seen.page(share, visitor, now=now)
    if not preview:
        before = visit_recorded(
            share=share,
            email=visitor.email if visitor else "",
            seen=seen.digests(page),
            now=now,
        )
        page = seen.with_news(page, before.seen, before.at)
    context = {
        "page": page,
        "person": person,
        "preview": preview,
        "token": token,
        "back": back,
    }
    return render(request, "portal/view.html", context)


@login_not_required
@require_safe
@gzip_page
def mine(request: HttpRequest) -> HttpResponse:
    """All that is shared with the address that this browser proved, and what is theirs to do."""
    session = people.session_of(request.COOKIES.get(COOKIE, ""))
    if session is None:
        return redirect("share:door")
    person = Person(User())
    found = mine_of(session.email, now=timezone.now().astimezone(person.zone))
    cards = [(one, token_of(one.share)) for one in found]
    context = {"person": person, "email": session.email, "cards": cards}
    return render(request, "portal/mine.html", context)


@login_not_required
@require_safe
def brand(request: HttpRequest) -> HttpResponse:
    """The company's colour as a stylesheet, readable in both themes."""
    colour = organisation().brand_colour
    light = THEME.format(brand_rules.palette(colour, brand_rules.LIGHT))
    dark = THEME.format(brand_rules.palette(colour, brand_rules.DARK))
    return HttpResponse(
        f"{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n",
        content_type="text/css; charset=utf-8",
        headers=KEPT,
    )


@login_not_required
@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """The company's logo."""
    row = Organisation.objects.filter(pk=1).exclude(logo_type="").first()
    if row is None or row.logo is None:
        return HttpResponse(status=404)
    return HttpResponse(bytes(row.logo), content_type=row.logo_type, headers=KEPT)
