"""Health metrics in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin import RowsInline, VocabularyAdmin
from apps.reports.models import (
    HealthMetric,
    HealthMetricCategory,
    HealthMetricStatus,
    HealthMetricTag,
    HealthThreshold,
)
from apps.reports.tasks import health_today


class StatusInline(RowsInline):
    """The metric counts objectives of these statuses only."""

    model = HealthMetricStatus


class TagInline(RowsInline):
    """The metric counts objectives with these tags only."""

    model = HealthMetricTag


class CategoryInline(RowsInline):
    """The metric counts objectives of these categories only."""

    model = HealthMetricCategory


class ThresholdInline(RowsInline):
    """How the metric is judged in one segment."""

    model = HealthThreshold


@admin.register(HealthMetric)
class HealthMetricAdmin(VocabularyAdmin):
    """What the health of customers is made of. Each change calculates today's scores anew."""

    list_display = ["word", "source", "lower", "upper", "weight", "position", "used", "is_active"]
    list_filter = ["source", "is_active"]
    search_fields = ["label"]
    autocomplete_fields = ["attribute"]
    fieldsets = [
        (None, {"fields": ["label", "source", "attribute", "fresh_days", "unit"]}),
        ("How it is judged", {"fields": ["lower", "upper", "weight"]}),
        (None, {"fields": ["position", "is_active"]}),
    ]
    inlines = [ThresholdInline, StatusInline, TagInline, CategoryInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The job is queued with what it follows, in one transaction."""
        super().save_related(request, form, formsets, change)
        health_today.defer()

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What is edited in the list counts at once too."""
        answer = super().changelist_view(request, *args, **kwargs)
        if request.method == "POST" and answer.status_code == 302:
            health_today.defer()
        return answer

    def delete_model(self, request: HttpRequest, obj: HealthMetric) -> None:
        """What is gone no longer counts."""
        super().delete_model(request, obj)
        health_today.defer()
