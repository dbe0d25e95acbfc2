"""Success Tracker: the page, its branches, its refreshed rows and its moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Account
from apps.core import access, htmx, layouts
from apps.core.choices import DateFormat
from apps.core.formats import PATTERNS
from apps.core.kinds import KINDS
from apps.core.list_rules import sort_keys, sort_marks
from apps.core.person import person_of
from apps.core.preview_rules import Preview
from apps.core.rules import record_id
from apps.core.selectors import one, preference
from apps.core.services import Conflict, Unconfirmed, preference_set
from apps.core.views.forms import asked as asked_of
from apps.plans.models import SuccessPlan
from apps.workspace import rules, services
from apps.workspace.choices import Scale
from apps.workspace.forms import MoveForm, TrackerForm
from apps.workspace.selectors import tracker, tracker_search
from apps.workspace.tables.menus import menus
from apps.workspace.tables.rows import TrackerTable
from apps.workspace.tables.tree import TreeView

LAYOUT = "success-tracker"
SCALE = "success-tracker-scale"


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address says; what it says wrongly counts as not said."""
    form = TrackerForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}


def _scope(request: HttpRequest, asked: dict[str, Any]) -> tracker.Scope:
    access.require(request.user, "account.view")
    user: Any = request.user
    plan = account = None
    if asked["plan"]:
        plan = one(SuccessPlan.objects.visible_to(user).select_related("account"), asked["plan"])
    elif asked["account"]:
        account = one(Account.objects.visible_to(user).select_related("parent"), asked["account"])
    return tracker.Scope(user, account, plan, bool(asked["children"]), asked["sort"] or "")


def _view(request: HttpRequest, asked: dict[str, Any]) -> TreeView:
    person = person_of(request.user)
    remembered = preference(request.user, SCALE).get("scale", Scale.MONTHS)
    scale = asked["scale"] or (remembered if remembered in Scale.values else Scale.MONTHS)
    kept = ("account", "plan", "children", "sort", "scale", "begin", "q", "expand")
    return TreeView(
        person,
        layouts.layout(request.user, LAYOUT, TrackerTable),
        rules.axis(scale, person.today, asked["begin"]),
        {name: request.GET[name] for name in kept if request.GET.get(name)},
        frozenset(f"{kind}-{pk}" for kind, pk in asked["expand"]),
        layouts.widths(request.user, LAYOUT),
    )


@require_GET
def success_tracker(request: HttpRequest) -> HttpResponse:
    """The tree and its time axis, for a plan, an account or my accounts."""
    asked = _asked(request)
    scope = _scope(request, asked)
    view = _view(request, asked)
    found = None
    if asked["q"]:
        nodes, found, more = tracker_search.search(scope, asked["q"])
    elif request.GET.get("expand") == "all":
        nodes, more = tracker.whole(scope, limit=asked["rows"] or tracker.ALL)
    else:
        expanded = asked["expand"]
        if "expand" not in request.GET and (scope.account or scope.plan):
            expanded = frozenset(filter(None, [_top_key(scope)]))
            view = _with_opened(view, expanded)
        nodes, more = tracker.tree(
            scope,
            expanded,
            limit=asked["top"] or tracker.TOP,
            branch=asked["branch"] or tracker.BRANCH,
        )
    context = _context(request, asked, scope, view)
    context |= {"body": view.body(nodes), "rows": nodes, "found": found, "more": more}
    context |= _more(asked, view, more)
    context["summary"] = _summary(nodes)
    return htmx.render_for(
        request,
        "workspace/success_tracker.html",
        context,
        fragments={"tracker": "workspace/_tracker.html"},
    )


def _top_key(scope: tracker.Scope) -> tracker.Key | None:
    """The one row that a tracker of an account or plan opens at first."""
    record = scope.plan or scope.account
    return None if record is None else (scope.top_kind, record.pk)


def _with_opened(view: TreeView, expanded: frozenset[tracker.Key]) -> TreeView:
    opened = frozenset(f"{kind}-{pk}" for kind, pk in expanded)
    return replace(view, opened=opened)


