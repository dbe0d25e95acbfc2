"""Own fields, record types and field sets in the admin."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.forms import AccountForm, ContactForm
from apps.activities.forms import ActivityForm
from apps.core.choices import CustomType
from apps.core.custom_usage_selectors import choice_uses, custom_uses
from apps.core.default_forms import read_default
from apps.core.forms import RecordForm
from apps.core.scope import today
from apps.core.shape_models import (
    CustomChoice,
    CustomField,
    FieldSet,
    FieldSetItem,
    RecordType,
    RecordTypeGroup,
)
from apps.core.shape_selectors import shape
from apps.core.shape_services import (
    custom_field_add,
    custom_field_delete,
    custom_field_purge,
    default_renamed,
    field_set_fill,
)
from apps.core.usage_rules import Use, cannot_go
from apps.core.vocabulary_admin import NamedRows, RowsInline, TrackedAdmin, VocabularyAdmin
from apps.kpis.forms import KpiForm
from apps.objectives.forms import ObjectiveForm
from apps.plans.forms import ChallengeForm, PlanForm
from apps.playbooks.forms import PlaybookForm, TaskForm

FORMS: Final[dict[str, type[RecordForm]]] = {
    form.record: form
    for form in (
        AccountForm,
        ContactForm,
        PlanForm,
        ChallengeForm,
        ObjectiveForm,
        KpiForm,
        PlaybookForm,
        TaskForm,
        ActivityForm,
    )
}
ORDERED: Final = (forms.Script("js/admin-order.js", type="module"),)


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


def boxes_of(kind: str, user: Any) -> RecordForm:
    """The form of a kind of record with all its fields, as nobody has arranged them."""
    return FORMS[kind](user=user, arranged=False)


def fields_of(kind: str, user: Any) -> list[tuple[str, str, str]]:
    """What can be placed: (name, label, heading) in the order of the form as it stands today."""
    form = boxes_of(kind, user)
    own = {*(form._meta.fields or ()), *form.definitions}
    return [
        (bound.name, str(bound.label), legend)
        for legend, bounds in form.fieldsets
        for bound in bounds
        if bound.name in own and not bound.is_hidden
    ]


class TypeChoice(forms.ModelChoiceField):
    """A record type by its kind and label."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_kind_display()}: {obj.label}"


