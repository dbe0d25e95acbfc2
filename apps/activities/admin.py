"""CS activities and their types in the Django admin."""

from __future__ import annotations

from django.contrib import admin

from apps.activities import services
from apps.activities.forms import ActivityForm
from apps.activities.models import ActivityType, CsActivity
from apps.core.admin import RecordAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User


@admin.register(ActivityType)
class ActivityTypeAdmin(VocabularyAdmin):
    """Types of CS activities."""


@admin.register(CsActivity)
class CsActivityAdmin(RecordAdmin):
    """CS activities."""

    record_form = ActivityForm
    list_display = ["subject", "account", "type", "owner", "happened_at"]
    list_filter = ["type"]
    list_select_related = ["account", "type", "owner"]
    search_fields = ["subject", "account__name"]

    def create(self, user: User, form: RecordForm) -> CsActivity:
        return services.activity_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.activity_update(
            actor=user, activity=form.instance, changes=form.changes, shown=form.shown
        )
