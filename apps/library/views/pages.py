"""The library itself: templates as cards and as a list, one template, and its records."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.models import Account
from apps.core import access, htmx
from apps.core.custom_tables import own_facts
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.rules import record_id
from apps.core.selectors import history_of, one, preference
from apps.core.services import preference_set
from apps.core.views.forms import next_url
from apps.library import rules, selectors, services
from apps.library.choices import TemplateKind
from apps.library.forms import SaveAsForm
from apps.library.template_services import template_delete
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook

VIEW = "library"
CARDS, LIST = "cards", "list"
SORT_LABELS = {"uses": "Most used", "name": "Name", "changed": "Last changed"}
# What the wizard can be told in an address: for whom, and below what.
PLACES = ("account", "plan", "objective", "next")
LIVE: dict[str, Any] = {"plan": SuccessPlan, "objective": Objective, "playbook": Playbook}


def place_query(request: HttpRequest, **more: Any) -> str:
    """For whom something is made, to be carried along in an address."""
    asked = {name: request.GET[name] for name in PLACES if request.GET.get(name)}
    return urlencode({**asked, **{name: value for name, value in more.items() if value}})


def _account(request: HttpRequest) -> Account | None:
    pk = record_id(request.GET.get("account", ""))
    return Account.objects.visible_to(request.user).filter(pk=pk).first() if pk else None


def library(request: HttpRequest) -> HttpResponse:
    """All templates, to look at or to choose from: for an account when the address names one."""
    access.require(request.user, "template.view")
    kind = request.GET.get("kind", "")
    kind = kind if kind in TemplateKind.values else ""
    q = request.GET.get("q", "").strip()
    shown = preference(request.user, VIEW).get("view", CARDS)
    asked = request.GET.get("view")
    if asked in (CARDS, LIST) and asked != shown:
        actor: Any = request.user
        preference_set(actor=actor, key=VIEW, data={"view": asked})
        shown = asked
    sort = request.GET.get("sort", "")
    sort = sort if sort in selectors.SORTS else "uses"
    cards = selectors.library(request.user, kind, q, sort)
    ordered = "" if sort == "uses" else sort
    context = {
        "cards": [_card(request, card) for card in cards],
        "kind": kind,
        "kinds": [
            {"name": "", "label": "All"},
            *({"name": name, "label": KINDS[name].plural} for name in TemplateKind.values),
        ],
        "q": q,
        "view": shown,
        "account": _account(request),
        "place": place_query(request),
        "keep": place_query(request, kind=kind, q=q, sort=ordered),
        "query": place_query(request, q=q, sort=ordered),
        "sorts": [
            {
                "label": label,
                "query": place_query(request, kind=kind, q=q, sort="" if name == "uses" else name),
                "active": name == sort,
            }
            for name, label in SORT_LABELS.items()
        ],
        "blank": _blank(request, kind),
        "drafts": [_draft(draft, name) for draft, name in selectors.drafts(request.user)],
        "creates": [
            KINDS[name]
            for name in TemplateKind.values
            if access.may(request.user, f"{name}.save_as_template")
        ],
    }
    return htmx.render_for(
        request, "library/list.html", context, fragments={"library": "library/_cards.html"}
    )


def _card(request: HttpRequest, card: selectors.Card) -> dict[str, Any]:
    use = reverse("library:use", args=[card.kind, card.record.pk])
    query = place_query(request)
    return {
        "card": card,
        "kind": KINDS[card.kind],
        "words": rules.counted({k: n for k, n in card.counts.items() if n}),
        "url": reverse("library:detail", args=[card.kind, card.record.pk]),
        "use_url": f"{use}?{query}" if query else use,
        "may_use": access.may(request.user, f"{card.kind}.create_from_template"),
    }


def _blank(request: HttpRequest, kind: str) -> dict[str, Any] | None:
    """The way past the templates, when something is being made."""
    if not kind or (not request.GET.get("account") and not request.GET.get("next")):
        return None
    if not access.may(request.user, f"{kind}.create"):
        return None
    url = reverse(f"{KINDS[kind].namespace}:create")
    # A new plan is looked at next; what belongs to one leads back to where it was asked for.
    query = place_query(request)
    if kind == TemplateKind.PLAN:
        query = urlencode([pair for pair in parse_qsl(query) if pair[0] != "next"])
    return {"kind": KINDS[kind], "url": f"{url}?{query}" if query else url}


def _draft(draft: Any, name: str) -> dict[str, Any]:
    use = reverse("library:use", args=[draft.kind, draft.source])
    return {
        "draft": draft,
        "name": draft.data.get("basics", {}).get("name") or name,
        "template": name,
        "url": f"{use}?draft={draft.pk}",
        "kind": KINDS[draft.kind],
    }


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw one's own draft away."""
    actor: Any = request.user
    services.draft_discard(actor=actor, draft=selectors.draft(actor, pk))
    messages.info(request, "The draft was thrown away.")
    return HttpResponseRedirect(next_url(request, reverse("library:list")))


