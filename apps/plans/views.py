"""Pages of success plans and business challenges."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.accounts.ownership_views import AllocatePage, OwnedPage
from apps.activities.timeline_forms import timeline_of
from apps.core import htmx
from apps.core import selectors as core_selectors
from apps.core.access import may
from apps.core.bulk_rules import Bulk
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.history import operation
from apps.core.kinds import KINDS
from apps.core.rules import percent_shown
from apps.core.touch_selectors import touch
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page
from apps.core.views.forms import asked, save_rows
from apps.library.template_services import template_create
from apps.objectives.selectors import objectives, plans_with_progress
from apps.plans import bulk_services, selectors, services
from apps.plans.due_selectors import plan_goes_on
from apps.plans.filters import ChallengeFilter, PlanFilter
from apps.plans.forms import ChallengeForm, ChallengeRows, PlanForm
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.tables import CHALLENGE_TINTS, PLAN_TINTS, ChallengeTable, PlanTable
from apps.plans.template_forms import template_values, wants_template
from apps.plans.transfer_services import CHALLENGES, PLANS
from apps.playbooks.move_services import plan_move
from apps.playbooks.selectors import playbooks, tasks

# The Related tab shows the first rows of each kind and links to the list that has them all.
FIRST = 50


class PlanList(ListPage):
    """The list of success plans."""

    record = "plan"
    table = PlanTable
    filterset = PlanFilter
    transfer = PLANS
    empty = "No success plans yet. A plan holds what a customer and you agreed to reach."
    form_class = PlanForm
    bulk_fields = (
        "status",
        "owner",
        "end_date",
        "review_date",
        "is_shared",
    )
    quick = "status"
    gives = "owner"

    def rows(self, user: Any) -> QuerySet[Any]:
        return plans_with_progress(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.plans_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.plans_remove(actor=actor, ids=ids)


def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A success plan: its details, what belongs to it, its history; links to its trackers."""
    plan: Any = core_selectors.one(plans_with_progress(request.user), pk)
    tabs = [
        Tab("related", "Related"),
        Tab("success", "Success Tracker", f"{reverse('workspace:success-tracker')}?plan={pk}"),
        Tab("value", "Value Tracker", f"{reverse('workspace:value-tracker')}?plan={pk}"),
        Tab(
            "due",
            "Activity Tracker",
            f"{reverse('workspace:activity-tracker')}?plan={pk}&whose=all",
        ),
    ]
    context: dict[str, Any] = {
        "percent": percent_shown(plan.progress),
        "status_tint": PLAN_TINTS[plan.status],
        "create_context": f"account={plan.account_id}&plan={plan.pk}",
        **touch(request.user, "plan", plan, goes_on=plan_goes_on(plan)),
    }
    tab = request.GET.get("tab", "details")
    if tab == "related":
        context |= plan_related(request.user, plan) | timeline_of(request, "plan", plan)
    elif tab == "details" and htmx.target(request) != "panel":
        context |= plan_objectives(request.user, plan)
    return record_page(request, plan, "plan", tabs=tabs, context=context, deletable=False)


def plan_objectives(user: Any, plan: SuccessPlan) -> dict[str, Any]:
    """The objectives of a plan, the first rows, and what their section needs."""
    rows = objectives(user).filter(plan=plan).order_by("start_date", "name", "pk")
    return {
        "objectives": list(rows[:FIRST]),
        "parent_query": f"account={plan.account_id}&plan={plan.pk}",
        "all_query": f"plan={plan.pk}",
    }


def plan_related(user: Any, plan: SuccessPlan) -> dict[str, Any]:
    """What belongs to a plan, the first rows of each kind."""
    rows: dict[str, QuerySet[Any]] = {
        "playbooks": playbooks(user).filter(plan=plan).select_related("owner"),
        "tasks": tasks(user).filter(plan=plan).order_by("end_date", "pk"),
        "challenges": selectors.challenges(user).filter(plan_links__plan=plan),
    }
    return {
        **plan_objectives(user, plan),
        **{name: list(found[:FIRST]) for name, found in rows.items()},
        "challenge_tints": CHALLENGE_TINTS,
    }


class PlanCreate(OwnedPage, CreatePage):
    """A new success plan, with its first challenges."""

    record = "plan"
    form_class = PlanForm
    template = "plans/form.html"

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        return challenge_rows(request, data)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        if wants_template(form):
            return template_create(actor=actor, kind="plan", values=template_values(form))
        with operation(actor):
            plan = services.plan_create(actor=actor, values=form.changes)
            save_challenges(actor, plan, formset)
        return plan


class PlanEdit(OwnedPage, EditPage):
    """A success plan changes; new challenges are saved with it."""

    record = "plan"
    form_class = PlanForm
    template = "plans/form.html"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.plans(user)

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        return challenge_rows(request, data)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        plan: Any = form.instance
        moved = plan_move(
            actor=actor,
            plan=plan,
            changes=form.changes,
            shown=form.shown,
            asked=asked(self.request),
            also=lambda: save_challenges(actor, plan, formset),
        )
        return moved.said(str(plan))


