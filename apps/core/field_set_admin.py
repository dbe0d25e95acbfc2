"""Field sets in the admin: which fields a form shows, and what is asked of them."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.accounts.forms import AccountForm, ContactForm
from apps.activities.forms import ActivityForm
from apps.core.default_forms import read_default
from apps.core.forms import RecordForm
from apps.core.scope import today
from apps.core.shape_models import (
    FieldSet,
    FieldSetItem,
    RecordType,
)
from apps.core.shape_selectors import shape
from apps.core.shape_services import (
    field_set_fill,
)
from apps.core.vocabulary_admin import NamedRows, RowsInline, TrackedAdmin
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
