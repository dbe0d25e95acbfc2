"""Value Tracker: the page, and what its address says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.models import Account
from apps.core import access, htmx, layouts, ui
from apps.core.choices import ProgressStatus
from apps.core.person import person_of
from apps.core.rules import percent_shown
from apps.core.selectors import one
from apps.kpis.selectors import Group, Summary, groups, summary
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.workspace.forms import ValueTrackerForm
from apps.workspace.selectors import values
from apps.workspace.tables.values import (
    May,
    Row,
    Section,
    ValuesView,
    ValueTable,
    body,
    headers,
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


def asked_of(request: HttpRequest) -> dict[str, Any]:
    """What the address says; what it says wrongly counts as not said."""
    form = ValueTrackerForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}


def scope_of(request: HttpRequest, asked: Mapping[str, Any]) -> values.Scope:
    """Whose KPIs the address is about."""
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


def view_of(
    request: HttpRequest, asked: Mapping[str, Any], columns: list[str] | None
) -> ValuesView:
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
        layouts.widths(user, LAYOUT),
    )


@require_GET
def value_tracker(request: HttpRequest) -> HttpResponse:
    """All KPIs of an objective, a plan, an account or my accounts in one grid."""
    return page_with(request)


def page_with(request: HttpRequest, edited: Row | None = None, status: int = 200) -> HttpResponse:
    """The whole page; `edited` is a row that was refused, with what was typed into it."""
    access.require(request.user, "kpi.view")
    asked = asked_of(request)
    record = _record(request, asked)
    scope = scope_of(request, asked)
    view = view_of(request, asked, None)
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
        **totals_of(view, summary(scope.rows())),
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


def totals_of(view: ValuesView, total: Summary) -> dict[str, Any]:
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
        "percent": percent_shown(total.progress),
        "chips": chips,
    }
