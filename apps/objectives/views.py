"""Pages of objectives."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.accounts.ownership_views import AllocatePage, OwnedPage
from apps.activities.timeline_forms import timeline_of
from apps.core import selectors as core_selectors
from apps.core.access import may
from apps.core.bulk_rules import Bulk
from apps.core.choices import ProgressStatus
from apps.core.forms import RecordForm, tag_fields
from apps.core.formsets import RowFormSet
from apps.core.history import operation
from apps.core.rules import percent_shown, worse_than_baseline
from apps.core.touch_selectors import touch
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page
from apps.core.views.forms import asked, save_rows
from apps.kpis.selectors import kpis_of, summary
from apps.kpis.services import kpi_create, kpi_delete, kpi_update
from apps.library.template_services import template_create
from apps.objectives import bulk_services, rules, selectors, services
from apps.objectives.due_selectors import objective_goes_on
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.forms import KpiRows, NewObjectiveForm, ObjectiveForm
from apps.objectives.models import Objective
from apps.objectives.tables import ObjectiveTable
from apps.objectives.transfer_services import OBJECTIVES
from apps.plans.tables import CHALLENGE_TINTS
from apps.plans.template_forms import template_values, wants_template
from apps.playbooks.move_services import objective_move
from apps.playbooks.selectors import playbooks, tasks
from apps.playbooks.services import playbooks_group

FIRST = 50


class ObjectiveList(ListPage):
    """The list of objectives."""

    record = "objective"
    table = ObjectiveTable
    filterset = ObjectiveFilter
    transfer = OBJECTIVES
    empty = "No objectives yet. An objective is one goal, measured by KPIs."
    form_class = ObjectiveForm
    bulk_fields = (
        "status",
        "priority",
        "risk",
        "health",
        "category",
        "owner",
        "due_date",
        "is_external",
    )
    quick = "status"
    gives = "owner"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.objectives(user)

    def bulk_extra(self, user: Any) -> dict[str, Field]:
        return tag_fields(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.objectives_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.objectives_remove(actor=actor, ids=ids)


def objective_page(request: HttpRequest, pk: int) -> HttpResponse:
    """An objective: its details with its KPIs, what belongs to it, its history."""
    objective: Any = core_selectors.one(selectors.objective_rows(request.user), pk)
    context: dict[str, Any] = {
        "objective": objective,
        "percent": percent_shown(objective.progress),
        "worse": worse_than_baseline(objective.baseline, objective.current, objective.direction),
        "create_context": f"account={objective.account_id}&objective={objective.pk}",
        **touch(request.user, "objective", objective, goes_on=objective_goes_on(objective)),
    }
    tab = request.GET.get("tab", "details")
    if tab != "history":
        kpis = kpis_of(request.user, objective)
        shown: list[Any] = list(kpis)
        context["kpis"] = shown
        # R-KPI-6: they count as nothing, so the page names them.
        context["without_values"] = [
            kpi for kpi in shown if kpi.kpi_status == ProgressStatus.NOT_AVAILABLE
        ]
        context["kpi_percent"] = percent_shown(summary(kpis).progress)
    if tab == "related":
        context |= objective_related(request.user, objective)
        context |= timeline_of(request, "objective", objective)
    elif tab == "details":
        context["tags"] = list(objective.tags.all())
    value_tracker = f"{reverse('workspace:value-tracker')}?objective={pk}"
    tabs = [Tab("related", "Related"), Tab("value", "Value Tracker", value_tracker)]
    return record_page(request, objective, "objective", tabs=tabs, context=context)


def objective_related(user: Any, objective: Objective) -> dict[str, Any]:
    """What belongs to an objective, the first rows of each kind."""
    rows: dict[str, QuerySet[Any]] = {
        "playbooks": playbooks(user).filter(objective=objective).select_related("owner"),
        "tasks": tasks(user).filter(objective=objective).order_by("end_date", "pk"),
        "challenges": selectors.challenges_linked(user, objective),
    }
    plan = f"&plan={objective.plan_id}" if objective.plan_id else ""
    return {
        **{name: list(found[:FIRST]) for name, found in rows.items()},
        "parent_query": f"account={objective.account_id}{plan}&objective={objective.pk}",
        "all_query": f"objective={objective.pk}",
        "challenge_tints": CHALLENGE_TINTS,
    }


class ObjectiveCreate(OwnedPage, CreatePage):
    """A new objective with its KPIs, and playbooks of its account grouped under it."""

    record = "objective"
    form_class = NewObjectiveForm
    template = "objectives/form.html"

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        return kpi_rows(request, None, data)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        if wants_template(form):
            values = template_values(form)
            with operation(actor):
                template = template_create(actor=actor, kind="objective", values=values)
                save_kpis(actor, template, formset)
            return template
        values = form.changes
        grouped = values.pop("playbooks", ())
        with operation(actor):
            objective = services.objective_create(actor=actor, values=values)
            save_kpis(actor, objective, formset)
            playbooks_group(actor=actor, objective=objective, playbooks=grouped)
        return objective


class ObjectiveEdit(OwnedPage, EditPage):
    """An objective changes together with its KPIs."""

    record = "objective"
    form_class = ObjectiveForm
    template = "objectives/form.html"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.objective_rows(user)

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        objective: Any = self.instance
        return kpi_rows(request, objective, data)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        objective: Any = form.instance
        moved = objective_move(
            actor=actor,
            objective=objective,
            changes=form.changes,
            shown=form.shown,
            asked=asked(self.request),
            also=lambda: save_kpis(actor, objective, formset),
            without=dated_here(formset),
        )
        return moved.said(str(objective))


class ObjectiveAllocate(AllocatePage):
    """An objective is given to a team member, a role or a contact (R-OWN-2)."""

    record = "objective"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.objective_rows(user)

    def update(self, record: Objective, changes: dict[str, Any], shown: dict[str, Any]) -> None:
        actor: Any = self.request.user
        services.objective_update(actor=actor, objective=record, changes=changes, shown=shown)


def kpi_rows(request: HttpRequest, objective: Objective | None, data: Any) -> RowFormSet | None:
    """The KPI rows of an objective's form, as far as the person may change them."""
    if not may(request.user, "kpi.edit"):
        return None
    return KpiRows(
        data,
        user=request.user,
        rows=kpis_of(request.user, objective) if objective else (),
        prefix="kpis",
        may_create=bool(may(request.user, "kpi.create")),
        may_delete=bool(may(request.user, "kpi.delete")),
    )


