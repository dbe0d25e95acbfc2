"""Pages of CS activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.selectors import allocatable
from apps.activities import bulk_services, promise_services, selectors, services
from apps.activities.filters import ActivityFilter
from apps.activities.forms import ActivityForm
from apps.activities.models import CsActivity
from apps.activities.promise_forms import PromiseRows
from apps.activities.promise_rules import as_sent, logged_sentence, promises_in, ticked
from apps.activities.promise_selectors import promised_tasks
from apps.activities.rules import WHAT
from apps.activities.tables import ActivityTable
from apps.activities.transfer_services import ACTIVITIES
from apps.core import access, htmx
from apps.core import selectors as core_selectors
from apps.core.bulk_rules import Bulk
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.history import operation
from apps.core.kinds import KINDS
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page
from apps.core.views.forms import next_url, save_rows

# How long things usually take.
MINUTES: Final = (15, 30, 45, 60, 90)


class ActivityList(ListPage):
    """The list of CS activities, the newest first."""

    record = "activity"
    table = ActivityTable
    filterset = ActivityFilter
    transfer = ACTIVITIES
    order = "-happened_at"
    empty = "No activities yet. An activity is a note, a call or a meeting with a customer."
    form_class = ActivityForm
    bulk_fields = (
        "type",
        "owner",
    )

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.activities(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.activities_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.activities_remove(actor=actor, ids=ids)


def activity_page(request: HttpRequest, pk: int) -> HttpResponse:
    """An activity: what was said, what it is about, who was present."""
    activity = core_selectors.one(selectors.activity_rows(request.user), pk)
    context: dict[str, Any] = {"linked": linked_records(activity)}
    if request.GET.get("tab") != "history":
        context["promised"] = promised_tasks(request.user, activity)
        context["contacts"] = list(activity.contacts.order_by("name", "pk"))
        context["resources"] = list(activity.resources.select_related("role").order_by("name"))
    return record_page(
        request, activity, "activity", tabs=[Tab("related", "Related")], context=context
    )


def linked_records(activity: CsActivity) -> list[dict[str, Any]]:
    """What an activity is linked to, the lowest first."""
    return [
        {
            "kind": KINDS[name],
            "record": getattr(activity, name),
            "url": f"{KINDS[name].prefix}{getattr(activity, name).pk}/",
        }
        for name in WHAT
        if getattr(activity, name) is not None
    ]


class ActivityCreate(CreatePage):
    """A new activity; `?kpi=12&note=1` is a note about a KPI."""

    record = "activity"
    form_class = ActivityForm
    template = "activities/new.html"
    parts: ClassVar = {"form": "activities/_form.html", htmx.DIALOG: "activities/_dialog.html"}

    def form(self, request: HttpRequest, data: Any = None) -> RecordForm:
        self.typed = super().form(request, data)
        return self.typed

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        """What was promised, for those who may make tasks."""
        if not access.may(request.user, "task.create"):
            return None
        typed: Any = self.typed
        account = typed.account_known
        return PromiseRows(data, user=request.user, account=account)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "suggest" not in request.POST:
            return super().post(request, **kwargs)
        access.require(request.user, "activity.create")
        self.form(request, request.POST)
        return render(
            request,
            "activities/_suggestions.html",
            self._suggested(request, self.formset(request, request.POST)),
        )

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        if request.method == "POST":
            # What the address fills in stands in the boxes by now.
            return {}
        named: dict[str, Any] = {"account": None, **dict.fromkeys(WHAT)}
        named |= selectors.named_in(request.user, request.GET)
        rest = {k: v for k, v in super().initial(request).items() if k not in named}
        if "note" in request.GET and "type" not in rest:
            rest["type"] = selectors.note_type()
        if "owner" not in rest:
            user: Any = request.user
            rest["owner"] = allocatable().filter(user=user).first()
        return named | rest

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        self.promised = 0
        with operation(actor):
            activity = services.activity_create(actor=actor, values=form.changes)
            if isinstance(formset, PromiseRows):
                self._promise(activity, formset)
        return activity

    def _promise(self, activity: CsActivity, formset: PromiseRows) -> None:
        """Make a task of each row, and of each line of the notes that was ticked."""
        actor: Any = self.request.user

        def keep(values: dict[str, Any]) -> None:
            promise_services.promise_make(
                actor=actor,
                activity=activity,
                text=values["name"],
                who=values["who"],
                due=values["end_date"],
            )
            self.promised += 1

        save_rows(formset, create=keep)
        sent = self.request.POST.getlist("suggested")
        for one in ticked(activity.notes, sent, besides=formset.texts()):
            keep({"name": one.text, "who": one.side, "end_date": None})

    def saved(self, request: HttpRequest, saved: Any) -> HttpResponse:
        text = logged_sentence(str(saved), self.promised)
        if htmx.target(request) == htmx.DIALOG:
            return htmx.dialog_done(text, kind=self.record, pk=saved.pk)
        messages.success(request, text)
        address = reverse("activities:detail", args=[saved.pk])
        return HttpResponseRedirect(next_url(request, address))

    def respond(
        self, request: HttpRequest, form: RecordForm, formset: RowFormSet | None, **kwargs: Any
    ) -> HttpResponse:
        self.promises = formset
        return super().respond(request, form, formset, **kwargs)

    def extra(self, request: HttpRequest, form: RecordForm) -> Mapping[str, Any]:
        return self._suggested(request, self.promises) | {
            "about": any(form[name].value() for name in WHAT if name in form.fields),
            "minutes": MINUTES,
        }

    def _suggested(self, request: HttpRequest, formset: RowFormSet | None) -> dict[str, Any]:
        """The lines of the notes that are promises but no row yet."""
        if not isinstance(formset, PromiseRows) or "notes" not in self.typed.fields:
            return {"suggestions": []}
        found = promises_in(str(self.typed["notes"].value() or ""), besides=formset.texts())
        sent = request.POST.getlist("suggested")
        return {
            "suggestions": [
                {"promise": one, "value": as_sent(one), "ticked": as_sent(one) in sent}
                for one in found
            ]
        }


class ActivityEdit(EditPage):
    """An activity changes."""

    record = "activity"
    form_class = ActivityForm
    template = "activities/form.html"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.activity_rows(user)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        activity: Any = form.instance
        services.activity_update(
            actor=actor, activity=activity, changes=form.changes, shown=form.shown
        )
        return activity


class ActivityDelete(DeletePage):
    """Deleting an activity keeps what it is about."""

    record = "activity"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.activity_rows(user)

    def consequences(self, record: CsActivity) -> dict[str, list[Any]]:
        return {
            "stays": [
                {"label": f"{item['record']} ({item['kind'].noun})", "url": item["url"]}
                for item in linked_records(record)
            ]
        }

    def delete(self, record: CsActivity) -> None:
        actor: Any = self.request.user
        services.activity_delete(actor=actor, activity=record)


def activity_options(request: HttpRequest) -> HttpResponse:
    """Suggestions of activities."""
    rows: Any = CsActivity.objects.visible_to(request.user)
    return lookup(request, rows, "account", "plan", "objective", "playbook")
