"""Own fields and record types in the admin."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.choices import CustomType
from apps.core.custom_usage_selectors import choice_uses, custom_uses
from apps.core.shape_models import (
    CustomChoice,
    CustomField,
    FieldSet,
    RecordType,
    RecordTypeGroup,
)
from apps.core.shape_services import (
    custom_field_add,
    custom_field_delete,
    custom_field_purge,
    default_renamed,
)
from apps.core.usage_rules import Use, cannot_go
from apps.core.vocabulary_admin import NamedRows, RowsInline, VocabularyAdmin


class ChoiceRows(NamedRows):
    """The choices of a field: at least one, and a chosen one is switched off, never removed."""

    def clean(self) -> None:
        """What records have stays; a field of another type has no choices."""
        super().clean()
        field: CustomField = self.instance
        rows = [one for one in self.forms if one.cleaned_data.get("label")]
        going = [one for one in self.deleted_forms if one.instance.pk]
        left = [one for one in rows if not one.cleaned_data.get("DELETE")]
        if field.type != CustomType.CHOICE:
            if left:
                raise ValidationError(
                    "Only a field of the type “Choice” has choices. Remove these, or choose that type."
                )
            return
        if not left:
            raise ValidationError("Write at least one choice that can be chosen.")
        uses = choice_uses(field) if going else {}
        for one in going:
            if uses.get(one.instance.pk):
                raise ValidationError(cannot_go(one.instance.label, uses[one.instance.pk]))


class ChoiceInline(RowsInline):
    """The values of a choice, in the order in which they are offered."""

    model = CustomChoice
    formset = ChoiceRows
    fields = ["label", "position", "is_active"]
    verbose_name = "choice"
    verbose_name_plural = "choices (only for a field of the type “Choice”)"


@admin.register(CustomField)
class CustomFieldAdmin(VocabularyAdmin):
    """Fields of your own: taken away rather than deleted once records have a value in them."""

    change_form_template = "admin/custom_field.html"
    list_display = ["word", "kind", "type", "is_required", "position", "used", "is_active"]
    list_filter = ["kind", "type", "is_active"]
    search_fields = ["label", "key"]
    inlines = [ChoiceInline]
    fields = ["kind", "label", "type", "help_text", "is_required", "position", "is_active"]

    def uses(self, pks: Collection[int], *, also_past: bool = False) -> dict[int, list[Use]]:
        """The records with a value, those in templates among them."""
        return custom_uses(CustomField.objects.filter(pk__in=pks))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, "key"] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What records keep depends on these: they never change."""
        fixed = ["kind", "type", "key"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new field gets its key."""
        if change:
            super().save_model(request, obj, form, change)
            return
        actor: Any = request.user
        custom_field_add(actor=actor, field=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Defaults follow choices that are renamed."""
        super().save_formset(request, form, formset, change)
        actor: Any = request.user
        for row in formset.initial_forms:
            if "label" in row.changed_data and row.instance.pk:
                old, new = row.initial["label"], row.instance.label
                default_renamed(actor=actor, word=row.instance, old=old, new=new)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """By the service, which looks once more."""
        actor: Any = request.user
        custom_field_delete(actor=actor, field=obj)

    def get_urls(self) -> list[URLPattern]:
        purge = path(
            "<int:pk>/purge/",
            self.admin_site.admin_view(self.purge_view),
            name="core_customfield_purge",
        )
        return [purge, *super().get_urls()]

    def purge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, naming how many records lose a value; then take the values away."""
        field = self.get_object(request, str(pk))
        if field is None:
            raise Http404
        if not self.has_delete_permission(request, field):
            raise PermissionDenied
        back = reverse("admin:core_customfield_change", args=[pk])
        if request.method == "POST":
            actor: Any = request.user
            try:
                number = custom_field_purge(actor=actor, field=field)
            except ValidationError as error:
                self.message_user(request, error.messages[0], messages.ERROR)
                return HttpResponseRedirect(back)
            gone = "1 record" if number == 1 else f"{number} records"
            self.log_change(request, field, f"Purged: {gone}")
            said = f"The values of “{field}” are purged from {gone}. The field can be deleted now."
            self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(back)
        uses = self.uses([pk])[pk]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Purge the values of “{field}”?",
            "object": field,
            "uses": uses[0].text if uses else "",
            "back": back,
        }
        return TemplateResponse(request, "admin/purge.html", context)


class RecordTypeForm(forms.ModelForm):
    """A record type, and whose it is."""

    open_to = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        required=False,
        label="For the groups",
        widget=forms.CheckboxSelectMultiple,
        help_text="Who may make records of this type. Without any, everybody may.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            links = self.instance.group_links.values_list("group_id", flat=True)
            self.initial["open_to"] = list(links)


@admin.register(RecordType)
class RecordTypeAdmin(VocabularyAdmin):
    """Types of records: with several, a type is chosen first; with one it is automatic."""

    form = RecordTypeForm
    list_display = ["word", "kind", "whose", "position", "used", "fields_of", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["label", "description"]
    fields = ["kind", "label", "description", "open_to", "tint", "position", "is_active"]
    list_select_related = ["field_set"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[RecordType]:
        rows: models.QuerySet[RecordType] = super().get_queryset(request)
        return rows.prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A type stays with the kind of record it was made for."""
        return [*super().get_readonly_fields(request, obj), *(["kind", "fields_of"] if obj else [])]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, "fields_of"] if obj else self.fields

    @admin.display(description="for")
    def whose(self, row: RecordType) -> str:
        """The groups that may use it."""
        return ", ".join(group.name for group in row.groups.all()) or "Everybody"

    @admin.display(description="field set")
    def fields_of(self, row: RecordType) -> SafeString:
        """Its own field set, or the way to make one."""
        known: FieldSet | None = getattr(row, "field_set", None)
        if known:
            url = reverse("admin:core_fieldset_change", args=[known.pk])
            return format_html('<a href="{}">{}</a>', url, "Its own")
        url = reverse("admin:core_fieldset_add")
        return format_html(
            '<a href="{}?kind={}&amp;record_type={}">{}</a>', url, row.kind, row.pk, "Make one"
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The groups, each link tracked for itself."""
        super().save_related(request, form, formsets, change)
        wanted = {group.pk for group in form.cleaned_data["open_to"]}
        links = RecordTypeGroup.objects.filter(record_type=form.instance)
        links.exclude(group_id__in=wanted).delete()
        there = set(links.values_list("group_id", flat=True))
        RecordTypeGroup.objects.bulk_create(
            RecordTypeGroup(record_type=form.instance, group_id=pk) for pk in sorted(wanted - there)
        )
