"""The few pages of core itself: preferences, the theme switch, column layouts, health."""

from __future__ import annotations

import re
from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core import services
from apps.core.choices import Theme
from apps.core.forms import PreferencesForm
from apps.core.selectors import preference
from apps.core.views.forms import next_url

MOST_COLUMNS = 100
# The narrowest and the widest that a column is kept, in pixels; static/js/columns.js knows them.
NARROWEST, WIDEST = 48, 900


def preferences(request: HttpRequest) -> HttpResponse:
    """Name, time zone, and how dates and numbers are written."""
    person: Any = request.user
    # A form writes what was typed into its instance; the page itself is shown as it was till now.
    form = PreferencesForm(request.POST or None, instance=copy(person))
    if request.method == "POST" and form.is_valid():
        services.preferences_update(actor=person, changes=form.cleaned_data)
        messages.info(request, "Your preferences were saved.")
        return HttpResponseRedirect(reverse("core:preferences"))
    status = 422 if form.errors else 200
    return render(request, "core/preferences.html", {"form": form}, status=status)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and the device's own theme."""
    person: Any = request.user
    wanted = request.POST.get("theme", "")
    if wanted not in Theme.values:
        return HttpResponse("Choose light, dark or auto.", status=422)
    services.preferences_update(actor=person, changes={"theme": wanted})
    return HttpResponseRedirect(next_url(request, reverse("workspace:home")))


@require_POST
def layout(request: HttpRequest, key: str) -> HttpResponse:
    """Remember which columns a person sees on one screen, in which order, and how wide."""
    person: Any = request.user
    # What is no column is not kept; choosing columns leaves their widths as they are.
    data = {} if "reset" in request.POST else dict(preference(person, key))
    if "widths" in request.POST:
        widths = data.get("widths", {}) | _widths(request.POST["widths"])
        data["widths"] = dict(list(widths.items())[-MOST_COLUMNS:])
    elif "reset" not in request.POST:
        names = [n for n in request.POST.getlist("columns") if _is_column(n)]
        data["columns"] = names[:MOST_COLUMNS]
    try:
        services.preference_set(actor=person, key=key, data=data)
    except ValidationError as error:
        return HttpResponse(error.messages[0], status=422)
    if "widths" in request.POST:
        return HttpResponse(status=204)
    return HttpResponseRedirect(next_url(request, reverse("workspace:home")))


def _is_column(name: str) -> bool:
    return name.isidentifier() and len(name) < 64


def _widths(said: str) -> dict[str, int]:
    """Widths of columns in pixels, written `name:240,status:96`."""
    widths = {}
    for part in said.split(",")[:MOST_COLUMNS]:
        name, _, width = part.partition(":")
        if _is_column(name) and re.fullmatch(r"[0-9]{1,4}", width):
            widths[name] = min(max(int(width), NARROWEST), WIDEST)
    return widths


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Able to serve: the database answers and no migration is missing."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return HttpResponse("migrations are missing", status=503, content_type="text/plain")
    return HttpResponse("ready", content_type="text/plain")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open while one signed in again, or cookies are off."""
    if request.headers.get("HX-Request") == "true" and not request.user.is_authenticated:
        return HttpResponse("You are signed out.", status=401)
    text = "This page was opened before you signed in. Go back, reload it and try again."
    return render(request, "403.html", {"reason": text}, status=403)