class PlanAllocate(AllocatePage):
    """A success plan is given to a team member or a role (R-OWN-2)."""

    record = "plan"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.plans(user).select_related("owner_role")

    def update(self, record: SuccessPlan, changes: dict[str, Any], shown: dict[str, Any]) -> None:
        actor: Any = self.request.user
        services.plan_update(actor=actor, plan=record, changes=changes, shown=shown)


def challenge_rows(request: HttpRequest, data: Any) -> RowFormSet | None:
    """Rows for new challenges, for those who may add them."""
    if not may(request.user, "challenge.create"):
        return None
    return ChallengeRows(data, user=request.user, prefix="challenges-new", may_delete=False)


def save_challenges(actor: Any, plan: SuccessPlan, formset: RowFormSet | None) -> None:
    """Make the new challenges of a plan's form."""
    if formset is None:
        return

    def create(values: dict[str, Any]) -> Any:
        values = {**values, "account": plan.account}
        return services.challenge_create(actor=actor, plan=plan, values=values)

    save_rows(formset, create=create)


class PlanDelete(DeletePage):
    """Deleting a plan keeps what hung on it, and says so first (R-PLAN-1)."""

    record = "plan"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.plans(user)

    def consequences(self, record: SuccessPlan) -> dict[str, list[Any]]:
        return {"stays": stays_without_plan(record)}

    def delete(self, record: SuccessPlan) -> None:
        actor: Any = self.request.user
        services.plan_delete(actor=actor, plan=record)


def stays_without_plan(plan: SuccessPlan) -> list[Any]:
    """The records that stay with the account when their plan is deleted, each kind named."""
    lines: list[Any] = []
    for name, rows in selectors.hanging_on(plan).items():
        kind = KINDS[name]
        found = list(rows[: FIRST + 1])
        lines += [
            {"label": f"{title} ({kind.noun})", "url": f"{kind.prefix}{pk}/"}
            for pk, title in found[:FIRST]
        ]
        if len(found) > FIRST:
            lines.append(f"and {rows.count() - FIRST} more {kind.plural.lower()}")
    return lines


def plan_options(request: HttpRequest) -> HttpResponse:
    """Suggestions of plans, of one account when the address names it."""
    return lookup(request, selectors.plans(request.user), "account")


class ChallengeList(ListPage):
    """The list of business challenges."""

    record = "challenge"
    table = ChallengeTable
    filterset = ChallengeFilter
    transfer = CHALLENGES
    order = "title"
    empty = "No challenges yet. A challenge is what keeps a customer from success."
    form_class = ChallengeForm
    bulk_fields = (
        "status",
        "severity",
        "category",
        "identified_on",
    )
    quick = "status"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.challenges(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.challenges_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.challenges_remove(actor=actor, ids=ids)


def challenge_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A business challenge, and the plans and objectives that answer it."""
    challenge: BusinessChallenge = core_selectors.one(selectors.challenges(request.user), pk)
    context: dict[str, Any] = {"status_tint": CHALLENGE_TINTS[challenge.status]}
    if request.GET.get("tab") == "related":
        plans = plans_with_progress(request.user).filter(challenge_links__challenge=challenge)
        answers = objectives(request.user).filter(challenge_links__challenge=challenge)
        context |= {
            "plans": list(plans[:FIRST]),
            "objectives": list(answers[:FIRST]),
            "plan_tints": PLAN_TINTS,
            "parent_query": f"account={challenge.account_id}",
        }
    tabs = [Tab("related", "Related")]
    return record_page(request, challenge, "challenge", tabs=tabs, context=context)


class ChallengeCreate(CreatePage):
    """A new business challenge."""

    record = "challenge"
    form_class = ChallengeForm

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        return services.challenge_create(actor=actor, values=form.changes)


class ChallengeEdit(EditPage):
    """A business challenge changes."""

    record = "challenge"
    form_class = ChallengeForm

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.challenges(user)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        challenge = form.instance
        services.challenge_update(
            actor=actor, challenge=challenge, changes=form.changes, shown=form.shown
        )
        return challenge


class ChallengeDelete(DeletePage):
    """Deleting a challenge unlinks it (R-DEL-1)."""

    record = "challenge"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.challenges(user)

    def consequences(self, record: BusinessChallenge) -> dict[str, list[Any]]:
        plans = record.plans.values_list("pk", "name")
        answers = record.objectives.values_list("pk", "name")
        return {
            "stays": [
                *({"label": f"{name} (plan)", "url": f"/plans/{pk}/"} for pk, name in plans),
                *(
                    {"label": f"{name} (objective)", "url": f"/objectives/{pk}/"}
                    for pk, name in answers
                ),
            ]
        }

    def delete(self, record: BusinessChallenge) -> None:
        actor: Any = self.request.user
        services.challenge_delete(actor=actor, challenge=record)


def challenge_options(request: HttpRequest) -> HttpResponse:
    """Suggestions of challenges."""
    return lookup(request, selectors.challenges(request.user), "account")
