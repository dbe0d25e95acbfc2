"""Success plans and business challenges in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from apps.core.admin import RecordAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User
from apps.plans import services
from apps.plans.forms import ChallengeForm, PlanForm
from apps.plans.models import BusinessChallenge, ChallengeCategory, SuccessPlan


@admin.register(ChallengeCategory)
class ChallengeCategoryAdmin(VocabularyAdmin):
    """Categories of business challenges."""


@admin.register(SuccessPlan)
class SuccessPlanAdmin(RecordAdmin):
    """Success plans."""

    record_form = PlanForm
    list_display = ["name", "account", "status", "owner", "start_date", "end_date"]
    list_filter = ["status"]
    list_select_related = ["account", "owner"]
    search_fields = ["name", "account__name"]

    def create(self, user: User, form: RecordForm) -> SuccessPlan:
        return services.plan_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.plan_update(actor=user, plan=form.instance, changes=form.changes, shown=form.shown)


@admin.register(BusinessChallenge)
class BusinessChallengeAdmin(RecordAdmin):
    """Business challenges."""

    record_form = ChallengeForm
    list_display = ["title", "account", "category", "severity", "status"]
    list_filter = ["status", "severity", "category"]
    list_select_related = ["account", "category"]
    search_fields = ["title", "account__name"]

    def create(self, user: User, form: RecordForm) -> Any:
        return services.challenge_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.challenge_update(
            actor=user, challenge=form.instance, changes=form.changes, shown=form.shown
        )
