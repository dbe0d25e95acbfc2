"""The second step of the wizard: for whom, called what, from when, owned by whom."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import Account
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.views.forms import next_url
from apps.library import draft_rules, rules
from apps.library.draft_rules import Decided
from apps.library.forms import BasicsForm, first_basics
from apps.library.models import Draft
from apps.library.selectors import Tree
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address fills in; what it hangs on brings its account along."""
    found: dict[str, Any] = {}
    for name, model in (("objective", Objective), ("plan", SuccessPlan), ("account", Account)):
        pk = record_id(request.GET.get(name, ""))
        rows: Any = model._default_manager
        record = rows.visible_to(request.user).filter(pk=pk).first() if pk else None
        if record is not None:
            found[name] = record
            found.setdefault("account", getattr(record, "account", record))
            if name == "objective" and record.plan is not None:
                found.setdefault("plan", record.plan)
    return found


def basics_step(
    request: HttpRequest, tree: Tree, draft: Draft | None, bare: bool
) -> HttpResponse | Decided:
    """The page of the basics; once they are right, what is decided so far."""
    user: Any = request.user
    kind = tree.kind
    data = request.POST if request.method == "POST" else None
    if draft is not None:
        decided = draft_rules.decode(draft.data)
        initial = {**decided.basics, "start": decided.start}
    else:
        asked = _asked(request)
        if tree.record.account_id and "account" not in asked:
            asked["account"] = tree.record.account
        initial = first_basics(user, kind, tree.record, asked)
    form = BasicsForm(data, user=user, kind=kind, initial=initial)
    lost = 0
    if data is not None and "refresh" not in data and form.is_valid():
        decided = _decided(form, draft)
        root = tree.nodes[0].key
        moved = draft is not None and draft_rules.decode(draft.data).start != decided.start
        lost = len(rules.lost(tree.nodes, decided.edits, root)) if moved else 0
        if not lost or "confirmed" in data:
            if moved:
                nodes = rules.grown(tree.nodes, decided.added)
                decided = draft_rules.started(nodes, decided, root, decided.start)
            return decided
    status = 422 if data is not None and "refresh" not in data and not lost else 200
    context = {
        **about(request, tree),
        "form": form,
        "fieldsets": _groups(form),
        "bare": bare,
        "lost": lost,
        "draft": draft,
        "counts": rules.counted(counts_of(tree)),
        "refreshing": "refresh" in (data or {}),
    }
    return render(request, "library/basics.html", context, status=status)


def _groups(form: BasicsForm) -> list[tuple[str, list[Any]]]:
    groups = (
        ("", ("account", "plan", "objective", "name")),
        ("Dates and owner", ("start", "end", "owner")),
        ("Business challenges", ("challenges", "new_challenges")),
    )
    return [
        (legend, here)
        for legend, names in groups
        if (here := [form[name] for name in names if name in form.fields])
    ]


def _decided(form: BasicsForm, draft: Draft | None) -> Decided:
    start, basics = form.cleaned_data["start"], form.kept()
    if draft is None:
        return Decided(basics, start, start)
    before = draft_rules.decode(draft.data)
    return Decided(basics, start, before.first_start, before.edits, before.kpis, before.added)


def about(request: HttpRequest, tree: Tree) -> dict[str, Any]:
    """What every step says about what it is made from."""
    live = tree.record.account_id is not None
    return {
        "kind": KINDS[tree.kind],
        "template": tree.record,
        "is_clone": live,
        "template_url": reverse("playbooks:detail", args=[tree.record.pk])
        if live
        else reverse("library:detail", args=[tree.kind, tree.record.pk]),
        "next": next_url(request, ""),
    }


def counts_of(tree: Tree) -> dict[str, int]:
    """How many records all of it is."""
    return {tree.kind: 1} | {name: n for name, n in tree.counts().items() if n}
