"""What stands on a customer's page, and what is new since they looked last."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import timezone

from apps.core.models import Unit
from apps.kpis.models import ObjectiveKpi
from apps.objectives.choices import StatusKind
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import Stage, TaskStatus
from apps.playbooks.models import PlaybookTask
from apps.portal.models import ShareVisit
from apps.portal.news_rules import digest, news
from apps.portal.rules import PAUSE
from apps.portal.selectors import seen
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.seen import key_of
from apps.portal.visit_services import visit_recorded
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_contact,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_pool,
    make_resource,
    make_share,
    make_task,
    objective_status,
)

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def plan(db):
    return make_plan(make_account(name="Acme"), name="Onboarding", is_shared=True)


@pytest.fixture
def kim(plan):
    return make_contact(plan.account, name="Kim Lee", title="COO", email="kim@acme.com", phone="1")


@pytest.fixture
def share(plan, kim):
    return make_share(plan=plan, contacts=[kim], may_complete=True)


def shown(share, *contacts, now=NOW):
    """The page as these contacts see it."""
    visitor = Visitor(contacts[0].email, contacts, 1) if contacts else None
    return seen.page(share, visitor, now=now)


def objective(plan, **fields):
    return make_objective(plan, **({"is_external": True} | fields))


def measure(above, baseline, current, target, **fields):
    values = {"baseline": baseline, "current": current, "target": target, "is_external": True}
    return make_kpi(above, **(values | fields))


def only(page):
    """The one objective of the one plan."""
    (one,) = page.plans[0].objectives
    return one


def test_r_ext_5_progress_of_an_objective_tells_nothing_of_hidden_kpis(plan, share):
    one = objective(plan)
    measure(one, 0, 30, 100)
    hidden = measure(one, 0, 0, 100, is_external=False)
    assert only(shown(share)).share == Fraction(30, 100)
    ObjectiveKpi.objects.filter(pk=hidden.pk).update(current=90)
    assert only(shown(share)).share == Fraction(30, 100)
    assert shown(share).plans[0].share == Fraction(30, 100)


def test_r_ext_5_progress_tells_nothing_of_hidden_tasks(plan, share):
    one = objective(plan)
    playbook = make_playbook(one, is_shared=True)
    make_task(playbook, is_shared=True, status=TaskStatus.COMPLETED)
    make_task(playbook, is_shared=True)
    for _ in range(2):
        make_task(playbook)
    page = shown(share)
    assert only(page).share == Fraction(1, 2)
    (book,) = only(page).playbooks
    assert (book.share, book.completed, len(book.tasks)) == (Fraction(1, 2), 1, 2)


def test_r_obj_5_a_completed_objective_is_whole(plan, share):
    one = objective(plan, status=objective_status(StatusKind.COMPLETED))
    measure(one, 0, 30, 100)
    page = shown(share)
    assert only(page).share == 1
    assert [(row.what, row.name) for row in page.done] == [("Objective", one.name)]


def test_r_ext_2_what_was_achieved_is_what_was_completed(plan, share):
    one = objective(plan, name="Grow")
    book = make_playbook(one, name="Guide", is_shared=True, stage=Stage.COMPLETED)
    for name, ago in (("first", 9), ("last", 2)):
        task = make_task(book, name=name, is_shared=True, status=TaskStatus.COMPLETED)
        PlaybookTask.objects.filter(pk=task.pk).update(completed_at=NOW - ago * DAY)
    make_task(book, name="open", is_shared=True)
    make_task(book, name="hidden", status=TaskStatus.COMPLETED)
    done = shown(share).done
    assert [(row.what, row.name) for row in done] == [
        ("Playbook", "Guide"),
        ("Task", "last"),
        ("Task", "first"),
    ]
    assert done[1].on == TODAY - 2 * DAY


def test_r_ext_2_tasks_outside_a_playbook_are_other_tasks_by_objective(plan, share):
    one = objective(plan, name="Grow")
    loose = make_task(plan=plan, account=plan.account, name="loose", is_shared=True)
    below = make_task(plan=plan, account=plan.account, objective=one, name="below", is_shared=True)
    make_task(make_playbook(one, is_shared=True), name="inside", is_shared=True)
    groups = shown(share).plans[0].others
    assert [(group.name, [task.name for task in group.tasks]) for group in groups] == [
        ("", [loose.name]),
        ("Grow", [below.name]),
    ]


def test_a_share_of_an_account_shows_its_plans_and_what_belongs_to_none(plan, kim):
    make_plan(plan.account, name="Internal")
    make_plan(plan.account, name="Past", is_shared=True, status=PlanStatus.COMPLETED)
    objective(None, account=plan.account, name="Loose")
    page = shown(make_share(plan.account), kim)
    assert [one.name for one in page.plans] == ["Onboarding", "Past", ""]
    assert [one.name for one in page.plans[2].objectives] == ["Loose"]
    assert (page.heading, page.plan) == ("Acme", "")


def test_r_ext_1_the_name_of_a_plan_that_is_not_shared_is_not_told(plan, share):
    plan.is_shared = False
    plan.save()
    page = shown(share)
    assert (page.heading, page.plans) == ("Acme", ())
    assert page.empty


def test_kpis_carry_their_values_by_the_day_measured(plan, share):
    percent = Unit.objects.get(label="Percent")
    kpi = measure(objective(plan), 8, 8, 3, direction="lower", unit=percent)
    for ago, value in ((30, "7.5"), (10, "5.25"), (20, "6")):
        ObjectiveKpi.objects.filter(pk=kpi.pk).update(
            current=Decimal(value), measured_on=TODAY - ago * DAY
        )
    (one,) = only(shown(share)).kpis
    assert [(row.on, row.value) for row in one.values] == [
        (TODAY - 30 * DAY, Decimal("7.5")),
        (TODAY - 20 * DAY, 6),
        (TODAY - 10 * DAY, Decimal("5.25")),
    ]
    assert (one.unit, one.baseline, one.target) == ("%", 8, 3)
    assert shown(share).reached == (one,)


def test_values_in_another_unit_are_not_drawn_as_if_they_were_in_this_one(plan, share):
    hours, days = (Unit.objects.get(label=label) for label in ("Hours", "Days"))
    kpi = measure(objective(plan), 0, 48, 10, unit=hours, measured_on=TODAY - 9 * DAY)
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(unit=days, current=2, measured_on=TODAY)
    (one,) = only(shown(share)).kpis
    assert [row.value for row in one.values] == [2]


def test_what_is_next_is_what_is_open_by_day(plan, share):
    one = objective(plan, name="Grow", due_date=TODAY + 5 * DAY)
    book = make_playbook(one, name="Guide", is_shared=True, end_date=TODAY + 2 * DAY)
    make_task(book, name="today", is_shared=True, end_date=TODAY)
    make_task(book, name="late", is_shared=True, end_date=TODAY - DAY)
    make_task(book, name="hidden", end_date=TODAY)
    make_task(book, name="done", is_shared=True, end_date=TODAY, status=TaskStatus.COMPLETED)
    measure(one, 0, 10, 10, title="reached", target_date=TODAY + DAY)
    measure(one, 0, 5, 10, title="open", target_date=TODAY + DAY)
    assert [(row.name, (row.on - TODAY).days) for row in shown(share).dates] == [
        ("today", 0),
        ("open", 1),
        ("Guide", 2),
        ("Grow", 5),
    ]


def test_my_to_dos_are_mine_open_and_by_day(plan, share, kim):
    other = make_contact(plan.account, name="Ada", email="ada@acme.com")
    for name, who, days in (("b", kim, 9), ("a", kim, 3), ("theirs", other, 1)):
        task = make_task(
            plan=plan, account=plan.account, name=name, is_shared=True, end_date=TODAY + days * DAY
        )
        assign(task, who)
    page = shown(share, kim)
    assert [task.name for task in page.todos] == ["a", "b"]
    assert all(task.may_complete for task in page.todos)
    assert not any(task.may_complete for task in page.plans[0].all_tasks() if not task.mine)
    assert shown(share).todos == ()


def test_r_ext_3_a_share_that_is_read_only_offers_no_completing(plan, share, kim):
    assign(make_task(plan=plan, account=plan.account, is_shared=True), kim)
    share.may_complete = False
    (task,) = shown(share, kim).todos
    assert not task.may_complete


def test_who_is_to_do_a_task_is_named_in_all_four_ways(plan, share, kim):
    task = make_task(plan=plan, account=plan.account, is_shared=True)
    pool = make_pool(make_resource())
    role = make_account_role(plan.account, make_resource()).role
    for who in (kim, make_resource(name="Mara"), pool, role):
        assign(task, who)
    (found,) = shown(share).plans[0].all_tasks()
    assert found.who == tuple(sorted(["Kim Lee", "Mara", pool.name, role.label]))


def test_people_are_the_team_and_the_contacts_on_the_share(plan, share, kim):
    make_contact(plan.account, name="Not on it")
    gone = make_contact(plan.account, name="Gone", is_active=False)
    share.contacts.add(gone)
    mara = make_resource(name="Mara", email="mara@harbour.example")
    role = make_account_role(plan.account, mara).role
    make_account_role(plan.account, make_resource(name="Left", is_active=False))
    owner = make_resource(name="Owner")
    plan.owner = owner
    plan.save()
    page = shown(share)
    assert [(face.name, face.words, face.email) for face in page.team] == [
        ("Mara", role.label, "mara@harbour.example"),
        ("Owner", "", ""),
    ]
    assert [(face.name, face.words, face.email) for face in page.contacts] == [
        ("Kim Lee", "COO", "")
    ]


def test_r_ext_5_no_id_leaves_and_names_are_those_of_the_services(plan, share):
    one = objective(plan)
    page = shown(share)
    assert page.plans[0].key == key_of("plan", plan.pk)
    assert only(page).key == key_of("objective", one.pk)


def test_what_is_new_changed_and_completed_since():
    before = {"same": "a", "other": "b", "done": "c", "gone": "d"}
    now = {"same": "a", "other": "b2", "done": "c2+", "fresh": "e"}
    assert news(before, now) == {"other": "Changed", "done": "Completed", "fresh": "New"}
    assert news(None, now) == {}


def test_a_digest_tells_only_whether_it_is_the_same():
    assert digest(("a", None), False) == digest(("a", None), False)
    assert digest(("a", "b"), False) != digest(("ab", ""), False)
    assert digest(("a",), True) == digest(("a",), False) + "+"


def record(share, page, now, email="Kim@Acme.com "):
    return visit_recorded(share=share, email=email, seen=seen.digests(page), now=now)


def visited(share, kim, now):
    page = shown(share, kim, now=now)
    before = record(share, page, now)
    return seen.with_news(page, before.seen, before.at)


def test_new_since_the_visit_before_stays_new_for_the_whole_visit(plan, share, kim):
    one = objective(plan, name="Grow")
    assert visited(share, kim, NOW).fresh == ()
    # The same visit: going on is no coming back.
    one.name = "Grow faster"
    one.save()
    assert visited(share, kim, NOW + PAUSE).fresh == ()
    later = NOW + PAUSE + 2 * DAY
    task = make_task(plan=plan, account=plan.account, name="Sign", is_shared=True)
    one.status = objective_status(StatusKind.COMPLETED)
    one.save()
    for at in (later, later + PAUSE / 2):
        page = visited(share, kim, at)
        assert [(row.word, row.name) for row in page.fresh] == [
            ("Completed", "Grow faster"),
            ("New", task.name),
        ]
        assert page.since == NOW + PAUSE
    visit = ShareVisit.objects.get()
    assert (visit.email, visit.times, visit.first_at) == ("kim@acme.com", 2, NOW)
    assert visited(share, kim, later + PAUSE * 2).fresh == ()


def test_progress_alone_is_no_news(plan, share, kim):
    one = objective(plan)
    task = make_task(make_playbook(one, is_shared=True), is_shared=True)
    visited(share, kim, NOW)
    PlaybookTask.objects.filter(pk=task.pk).update(
        status=TaskStatus.COMPLETED, percent_complete=100, completed_at=timezone.now()
    )
    fresh = visited(share, kim, NOW + DAY).fresh
    assert [(row.word, row.what) for row in fresh] == [("Completed", "Task")]


def test_who_reads_without_a_name_is_counted_together_and_told_nothing_new(plan, share):
    objective(plan)
    page = shown(share)
    record(share, page, NOW, email="")
    before = record(share, page, NOW + DAY, email="")
    assert before == (None, None)
    assert ShareVisit.objects.get().times == 2


def test_a_visit_keeps_words_that_tell_nothing(plan, share, kim):
    objective(plan, name="Grow", description="Secret plans")
    visited(share, kim, NOW)
    kept = str(ShareVisit.objects.values("seen", "before").get())
    assert "Grow" not in kept
    assert "Secret" not in kept
