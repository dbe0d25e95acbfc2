"""KPIs in the admin: changed by their form and services; their values only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin import RecordAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User
from apps.kpis import services
from apps.kpis.forms import KpiForm
from apps.kpis.models import KpiCategory, KpiValue, ObjectiveKpi


@admin.register(KpiCategory)
class KpiCategoryAdmin(VocabularyAdmin):
    """What kinds of results KPIs measure."""


@admin.register(ObjectiveKpi)
class ObjectiveKpiAdmin(RecordAdmin):
    """Objective KPIs."""

    record_form = KpiForm
    list_display = ["title", "objective", "baseline", "current", "target", "unit"]
    list_select_related = ["objective", "unit"]
    search_fields = ["title", "objective__name"]
    list_filter = ["category", "is_blocked"]

    def create(self, user: User, form: RecordForm) -> ObjectiveKpi:
        return services.kpi_create(
            actor=user, objective=form.value("objective"), values=form.changes
        )

    def update(self, user: User, form: RecordForm) -> None:
        services.kpi_update(actor=user, kpi=form.instance, changes=form.changes, shown=form.shown)


@admin.register(KpiValue)
class KpiValueAdmin(admin.ModelAdmin):
    """Values over time: written by the database, never changed."""

    list_display = ["kpi_id", "measured_on", "current", "door", "recorded_at"]
    search_fields = ["kpi__title"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[KpiValue]:
        """Those of the KPIs this person sees (R-VIS-1), the newest first."""
        rows: QuerySet[KpiValue] = super().get_queryset(request)
        return rows.filter(KpiValue.scope(request.user)).order_by("-pk")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
