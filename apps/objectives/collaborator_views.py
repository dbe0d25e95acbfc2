"""The box of an objective's collaborators (R-OBJ-7)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from apps.core import htmx
from apps.core.access import may
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.core.views.forms import next_url
from apps.objectives.collaborator_selectors import followers, label, people
from apps.objectives.collaborator_services import collaborator_add, collaborator_remove
from apps.objectives.models import Objective


def _objective(request: HttpRequest, pk: int) -> Objective:
    rows: Any = Objective.objects.visible_to(request.user)
    found: Objective = one(rows.select_related("account"), pk)
    return found


def collaborators(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is told when an objective changes: one is added by name or address, or removed."""
    objective, actor = _objective(request, pk), _actor(request)
    if request.method != "POST":
        return _respond(request, objective)
    typed = request.POST.get("who", "")
    try:
        if "remove" in request.POST:
            chosen = record_id(request.POST["remove"])
            collaborator_remove(actor=actor, objective=objective, pk=chosen or 0)
            said = "Told no more."
        else:
            typed = actor.email if "me" in request.POST else typed
            collaborator_add(actor=actor, objective=objective, who=typed)
            said = "Told of changes from now on."
    except ValidationError as error:
        return _respond(request, objective, typed=typed, wrong=error.messages[0], status=422)
    except ObjectDoesNotExist as error:
        raise Http404("Somebody else deleted this objective meanwhile.") from error
    if htmx.target(request):
        return htmx.toast(_respond(request, objective), said)
    messages.success(request, said)
    here = reverse("objectives:collaborators", args=[pk])
    return HttpResponseRedirect(next_url(request, here))


def collaborator_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Suggestions while somebody types a name: team members, users, contacts of the account."""
    objective = _objective(request, pk)
    found = people(request.user, objective, request.GET.get("q", "")[:80])
    rows = [
        {"value": label(person), "name": person.name, "hint": f"{person.hint} · {person.email}"}
        for person in found
    ]
    return JsonResponse({"people": rows})


def _actor(request: HttpRequest) -> Any:
    return request.user


def _respond(
    request: HttpRequest,
    objective: Objective,
    *,
    typed: str = "",
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = followers(objective)
    context = {
        "kind": KINDS["objective"],
        "objective": objective,
        "record": objective,
        "followers": rows,
        "following": any(row.user_id == request.user.pk for row in rows),
        "may_edit": may(request.user, "objective.edit"),
        "typed": typed,
        "wrong": wrong,
    }
    return htmx.render_for(
        request,
        "objectives/collaborators.html",
        context,
        fragments={"collaborators": "objectives/_collaborators.html"},
        status=status,
    )
