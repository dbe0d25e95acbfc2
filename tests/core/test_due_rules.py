"""What is due when, and that lists speak of the same rows (R-DUE-1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.filters import AccountFilter
from apps.core import due_rules
from apps.core.scope import today
from apps.kpis.filters import KpiFilter
from apps.kpis.selectors import kpis
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.selectors import objectives
from apps.plans.filters import PlanFilter
from apps.plans.selectors import plans
from apps.playbooks.filters import PlaybookFilter, TaskFilter
from apps.playbooks.selectors import playbooks, tasks
from tests import factories

DAYS = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2030, 1, 1))
VALUES = [value for value, _ in due_rules.CHOICES]


@given(day=st.none() | DAYS, today=DAYS)
def test_r_due_1_every_date_stands_under_one_heading(day, today):
    found = due_rules.bucket(day, today)
    if day is None:
        assert found == "none"
        return
    first, last = due_rules.days(found, today)
    assert (first is None or first <= day) and (last is None or day <= last)


def test_r_due_1_seven_days_are_today_to_today_and_seven():
    day = dt.date(2026, 3, 2)
    assert due_rules.days("week", day) == (day, dt.date(2026, 3, 9))
    assert due_rules.days("30", day) == (day, dt.date(2026, 4, 1))
    assert due_rules.bucket(dt.date(2026, 3, 9), day) == "week"
    assert due_rules.bucket(dt.date(2026, 3, 10), day) == "later"
    assert due_rules.bucket(day, day) == "today"


def filtered(filterset, rows, user, **query):
    request = RequestFactory().get("/", query)
    request.user = user
    return set(
        filterset(request.GET, queryset=rows(user), request=request).qs.values_list("pk", flat=True)
    )


OFFSETS = {"overdue": -1, "today": 0, "week": 7, "later": 8, "none": None}
# What each choice takes of these five.
TAKES = {
    "overdue": {"overdue"},
    "today": {"today"},
    "week": {"today", "week"},
    "later": {"later"},
    "none": {"none"},
}


def dates(user):
    day = today(user)
    return {
        name: None if offset is None else day + dt.timedelta(days=offset)
        for name, offset in OFFSETS.items()
    }


def of_tasks(account):
    make = lambda **more: factories.make_task(account=account, **more)  # noqa: E731
    return TaskFilter, tasks, make, "end_date", [{"status": "completed"}, {"status": "canceled"}]


def of_playbooks(account):
    make = lambda **more: factories.make_playbook(account=account, **more)  # noqa: E731
    return (
        PlaybookFilter,
        playbooks,
        make,
        "end_date",
        [{"stage": "completed"}, {"stage": "canceled"}],
    )


def of_plans(account):
    make = lambda **more: factories.make_plan(account, **more)  # noqa: E731
    return PlanFilter, plans, make, "end_date", [{"status": "completed"}, {"status": "archived"}]


def of_objectives(account):
    make = lambda **more: factories.make_objective(account=account, **more)  # noqa: E731
    over = [
        {"status": factories.objective_status(kind)}
        for kind in ("completed", "abandoned", "archived")
    ]
    return ObjectiveFilter, objectives, make, "due_date", over


def of_kpis(account):
    running = factories.make_objective(account=account)
    over = [
        {
            "objective": factories.make_objective(
                account=account, status=factories.objective_status(kind)
            )
        }
        for kind in ("completed", "abandoned", "archived")
    ]
    met = {"baseline": Decimal(0), "current": Decimal(9), "target": Decimal(9)}

    def make(**more):
        return factories.make_kpi(more.pop("objective", running), **more)

    return KpiFilter, kpis, make, "target_date", [*over, met]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [of_tasks, of_playbooks, of_plans, of_objectives, of_kpis])
def test_r_due_1_lists_show_what_is_due_and_leave_out_what_is_over(kind):
    user = factories.make_csm(time_zone="Pacific/Kiritimati")
    filterset, rows, make, path, over = kind(factories.make_account())
    days = dates(user)
    made = {name: make(**{path: day}).pk for name, day in days.items()}
    for fields in over:
        for day in days.values():
            make(**fields, **{path: day})
    for value, names in TAKES.items():
        assert filtered(filterset, rows, user, due=value) == {made[name] for name in names}


@pytest.mark.django_db
def test_r_due_1_a_kpi_with_some_value_missing_is_still_due():
    user = factories.make_csm()
    day = today(user)
    half = factories.make_kpi(target_date=day, current=Decimal(5))
    worse = factories.make_kpi(
        target_date=day, baseline=Decimal(5), current=Decimal(1), target=Decimal(9)
    )
    assert filtered(KpiFilter, kpis, user, due="today") == {half.pk, worse.pk}


@pytest.mark.django_db
def test_business_reviews_in_thirty_days_are_those_of_plans_that_go_on():
    user = factories.make_csm()
    day = today(user)
    soon = factories.make_plan(review_date=day + dt.timedelta(days=30))
    factories.make_plan(review_date=day + dt.timedelta(days=31))
    factories.make_plan(review_date=day, status="archived")
    assert filtered(PlanFilter, plans, user, review="30") == {soon.pk}
    due = factories.make_account(next_review_date=day)
    factories.make_account(next_review_date=day, status="churned")
    from_selector = lambda user: type(due).objects.visible_to(user)  # noqa: E731
    assert filtered(AccountFilter, from_selector, user, review="30") == {due.pk}


@pytest.mark.django_db
def test_r_vis_1_my_team_are_those_who_share_a_pool_with_me():
    me, mate, other = factories.make_csm(), factories.make_csm(), factories.make_csm()
    factories.make_pool(me.resource, mate.resource)
    factories.make_pool(other.resource)
    mine = factories.make_plan(owner=me.resource)
    theirs = factories.make_plan(owner=mate.resource)
    foreign = factories.make_plan(owner=other.resource)
    assert filtered(PlanFilter, plans, me, mine="1") == {mine.pk}
    assert filtered(PlanFilter, plans, me, mine="team") == {mine.pk, theirs.pk}
    assert filtered(PlanFilter, plans, me, mine="0") == {theirs.pk, foreign.pk}
    accounts = lambda user: type(mine.account).objects.visible_to(user)  # noqa: E731
    assert filtered(AccountFilter, accounts, me, mine="team") == {
        mine.account_id,
        theirs.account_id,
    }
    assert filtered(AccountFilter, accounts, me, mine="1") == {mine.account_id}
    assert filtered(AccountFilter, accounts, me, mine="0") == {
        theirs.account_id,
        foreign.account_id,
    }


@pytest.mark.django_db
def test_r_vis_1_tasks_of_my_team_are_those_that_one_of_us_is_to_do():
    me, mate = factories.make_csm(), factories.make_csm()
    factories.make_pool(me.resource, mate.resource)
    mine, theirs, nobodys = (factories.make_task() for _ in range(3))
    factories.assign(mine, me.resource)
    factories.assign(theirs, mate.resource)
    assert filtered(TaskFilter, tasks, me, mine="1") == {mine.pk}
    assert filtered(TaskFilter, tasks, me, mine="team") == {mine.pk, theirs.pk}
    assert filtered(TaskFilter, tasks, me, mine="0") == {theirs.pk, nobodys.pk}
