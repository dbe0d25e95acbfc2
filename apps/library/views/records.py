"""Making and editing templates and the records in them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.core import access, selectors
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.history import operation
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.views.forms import CreatePage, EditPage, next_url
from apps.kpis.models import ObjectiveKpi
from apps.library import selectors as library_selectors
from apps.library.forms import FORMS, TemplateKpiRows
from apps.library.template_services import PARENTS, template_create, template_update
from apps.library.views.pages import template_url
from apps.objectives.models import Objective
from apps.objectives.views import save_kpis
from apps.plans.services import TEMPLATES_OF


class TemplateFormPage:
    """What making and editing in the library share: the form of a kind, and its permission."""

    template = "library/form.html"
    record: Any
    form_class: Any
    instance: Any
    request: HttpRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The kind comes from the address."""
        kind = kwargs["kind"]
        if kind not in FORMS:
            raise Http404("There is no such kind of record in a template.")
        self.record = kind
        self.form_class = FORMS[kind]
        if request.user.is_authenticated:
            access.require(request.user, "template.view")
            access.require(request.user, f"{TEMPLATES_OF[kind]}.save_as_template")
        super().setup(request, *args, **kwargs)  # type: ignore[misc]

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        """An objective is saved together with its KPIs."""
        if self.record != "objective":
            return None
        rows: Any = ()
        if self.instance is not None:
            rows = ObjectiveKpi.objects.in_library(request.user).filter(objective=self.instance)
            rows = rows.order_by("title", "pk")
        return TemplateKpiRows(data, user=request.user, rows=rows, prefix="kpis")

    def parents(self, request: HttpRequest) -> dict[str, Any]:
        """What the new record hangs on, as the address says."""
        found = {}
        for name in PARENTS[self.record]:
            pk = record_id(request.GET.get(name, ""))
            if pk is not None:
                found[name] = library_selectors.inside(request.user, name, pk)
        return found

    def saved(self, request: HttpRequest, saved: Any) -> HttpResponse:
        """Back to the template."""
        record = self.instance or saved
        self.tell(request, f"“{record}” was saved.")  # type: ignore[attr-defined]
        return HttpResponseRedirect(next_url(request, _home(record)))


def _home(record: Any) -> str:
    kind = library_selectors.KIND_OF[type(record)]
    own = ""
    if getattr(record, "is_template", False):
        own = reverse("library:detail", args=[kind, record.pk])
    return own or template_url(record) or reverse("library:list")


class Create(TemplateFormPage, CreatePage):
    """A new template, or a new record in one."""

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        values = {**form.changes, **self.parents(self.request)}
        with operation(actor):
            record = template_create(actor=actor, kind=self.record, values=values)
            if isinstance(record, Objective):
                save_kpis(actor, record, formset)
        return record

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self._needs_parent(request)
        choice = self.choice(request, reverse("library:list"))
        if choice is not None:
            return choice
        return self.respond(request, self.form(request), self.formset(request))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self._needs_parent(request)
        return super().post(request, **kwargs)

    def _needs_parent(self, request: HttpRequest) -> None:
        if self.record == "task" and not self.parents(request):
            raise Http404("A task is made in the template that it belongs to.")

    def extra(self, request: HttpRequest, form: RecordForm) -> dict[str, Any]:
        parents = self.parents(request)
        lowest = next(iter(parents.values()), None)
        return {
            "parent": lowest,
            "is_template": lowest is None,
            "kind": KINDS[self.record],
            "cancel_url": next_url(request, _home(lowest) if lowest else reverse("library:list")),
        }


class Edit(TemplateFormPage, EditPage):
    """A record in a template changes; nothing that was made from it does (R-TPL-7)."""

    action = "edit"

    def rows(self, user: Any) -> Any:
        model = self.form_class._meta.model
        return model.objects.in_library(user)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if self.record == "task" and request.user.is_authenticated:
            self.instance = selectors.one(
                self.rows(request.user).select_related("playbook"), kwargs["pk"]
            )

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.respond(request, self.form(request), self.formset(request))

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        with operation(actor):
            template_update(
                actor=actor, record=form.instance, changes=form.changes, shown=form.shown
            )
            if isinstance(form.instance, Objective):
                save_kpis(actor, form.instance, formset)
        return form.instance

    def extra(self, request: HttpRequest, form: RecordForm) -> dict[str, Any]:
        return {
            "kind": KINDS[self.record],
            "is_template": getattr(self.instance, "is_template", False),
            "cancel_url": next_url(request, _home(self.instance)),
        }
