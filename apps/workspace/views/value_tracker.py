"""Value Tracker: the page, its rows, the editors of its cells, and the saving of one value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Account
from apps.core import access, htmx, layouts, ui
from apps.core.choices import ProgressStatus
from apps.core.forms import RecordForm
from apps.core.person import person_of
from apps.core.selectors import one
from apps.core.services import Conflict
from apps.core.views.forms import add_errors, clashes
from apps.kpis import services
from apps.kpis.forms import KpiForm
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import (
    Group,
    Summary,
    groups,
    kpis,
    summary,
    summary_and_group,
    with_points,
)
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.workspace.forms import ValueTrackerForm
from apps.workspace.selectors import values
from apps.workspace.tables.values import (
    EDITABLE,
    FETCHED,
    May,
    Problem,
    Row,
    Section,
    ValuesView,
    ValueTable,
    body,
    headers,
    mean_html,
    problem_text,
    row_html,
)

LAYOUT = "value-tracker"
KEPT = ("objective", "plan", "account", "children", "status", "sort", "closed", "full", "rows")
STATUSES = (
    ProgressStatus.ON_TRACK,
    ProgressStatus.OFF_TRACK,
    ProgressStatus.OVERDUE,
    ProgressStatus.IN_PROGRESS,
    ProgressStatus.NOT_STARTED,
    ProgressStatus.COMPLETED,
    ProgressStatus.NOT_AVAILABLE,
)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address says; what it says wrongly counts as not said."""
    form = ValueTrackerForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}


def _scope(request: HttpRequest, asked: Mapping[str, Any]) -> values.Scope:
    return values.Scope(
        request.user,
        plan=asked["plan"],
        account=asked["account"],
        objective=asked["objective"],
        children=bool(asked["children"]),
    )


def _record(request: HttpRequest, asked: Mapping[str, Any]) -> Any:
    """The record that the tracker is opened for; none for my accounts."""
    user = request.user
    if asked["objective"]:
        rows = Objective.objects.visible_to(user).select_related("account", "plan")
        return one(rows, asked["objective"])
    if asked["plan"]:
        return one(SuccessPlan.objects.visible_to(user).select_related("account"), asked["plan"])
    if asked["account"]:
        return one(Account.objects.visible_to(user).select_related("parent"), asked["account"])
    return None


def _view(request: HttpRequest, asked: Mapping[str, Any], columns: list[str] | None) -> ValuesView:
    """How this person sees the rows; without columns those that the person chose."""
    user = request.user
    spans: tuple[str, ...] = ("account", "plan")
    if asked["objective"] or asked["plan"]:
        spans = ()
    elif asked["account"] and not asked["children"]:
        spans = ("plan",)
    return ValuesView(
        person_of(user),
        columns or layouts.layout(user, LAYOUT, ValueTable),
        {name: request.GET[name] for name in KEPT if asked[name]},
        May(
            edit=bool(access.may(user, "kpi.edit")),
            create=bool(access.may(user, "kpi.create")),
            delete=bool(access.may(user, "kpi.delete")),
            note=bool(access.may(user, "activity.create")),
        ),
        spans,
        asked["closed"] or frozenset(),
        get_token(request),
    )


@require_GET
def value_tracker(request: HttpRequest) -> HttpResponse:
    """All KPIs of an objective, a plan, an account or my accounts in one grid."""
    return _page(request)


def _page(request: HttpRequest, edited: Row | None = None, status: int = 200) -> HttpResponse:
    """The whole page; `edited` is a row that was refused, with what was typed into it."""
    access.require(request.user, "kpi.view")
    asked = _asked(request)
    record = _record(request, asked)
    scope = _scope(request, asked)
    view = _view(request, asked, None)
    limit = asked["rows"] or values.MOST
    found, more = values.page(
        scope, status=asked["status"] or "", sort=asked["sort"] or "", limit=limit
    )
    rows = [Row(kpi, view) for kpi in found]
    if edited is not None:
        rows = _with_edited(rows, edited)
    sections = _sections(rows)
    if not asked["status"]:
        bare = scope.objectives_without_kpis()[: values.MOST]
        sections += [Section(objective, Group(0, Decimal(0)), []) for objective in bare]
    context = {
        "view": view,
        "record": record,
        "asked": asked,
        "body": body(sections, view),
        "shown": len(rows),
        "has_rows": bool(sections),
        "headers": headers(view),
        "layout": layouts.choices(request.user, LAYOUT, ValueTable),
        "layout_key": LAYOUT,
        "more_url": view.address(rows=limit + values.MOST) if more else "",
        "all_url": view.address(status=None),
        "full_url": view.address(full=None if asked["full"] else "1"),
        "children_url": view.address(children=None if scope.children else "1"),
        "add_url": _add_url(view, asked),
        "panel_url": f"/kpis/{asked['open'][4:]}/" if asked["open"] else "",
        **_totals(view, summary(scope.rows())),
    }
    return htmx.render_for(
        request,
        "workspace/value_tracker.html",
        context,
        fragments={"value-tracker": "workspace/_values.html"},
        status=status,
    )


