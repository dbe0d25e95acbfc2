"""The page on which what a person leaves behind goes to others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import Contact, Resource, Role
from apps.accounts.ownership_selectors import offers
from apps.accounts.selectors import contacts, resources
from apps.core import access
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.workspace import handover_rules as rules
from apps.workspace import handover_selectors as selectors
from apps.workspace import handover_services as services
from apps.workspace.handover_rules import Item, Rule


def resource_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """What one of our people owns and is assigned, and who shall get it."""
    return _page(request, one(resources(request.user), pk))


def contact_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person of the customer owns and is assigned, and who shall get it."""
    return _page(request, one(contacts(request.user), pk))


def _rule(request: HttpRequest) -> Rule:
    sent = request.POST
    kind = sent.get("rule", rules.ONE)
    if kind == rules.ROLE:
        return Rule(kind, (), record_id(sent.get("role", "")))
    words = sent.getlist("turn") if kind == rules.ROUND else [sent.get("to", "")]
    return Rule(kind if kind == rules.ROUND else rules.ONE, tuple(word for word in words if word))


def _page(request: HttpRequest, person: Resource | Contact) -> HttpResponse:
    actor: Any = request.user
    access.require(actor, "objective.edit")
    kind = "contact" if isinstance(person, Contact) else "resource"
    if kind == "resource":
        access.require(actor, "plan.edit")
    items = selectors.held(actor, person)
    sent = request.method == "POST"
    keys = set(request.POST.getlist("item")) if sent else {i.key for i in items if not i.over}
    rule, plan, problem = _rule(request), None, ""
    if sent:
        try:
            if "confirmed" in request.POST:
                plan = services.hand_over(actor=actor, person=person, keys=keys, rule=rule)
                return _done(request, person, kind, plan)
            plan = services.handover_plan(actor=actor, person=person, keys=keys, rule=rule)
        except ValidationError as error:
            problem = " ".join(error.messages)
    account = person.account if isinstance(person, Contact) else None
    kinds = ("resource", "contact") if account is not None else ("resource",)
    found = offers(actor, account, kinds)
    not_self = [offer for offer in found.resources if offer.value != f"resource-{person.pk}"]
    context = {
        "kind": KINDS[kind],
        "leaver": person,
        "groups": _groups(items, keys),
        "rule": rule,
        "team": found.resources if kind == "contact" else not_self,
        "contacts": [o for o in found.contacts if o.value != f"contact-{person.pk}"],
        "roles": Role.objects.filter(is_active=True),
        "plan": plan,
        "left": rules.left_sentence(plan.left) if plan and plan.left else "",
        "problem": problem,
        "address": reverse(f"{KINDS[kind].namespace}:detail", args=[person.pk]),
    }
    return render(request, "workspace/hand_over.html", context, status=422 if problem else 200)


def _groups(items: list[Item], keys: set[str]) -> list[dict[str, Any]]:
    groups = []
    for kind in rules.WORDS:
        rows = [item for item in items if item.kind == kind]
        if rows:
            groups.append(
                {
                    "kind": KINDS[kind],
                    "title": rules.WORDS[kind][1],
                    "rows": [(item, item.key in keys) for item in rows if not item.over],
                    "over": [(item, item.key in keys) for item in rows if item.over],
                }
            )
    return groups


def _done(
    request: HttpRequest, person: Resource | Contact, kind: str, plan: services.Plan
) -> HttpResponse:
    messages.success(request, " ".join(plan.lines) or "Nothing was handed over.")
    if plan.left:
        messages.warning(request, rules.left_sentence(plan.left))
    return HttpResponseRedirect(reverse(f"{KINDS[kind].namespace}:hand-over", args=[person.pk]))
