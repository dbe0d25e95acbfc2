"""Words of vocabularies in the admin: where each is used, their order, and taking them away."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Max, ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.choices import Tint
from apps.core.history import operation
from apps.core.shape_services import default_renamed
from apps.core.usage_rules import Use, cannot_go, stays_where
from apps.core.usage_selectors import uses_of

NOWHERE = format_html('<span class="quiet">{}</span>', "Nowhere yet")


BY_THEMSELVES = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class NamedBoxes:
    """Boxes in the cells of a table have no label beside them: each says its own name."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The box with its name, except where each option has its own."""
        box = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if box is not None and not isinstance(box.widget, BY_THEMSELVES):
            box.widget.attrs.setdefault("aria-label", box.label)
        return box


class NamedRows(forms.BaseInlineFormSet):
    """Rows whose box to remove one has a name, too."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """The boxes that every row has."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = "Delete this row"


class RowsInline(NamedBoxes, admin.TabularInline):
    """Rows that are saved with the record they belong to."""

    formset = NamedRows
    extra = 0


class TrackedAdmin(NamedBoxes, admin.ModelAdmin):
    """Everything written in one request of the admin is one operation of its person."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with operation(request.user):
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with operation(request.user):
            return super().changelist_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with operation(request.user):
                return super().delete_view(request, *args, **kwargs)
        except (ProtectedError, ValidationError) as error:
            # Somebody began to use it while this person looked at the question.
            said = error.messages[0] if isinstance(error, ValidationError) else USED_MEANWHILE
            self.message_user(request, said, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is still used is named, whether or not the person could delete what uses it."""
        going, counts, lacking, used = super().get_deleted_objects(objs, request)
        return going, counts, set() if used else lacking, used


USED_MEANWHILE = "Somebody used it at this very moment. Nothing was deleted."


def chip(label: str, tint: str) -> SafeString:
    """A word in its colour."""
    return format_html('<span class="chip chip-{}">{}</span>', tint, label)


class UsedChangeList(ChangeList):
    """A list of words that knows where each of them is used."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows of the page, each with its uses: as many queries for all as for one."""
        super().get_results(request)
        rows = list(self.result_list)
        found = self.model_admin.uses([row.pk for row in rows])  # type: ignore[attr-defined]
        for row in rows:
            row.uses = found[row.pk]


