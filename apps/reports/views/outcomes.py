"""Outcomes: all objectives in scope, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from apps.core import access, htmx, layouts
from apps.core.figures import Figure
from apps.core.list_rules import sort_keys
from apps.core.person import person_of
from apps.core.rules import percent_shown
from apps.core.scope import zone
from apps.core.tables import Table
from apps.core.views.exports import ExportPage
from apps.core.views.figures import XLSX, asks_for_file, csv_address, csv_response
from apps.core.views.lists import ListPage, plain_query
from apps.objectives.choices import Outcome
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.selectors import objectives
from apps.reports.outcome_figures import group_figure, rows_address
from apps.reports.outcome_rules import (
    Outcomes,
    on_time_words,
    outcomes_sentence,
    together,
)
from apps.reports.outcome_selectors import GROUPS, Group, outcomes_by
from apps.reports.outcome_tables import OutcomeTable
from apps.reports.views.page import FRAGMENT, chosen, everything, first_scope

FRAGMENTS: Final = {
    FRAGMENT: "reports/_outcomes.html",
    "list": "core/_table.html",
    "choose-columns": "core/_choose_columns.html",
}
# So many objectives are printed; a paper of more is read by nobody.
MOST_PRINTED: Final = 5000


class OutcomesPage(ListPage):
    """The objectives that the filters choose: counted, grouped with subtotals, listed."""

    record = "objective"
    table = OutcomeTable
    filterset = ObjectiveFilter
    order = "due_date"
    empty = "No objectives yet. What is set out to reach is told here, with what came of it."
    key = "list:outcomes"

    subtotals: dict[Any, Outcomes]

    def rows(self, user: Any) -> QuerySet[Any]:
        return objectives(user)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The report, a part of it, or the numbers of its groups as a file."""
        access.require(request.user, "report.view")
        access.require(request.user, "objective.view")
        if "count" in request.GET:
            return super().get(request)
        found = first_scope(request, group="account")
        if found is not None:
            return found
        if asks_for_file(request):
            return csv_response(request, self.figures(request, self.counted(request), whole=True))
        context = self.context(request)
        columns = self.columns(request, None)
        table, page = self._page(request, context["filter"].qs, columns)
        context |= {
            "table": table,
            "page": page,
            "layout": layouts.choices(request.user, self.key, self.table, columns),
            "layout_key": self.key,
            "kept": [(name, request.GET[name]) for name in ("sort", "size") if name in request.GET],
        }
        return htmx.render_for(request, "reports/outcomes.html", context, fragments=FRAGMENTS)

    def counted(self, request: HttpRequest) -> list[Group]:
        """What came of the objectives, by group; kept for the headings of the list."""
        user = request.user
        group = self._group(request)
        rows = self.filtered(request, request.GET).qs
        groups = outcomes_by(rows, group, person_of(user).today, zone(user))
        self.subtotals = {one.key: one.outcomes for one in groups}
        return groups

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """What the page and its print have in common."""
        groups = self.counted(request)
        total = together(one.outcomes for one in groups)
        query = plain_query(request.GET)
        exports = access.may(request.user, "list.export")
        return {
            "heading": "Outcomes",
            "filter": self.filtered(request, request.GET),
            "figures": self.figures(request, groups, whole=False),
            "headline": headline(request, total),
            "sentence": outcomes_sentence(total),
            "total": total,
            "query": query,
            "clear_url": everything(request),
            "filter_target": f"#{FRAGMENT}",
            "export_url": reverse("reports:outcomes-export") if exports else "",
            "print_url": f"{reverse('reports:outcomes-print')}?{query}",
        }

    def figures(
        self, request: HttpRequest, groups: Sequence[Group], *, whole: bool
    ) -> list[Figure]:
        """The groups, if rows are grouped and there are any."""
        group = self._group(request)
        if not group or not groups:
            return []
        made = group_figure(groups, group, request.GET, whole=whole)
        return [
            replace(
                made,
                csv_url=csv_address(request, made.key),
                xlsx_url=csv_address(request, made.key, XLSX),
            )
        ]

    def printed(self, request: HttpRequest) -> str:
        """All rows in their order, grouped, as they are printed."""
        group, columns = self._group(request), self.columns(request, None)
        keys = sort_keys(request.GET.get("sort", ""), self.table.base_columns)
        table = self._table(columns, keys or sort_keys(self.order, self.table.base_columns))
        rows = self.filtered(request, request.GET).qs
        lean = self.table.lean(rows, [*columns, *([group] if group else [])])
        table.data.data = list(self._ordered(lean, table, group)[:MOST_PRINTED])
        self.headers = table.headers(lambda keys: "")
        return table.body(person_of(request.user), group=group)

    def _table(self, columns: list[str], keys: list[str]) -> Table:
        table: Any = super()._table(columns, keys)
        table.subtotals = getattr(self, "subtotals", {})
        return table  # type: ignore[no-any-return]

    def _groups(self) -> list[tuple[str, str]]:
        return [(name, label) for name, label in super()._groups() if name in GROUPS]


class OutcomesPrint(OutcomesPage):
    """The same on paper: all groups, all objectives."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page without filters and pages."""
        access.require(request.user, "report.view")
        access.require(request.user, "objective.view")
        context = self.context(request)
        too_many = context["total"].count > MOST_PRINTED
        context |= {
            "body": "" if too_many else self.printed(request),
            "headers": [] if too_many else self.headers,
            "most": MOST_PRINTED,
            "too_many": too_many,
            "chosen": chosen(context["filter"]),
            "back": f"{reverse('reports:outcomes')}?{context['query']}",
            "person": person_of(request.user),
        }
        return render(request, "reports/outcomes_print.html", context)


class OutcomesExport(ExportPage):
    """The objectives of the report as a file: its rows, columns and order."""

    listing = OutcomesPage

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The file, or the page that says how far it is."""
        access.require(request.user, "report.view")
        return super().get(request)


def headline(request: HttpRequest, total: Outcomes) -> list[dict[str, Any]]:
    """The numbers at the top; each leads to the objectives that it counts."""

    person = person_of(request.user)

    def card(label: str, icon: str, count: int, outcome: str = "", beside: str = "") -> Any:
        narrow = {"outcome": outcome} if outcome else {}
        free = not outcome or not request.GET.get("outcome")
        return {
            "label": label,
            "icon": icon,
            "value": person.number(count),
            "beside": beside,
            "url": rows_address(request.GET, **narrow) if free else "",
        }

    return [
        card("Objectives", "target", total.count),
        card("Completed", "circle-check", total.completed, Outcome.COMPLETED, on_time_words(total)),
        card("Overdue", "alarm", total.overdue, Outcome.OVERDUE),
        card("Off track", "trending-down", total.off_track, Outcome.OFF_TRACK),
        {
            "label": "Mean progress",
            "icon": "progress",
            "value": "—" if total.mean is None else f"{percent_shown(total.mean)}%",
            "url": "",
        },
    ]
