"""What a customer opens: nobody signs in here, and who is signed in with us does not count."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.models import Organisation
from apps.core.scope import organisation
from apps.portal import brand_rules

THEME: Final = ":root{{--brand:{0.ground};--on-brand:{0.on_ground};--brand-text:{0.text}}}"


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
    )


@login_not_required
@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """The company's logo."""
    row = Organisation.objects.filter(pk=1).exclude(logo_type="").first()
    if row is None or row.logo is None:
        return HttpResponse(status=404)
    return HttpResponse(bytes(row.logo), content_type=row.logo_type)