class UsedAdmin(TrackedAdmin):
    """What is used is named with its uses; it is deleted only while nothing uses it."""

    delete_confirmation_template = "admin/word_delete.html"
    change_list_template = "admin/word_list.html"
    # Whether one that is used can be switched off instead of deleted.
    can_be_off: ClassVar[bool] = True

    class Media:
        js = (forms.Script("js/admin-order.js", type="module"),)

    def uses(self, pks: Collection[int], *, also_past: bool = False) -> dict[int, list[Use]]:
        """What uses each of these rows."""
        return uses_of(self.model, pks, also_past=also_past)

    def needed(self, row: Any) -> str:
        """Why a row can be neither deleted nor switched off; empty when it can."""
        return ""

    @admin.display(description="used by")
    def used(self, row: Any) -> SafeString:
        """The uses of a row, each a link to the list of them."""
        if row is None or row.pk is None:
            return NOWHERE
        uses = row.uses if hasattr(row, "uses") else self.uses([row.pk])[row.pk]
        parts = [
            (format_html('<a href="{}">{}</a>', use.url, use.text) if use.url else use.text,)
            for use in uses
        ]
        return format_html_join(", ", "{}", parts) or NOWHERE

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return UsedChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Rows can be moved where all of them stand, in their order."""
        whole = not request.GET and "position" in self.list_editable
        return super().changelist_view(request, {"can_be_ordered": whole, **(extra_context or {})})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = list(super().get_readonly_fields(request, obj))
        return [*names, "used"] if obj is not None else names

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where it is used stands on the page of what is there already."""
        groups = list(super().get_fieldsets(request, obj))
        placed = {name for _, group in groups for name in group["fields"]}
        if obj is None or "used" in placed:
            return groups
        return [*groups, (None, {"fields": ["used"]})]

    def get_actions(self, request: HttpRequest) -> Any:
        """Many are deleted by their own action, which leaves alone what is used."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def refusal(self, row: Any, uses: list[Use]) -> str:
        """Why a row cannot be deleted; empty when it can."""
        if uses:
            return cannot_go(str(row), uses, can_be_off=self.can_be_off)
        return self.needed(row)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes, and for what is used a sentence that says where and what to do instead."""
        rows = list(objs)
        found = self.uses([row.pk for row in rows], also_past=True)
        refused = [said for row in rows if (said := self.refusal(row, found[row.pk]))]
        counts = {self.opts.verbose_name_plural: len(rows)}
        return [str(row) for row in rows], counts, set(), refused

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, refuse with a sentence, or switch off instead."""
        row = self.get_object(request, unquote(object_id))
        may = row is not None and self.has_change_permission(request, row)
        is_on = self.can_be_off and bool(getattr(row, "is_active", False))
        if is_on and request.method == "POST" and "deactivate" in request.POST:
            if not may:
                raise PermissionDenied
            with operation(request.user):
                self.switch_off(request, row)
            return HttpResponseRedirect(reverse(f"admin:{self._name}_changelist"))
        with operation(request.user):
            context = {"can_be_off": may and is_on and not self.needed(row)}
        return super().delete_view(request, object_id, {**context, **(extra_context or {})})

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def switch_off(self, request: HttpRequest, row: Any) -> None:
        """Offer it no more, and say where it stays; a needed one stays on, and says why."""
        locked = self.model._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
        why = self.needed(locked)
        if why:
            self.message_user(request, why, messages.ERROR)
            return
        locked.is_active = False
        locked.save()
        self.log_change(request, locked, [{"changed": {"fields": ["active"]}}])
        said = stays_where(str(locked), self.uses([locked.pk])[locked.pk])
        self.message_user(request, said, messages.SUCCESS)

    @admin.action(description="Deactivate", permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Offer these no more."""
        for row in rows.filter(is_active=True):
            self.switch_off(request, row)

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Offer these again."""
        for row in rows.filter(is_active=False):
            row.is_active = True
            row.save()
            self.log_change(request, row, [{"changed": {"fields": ["active"]}}])
            self.message_user(request, f"“{row}” is offered again.", messages.SUCCESS)

    @admin.action(description="Delete those that are not used", permissions=["delete"])
    def delete_unused(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Delete what nothing uses; each of the others says why it stays."""
        found = self.uses([row.pk for row in rows], also_past=True)
        for row in rows:
            why = self.refusal(row, found[row.pk])
            if why:
                self.message_user(request, why, messages.WARNING)
                continue
            name = str(row)
            self.log_deletions(request, rows.filter(pk=row.pk))
            self.delete_model(request, row)
            self.message_user(request, f"“{name}” is deleted.", messages.SUCCESS)


class VocabularyAdmin(UsedAdmin):
    """The words of a vocabulary, in the order in which they are offered."""

    list_display = ["word", "position", "used", "is_active"]
    list_editable = ["position"]
    list_filter = ["is_active"]
    list_per_page = 200
    search_fields = ["label"]
    actions = ["deactivate", "activate", "delete_unused"]

    @admin.display(description="label", ordering="label")
    def word(self, row: Any) -> SafeString:
        """The word in its colour."""
        tint = getattr(row, "tint", "")
        return chip(str(row), tint) if tint else format_html("{}", row)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What names a word by its label follows it."""
        super().save_model(request, obj, form, change)
        old = form.initial.get("label")
        if change and "label" in form.changed_data and old:
            actor: Any = request.user
            default_renamed(actor=actor, word=obj, old=old, new=obj.label)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new word stands last."""
        last = self.model._default_manager.aggregate(last=Max("position"))["last"] or 0
        return {"position": last + 10, **super().get_changeform_initial_data(request)}

    def formfield_for_choice_field(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A colour is chosen by its look."""
        if db_field.name == "tint":
            kwargs["widget"] = forms.RadioSelect(attrs={"class": "tints"})
            kwargs["choices"] = [(value, chip(str(name), value)) for value, name in Tint.choices]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A form that refuses to switch off what is needed."""
        page = self
        base: Any = super().get_form(request, obj, change, **kwargs)

        class Form(base):
            def clean(self) -> Any:
                cleaned = super().clean()
                going = "is_active" in self.changed_data and not self.cleaned_data["is_active"]
                why = page.needed(self.instance) if self.instance.pk and going else ""
                if why:
                    self.add_error("is_active", why)
                return cleaned

        return Form