def _more(asked: dict[str, Any], view: TreeView, more: bool) -> dict[str, Any]:
    """The link that goes on where the rows end."""
    if not more or asked["q"]:
        return {}
    if view.state.get("expand") == "all":
        rows = (asked["rows"] or tracker.ALL) + tracker.ALL
        return {"more_url": view.address(rows=rows), "more_label": f"Open up to {rows} rows"}
    top = (asked["top"] or tracker.TOP) + tracker.TOP
    return {"more_url": view.address(top=top), "more_label": f"{tracker.TOP} more"}


def _summary(nodes: list[tracker.Node]) -> str:
    """How many rows of each kind are shown."""
    counts: dict[str, int] = {}
    for top in nodes:
        for node in top.walk():
            counts[node.kind] = counts.get(node.kind, 0) + 1
    words = []
    for kind in tracker.KINDS:
        if kind in counts:
            count = counts[kind]
            name = KINDS[kind].label if count == 1 else KINDS[kind].plural
            words.append(f"{count} {name.lower()}")
    return " · ".join(words)


def _context(
    request: HttpRequest, asked: dict[str, Any], scope: tracker.Scope, view: TreeView
) -> dict[str, Any]:
    axis = view.axis
    half = rules.UNITS[axis.scale].shown // 2
    top_record: Any = scope.plan or scope.account
    opened = sorted(asked["open"])[:1]
    parent = {}
    if scope.plan:
        parent = {"account": scope.plan.account_id, "plan": scope.plan.pk}
    elif scope.account:
        parent = {"account": scope.account.pk}
    return {
        "scope": scope,
        "record": top_record,
        "view": view,
        "axis": axis,
        "date_pattern": PATTERNS[DateFormat(view.person.date_format)],
        "q": asked["q"] or "",
        "scales": [(value, label, value == axis.scale) for value, label in Scale.choices],
        "today_url": view.address(begin=None),
        "earlier_url": view.address(begin=rules.step(axis.start, axis.scale, -half)),
        "later_url": view.address(begin=rules.step(axis.start, axis.scale, half)),
        "refresh_url": view.address(),
        "expand_url": view.address(expand="all", q=None),
        "collapse_url": view.address(expand="none", q=None),
        "children_url": view.address(children=None if scope.children else "1", expand=None),
        "clear_url": view.address(q=None),
        "headers": _headers(scope, view),
        "layout": layouts.choices(request.user, LAYOUT, TrackerTable),
        "layout_key": LAYOUT,
        "adds": [
            {
                "kind": KINDS[name],
                "query": urlencode(parent),
            }
            for name in ("plan", "objective", "playbook", "task")
            if access.may(request.user, f"{name}.create") and not (name == "plan" and scope.plan)
        ],
        "menus": menus(request.user),
        "panel_url": f"{KINDS[opened[0][0]].prefix}{opened[0][1]}/"
        if opened and opened[0][0] in KINDS
        else "",
    }


def _headers(scope: tracker.Scope, view: TreeView) -> list[dict[str, Any]]:
    headers = []
    keys = sort_keys(scope.sort, tracker.SORTS)
    for name in ("name", *view.columns):
        column = TrackerTable.base_columns.get(name)
        label = (column.verbose_name if column is not None else "") or name.capitalize()
        headers.append(
            {
                "name": name,
                "label": label,
                **(sort_marks(name, keys, view.address) if name in tracker.SORTS else {}),
            }
        )
    return headers


