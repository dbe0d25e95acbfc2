"""The rows of Value Tracker: one value saved, the editors of its cells, block and unblock."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import access, htmx
from apps.core.forms import RecordForm
from apps.core.person import person_of
from apps.core.selectors import one
from apps.core.services import Conflict
from apps.core.views.forms import add_errors, clashes
from apps.kpis import services
from apps.kpis.forms import KpiForm
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import kpis, summary_and_group, with_points
from apps.workspace.tables.values import (
    EDITABLE,
    FETCHED,
    Problem,
    Row,
    ValueTable,
    mean_html,
    problem_text,
    row_html,
)
from apps.workspace.views.value_tracker import asked_of, page_with, scope_of, totals_of, view_of


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
    asked = asked_of(request)
    view = view_of(request, asked, _columns(request))
    kpi = _kpi(request, pk)
    total, group = summary_and_group(scope_of(request, asked).rows(), kpi.objective_id)
    beside = ""
    if group.count and "progress" in view.columns:
        beside += mean_html(kpi.objective, group, view, oob=True)
    beside += render_to_string("workspace/_value_counts.html", totals_of(view, total))
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
    one(ObjectiveKpi.objects.visible_to(request.user), pk)
    asked = asked_of(request)
    return HttpResponseRedirect(view_of(request, asked, None).address(open=f"kpi-{pk}"))


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
        # What was saved by leaving a cell is told too: so it can be undone.
        said = note or f"“{form.instance}” was saved."
        return htmx.toast(response, said) if changed else response
    messages.success(request, note or f"Saved {at}.")
    return HttpResponseRedirect(view_of(request, asked_of(request), None).address())


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
    asked = asked_of(request)
    view = view_of(request, asked, _columns(request) if in_page else None)
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
    return page_with(request, refused, status)


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
    blocks = request.POST.get("blocked") == "1"
    try:
        (services.kpi_block if blocks else services.kpi_unblock)(actor=user, kpi=kpi)
    except ObjectiveKpi.DoesNotExist as error:
        raise Http404("This KPI was deleted meanwhile.") from error
    if blocks:
        text = f"“{kpi}” is blocked."
    else:
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
    return HttpResponseRedirect(view_of(request, asked_of(request), None).address())