def template_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One template: what lies in it and when, what was made from it, its history."""
    access.require(request.user, "template.view")
    record = selectors.template(request.user, kind, pk)
    tree = selectors.tree_of(record)
    tab = request.GET.get("tab", "")
    may_edit = access.may(request.user, f"{kind}.save_as_template")
    context = {
        "kind": KINDS[kind],
        "record": record,
        "rows": outline(tree),
        "words": rules.counted({k: n for k, n in tree.counts().items() if n}),
        "tab": tab if tab == "history" else "",
        "history": history_of(request.user, record) if tab == "history" else None,
        "made": list(selectors.made_from(request.user, record)[:20]),
        "use_url": f"{reverse('library:use', args=[kind, pk])}?{place_query(request)}",
        "may_use": access.may(request.user, f"{kind}.create_from_template"),
        "may_edit": may_edit,
        "own_facts": own_facts(request.user, kind, record, person_of(request.user)),
        "adds": _adds(kind, pk) if may_edit else [],
        "days": selectors.days_of(kind, record),
        "uses": selectors.uses_of(record),
    }
    return htmx.render_for(
        request,
        "library/detail.html",
        context,
        fragments={htmx.DIALOG: "library/_preview_dialog.html"},
    )


def outline(tree: selectors.Tree) -> list[dict[str, Any]]:
    """The tree of a template as lines, each with its days from the start and who does it."""
    anchor = rules.anchors(tree.nodes).get(tree.nodes[0].key)
    kpis: dict[str, list[Any]] = {}
    for kpi in tree.kpis:
        kpis.setdefault(f"objective-{kpi.objective_id}", []).append(kpi)
    depth: dict[str, int] = {}
    lines = []
    for node in tree.nodes:
        depth[node.key] = depth[node.parent] + 1 if node.parent else 0
        row = tree.rows[node.key]
        if node.kind == "task":
            people = ", ".join(str(one) for one in tree.people.get(row.pk, ()))
        else:
            people = str(row.owner_role or row.owner or "")
        lines.append(
            {
                "node": node,
                "row": row,
                "level": depth[node.key],
                "first": (node.start - anchor).days if node.start and anchor else None,
                "last": (node.end - anchor).days if node.end and anchor else None,
                "people": people,
                "kpis": kpis.get(node.key, []),
                "is_root": node.parent is None,
            }
        )
    return lines


def _adds(kind: str, pk: int) -> list[dict[str, Any]]:
    below = {"plan": ("objective", "playbook", "task"), "objective": ("playbook", "task")}
    found = [
        {"kind": KINDS[name], "url": f"{reverse('library:create', args=[name])}?{kind}={pk}"}
        for name in below.get(kind, ("task",))
    ]
    if kind == TemplateKind.OBJECTIVE:
        # KPIs are rows of their objective's form.
        url = f"{reverse('library:edit', args=[kind, pk])}#kpis"
        found.insert(0, {"kind": KINDS["kpi"], "url": url})
    return found


def save_as(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Save a live record, or a template, as a template of its own."""
    if kind not in LIVE:
        raise Http404("There are templates of success plans, objectives and playbooks.")
    access.require(request.user, f"{kind}.save_as_template")
    rows = LIVE[kind].objects.visible_to(request.user)
    live = rows.filter(pk=pk).select_related("account").first()
    record = live or one(LIVE[kind].objects.in_library(request.user), pk)
    tree = selectors.tree_of(record)
    form = SaveAsForm(request.POST or None, initial={"name": record.name})
    if request.method == "POST" and form.is_valid():
        actor: Any = request.user
        try:
            made = services.save_as_template(
                actor=actor, record=record, name=form.cleaned_data["name"]
            )
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            messages.success(request, f"“{made}” is in the library now.")
            return HttpResponseRedirect(reverse("library:detail", args=[kind, made.pk]))
    address = reverse(f"{KINDS[kind].namespace}:detail", args=[pk])
    context = {
        "kind": KINDS[kind],
        "record": record,
        "form": form,
        "words": rules.counted({k: n for k, n in tree.counts().items() if n}),
        "cancel_url": next_url(request, address if live else reverse("library:list")),
    }
    status = 422 if form.errors else 200
    return render(request, "library/save_as.html", context, status=status)


def delete(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Delete a template with all that lies in it, or one record in a template."""
    needed = "objective" if kind == "kpi" else "playbook" if kind == "task" else kind
    if needed not in LIVE:
        raise Http404("There is no such record in a template.")
    access.require(request.user, f"{needed}.save_as_template")
    record = selectors.inside(request.user, kind, pk)
    tree = selectors.tree_of(record) if kind in LIVE else None
    words = rules.counted({k: n for k, n in tree.counts().items() if n}) if tree else ""
    back = _template_url(record) or reverse("library:list")
    if request.method == "POST":
        actor: Any = request.user
        with suppress(ObjectDoesNotExist):  # somebody else did it already
            template_delete(actor=actor, template=record)
        messages.success(request, f"“{record}” was deleted.")
        return HttpResponseRedirect(next_url(request, back))
    context = {
        "kind": KINDS[kind],
        "record": record,
        "goes": [f"With it: {words}"] if words else [],
        "stays": ["What was made from it stays on its accounts"] if kind in LIVE else [],
        "blocked": [],
        "refusal": None,
        "next": next_url(request, ""),
        "cancel_url": next_url(request, back),
    }
    return render(request, "library/delete.html", context)


def _template_url(record: Any) -> str:
    """The page of the template that a record lies in; empty for a template itself."""
    for kind in ("plan", "objective", "playbook"):
        above = getattr(record, kind, None)
        if above is not None:
            top = above if kind == "plan" else getattr(above, "plan", None) or above
            name = selectors.KIND_OF[type(top)]
            if top.is_template:
                return reverse("library:detail", args=[name, top.pk])
            outer = _template_url(top)
            return outer or reverse("library:list")
    return ""


template_url = _template_url
