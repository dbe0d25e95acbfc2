"""The page on which what a person leaves behind goes to others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import Contact, Resource, Role, TeamPool
from apps.accounts.ownership_selectors import about
from apps.accounts.selectors import contacts, resources
from apps.core import access
from apps.core.kinds import KINDS
from apps.core.permissions import CUSTOMER_SUCCESS
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.workspace import handover_rules as rules
from apps.workspace import handover_selectors as selectors
from apps.workspace import handover_services as services
from apps.workspace.handover_rules import Item, Rule


def resource_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """What one of our people owns and is assigned, and who shall get it."""
    return _page(request, one(resources(request.user), pk), "resource")


def contact_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person of the customer owns and is assigned, and who shall get it."""
    return _page(request, one(contacts(request.user), pk), "contact")


def _rule(request: HttpRequest) -> Rule:
    """By which rule, as the form says; nothing said is to one person."""
    sent = request.POST
    if sent.get("rule") == rules.ROLE:
        return Rule(rules.ROLE, (), record_id(sent.get("role", "")))
    if sent.get("rule") == rules.ROUND:
        return Rule(rules.ROUND, tuple(sent.getlist("turn")))
    return Rule(rules.ONE, tuple(filter(None, [sent.get("to", "")])))


def _page(request: HttpRequest, person: Resource | Contact, kind: str) -> HttpResponse:
    actor: Any = request.user
    decision = selectors.allowed(actor, kind)
    if not decision:
        raise access.Refused(decision.reason)
    rule, keys = _rule(request), request.POST.getlist("item")
    if request.method != "POST":
        return _form(request, person, kind, rule, None)
    try:
        if "confirmed" in request.POST:
            seen = request.POST.get("seen", "")
            plan = services.hand_over(actor=actor, person=person, keys=keys, rule=rule, seen=seen)
            return _done(request, person, kind, plan)
        plan = services.handover_plan(actor=actor, person=person, keys=keys, rule=rule)
    except services.Changed as error:
        return _form(request, person, kind, rule, keys, error.plan, error.messages, status=409)
    except ValidationError as error:
        return _form(request, person, kind, rule, keys, None, error.messages, status=422)
    return _form(request, person, kind, rule, keys, plan)


def _form(
    request: HttpRequest,
    person: Resource | Contact,
    kind: str,
    rule: Rule,
    keys: list[str] | None,
    plan: services.Plan | None = None,
    problems: list[str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page: who gets it, what is ticked, and if asked what would happen."""
    items = selectors.held(request.user, person)
    team = [(f"resource-{row.pk}", row.name, about(row)) for row in selectors.takers(person)]
    pools = TeamPool.objects.annotate(size=Count("members")).filter(size__gt=0)
    context = {
        "kind": KINDS[kind],
        "leaver": person,
        "groups": _groups(request.user, items, keys),
        "rule": rule,
        # What was chosen stays chosen beside another rule.
        "to": [request.POST.get("to", "")],
        "turn": request.POST.getlist("turn"),
        "role_id": record_id(request.POST.get("role", "")),
        "team": team,
        "contacts": [
            (f"contact-{row.pk}", row.name, row.title)
            for row in selectors.colleagues(request.user, person)
        ],
        "pools": [(f"pool-{row.pk}", row.name, f"{row.size} people") for row in pools],
        "roles": list(Role.objects.filter(is_active=True)),
        "plan": plan,
        "problems": problems,
        "group_that_can": CUSTOMER_SUCCESS,
        "address": reverse(f"{KINDS[kind].namespace}:detail", args=[person.pk]),
    }
    return render(request, "workspace/hand_over.html", context, status=status)


def _groups(user: Any, items: list[Item], keys: list[str] | None) -> list[dict[str, Any]]:
    """What the person has by kind; what one may not give is shown, with the reason."""
    may = {kind: access.may(user, what) for kind, what in selectors.PERMISSIONS.items()}
    ticked = set(rules.proposed(items) if keys is None else keys)
    found: dict[str, dict[str, Any]] = {}
    for group in rules.groups(items):
        shown = found.setdefault(
            group.kind,
            {
                "kind": KINDS[group.kind],
                "title": rules.WORDS[group.kind][1],
                "may": may[group.kind],
            },
        )
        own = ticked if may[group.kind] else set()
        shown["over" if group.over else "open"] = {
            "rows": [(item, item.key in own) for item in group.listed],
            "rest": len(group.rest),
            "rest_key": group.rest_key,
            "rest_ticked": group.rest_key in own,
            "ticked": any(item.key in own for item in group.listed) or group.rest_key in own,
            "number": len(group.listed) + len(group.rest),
        }
    return list(found.values())


def _done(
    request: HttpRequest, person: Resource | Contact, kind: str, plan: services.Plan
) -> HttpResponse:
    messages.success(request, " ".join(plan.lines) or "Nothing was handed over.")
    for line in plan.left_lines:
        messages.warning(request, line)
    return HttpResponseRedirect(reverse(f"{KINDS[kind].namespace}:hand-over", args=[person.pk]))
