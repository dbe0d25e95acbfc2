"""The second step of the wizard: for whom, called what, from when, owned by whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import Account
from apps.core.formsets import without_judging
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.shape_rules import TYPE, Type, type_of_copy
from apps.core.shape_selectors import types_for
from apps.core.views.forms import choose_type, next_url
from apps.library import draft_rules, rules, selectors
from apps.library.asked_forms import asked_form, boxes
from apps.library.draft_rules import Decided
from apps.library.forms import BasicsForm, first_basics
from apps.library.models import Draft
from apps.library.selectors import Tree
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan

# Said by the address: another type than the template's is wanted.
ANOTHER = "choose"


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
    root = tree.nodes[0].key
    before = draft_rules.begun(draft.data, root) if draft is not None else None
    if before is not None:
        initial = {**before.basics, "start": before.start}
    else:
        asked = _asked(request)
        if tree.record.account_id and "account" not in asked:
            asked["account"] = tree.record.account
        initial = first_basics(user, kind, tree.record, asked)
    offered = types_for(user, kind)
    said = str((request.POST if data is not None else request.GET).get(TYPE, ""))
    if before is not None and not said:
        said = str(before.basics.get(TYPE, ""))
    chosen = type_of_copy(offered, tree.record.record_type_id, said)
    if data is None and len(offered) > 1 and (chosen is None or said == ANOTHER):
        back = about(request, tree, initial)["pick_url"]
        return choose_type(request, kind, offered, cancel_url=next_url(request, back))
    record_type = str(chosen.pk) if chosen else ""
    posted: Any = data
    if data is None and before is not None:
        posted = before.basics.get("more")
    more = asked_form(user, tree, record_type, posted)
    form = BasicsForm(data, user=user, kind=kind, initial=initial)
    form.say_length(*_first_and_last(tree))
    lost = 0
    judged = data is not None and "refresh" not in request.POST
    if not judged and more.is_bound:
        without_judging(more)
    if judged and chosen is None and offered:
        form.add_error(None, f"Choose of which type it is: {_named(offered)}.")
    if judged and all([form.is_valid(), more.is_valid()]):
        decided = _decided(form, before, root, {TYPE: record_type, "more": boxes(more)})
        moved = before is not None and before.start != decided.start
        lost = len(rules.lost(tree.nodes, decided.edits, root)) if moved else 0
        if not lost or "confirmed" in request.POST:
            if moved:
                nodes = rules.grown(tree.nodes, decided.added)
                decided = draft_rules.started(nodes, decided, root, decided.start)
            return decided
    status = 422 if judged and not lost else 200
    context = {
        **about(request, tree, initial),
        "form": form,
        "fieldsets": [*_groups(form), *more.fieldsets],
        "record_type": chosen,
        "more_errors": judged and bool(more.errors),
        "another_url": _another(request),
        "choices": offered if len(offered) > 1 else [],
        "bare": bare,
        "lost": lost,
        "draft": draft,
        "counts": rules.counted(counts_of(tree)),
        "refreshing": "refresh" in (data or {}),
        "unfinished": selectors.unfinished(user, kind, tree.record.pk)
        if draft is None and data is None
        else None,
    }
    return render(request, "library/basics.html", context, status=status)


def _first_and_last(tree: Tree) -> tuple[dt.date | None, dt.date | None]:
    """The day that everything in a template is dated from, and the day on which it ends."""
    top = tree.nodes[0]
    return rules.anchors(tree.nodes).get(top.key), top.end


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


def _another(request: HttpRequest) -> str:
    query = request.GET.copy()
    query[TYPE] = ANOTHER
    return f"?{query.urlencode()}"


def _named(types: Sequence[Type]) -> str:
    return ", ".join(one.label for one in types)


def _decided(form: BasicsForm, before: Decided | None, root: str, more: dict[str, Any]) -> Decided:
    start, basics = form.cleaned_data["start"], form.kept() | more
    if before is None:
        return Decided(basics, start, start)
    return draft_rules.rebased(before, basics, start, root)


def about(request: HttpRequest, tree: Tree, basics: Mapping[str, Any]) -> dict[str, Any]:
    """What every step says about what it is made from, and where to choose anew for the same."""
    live = tree.record.account_id is not None
    here = {name: basics.get(name) for name in ("account", "plan", "objective")}
    place = {name: getattr(value, "pk", value) for name, value in here.items() if value}
    if next_url(request, ""):
        place["next"] = next_url(request, "")
    return {
        "pick_url": f"{reverse('library:list')}?{urlencode({'kind': tree.kind, **place})}",
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
