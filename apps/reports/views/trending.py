"""KPI Trending: how KPIs went over time, and what was expected of them."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.core import access
from apps.core.figures import Figure
from apps.core.person import Person, person_of
from apps.core.rules import percent_shown
from apps.core.views.figures import asks_for_file
from apps.kpis.figures import unit_figure, values_figure
from apps.kpis.selectors import kpis
from apps.reports.trending_figures import (
    MOST_ROWS,
    mix_figure,
    pace_figure,
    progress_figure,
    rows_address,
    standings_figure,
    trend_address,
)
from apps.reports.trending_filters import TrendingFilter
from apps.reports.trending_rules import Period, period
from apps.reports.trending_selectors import (
    Standing,
    are_many,
    standings,
    trend,
    values_of_few,
)
from apps.reports.views.page import first_scope, respond

# What an address says to get the short form for another page, and to count at once.
EMBED: Final = "embed"
NOW: Final = "now"


@require_GET
def kpi_trending(request: HttpRequest) -> HttpResponse:
    """Progress over time of the KPIs that the filters choose."""
    access.require(request.user, "report.view")
    access.require(request.user, "kpi.view")
    moved = first_scope(request)
    if moved is not None:
        return moved
    person = person_of(request.user)
    filtered = TrendingFilter(request.GET or None, queryset=kpis(request.user), request=request)
    weeks = period(
        filtered.asked("period") or "",
        filtered.asked("since"),
        filtered.asked("until"),
        today=person.today,
    )
    if EMBED in request.GET:
        return _embedded(request, filtered.qs, weeks, person)
    context: dict[str, Any] = {
        "heading": "KPI Trending",
        "filter": filtered,
        "period_error": weeks.error,
    }
    # The page of very many KPIs is shown first and counted then.
    waits = NOW not in request.GET and not asks_for_file(request)
    if waits and are_many(filtered.qs):
        address = trend_address(request.GET, **{NOW: 1})
        return respond(request, "trending", [], context | {"wait_url": address})
    figures, told = _figures(request, filtered, weeks, person)
    return respond(request, "trending", figures, context | told)


def _figures(
    request: HttpRequest, filtered: TrendingFilter, weeks: Period, person: Person
) -> tuple[list[Figure], dict[str, Any]]:
    """All figures of the report, and what is said above them."""
    rows, by = filtered.qs, filtered.asked("by") or "account"
    most = None if asks_for_file(request) else MOST_ROWS
    found = standings(rows, by, person.today, most)
    if found.total is None and not asks_for_file(request):
        return [], {"nothing": True}
    went = trend(request.user, rows, weeks.days)
    figures = [
        progress_figure(went.weeks, person),
        mix_figure(went.weeks, request.GET, person),
        pace_figure(went.weeks, person),
        standings_figure(found, by, request.GET, person),
    ]
    few, values = values_of_few(rows) if found.total and found.total.count <= 6 else ([], [])
    if few:
        figures.insert(
            0,
            values_figure(few[0], values, person)
            if len(few) == 1
            else unit_figure(few, values, person),
        )
    told = {
        "counted_at": went.counted_at,
        "sentence": figures[0].sentence,
        "headline": _headline(found.total, request, person) if found.total else [],
    }
    return figures, told


def _headline(total: Standing, request: HttpRequest, person: Person) -> list[dict[str, Any]]:
    """The numbers of today; each leads to the KPIs that it counts."""

    def card(
        icon: str, label: str, count: int, status: str = "", beside: str = ""
    ) -> dict[str, Any]:
        # What asks for a status already is not asked for another.
        more = {"status": status} if status and not request.GET.get("status") else {}
        linked = count and (not status or more)
        return {
            "icon": icon,
            "label": label,
            "value": person.number(count),
            "beside": beside,
            "url": rows_address(request.GET, **more) if linked else "",
        }

    without = total.without_values
    expected = "" if total.expected is None else f"{percent_shown(total.expected)}% expected"
    return [
        card(
            "chart-line",
            "KPIs",
            total.count,
            beside=f"{person.number(without)} without values" if without else "",
        ),
        {
            "icon": "progress",
            "label": "Average progress",
            "value": f"{percent_shown(total.progress)}%",
            "beside": expected,
            "url": "",
        },
        card("circle-check", "Completed", total.completed, "completed"),
        card("trending-up", "On track", total.on_track, "on_track"),
        card("trending-down", "Off track", total.off_track, "off_track"),
        card("alarm", "Overdue", total.overdue, "overdue"),
    ]


def _embedded(request: HttpRequest, rows: Any, weeks: Period, person: Person) -> HttpResponse:
    """Progress and statuses for the page of an objective, a plan or an account."""
    went = trend(request.user, rows, weeks.days)
    figures = []
    if any(week.count for week in went.weeks):
        figures = [
            progress_figure(went.weeks, person),
            mix_figure(went.weeks, request.GET, person),
        ]
    return render(
        request,
        "reports/_trending_embed.html",
        {"figures": figures, "trend_url": trend_address(request.GET)},
    )