@require_GET
def rows(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """What stands directly below one row, as table rows."""
    if kind not in tracker.CHILDREN:
        raise Http404("There is no such row.")
    asked = _asked(request)
    scope = _scope(request, asked)
    view = _view(request, asked)
    node = tracker.one(scope, kind, pk)
    if node is None:
        raise Http404("This row is not in this tracker, or you may not see it.")
    only, after = asked["only"], asked["after"] or 0
    found = tracker.branches(
        scope, [node.key], kinds=(only,) if only else tracker.KINDS, after=after
    )
    tracker.attach(node, found)
    if only:
        node.more = {k: n - after for k, n in node.more.items() if k == only and n > after}
        node.children = [child for child in node.children if child.kind == only]
    body = view.body(node.children) + "".join(
        view.more_row(node, k, n, after=node.counts[k] - n) for k, n in node.more.items()
    )
    return _fragment(body)


@require_GET
def changed(request: HttpRequest) -> HttpResponse:
    """The rows in which a change of one record shows: its own and those above it.

    With those below it that are open, when the change reaches them.
    """
    asked = _asked(request)
    scope = _scope(request, asked)
    view = _view(request, asked)
    kind, pk = request.GET.get("kind", ""), record_id(request.GET.get("id", ""))
    if kind not in (*tracker.KINDS, "kpi") or pk is None:
        raise Http404("There is no such row.")
    nodes = tracker.line(scope, kind, pk)
    if nodes and asked["below"]:
        tracker.attach(nodes[0], tracker.branches(scope, asked["below"], limit=tracker.ALL))
    return _fragment(view.body(nodes))


def _fragment(body: str) -> HttpResponse:
    response = HttpResponse(body)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
def dates(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Move a bar or its end; the page then fetches the rows that the change shows in."""
    if kind not in tracker.MODELS:
        raise Http404("There is no such row.")
    record = one(tracker.MODELS[kind].objects.visible_to(request.user), pk)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _refused(request, "This bar cannot be moved like that.", 422)
    actor: Any = request.user
    person = person_of(actor)
    try:
        start, end, others = services.dates_move(
            actor=actor,
            kind=kind,
            record=record,
            scale=form.cleaned_data["scale"],
            by=form.cleaned_data["by"],
            edge=form.cleaned_data["edge"],
            shown=(form.cleaned_data["start"], form.cleaned_data["end"]),
            asked=asked_of(request),
        )
    except Unconfirmed as question:
        return _asks(request, record, form.cleaned_data, question.preview)
    except ValidationError as error:
        return _refused(request, " ".join(error.messages), 422)
    except Conflict as conflict:
        words = "; ".join(
            f"{clash.label}: theirs {person.date(clash.theirs)}, yours {person.date(clash.mine)}"
            for clash in conflict.clashes
        )
        response = _refused(request, f"Somebody else moved “{record}” meanwhile ({words}).", 409)
        return htmx.trigger(response, **{"record-changed": {"kind": kind, "id": pk}})
    except ObjectDoesNotExist as error:
        raise Http404(f"“{record}” was deleted meanwhile.") from error
    response = HttpResponse(status=204)
    htmx.toast(response, f"“{record}”: {person.date(start)} – {person.date(end)}. {others}".strip())
    where = {"kind": kind, "id": pk} | ({"below": True} if others else {})
    htmx.trigger(response, **{"record-changed": where})
    return _closed(request, response)


def _asks(
    request: HttpRequest, record: Any, wanted: dict[str, Any], preview: Preview
) -> HttpResponse:
    """Asks over the page what shall move along; the answer comes back to the same address."""
    seen = wanted["start"], wanted["end"]
    person = person_of(request.user)
    become = rules.moved(*seen, wanted["scale"], wanted["by"], wanted["edge"])
    days = [" – ".join(person.date(day) for day in both if day) for both in (seen, become)]
    context = {"record": record, "wanted": wanted, "preview": preview, "days": days}
    response = render(request, "workspace/_move.html", context, status=preview.status)
    response.headers["HX-Retarget"] = f"#{htmx.DIALOG}"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def _refused(request: HttpRequest, text: str, status: int) -> HttpResponse:
    response = htmx.toast(HttpResponse(text, status=status), text, "danger")
    response.headers["HX-Reswap"] = "none"
    return _closed(request, response)


def _closed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer to a question that was asked over the page closes it."""
    if htmx.target(request) == htmx.DIALOG:
        htmx.trigger(response, **{"dialog-done": True})
    return response


@require_POST
def scale(request: HttpRequest) -> HttpResponse:
    """Change the scale and remember it for this person."""
    wanted = request.POST.get("scale", "")
    if wanted not in Scale.values:
        return HttpResponse("Choose days, weeks, months, quarters or years.", status=422)
    user: Any = request.user
    preference_set(actor=user, key=SCALE, data={"scale": wanted})
    query = request.GET.copy()
    query["scale"] = wanted
    # Another scale begins around today again: the old window would be far off.
    query.pop("begin", None)
    return HttpResponseRedirect(f"{reverse('workspace:success-tracker')}?{query.urlencode()}")