def dated_here(formset: RowFormSet | None) -> set[str]:
    """The KPIs whose target dates the form itself sets, or which it deletes: not to be moved too."""
    rows = formset.forms if formset is not None else []
    return {
        f"kpi-{row.instance.pk}"
        for row in rows
        if row.instance.pk
        and ((formset is not None and formset.is_removed(row)) or "target_date" in row.changed_data)
    }


def save_kpis(actor: Any, objective: Objective, formset: RowFormSet | None) -> None:
    """Make, change and delete the KPIs of an objective's form."""
    if formset is None:
        return
    save_rows(
        formset,
        create=lambda values: kpi_create(actor=actor, objective=objective, values=values),
        update=lambda kpi, changes, shown: kpi_update(
            actor=actor, kpi=kpi, changes=changes, shown=shown
        ),
        delete=lambda kpi: kpi_delete(actor=actor, kpi=kpi),
    )


class ObjectiveDelete(DeletePage):
    """An objective with KPIs is not deleted; the KPIs are listed with their links (R-OBJ-4)."""

    record = "objective"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.objective_rows(user)

    def consequences(self, record: Objective) -> dict[str, list[Any]]:
        here = reverse("objectives:delete", args=[record.pk])
        kpis = record.kpis.order_by("title", "pk").values_list("pk", "title")
        return {
            "blocked": [
                {
                    "label": f"KPI “{title}”: delete it first",
                    "url": f"{reverse('kpis:delete', args=[pk])}?next={here}",
                }
                for pk, title in kpis
            ],
            "stays": rules.staying(selectors.below(record)),
        }

    def delete(self, record: Objective) -> None:
        actor: Any = self.request.user
        services.objective_delete(actor=actor, objective=record)


def objective_options(request: HttpRequest) -> HttpResponse:
    """Suggestions of objectives, of one plan or account when the address names it."""
    rows: Any = Objective.objects.visible_to(request.user)
    return lookup(request, rows, "account", "plan")