def _add_url(view: ValuesView, asked: Mapping[str, Any]) -> str:
    """Where a KPI is made, for this objective if it is one; then back here."""
    if not view.may.create:
        return ""
    parent = f"objective={asked['objective']}&" if asked["objective"] else ""
    return f"{reverse('kpis:create')}?{parent}{view.back()}"


def _with_edited(rows: list[Row], edited: Row) -> list[Row]:
    """The refused row in its place, or at the top when the page does not show it otherwise."""
    if any(row.kpi.pk == edited.kpi.pk for row in rows):
        return [edited if row.kpi.pk == edited.kpi.pk else row for row in rows]
    return [edited, *rows]


def _sections(rows: list[Row]) -> list[Section]:
    by_objective: dict[int, list[Row]] = {}
    for row in rows:
        by_objective.setdefault(row.kpi.objective_id, []).append(row)
    means = groups(by_objective)
    return [Section(r[0].kpi.objective, means[pk], r) for pk, r in by_objective.items()]


def _totals(view: ValuesView, total: Summary) -> dict[str, Any]:
    """Overall progress, and how many of each status: each a link that filters."""
    active = view.state.get("status", "")
    counted = [("", "All", "", "", total.total)]
    counted += [
        (status.value, status.label, *ui.STATUS[status], total.statuses[status])
        for status in STATUSES
    ]
    counted.append((values.BLOCKED, "Blocked", "ban", "red", total.blocked))
    chips = [
        {
            "key": key or "all",
            "label": label,
            "icon": icon,
            "tone": tone,
            "count": view.person.number(count),
            "none": not count,
            "active": active == key,
            # The active one takes its filter away again.
            "url": view.address(status=None if active == key else key, rows=None),
        }
        for key, label, icon, tone, count in counted
    ]
    return {
        "without_values": total.without_values,
        "percent": ui.percent(total.progress),
        "chips": chips,
    }


def _kpi(request: HttpRequest, pk: int) -> ObjectiveKpi:
    return one(with_points(kpis(request.user)), pk)


def _columns(request: HttpRequest) -> list[str] | None:
    """The columns that the page shows which asks; it says so itself."""
    names = request.POST.get("columns", request.GET.get("columns", "")).split(",")
    return [name for name in names if name in ValueTable.base_columns] or None


