"""The form recipe: create, edit and delete a record; nothing typed is lost on a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import ChoiceField, Field
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from apps.activities.comment_selectors import comments_gone
from apps.core import access, htmx, selectors, shape_selectors
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet, without_judging
from apps.core.kinds import KINDS
from apps.core.person import Person, person_of
from apps.core.preview_rules import Asked, Preview
from apps.core.services import Conflict, Unconfirmed
from apps.core.shape_rules import TYPE, Type, chosen_type

# Said beside what was typed when a row is gone at the moment of saving.
GONE = (
    "Somebody else deleted this, or something that it names, at this very moment. Nothing was"
    " saved: copy what you need before you leave this page."
)


def next_url(request: HttpRequest, fallback: str) -> str:
    """Where to go afterwards: the page the person came from, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return fallback


def asked(request: HttpRequest) -> Asked:
    """What a person answered to a preview in the form that they send."""
    return Asked(
        request.POST.get("confirmed", ""),
        frozenset(filter(None, request.POST.get("offered", "").split(","))),
        frozenset(request.POST.getlist("move")),
    )


class FormPage(View):
    """What creating and editing share."""

    record: ClassVar[str]
    form_class: ClassVar[type[RecordForm]]
    action: ClassVar[str]
    template: ClassVar[str] = "core/form.html"
    # What is answered for a target: the form alone, or the form over the page.
    parts: ClassVar[Mapping[str, str]] = {
        "form": "core/_form.html",
        htmx.DIALOG: "core/_dialog.html",
    }
    instance: models.Model | None = None
    # How the message is said: as a success, which offers undo, or in passing.
    tell: Callable[[HttpRequest, str], None] = staticmethod(messages.success)

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        """Rows that are saved with the record; none unless a page has them."""
        return None

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in: `?account=12`."""
        return {
            name: value
            for name, value in request.GET.items()
            if name in self.form_class.base_fields
        }

    def save(self, form: RecordForm, formset: RowFormSet | None) -> models.Model | str:
        """Call the service; return the record, or a sentence to show when it was saved."""
        raise NotImplementedError

    def form(self, request: HttpRequest, data: Any = None) -> RecordForm:
        """The form, bound when there is data."""
        kwargs: dict[str, Any] = {"user": request.user}
        if self.instance is not None:
            kwargs["instance"] = self.instance
        else:
            kwargs["initial"] = self.initial(request) | {TYPE: request.GET.get(TYPE, "")}
        return self.form_class(data, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form as it stands."""
        access.require(request.user, f"{self.record}.{self.action}")
        return self.respond(request, self.form(request), self.formset(request))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save, or show what is wrong beside what was typed."""
        access.require(request.user, f"{self.record}.{self.action}")
        form = self.form(request, request.POST)
        formset = self.formset(request, request.POST)
        if formset is not None and "add_row" in request.POST:
            return self.respond(request, without_judging(form), formset.with_row())
        if "refresh" in request.POST:
            # The page asks for choices that follow from what was typed; nothing is judged yet.
            return self.respond(
                request, without_judging(form), formset and formset.without_judging()
            )
        valid = form.is_valid()
        if formset is not None:
            valid = formset.is_valid() and valid
        if not valid:
            return self.respond(request, form, formset, status=422)
        if self.instance is not None and not changed(form, formset):
            self.tell = messages.info
            return self.saved(request, f"“{self.instance}” was left as it is.")
        try:
            saved = self.save(form, formset)
        except ValidationError as error:
            add_errors(form, error)
            return self.respond(request, form, formset, status=422)
        except Unconfirmed as question:
            preview = question.preview
            return self.respond(request, form, formset, status=preview.status, preview=preview)
        except Conflict as conflict:
            return self.respond(request, form, formset, status=409, conflict=conflict)
        except ObjectDoesNotExist:
            form.add_error(None, GONE)
            return self.respond(request, form, formset, status=409)
        return self.saved(request, saved)

    def saved(self, request: HttpRequest, saved: models.Model | str) -> HttpResponse:
        """After saving: back to where the person came from, with a word about it."""
        record: Any = saved if isinstance(saved, models.Model) else self.instance
        verb = "created" if self.action == "create" else "saved"
        text = saved if isinstance(saved, str) else f"“{record}” was {verb}."
        if htmx.target(request) == htmx.DIALOG:
            return htmx.dialog_done(text, kind=self.record, pk=record.pk)
        self.tell(request, text)
        kind = KINDS[self.record]
        if getattr(record, "is_template", False):
            shelf = reverse("library:detail", args=[self.record, record.pk])
            return HttpResponseRedirect(shelf)
        return HttpResponseRedirect(
            next_url(request, reverse(f"{kind.namespace}:detail", args=[record.pk]))
        )

    def respond(
        self,
        request: HttpRequest,
        form: RecordForm,
        formset: RowFormSet | None,
        *,
        status: int = 200,
        conflict: Conflict | None = None,
        preview: Preview | None = None,
    ) -> HttpResponse:
        """The form page, or the form alone for htmx; with a preview it asks before it saves."""
        kind = KINDS[self.record]
        back = (
            reverse(f"{kind.namespace}:detail", args=[self.instance.pk])
            if self.instance is not None
            else reverse(kind.list_url)
        )
        context = {
            "kind": kind,
            "record": self.instance,
            "form": form,
            "formset": formset,
            "clashes": clashes(request, conflict, getattr(conflict, "row", form))
            if conflict
            else [],
            "preview": preview,
            # What was ticked in an earlier preview comes back with the next one.
            "answered": asked(request) if preview is None else None,
            "next": next_url(request, ""),
            "cancel_url": next_url(request, back),
            **self.extra(request, form),  # noqa: S610 (not the extra() of a queryset)
        }
        return htmx.render_for(request, self.template, context, fragments=self.parts, status=status)

    def extra(self, request: HttpRequest, form: RecordForm) -> Mapping[str, Any]:
        """More for the template."""
        return {}


def changed(form: RecordForm, formset: RowFormSet | None) -> bool:
    """Whether the person changed anything in a form or in the rows saved with it."""
    return bool(form.changed_data or (formset is not None and formset.has_changed()))


def clashes(request: HttpRequest, conflict: Conflict, form: RecordForm) -> list[dict[str, Any]]:
    """Both values of each field, and the bound field to keep one's own; saving again keeps it.

    The form is re-armed: its hidden "as shown" value becomes what now stands in the database.
    """
    person = person_of(request.user)
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    result = []
    for clash in conflict.clashes:
        field = form.fields[clash.name]
        prepared = field.prepare_value(clash.theirs)
        data[form[clash.name].html_initial_name] = "" if prepared is None else str(prepared)
        result.append(
            {
                "label": clash.label,
                "name": clash.name,
                "theirs": as_read(clash.theirs, field, person),
                "mine": as_read(clash.mine, field, person),
            }
        )
    form.data = data
    return result


def as_read(value: Any, field: Field, person: Person) -> str:
    """A value as the person reads it on pages."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, Decimal):
        return person.number(value)
    if isinstance(value, dt.datetime):
        return person.moment(value)
    if isinstance(value, dt.date):
        return person.date(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, ChoiceField) and not isinstance(value, models.Model):
        choices: Any = field.choices
        return str(dict(choices).get(value, value))
    return str(value)


