"""The form recipe: create, edit and delete a record; nothing typed is lost on a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from apps.core import access, htmx, selectors
from apps.core.forms import RecordForm
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.services import Conflict


def next_url(request: HttpRequest, fallback: str) -> str:
    """Where to go afterwards: the page the person came from, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return fallback


class FormPage(View):
    """What creating and editing share."""

    record: ClassVar[str]
    form_class: ClassVar[type[RecordForm]]
    action: ClassVar[str]
    template: ClassVar[str] = "core/form.html"
    instance: models.Model | None = None

    def formset(self, request: HttpRequest, data: Any = None) -> BaseFormSet | None:
        """Rows that are saved with the record; none unless a page has them."""
        return None

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in: `?account=12`."""
        return {
            name: value
            for name, value in request.GET.items()
            if name in self.form_class.base_fields
        }

    def save(self, form: RecordForm, formset: BaseFormSet | None) -> models.Model | str:
        """Call the service; return the record, or a sentence to show when it was saved."""
        raise NotImplementedError

    def form(self, request: HttpRequest, data: Any = None) -> RecordForm:
        """The form, bound when there is data."""
        kwargs: dict[str, Any] = {"user": request.user}
        if self.instance is not None:
            kwargs["instance"] = self.instance
        else:
            kwargs["initial"] = self.initial(request)
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
        valid = form.is_valid()
        if formset is not None:
            valid = formset.is_valid() and valid
        if not valid:
            return self.respond(request, form, formset, status=422)
        try:
            saved = self.save(form, formset)
        except ValidationError as error:
            add_errors(form, error)
            return self.respond(request, form, formset, status=422)
        except Conflict as conflict:
            return self.respond(request, form, formset, status=409, conflict=conflict)
        return self.saved(request, saved)

    def saved(self, request: HttpRequest, saved: models.Model | str) -> HttpResponse:
        """After saving: back to where the person came from, with a word about it."""
        record = saved if isinstance(saved, models.Model) else self.instance
        assert record is not None
        verb = "created" if self.action == "create" else "saved"
        text = saved if isinstance(saved, str) else f"“{record}” was {verb}."
        messages.success(request, text)
        kind = KINDS[self.record]
        return HttpResponseRedirect(
            next_url(request, reverse(f"{kind.namespace}:detail", args=[record.pk]))
        )

    def respond(
        self,
        request: HttpRequest,
        form: RecordForm,
        formset: BaseFormSet | None,
        *,
        status: int = 200,
        conflict: Conflict | None = None,
    ) -> HttpResponse:
        """The form page, or the form alone for htmx."""
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
            "clashes": clashes(request, conflict, form) if conflict else [],
            "next": next_url(request, ""),
            "cancel_url": next_url(request, back),
            **self.extra(request, form),
        }
        return htmx.render_for(
            request, self.template, context, fragments={"form": "core/_form.html"}, status=status
        )

    def extra(self, request: HttpRequest, form: RecordForm) -> Mapping[str, Any]:
        """More for the template."""
        return {}


def clashes(request: HttpRequest, conflict: Conflict, form: RecordForm) -> list[dict[str, Any]]:
    """Both values of each field, and the bound field to keep one's own; saving again keeps it.

    The form is re-armed: its hidden "as shown" value becomes what now stands in the database.
    """
    person = person_of(request.user)
    data = form.data.copy()
    result = []
    for clash in conflict.clashes:
        field = form.fields[clash.name]
        theirs = getattr(clash.theirs, "pk", clash.theirs)
        prepared = field.prepare_value(clash.theirs if hasattr(clash.theirs, "pk") else theirs)
        data[form[clash.name].html_initial_name] = "" if prepared is None else str(prepared)
        result.append(
            {
                "label": clash.label,
                "name": clash.name,
                "theirs": person.number(theirs) if isinstance(prepared, str) else clash.theirs,
                "mine": form.data.get(clash.name, ""),
            }
        )
    form.data = data
    return result


def add_errors(form: RecordForm, error: ValidationError) -> None:
    """Put a service's refusal beside the fields it names, the rest above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class CreatePage(FormPage):
    """A page that makes a record."""

    action = "create"


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

    record: ClassVar[str]
    back: ClassVar[str] = ""

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
        messages.success(request, f"“{name}” was deleted.")
        return HttpResponseRedirect(next_url(request, reverse(KINDS[self.record].list_url)))

    def _ask(
        self, request: HttpRequest, record: Any, refusal: list[str] | None = None, status: int = 200
    ) -> HttpResponse:
        kind = KINDS[self.record]
        context = {
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
        return render(request, "core/confirm.html", context, status=status)