class FieldSetForm(forms.ModelForm):
    """A field set: of which records; a new one can begin with all their fields."""

    begin = forms.BooleanField(
        label="Start with all fields of the form as they stand today",
        required=False,
        initial=True,
        help_text="Then take away, move and mark what you like. Otherwise it begins empty.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields.get("record_type")
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = RecordType.objects.filter(field_set__isnull=True)
            chosen.empty_label = "Records without a type"

    def clean(self) -> Any:
        """A type has fields of its own kind of record only."""
        cleaned = super().clean()
        chosen, kind = self.cleaned_data.get("record_type"), self.cleaned_data.get("kind")
        if chosen and kind and chosen.kind != kind:
            self.add_error(
                "record_type",
                f"“{chosen.label}” is a type of {chosen.get_kind_display()}. Choose one that fits.",
            )
        elif kind and not chosen and FieldSet.objects.filter(kind=kind, record_type=None).exists():
            self.add_error("kind", "There is a field set for these without a type already.")
        return cleaned


class ItemRows(NamedRows):
    """The fields of a set: each once, each with a default that its field can read."""

    user: ClassVar[Any] = None

    def clean(self) -> None:
        """Every mistake stands at its own row."""
        super().clean()
        if not self.instance.kind:
            return
        boxes = boxes_of(self.instance.kind, self.user).fields
        day = today(self.user)
        seen: set[str] = set()
        for form in self.forms:
            name = form.cleaned_data.get("name", "")
            if not name or form.cleaned_data.get("DELETE"):
                continue
            box = boxes.get(name)
            label = str(box.label) if box else name
            if name in seen:
                form.add_error("name", f"“{label}” stands in the set twice.")
            seen.add(name)
            if box is not None:
                self._check(form, box, label, day)

    def _check(self, form: Any, box: Any, label: str, day: Any) -> None:
        default = form.cleaned_data.get("default", "")
        asked = form.cleaned_data.get("is_required") and form.cleaned_data.get("is_read_only")
        if asked and not default:
            form.add_error(
                "is_read_only",
                f"“{label}” could never be filled in: it is required and read-only. Give it a"
                " default, or take one of the two away.",
            )
        try:
            read_default(box, default, label=label, today=day)
        except ValueError as error:
            form.add_error("default", str(error))

    def get_unique_error_message(self, unique_check: Any) -> str:
        """Said at the row itself."""
        return "Each field stands in the set once."


class ItemInline(RowsInline):
    """The fields of a set, in their order."""

    model = FieldSetItem
    fields = [
        "name",
        "group",
        "position",
        "on_create",
        "on_edit",
        "is_required",
        "is_read_only",
        "help_text",
        "default",
    ]
    verbose_name = "field"
    verbose_name_plural = "fields"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Fields are chosen by their labels; one that is no more stays until it is removed."""
        offered = (
            [(name, label) for name, label, _ in fields_of(obj.kind, request.user)] if obj else []
        )
        known = {name for name, _ in offered}
        gone = [
            (name, f"{self._label(request, obj, name)} (not on the form)")
            for name in (obj.items.values_list("name", flat=True) if obj else ())
            if name not in known
        ]

        class Form(forms.ModelForm):
            name = forms.ChoiceField(
                label="field",
                choices=[("", "—"), *offered, *gone],
                widget=forms.Select(attrs={"aria-label": "Field"}),
            )

        Rows = type("Rows", (ItemRows,), {"user": request.user})
        return super().get_formset(request, obj, **(kwargs | {"form": Form, "formset": Rows}))

    @staticmethod
    def _label(request: HttpRequest, obj: FieldSet, name: str) -> str:
        own = shape(request.user).fields.get(obj.kind, ())
        return next((one.label for one in own if one.name == name), name)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("position", "pk")


@admin.register(FieldSet)
class FieldSetAdmin(TrackedAdmin):
    """Which fields the forms of a kind of record show, in which order, and what is asked of them."""

    form = FieldSetForm
    list_display = ["title", "kind", "how_many"]
    list_filter = ["kind"]
    list_select_related = ["record_type"]
    inlines = [ItemInline]
    formfield_overrides = {models.OneToOneField: {"form_class": TypeChoice}}

    class Media:
        js = ORDERED

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[FieldSet]:
        rows: models.QuerySet[FieldSet] = super().get_queryset(request)
        return rows.annotate(number=Count("items"))

    @admin.display(description="fields of", ordering="record_type__label")
    def title(self, row: FieldSet) -> str:
        """Whose fields it arranges."""
        whose = f"of the type “{row.record_type.label}”" if row.record_type else "without a type"
        return f"{row.get_kind_display()} {whose}"

    @admin.display(description="fields")
    def how_many(self, row: Any) -> int:
        """How many fields it places."""
        number: int = row.number
        return number

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["kind", "record_type"] if obj else ["kind", "record_type", "begin"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A set stays with the records it was made for."""
        return ["kind", "record_type"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Fields are placed once it is known of which records they are."""
        return self.inlines if obj else []

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A new set begins with all fields, if that was wished."""
        super().save_related(request, form, formsets, change)
        if not change and form.cleaned_data.get("begin"):
            actor: Any = request.user
            fields = [(name, legend) for name, _, legend in fields_of(form.instance.kind, actor)]
            field_set_fill(actor=actor, field_set=form.instance, fields=fields)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Next its fields are arranged."""
        self.message_user(request, f"{obj}: now arrange them.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:core_fieldset_change", args=[obj.pk]))
