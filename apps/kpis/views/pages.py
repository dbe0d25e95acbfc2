"""List, record, create, edit and delete pages of objective KPIs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Field
from django.http import HttpRequest, HttpResponse

from apps.activities.timeline_forms import timeline_of
from apps.core import access, htmx, ui
from apps.core.bulk_rules import Bulk
from apps.core.choices import ProgressStatus, UnitKind
from apps.core.forms import RecordForm, shift_field
from apps.core.formsets import RowFormSet
from apps.core.person import Person, person_of
from apps.core.rules import worse_than_baseline
from apps.core.selectors import one
from apps.core.touch_selectors import touch
from apps.core.views import (
    CreatePage,
    DeletePage,
    EditPage,
    ListPage,
    Tab,
    lookup,
    record_page,
)
from apps.kpis import bulk_services, rules, services
from apps.kpis.due_selectors import kpi_goes_on
from apps.kpis.figures import values_figure
from apps.kpis.filters import KpiFilter
from apps.kpis.forms import KpiForm
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.kpis.selectors import activities_of, kpis, values_of
from apps.kpis.tables import KpiTable
from apps.kpis.transfer_services import KPIS


class KpiList(ListPage):
    """All KPIs a person sees."""

    record = "kpi"
    table = KpiTable
    filterset = KpiFilter
    transfer = KPIS
    order = "title"
    empty = "No KPIs yet. A KPI measures an objective, from a baseline to a target."
    form_class = KpiForm
    bulk_fields = (
        "category",
        "target_date",
        "is_blocked",
        "is_external",
    )

    def rows(self, user: Any) -> QuerySet[ObjectiveKpi]:
        return kpis(user)

    def bulk_extra(self, user: Any) -> dict[str, Field]:
        return {"shift_days": shift_field("target dates")}

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.kpis_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.kpis_remove(actor=actor, ids=ids)


class KpiCreate(CreatePage):
    """A new KPI, usually from its objective: `?objective=12`."""

    record = "kpi"
    form_class = KpiForm

    def save(self, form: RecordForm, formset: RowFormSet | None) -> ObjectiveKpi:
        return services.kpi_create(
            actor=form.user, objective=form.value("objective"), values=form.changes
        )


class KpiEdit(EditPage):
    """Change a KPI; a new unit keeps the numbers, and the page says so (R-KPI-7)."""

    record = "kpi"
    form_class = KpiForm

    def rows(self, user: Any) -> QuerySet[ObjectiveKpi]:
        return kpis(user)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> str:
        changed = services.kpi_update(
            actor=form.user, kpi=form.instance, changes=form.changes, shown=form.shown
        )
        if "unit" in changed:
            unit = form.value("unit") or "none"
            return f"“{form.instance}” was saved. The unit is now {unit}; its numbers stayed."
        return f"“{form.instance}” was saved."


class KpiDelete(DeletePage):
    """Delete a KPI; its values stay for undo."""

    record = "kpi"

    def rows(self, user: Any) -> QuerySet[ObjectiveKpi]:
        return kpis(user)

    def consequences(self, record: ObjectiveKpi) -> dict[str, list[str]]:
        stays = ["Its values over time and its history, so that it can be brought back"]
        if activities_of(self.request.user, record).exists():
            stays.append("Its CS activities, with the objective")
        return {"stays": stays}

    def delete(self, record: ObjectiveKpi) -> None:
        actor: Any = self.request.user
        services.kpi_delete(actor=actor, kpi=record)


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A KPI: details, its values with chart, its activities, its history; or its side panel."""
    kpi = one(kpis(request.user), pk)
    values = list(values_of(kpi))
    context = kpi_context(kpi, values, person_of(request.user)) | {
        "fed_by": kpi.attribute if kpi.attribute_id else None,
    }
    context |= touch(request.user, "kpi", kpi, goes_on=kpi_goes_on(kpi))
    if htmx.target(request) == "panel":
        context |= {
            "activities": list(activities_of(request.user, kpi)[:50]),
            "may_note": access.may(request.user, "activity.create"),
        }
    elif request.GET.get("tab") == "related":
        context |= timeline_of(request, "kpi", kpi)
    return record_page(request, kpi, "kpi", tabs=[Tab("related", "Related")], context=context)


def kpi_context(kpi: Any, values: list[KpiValue], person: Person) -> dict[str, Any]:
    """What the page and the panel say about one KPI."""
    tone = ui.tone_of(kpi.kpi_status)
    return {
        "kpi": kpi,
        "tone": tone,
        "goal": rules.goal_sentence(
            baseline=_with_unit(kpi, kpi.baseline, person),
            target=_with_unit(kpi, kpi.target, person),
            target_date=person.date(kpi.target_date) if kpi.target_date else "",
        ),
        "blocked": " and ".join(rules.blocked_reasons(kpi.is_blocked, kpi.blocked_by_status)),
        "late": rules.overdue_words(kpi.target_date, person.today)
        if kpi.kpi_status == ProgressStatus.OVERDUE
        else "",
        "worse": worse_than_baseline(kpi.baseline, kpi.current, kpi.direction),
        "figure": values_figure(kpi, values, person),
        "values": values[::-1],
    }


def _with_unit(kpi: ObjectiveKpi, value: Any, person: Person) -> str:
    if value is None:
        return ""
    # Nobody says "3 Quantity": a plain number needs no unit.
    plain = kpi.unit is None or (kpi.unit.kind == UnitKind.NUMBER and not kpi.unit.symbol)
    unit = "" if plain or kpi.unit is None else kpi.unit.symbol or kpi.unit.label
    return f"{person.number(value)} {unit}" if unit else person.number(value)


def options(request: HttpRequest) -> HttpResponse:
    """Suggestions while one types a KPI's title."""
    rows: QuerySet[ObjectiveKpi] = ObjectiveKpi.objects.visible_to(request.user)
    return lookup(request, rows, "objective")
