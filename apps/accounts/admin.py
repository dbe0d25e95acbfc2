"""Administration of customers, people and attributes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.forms import AccountForm, ContactForm
from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
    Role,
    TeamPool,
    TeamPoolMember,
)
from apps.core.admin import RecordAdmin, TrackedAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User


@admin.register(Account)
class AccountAdmin(RecordAdmin):
    """Customers."""

    record_form = AccountForm
    list_display: ClassVar[Any] = ["name", "external_id", "tier", "status"]
    search_fields: ClassVar[Any] = ["name", "external_id"]
    list_filter: ClassVar[Any] = ["status", "lifecycle_stage"]

    def create(self, user: User, form: RecordForm) -> models.Model:
        return services.account_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.account_update(
            actor=user, account=form.instance, changes=form.changes, shown=form.shown
        )


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    """People at customers."""

    record_form = ContactForm
    list_display: ClassVar[Any] = ["name", "account", "email", "is_active"]
    list_select_related: ClassVar[Any] = ["account"]
    search_fields: ClassVar[Any] = ["name", "email", "account__name"]

    def create(self, user: User, form: RecordForm) -> models.Model:
        return services.contact_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.contact_update(
            actor=user, contact=form.instance, changes=form.changes, shown=form.shown
        )


@admin.register(Role)
class RoleAdmin(VocabularyAdmin):
    """Roles that resources play."""


@admin.register(Resource)
class ResourceAdmin(TrackedAdmin):
    """Our people."""

    list_display: ClassVar[Any] = ["name", "role", "kind", "is_active"]
    list_select_related: ClassVar[Any] = ["role"]
    search_fields: ClassVar[Any] = ["name", "email"]
    autocomplete_fields: ClassVar[Any] = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated, not deleted."""
        return False


class MemberInline(admin.TabularInline):
    """The resources of a pool."""

    model = TeamPoolMember
    autocomplete_fields: ClassVar[Any] = ["resource"]
    extra = 0


@admin.register(TeamPool)
class TeamPoolAdmin(TrackedAdmin):
    """Teams."""

    list_display: ClassVar[Any] = ["name"]
    search_fields: ClassVar[Any] = ["name"]
    inlines: ClassVar[Any] = [MemberInline]


@admin.register(AccountRole)
class AccountRoleAdmin(TrackedAdmin):
    """Who plays which role for which account."""

    list_display: ClassVar[Any] = ["account", "resource", "role"]
    list_select_related: ClassVar[Any] = ["account", "resource", "role"]
    search_fields: ClassVar[Any] = ["account__name", "resource__name"]
    autocomplete_fields: ClassVar[Any] = ["account", "resource"]


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(TrackedAdmin):
    """What is measured about accounts."""

    list_display: ClassVar[Any] = ["label", "key", "type", "unit", "position", "is_active"]
    list_select_related: ClassVar[Any] = ["unit"]
    search_fields: ClassVar[Any] = ["label", "key"]


@admin.register(AttributeValue)
class AttributeValueAdmin(TrackedAdmin):
    """Readings: recorded, never changed."""

    list_display: ClassVar[Any] = ["account", "definition", "value", "measured_on", "door"]
    list_select_related: ClassVar[Any] = ["account", "definition"]
    search_fields: ClassVar[Any] = ["account__name"]
    autocomplete_fields: ClassVar[Any] = ["account", "definition"]
    exclude: ClassVar[Any] = ["door", "recorded_by"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """One reading, by the service."""
        saved = services.reading_record(
            actor=request.user,
            account=obj.account,
            definition=obj.definition,
            value=obj.value,
            measured_on=obj.measured_on,
        )
        obj.pk = saved.pk
