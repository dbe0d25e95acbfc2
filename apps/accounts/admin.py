"""Customers, people, teams and attributes in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts import services
from apps.accounts.forms import AccountForm, AccountReadingForm, ContactForm, TeamForm
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
from apps.accounts.rules import counted
from apps.accounts.selectors import held_by_resource
from apps.core import access
from apps.core.admin import RecordAdmin, RowsInline, TrackedAdmin, UsedAdmin, VocabularyAdmin
from apps.core.forms import RecordForm
from apps.core.models import User
from apps.workspace.handover_selectors import held

# How many records a page names that are in the way of a deletion.
LISTED = 50


@admin.register(Account)
class AccountAdmin(RecordAdmin):
    """Customers."""

    record_form = AccountForm
    list_display = ["name", "external_id", "tier", "status"]
    list_filter = ["status", "lifecycle_stage"]
    search_fields = ["name", "external_id"]

    def create(self, user: User, form: RecordForm) -> Model:
        return services.account_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.account_update(
            actor=user, account=form.instance, changes=form.changes, shown=form.shown
        )


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    """People at customers."""

    record_form = ContactForm
    list_display = ["name", "account", "email", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["account"]
    search_fields = ["name", "email", "account__name"]

    def create(self, user: User, form: RecordForm) -> Model:
        return services.contact_create(actor=user, values=form.changes)

    def update(self, user: User, form: RecordForm) -> None:
        services.contact_update(
            actor=user, contact=form.instance, changes=form.changes, shown=form.shown
        )


@admin.register(Role)
class RoleAdmin(VocabularyAdmin):
    """The roles that resources play."""


@admin.register(Resource)
class ResourceAdmin(TrackedAdmin):
    """Our people: deactivated, or deleted while nothing is theirs (R-DEL-1)."""

    list_display = ["name", "role", "kind", "is_active"]
    list_filter = ["kind", "is_active", "role"]
    list_select_related = ["role"]
    search_fields = ["name", "email"]
    autocomplete_fields = ["user"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Who is made inactive and still owns something is named, with the way to hand it over."""
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            number = len(held(request.user, obj))
            if number:
                text = format_html(
                    "{} still owns or is assigned {}. A customer success manager can"
                    ' <a href="{}">hand them over</a>.',
                    obj,
                    counted(number, "records"),
                    reverse("resources:hand-over", args=[obj.pk]),
                )
                self.message_user(request, text, messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may set people up may also remove one; Django's page lists what is in the way."""
        return bool(access.may(request.user, "resource.edit"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Who goes; and what is theirs and therefore in the way, by name (R-DEL-1)."""
        lines = [
            line
            if isinstance(line, str)
            else format_html('<a href="{}">{}</a>', line["url"], line["label"])
            for obj in objs
            for line in held_by_resource(request.user, obj).lines(LISTED)
        ]
        names = [str(obj) for obj in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), lines

    def delete_model(self, request: HttpRequest, obj: Resource) -> None:
        """One resource, by the service."""
        actor: Any = request.user
        services.resource_delete(actor=actor, resource=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Resource]) -> None:
        """Several, each by the service; a refused one stays and says why."""
        for resource in queryset:
            try:
                self.delete_model(request, resource)
            except ValidationError as error:
                self.message_user(request, error.messages[0], messages.ERROR)


class MemberInline(RowsInline):
    """The resources of a pool."""

    model = TeamPoolMember
    autocomplete_fields = ["resource"]


@admin.register(TeamPool)
class TeamPoolAdmin(UsedAdmin):
    """Teams that a task can be given to as a whole."""

    can_be_off = False
    list_display = ["name", "used"]
    actions = ["delete_unused"]
    search_fields = ["name"]
    inlines = [MemberInline]


@admin.register(AccountRole)
class AccountRoleAdmin(RecordAdmin):
    """Who plays which role for which account: given, or taken away and given anew."""

    record_form = TeamForm
    list_display = ["account", "resource", "role"]
    list_filter = ["role"]
    list_select_related = ["account", "resource", "role"]
    search_fields = ["account__name", "resource__name"]

    def create(self, user: User, form: RecordForm) -> Model:
        return services.account_role_add(actor=user, **form.changes)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(access.may(request.user, "account_role.edit"))

    def delete_model(self, request: HttpRequest, obj: AccountRole) -> None:
        """One role, by the service."""
        actor: Any = request.user
        services.account_role_remove(actor=actor, account_role=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AccountRole]) -> None:
        """Several, each by the service."""
        for account_role in queryset:
            self.delete_model(request, account_role)


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(VocabularyAdmin):
    """What is measured about accounts: a used one is deactivated rather than deleted."""

    list_display = ["word", "key", "type", "unit", "position", "used", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["label", "key"]


@admin.register(AttributeValue)
class AttributeValueAdmin(RecordAdmin):
    """Readings: recorded, never changed."""

    record_form = AccountReadingForm
    list_display = ["account", "definition", "value", "measured_on", "door"]
    list_filter = ["definition"]
    list_select_related = ["account", "definition"]
    search_fields = ["account__name"]

    def create(self, user: User, form: RecordForm) -> Model:
        return services.reading_record(actor=user, **form.changes)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