def _row_answer(row: Row, *, status: int = 200, beside: str = "") -> HttpResponse:
    response = HttpResponse(f"{row_html(row)}{beside}", status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _refreshed(request: HttpRequest, pk: int, text: str = "") -> HttpResponse:
    """The row as it stands now, its objective's mean and the totals beside it."""
    asked = _asked(request)
    view = _view(request, asked, _columns(request))
    kpi = _kpi(request, pk)
    total, group = summary_and_group(_scope(request, asked).rows(), kpi.objective_id)
    beside = ""
    if group.count and "progress" in view.columns:
        beside += mean_html(kpi.objective, group, view, oob=True)
    beside += render_to_string("workspace/_value_counts.html", _totals(view, total))
    if text:
        beside += f'<span id="value-saved" hx-swap-oob="innerHTML">{text}</span>'
    return _row_answer(Row(kpi, view), beside=beside)


@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """One row: as it stands, or with typed values to be saved."""
    if request.method == "POST":
        return _save(request, pk)
    access.require(request.user, "kpi.view")
    if htmx.target(request):
        return _refreshed(request, pk)
    asked = _asked(request)
    return HttpResponseRedirect(_view(request, asked, None).address(open=f"kpi-{pk}"))


def _save(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    kpi = one(ObjectiveKpi.objects.visible_to(user), pk)
    access.require(user, "kpi.edit")
    names = [name for name in EDITABLE if name in request.POST]
    form = KpiForm(request.POST, instance=kpi, user=user, only=names)
    if form.is_valid():
        try:
            changed = services.kpi_update(
                actor=user, kpi=kpi, changes=form.changes, shown=form.shown
            )
        except ValidationError as error:
            add_errors(form, error)
        except Conflict as conflict:
            return _refused(request, form, _both_values(request, conflict, form), 409)
        except ObjectiveKpi.DoesNotExist as error:
            raise Http404("This KPI was deleted meanwhile.") from error
        else:
            return _saved(request, pk, form, changed)
    problems = {
        name if name in form.fields else names[0]: Problem(" ".join(map(str, errors)))
        for name, errors in form.errors.items()
    }
    return _refused(request, form, problems, 422)


def _saved(request: HttpRequest, pk: int, form: RecordForm, changed: list[str]) -> HttpResponse:
    at = f"{timezone.now().astimezone(person_of(request.user).zone):%H:%M}"
    note = ""
    if "unit" in changed:
        note = f"The unit is now {form.value('unit') or 'none'}; the numbers stayed."
    if htmx.target(request):
        response = _refreshed(request, pk, f"Saved {at}")
        return htmx.toast(response, note) if note else response
    messages.success(request, note or f"Saved {at}.")
    return HttpResponseRedirect(_view(request, _asked(request), None).address())


def _both_values(request: HttpRequest, conflict: Conflict, form: RecordForm) -> dict[str, Problem]:
    """Both values of each field that somebody else changed meanwhile."""
    return {
        clash["name"]: Problem(
            f"Somebody else changed this to {clash['theirs']} meanwhile."
            f" You typed {clash['mine']}.",
            clash["theirs"],
        )
        for clash in clashes(request, conflict, form)
    }


def _refused(
    request: HttpRequest, form: RecordForm, problems: dict[str, Problem], status: int
) -> HttpResponse:
    """The row with what was typed and why it was not saved."""
    data: Any = form.data
    in_page = htmx.target(request)
    asked = _asked(request)
    view = _view(request, asked, _columns(request) if in_page else None)
    refused = Row(
        _kpi(request, form.instance.pk),
        view,
        typed={name: data.get(name, "") for name in form.fields},
        before={
            name: data[form[name].html_initial_name]
            for name in form.fields
            if form[name].html_initial_name in data
        },
        problems=problems,
        editors={
            name: _editor(form, name, wrong=name in problems)
            for name in FETCHED
            if name in form.fields and (name in problems or name in form.changed_data)
        },
    )
    if in_page:
        return _row_answer(refused, status=status, beside=_homeless(refused))
    return _page(request, refused, status)


def _homeless(refused: Row) -> str:
    """A word about values whose column is not shown."""
    shown = {"title", "category", *refused.view.columns}
    return "".join(problem_text(refused, name) for name in refused.problems if name not in shown)


def _editor(form: RecordForm, name: str, *, wrong: bool = False) -> str:
    """The form's own field, to stand in the cell, with what stood there beside."""
    bound = form[name]
    mark = f"v{form.instance.pk}"
    said: dict[str, str | bool | None] = {
        "id": f"{mark}-{name}",
        "form": mark,
        "class": "v-input v-editor",
        "aria-label": f"{bound.label} of {form.initial.get('title', form.instance)}",
        "aria-describedby": f"{mark}-{name}-problem" if wrong else None,
        "autofocus": True,
    }
    attrs: dict[str, str | bool] = {key: value for key, value in said.items() if value}
    was = bound.as_hidden(attrs={"id": f"{mark}-{name}-was", "form": mark}, only_initial=True)
    return f"{bound.as_widget(attrs=attrs)}{was}"


@require_GET
def cell(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The editor of one cell."""
    if name not in FETCHED:
        raise Http404("This cell has no editor of its own.")
    kpi = one(ObjectiveKpi.objects.visible_to(request.user), pk)
    access.require(request.user, "kpi.edit")
    form = KpiForm(instance=kpi, user=request.user, only=[name])
    response = HttpResponse(_editor(form, name))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a KPI as blocked by hand, or take that back (R-KPI-8)."""
    user: Any = request.user
    kpi = one(ObjectiveKpi.objects.visible_to(user).select_related("objective__status"), pk)
    if request.POST.get("blocked") == "1":
        services.kpi_block(actor=user, kpi=kpi)
        text = f"“{kpi}” is blocked."
    else:
        services.kpi_unblock(actor=user, kpi=kpi)
        status = kpi.objective.status
        still = status is not None and status.blocks_kpis
        text = (
            f"“{kpi}” is no longer blocked by hand. Its objective is {status}, which blocks it still."
            if still
            else f"“{kpi}” is no longer blocked."
        )
    if htmx.target(request):
        return htmx.toast(_refreshed(request, pk), text)
    messages.success(request, text)
    return HttpResponseRedirect(_view(request, _asked(request), None).address())
