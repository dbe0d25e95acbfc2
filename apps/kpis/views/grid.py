"""The KPIs of one objective as a grid of rows: add, change, delete, saved together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views import View

from apps.core import access, htmx, layouts
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.history import operation
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.core.services import Conflict
from apps.core.views.forms import clashes, next_url
from apps.kpis.selectors import kpis_of
from apps.objectives.forms import KpiRowForm, KpiRows
from apps.objectives.models import Objective
from apps.objectives.views import save_kpis

LAYOUT = "kpi-grid"
ALWAYS = ("title",)


class KpiGrid(View):
    """`?objective=12`: all its KPIs as rows; the columns are remembered for each person."""

    objective: Objective

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not request.user.is_authenticated:
            return
        wanted = record_id(request.GET.get("objective", ""))
        if wanted is None:
            raise Http404("The address names no objective.")
        self.objective = one(Objective.objects.visible_to(request.user), wanted)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The rows as they stand."""
        access.require(request.user, "kpi.edit")
        return self._respond(request, self._rows(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save all rows, or none and say why."""
        access.require(request.user, "kpi.edit")
        rows = self._rows(request, request.POST)
        if "add_row" in request.POST:
            return self._respond(request, rows.with_row())
        if not rows.is_valid():
            return self._respond(request, rows, status=422)
        try:
            self._save(request.user, rows)
        except ValidationError:
            return self._respond(request, rows, status=422)
        except Conflict as conflict:
            return self._respond(request, rows, status=409, conflict=conflict)
        except ObjectDoesNotExist:
            # Read again, the rows say themselves which of them is gone.
            rows = self._rows(request, request.POST)
            rows.is_valid()
            return self._respond(request, rows, status=409)
        done = f"The KPIs of “{self.objective}” were saved."
        if htmx.target(request) == htmx.DIALOG:
            return htmx.dialog_done(done, kind="objective", pk=self.objective.pk)
        messages.success(request, done)
        fallback = reverse("objectives:detail", args=[self.objective.pk])
        return HttpResponseRedirect(next_url(request, fallback))

    def _rows(self, request: HttpRequest, data: Any = None) -> KpiRows:
        rows = KpiRows(
            data,
            user=request.user,
            rows=kpis_of(request.user, self.objective),
            may_create=bool(access.may(request.user, "kpi.create")),
            may_delete=bool(access.may(request.user, "kpi.delete")),
        )
        shown = self._columns(request.user)
        for form in rows.forms:
            _arrange(form, shown)
        return rows

    def _columns(self, user: Any) -> list[str]:
        names = list(KpiRowForm.base_fields)
        return [
            *ALWAYS,
            *(n for n in layouts.arranged(user, LAYOUT, names, names) if n not in ALWAYS),
        ]

    def _save(self, user: Any, rows: KpiRows) -> None:
        with operation(user):
            save_kpis(user, self.objective, rows)

    def _respond(
        self,
        request: HttpRequest,
        rows: RowFormSet,
        *,
        status: int = 200,
        conflict: Conflict | None = None,
    ) -> HttpResponse:
        shown = self._columns(request.user)
        names = [*shown, *(name for name in KpiRowForm.base_fields if name not in shown)]
        context = {
            "objective": self.objective,
            "formset": rows,
            "clashes": clashes(request, conflict, conflict.row) if conflict else [],  # type: ignore[attr-defined]
            "next": next_url(request, ""),
            "cancel_url": next_url(request, reverse("objectives:detail", args=[self.objective.pk])),
            "layout_key": LAYOUT,
            "layout": [
                {
                    "name": name,
                    "label": KpiRowForm.base_fields[name].label or name,
                    "visible": name in shown,
                }
                for name in names
                if name not in ALWAYS
            ],
        }
        fragments = {htmx.DIALOG: "kpis/_grid_dialog.html"}
        return htmx.render_for(
            request, "kpis/grid.html", context, fragments=fragments, status=status
        )


def _arrange(form: RecordForm, shown: list[str]) -> None:
    """Only the chosen columns, in the person's order; what steers the row stays."""
    for name in set(KpiRowForm.base_fields) - set(shown):
        form.fields.pop(name, None)
    form.order_fields(shown)
