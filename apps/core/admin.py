"""Django admin: set-up by administrators. Records change through the same forms and services."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from apps.core.brand_forms import OrganisationForm
from apps.core.field_set_admin import FieldSetAdmin
from apps.core.forms import RecordForm
from apps.core.history import operation
from apps.core.models import Organisation, Tag, Unit, User
from apps.core.services import Conflict
from apps.core.shape_admin import CustomFieldAdmin, RecordTypeAdmin
from apps.core.vocabulary_admin import RowsInline, TrackedAdmin, UsedAdmin, VocabularyAdmin

__all__ = [
    "CustomFieldAdmin",
    "FieldSetAdmin",
    "RecordAdmin",
    "RecordTypeAdmin",
    "RowsInline",
    "TrackedAdmin",
    "UsedAdmin",
    "VocabularyAdmin",
]


class RecordAdmin(TrackedAdmin):
    """Records that one sees are searched, viewed, and changed through their form and services.

    A subclass names `record_form`, and `create(user, form)` and `update(user, form)`, which call
    the services. Refusals of a service stand above the form; nothing typed is lost.
    """

    record_form: ClassVar[type[RecordForm]]
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows this person sees (R-VIS-1); what lies in a template is none of them."""
        rows: Any = self.model._default_manager
        seen: models.QuerySet[Any] = rows.visible_to(request.user)
        return seen.order_by(*self.get_ordering(request))

    def create(self, user: User, form: RecordForm) -> models.Model:
        """Make the record by its service."""
        raise NotImplementedError

    def update(self, user: User, form: RecordForm) -> None:
        """Change the record by its service."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The record's own form, knowing the person, and saving through the service."""
        page = self

        class Form(self.record_form):  # type: ignore[name-defined]
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **({"user": request.user} | options))

            def clean(self) -> Any:
                cleaned = super().clean()
                if request.method == "POST" and not self.errors:
                    self._save_by_service()
                return cleaned

            def _save_by_service(self) -> None:
                # Only here can the admin still show a refusal on its page.
                actor: Any = request.user
                try:
                    with operation(actor):
                        if self.instance.pk:
                            page.update(actor, self)
                        else:
                            self.saved = page.create(actor, self)
                except ValidationError as error:
                    self.add_error(None, ValidationError(error.messages))
                except Conflict as conflict:
                    self.add_error(None, str(conflict))

            def save(self, commit: bool = True) -> Any:
                saved: Any = getattr(self, "saved", self.instance)
                saved.refresh_from_db()
                return saved

            def save_m2m(self) -> None:
                """The service has saved the links."""

        return Form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The groups of the record's form."""
        if not self.has_change_permission(request, obj) and obj is not None:
            return super().get_fieldsets(request, obj)
        form = self.get_form(request, obj)(instance=obj) if obj else self.get_form(request)()
        return [
            (legend or None, {"fields": [field.name for field in fields]})
            for legend, fields in form.fieldsets
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields of the record's form; what other records say of it is not one to be read."""
        from_others = {one.name for one in self.opts.get_fields() if one.auto_created}
        return [name for name in self.record_form.base_fields if name not in from_others]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has saved by the service already."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting asks and explains on the record's own page."""
        return False


@admin.register(Organisation)
class OrganisationAdmin(TrackedAdmin):
    """The one company that runs this installation."""

    form = OrganisationForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What customers see of the company stands together; all else, also new fields, above it."""
        brand = ["brand_colour", "new_logo", "remove_logo"]
        rest = [one for one in self.get_fields(request, obj) if one not in brand]
        return [(None, {"fields": rest}), ("The pages that customers open", {"fields": brand})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Organisation.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Unit)
class UnitAdmin(VocabularyAdmin):
    """Units of measures."""

    list_display = ["word", "kind", "symbol", "decimals", "position", "used", "is_active"]
    list_filter = ["kind", "is_active"]


@admin.register(Tag)
class TagAdmin(VocabularyAdmin):
    """Tags."""
