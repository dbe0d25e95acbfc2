"""Objectives and their vocabularies in the Django admin."""

from __future__ import annotations

from django.contrib import admin

from apps.core.admin import RecordAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User
from apps.objectives import services
from apps.objectives.forms import ObjectiveForm
from apps.objectives.models import Objective, ObjectiveCategory, ObjectiveStatus


@admin.register(ObjectiveStatus)
class ObjectiveStatusAdmin(VocabularyAdmin):
    """Statuses of objectives; the rules read kind and "blocks KPIs", never the label."""

    list_display = ["label", "kind", "blocks_kpis", "position", "tint", "is_active"]
    list_filter = ["kind", "is_active"]


@admin.register(ObjectiveCategory)
class ObjectiveCategoryAdmin(VocabularyAdmin):
    """Categories of objectives."""


@admin.register(Objective)
class ObjectiveAdmin(RecordAdmin):
    """Objectives."""

    record_form = ObjectiveForm
    list_display = ["name", "account", "plan", "status", "priority", "start_date", "due_date"]
    list_filter = ["status", "priority", "category"]
    list_select_related = ["account", "plan", "status"]
    search_fields = ["name", "account__name", "plan__name"]

    def create(self, user: User, form: RecordForm) -> Objective:
        return services.objective_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.objective_update(
            actor=user, objective=form.instance, changes=form.changes, shown=form.shown
        )
