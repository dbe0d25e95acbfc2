"""Value: what was achieved against the baseline, by account, unit and category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.core import access
from apps.core.person import Person, person_of
from apps.core.views.figures import asks_for_file
from apps.kpis.filters import KpiFilter
from apps.kpis.models import KpiCategory
from apps.kpis.selectors import kpis
from apps.reports.value_figures import Sheet, amount, kpis_address
from apps.reports.value_rules import gains_words, told
from apps.reports.value_selectors import UnitOf, Value, units_of, value_of
from apps.reports.views.page import chosen, first_scope, respond


@require_GET
def value(request: HttpRequest) -> HttpResponse:
    """What the KPIs that the filters choose achieved; it begins with the person's own accounts."""
    access.require(request.user, "report.view")
    access.require(request.user, "kpi.view")
    found = first_scope(request)
    if found is not None:
        return found
    filtered = KpiFilter(request.GET or None, queryset=kpis(request.user), request=request)
    achieved = value_of(filtered.qs)
    person = person_of(request.user)
    sheet = Sheet(
        value=achieved,
        units=units_of(achieved.units),
        categories=dict(KpiCategory._default_manager.values_list("pk", "label")),
        query=request.GET,
        person=person,
        whole=asks_for_file(request),
    )
    figures: Any = sheet.figures(filtered.qs)
    context = {
        "heading": "Value",
        "filter": filtered,
        "chosen": chosen(filtered),
        "headline": headline(request, achieved, sheet.units, person),
    }
    return respond(request, "value", figures, context)


def headline(
    request: HttpRequest, achieved: Value, units: Sequence[UnitOf], person: Person
) -> list[dict[str, Any]]:
    """One number for each unit; each leads to the KPIs behind it."""
    cards = []
    for unit in units:
        gains = achieved.units[unit.pk]
        number = told(gains, adds=unit.adds, places=unit.decimals).achieved
        cards.append(
            {
                "label": unit.label if unit.adds else f"{unit.label}, mean",
                "icon": "chart-bar",
                "value": amount(number, unit, person),
                "beside": gains_words(gains),
                "url": kpis_address(request.GET, unit=unit.pk),
            }
        )
    return cards