def add_errors(form: RecordForm, error: ValidationError) -> None:
    """Put a service's refusal beside the fields it names, the rest above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class RowConflict(Conflict):
    """Somebody else changed the same field of one of the rows that are saved with a record."""

    def __init__(self, conflict: Conflict, row: RecordForm) -> None:
        super().__init__(conflict.clashes)
        self.row = row


def save_rows(
    formset: RowFormSet,
    *,
    create: Callable[[dict[str, Any]], Any],
    update: Callable[[Any, dict[str, Any], dict[str, Any]], Any] | None = None,
    delete: Callable[[Any], Any] | None = None,
) -> None:
    """Call a service for each row that was added, changed or ticked for deletion.

    To be called within the record's own operation. Raises ValidationError or RowConflict at the
    first row that is refused, with the reasons beside it; then nothing is saved.
    """
    for row in formset.forms:
        try:
            if formset.is_removed(row):
                if delete and row.instance.pk:
                    delete(row.instance)
            elif row.has_changed():
                if update and row.instance.pk:
                    update(row.instance, formset.values(row), row.shown)
                else:
                    create(formset.values(row))
        except ValidationError as error:
            add_errors(row, error)
            raise ValidationError(f"{formset.what_of(row)} cannot be saved.") from error
        except Conflict as conflict:
            raise RowConflict(conflict, row) from conflict


class CreatePage(FormPage):
    """A page that makes a record; where there are several types, one is chosen first."""

    action = "create"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form, or the choice of the type."""
        access.require(request.user, f"{self.record}.{self.action}")
        return self.choice(request) or super().get(request, **kwargs)

    def choice(self, request: HttpRequest, cancel_url: str = "") -> HttpResponse | None:
        """The choice of the type, where there are several and none was chosen yet."""
        types = shape_selectors.types_for(request.user, self.record)
        if len(types) < 2 or chosen_type(types, request.GET.get(TYPE, "")) is not None:
            return None
        back = next_url(request, cancel_url)
        return choose_type(request, self.record, types, cancel_url=back)


