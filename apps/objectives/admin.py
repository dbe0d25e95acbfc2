"""Objectives and their vocabularies in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from apps.core.admin import RecordAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User
from apps.objectives import services
from apps.objectives.forms import ObjectiveForm
from apps.objectives.models import Objective, ObjectiveCategory, ObjectiveStatus
from apps.objectives.status_selectors import why_status_stays


class StatusForm(forms.ModelForm):
    """A status whose kind may change as long as another of that kind is left."""

    def clean(self) -> Any:
        """The last active status of a kind that the program needs keeps its kind."""
        cleaned = super().clean()
        if self.instance.pk and "kind" in self.changed_data and "kind" in self.cleaned_data:
            why = why_status_stays(ObjectiveStatus.objects.get(pk=self.instance.pk))
            if why:
                self.add_error("kind", why)
        return cleaned


@admin.register(ObjectiveStatus)
class ObjectiveStatusAdmin(VocabularyAdmin):
    """Statuses of objectives; the rules read kind and "blocks KPIs", never the label."""

    form = StatusForm
    list_display = ["word", "kind", "blocks_kpis", "position", "used", "is_active"]
    list_filter = ["kind", "is_active"]

    def needed(self, row: ObjectiveStatus) -> str:
        """The last active one of a kind that the program needs stays."""
        return why_status_stays(row)


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
