"""Playbooks and tasks in the Django admin."""

from __future__ import annotations

from django.contrib import admin

from apps.core.admin import RecordAdmin
from apps.core.forms import RecordForm
from apps.core.models import User
from apps.playbooks import services
from apps.playbooks.forms import PlaybookForm, TaskForm
from apps.playbooks.models import Playbook, PlaybookTask


@admin.register(Playbook)
class PlaybookAdmin(RecordAdmin):
    """Playbooks."""

    record_form = PlaybookForm
    list_display = ["name", "account", "stage", "status", "owner", "start_date", "end_date"]
    list_filter = ["stage", "status"]
    list_select_related = ["account", "owner"]
    search_fields = ["name", "account__name", "objective__name"]

    def create(self, user: User, form: RecordForm) -> Playbook:
        return services.playbook_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.playbook_update(
            actor=user, playbook=form.instance, changes=form.changes, shown=form.shown
        )


@admin.register(PlaybookTask)
class PlaybookTaskAdmin(RecordAdmin):
    """Tasks."""

    record_form = TaskForm
    list_display = ["name", "account", "playbook", "status", "priority", "end_date"]
    list_filter = ["status", "priority", "is_flagged"]
    list_select_related = ["account", "playbook"]
    search_fields = ["name", "account__name", "playbook__name"]

    def create(self, user: User, form: RecordForm) -> PlaybookTask:
        return services.task_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.task_update(actor=user, task=form.instance, changes=form.changes, shown=form.shown)
