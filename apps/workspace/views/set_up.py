"""The set-up page: what is set and what is missing, in order, each with its link."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core import access
from apps.core.history import operation
from apps.library.shipped_services import library_load
from apps.library.shipped_take_services import library_take, shelf
from apps.workspace import set_up_rules as rules
from apps.workspace import set_up_selectors as selectors
from apps.workspace import set_up_services as services
from apps.workspace.set_up_services import EDIT

NOTHING_CHOSEN = "Tick what shall go. Nothing was taken away."


def set_up(request: HttpRequest) -> HttpResponse:
    """The whole way, the next step first in sight."""
    access.require(request.user, EDIT)
    steps = rules.steps(selectors.facts())
    done, of = rules.progress(steps)
    context = {
        "steps": [(step, _links(request.user, step)) for step in steps],
        "next": rules.next_step(steps),
        "done": done,
        "of": of,
    }
    return render(request, "workspace/set_up.html", context)


def _links(user: Any, step: rules.Step) -> list[tuple[str, str]]:
    """The pages of a step that this person may open; the administration is for staff."""
    return [
        (link.label, reverse(link.name, args=link.args))
        for link in step.links
        if (not link.permission or user.has_perm(link.permission))
        and (user.is_staff or not link.name.startswith("admin:"))
    ]


def _back(key: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('workspace:setup')}{'#' if key else ''}{key}")


@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """Looked through and found right, or not after all."""
    actor: Any = request.user
    key = request.POST.get("step", "")
    try:
        services.step_review(actor=actor, key=key, fits="fits" in request.POST)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back()
    return _back(key)


@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Send a test mail to whoever asks."""
    actor: Any = request.user
    try:
        messages.success(request, services.mail_try(actor=actor), extra_tags="mail")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _back("mail")


def words(request: HttpRequest) -> HttpResponse:
    """The example words: what is here, what could be added, what could go."""
    actor: Any = request.user
    access.require(actor, EDIT)
    if request.method == "POST" and "load" in request.POST:
        made = services.examples_load(actor=actor)
        _said(request, made, "word was added.", "words were added.")
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        gone = services.examples_take(actor=actor, keys=request.POST.getlist("item"))
        _said(request, len(gone), "word was taken away.", "words were taken away.")
        return HttpResponseRedirect(request.path)
    with operation(actor):
        found = services.examples()
    groups = [
        {
            "title": group.title,
            "absent": [word.label for word in group.absent],
            "unused": [(word.key, word.label) for word in group.unused],
            "kept": [(word.label, word.stays) for word in group.kept],
        }
        for group in found
    ]
    context = {
        "title": "Example words",
        "about": "The words that come with the program: units, statuses, categories, roles, types,"
        " tags and health metrics. Use them, change them, or take them away and write your own.",
        "noun": "words",
        "from": "words",
    }
    return _page(request, groups, context)


def library(request: HttpRequest) -> HttpResponse:
    """The shipped templates: what is in the library, what could be added, what could go."""
    actor: Any = request.user
    access.require(actor, EDIT)
    if request.method == "POST" and "load" in request.POST:
        loaded = library_load(actor=actor)
        for sentence in loaded.missing:
            messages.warning(request, sentence)
        _said(request, len(loaded.made), "template was loaded.", "templates were loaded.")
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        gone = library_take(actor=actor, keys=request.POST.getlist("item"))
        _said(request, len(gone), "template was taken away.", "templates were taken away.")
        return HttpResponseRedirect(request.path)
    shelved = shelf()
    groups = [
        {
            "title": kind,
            "absent": [one.name for one in shelved if one.kind_label == kind and not one.record],
            "unused": [
                (one.key, one.name)
                for one in shelved
                if one.kind_label == kind and one.record and not one.stays
            ],
            "kept": [
                (one.name, one.stays) for one in shelved if one.kind_label == kind and one.stays
            ],
        }
        for kind in dict.fromkeys(one.kind_label for one in shelved)
    ]
    context = {
        "title": "Shipped templates",
        "about": "Success plans, objectives and playbooks that come with the program. What is made"
        " from a template is a copy and stays when the template goes.",
        "noun": "templates",
        "from": "library",
    }
    return _page(request, groups, context)


def _page(
    request: HttpRequest, groups: list[dict[str, Any]], context: dict[str, Any]
) -> HttpResponse:
    numbers = {
        name: sum(len(group[name]) for group in groups) for name in ("absent", "unused", "kept")
    }
    shown = {**context, "groups": groups, "numbers": numbers}
    return render(request, "workspace/set_up_examples.html", shown)


def _said(request: HttpRequest, number: int, one: str, many: str) -> None:
    if number:
        messages.success(request, f"{number} {one if number == 1 else many}")
    else:
        messages.info(request, NOTHING_CHOSEN if "load" not in request.POST else "All is here.")
