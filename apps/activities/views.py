"""Pages of CS activities."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from apps.accounts.selectors import allocatable
from apps.activities import bulk_services, selectors, services
from apps.activities.filters import ActivityFilter
from apps.activities.forms import ActivityForm
from apps.activities.models import CsActivity
from apps.activities.rules import WHAT
from apps.activities.tables import ActivityTable
from apps.core import selectors as core_selectors
from apps.core.bulk_rules import Bulk
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.kinds import KINDS
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page


class ActivityList(ListPage):
    """The list of CS activities, the newest first."""

    record = "activity"
    table = ActivityTable
    filterset = ActivityFilter
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
    template = "activities/form.html"

    def initial(self, request: HttpRequest) -> dict[str, Any]:
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
        return services.activity_create(actor=actor, values=form.changes)


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