def choose_type(
    request: HttpRequest, record: str, types: Sequence[Type], *, cancel_url: str
) -> HttpResponse:
    """Which type of record is made: the page comes back with the one that was chosen."""

    def address(one: Type) -> str:
        query = request.GET.copy()
        query[TYPE] = str(one.pk)
        return f"{request.path}?{query.urlencode()}"

    kind = KINDS[record]
    context = {
        "kind": kind,
        "types": [(one, address(one)) for one in types],
        "cancel_url": cancel_url or reverse(kind.list_url),
    }
    return htmx.render_for(
        request,
        "core/choose_type.html",
        context,
        fragments={htmx.DIALOG: "core/_choose_type_dialog.html"},
    )


class EditPage(FormPage):
    """A page that changes a record."""

    action = "edit"

    def rows(self, user: Any) -> QuerySet[Any]:
        """The rows this person may see, with what the form shows."""
        raise NotImplementedError

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.instance = selectors.one(self.rows(request.user), kwargs["pk"])


class DeletePage(View):
    """Asks before deleting, names what goes and what stays; a refusal names what is in the way."""

    # The deed below is no answer to the method of that name, which no form sends.
    http_method_names = ["get", "head", "options", "post"]
    record: ClassVar[str]
    back: ClassVar[str] = ""
    template: ClassVar[str] = "core/confirm.html"

    def rows(self, user: Any) -> QuerySet[Any]:
        """The rows this person may see."""
        raise NotImplementedError

    def consequences(self, record: Any) -> dict[str, list[str]]:
        """`goes` and `stays`: what else is deleted and what is kept, in words; `blocked` if not."""
        return {}

    def delete(self, record: Any) -> None:
        """Call the service. Raises ValidationError with the reason when it is refused."""
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        record = selectors.one(self.rows(request.user), pk)
        access.require(request.user, f"{self.record}.delete")
        return self._ask(request, record)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The deed, or the reason against it."""
        record = selectors.one(self.rows(request.user), pk)
        access.require(request.user, f"{self.record}.delete")
        name = str(record)
        try:
            self.delete(record)
        except ValidationError as error:
            return self._ask(request, record, error.messages, status=422)
        except ObjectDoesNotExist as error:
            raise Http404(f"“{name}” was deleted by somebody else meanwhile.") from error
        messages.success(request, f"“{name}” was deleted.")
        return HttpResponseRedirect(next_url(request, reverse(KINDS[self.record].list_url)))

    def _ask(
        self, request: HttpRequest, record: Any, refusal: list[str] | None = None, status: int = 200
    ) -> HttpResponse:
        kind = KINDS[self.record]
        context: dict[str, Any] = {
            "kind": kind,
            "record": record,
            "refusal": refusal,
            "next": next_url(request, ""),
            "cancel_url": next_url(request, reverse(f"{kind.namespace}:detail", args=[record.pk])),
            "goes": [],
            "stays": [],
            "blocked": [],
            **self.consequences(record),
        }
        context["goes"] = [*context["goes"], *comments_gone(self.record, record.pk)]
        return render(request, self.template, context, status=status)
