"""What Activity Tracker finds, under which heading, and for whom (R-DUE-1, R-VIS-1)."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone

from apps.accounts.choices import AccountStatus
from apps.activities.models import ActivityResource
from apps.core.choices import RowScope
from apps.core.due_rules import NO_DATE
from apps.core.models import Organisation
from apps.core.scope import today
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import TaskPin
from apps.workspace.due_rules import DONE, LATER, OVERDUE, TODAY, WEEK, Span, window
from apps.workspace.selectors import due
from apps.workspace.selectors.due_rows import EVERYBODY, KINDS, STEP, Asked
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_activity,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_pool,
    make_resource,
    make_task,
    make_user,
    objective_status,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm():
    return make_csm()


def asked(user, **wanted):
    day = today(user)
    since = wanted.get("since")
    wanted.setdefault("window", window(since, wanted.pop("until", None), day))
    return Asked(user=user, today=day, **wanted)


def found(user, **wanted):
    """What stands under each heading, by name."""
    made = due.sections(asked(user, **wanted))
    return {
        section.name: [str(entry.record) for entry in section.entries]
        for section in made
        if section.entries
    }


def far(days):
    return today() + dt.timedelta(days=days)


def one_of_each(owner, account, days):
    """A record of each kind that is due in some days."""
    day = far(days)
    account.next_review_date = day
    account.save()
    make_account_role(account, owner)
    plan = make_plan(account, name="Plan", owner=owner, review_date=day)
    objective = make_objective(plan, name="Objective", owner=owner, due_date=day)
    make_kpi(objective, title="KPI", baseline=0, current=1, target=9, target_date=day)
    assign(make_task(account=account, name="Task", end_date=day), owner)
    make_activity(
        subject="Activity",
        account=account,
        owner=owner,
        happened_at=timezone.now() + dt.timedelta(days=days),
    )


ALL = {"Acme", "Plan", "Objective", "KPI", "Task", "Activity"}


@pytest.mark.parametrize(
    ("days", "section", "absent"),
    [
        (-400, OVERDUE, {"Activity"}),
        (-1, OVERDUE, {"Activity"}),
        (0, TODAY, {"Activity"}),
        (1, WEEK, set()),
        (7, WEEK, set()),
        (8, LATER, {"KPI"}),
        (400, LATER, ALL),
    ],
)
def test_r_due_1_every_kind_stands_under_the_heading_of_its_day(csm, days, section, absent):
    one_of_each(csm.resource, make_account(name="Acme"), days)
    here = found(csm)
    here.pop(DONE, None)
    expected = ALL - absent
    assert {name: set(rows) for name, rows in here.items()} == (
        {section: expected} if expected else {}
    )


def test_r_due_1_what_is_over_is_not_due(csm):
    account = make_account(next_review_date=far(-2), status=AccountStatus.CHURNED)
    make_account_role(account, csm.resource)
    make_plan(account, owner=csm.resource, review_date=far(-2), status=PlanStatus.ARCHIVED)
    for kind in ("completed", "abandoned", "archived"):
        over = make_objective(
            account=account,
            owner=csm.resource,
            due_date=far(-2),
            status=objective_status(kind),
        )
        make_kpi(over, target_date=far(-2), baseline=0, current=1, target=9)
    going = make_objective(account=account, owner=csm.resource)
    make_kpi(going, title="Met", target_date=far(-2), baseline=0, current=9, target=9)
    for status in (TaskStatus.COMPLETED, TaskStatus.CANCELED):
        task = make_task(account=account, status=status, end_date=far(-2))
        assign(task, csm.resource)
    assert found(csm, whose=EVERYBODY) == {}


def test_what_was_done_stands_under_done_the_newest_first(csm):
    account = make_account()
    for name, ago in (("Old", 3), ("New", 1), ("Long ago", 90)):
        task = make_task(
            account=account,
            name=name,
            status=TaskStatus.COMPLETED,
            percent_complete=100,
            completed_at=timezone.now() - dt.timedelta(days=ago),
        )
        assign(task, csm.resource)
    make_activity(
        subject="Call",
        account=account,
        owner=csm.resource,
        happened_at=timezone.now() - dt.timedelta(days=2),
    )
    assert found(csm) == {DONE: ["New", "Call", "Old"]}
    assert found(csm, since=far(-100)) == {DONE: ["New", "Call", "Old", "Long ago"]}


def test_r_vis_1_mine_my_teams_and_all(csm):
    mate, stranger = make_resource(), make_resource()
    make_pool(csm.resource, mate)
    for name, owner in (("Mine", csm.resource), ("Mate's", mate), ("Other", stranger)):
        assign(make_task(name=name, end_date=far(2)), owner)
    assert found(csm) == {WEEK: ["Mine"]}
    assert set(found(csm, whose="team")[WEEK]) == {"Mine", "Mate's"}
    assert set(found(csm, whose=EVERYBODY)[WEEK]) == {"Mine", "Mate's", "Other"}
    assert found(csm, whose=EVERYBODY, owner=stranger) == {WEEK: ["Other"]}


def test_r_vis_1_nothing_of_accounts_that_are_not_seen(csm):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    one_of_each(make_resource(), make_account(name="Acme"), 2)
    assert found(csm, whose=EVERYBODY) == {}
    nobody = make_user(None)
    assert found(nobody, whose=EVERYBODY) == {}


def test_a_person_without_a_resource_has_nothing_of_their_own():
    user = make_csm()
    assign(make_task(end_date=far(1)), make_resource())
    user.resource.delete()
    user = type(user).objects.get(pk=user.pk)
    assert found(user) == {}
    assert found(user, whose="team") == {}


def test_filters_narrow_every_kind_or_leave_it_out(csm):
    owner = csm.resource
    account = make_account(name="Acme")
    one_of_each(owner, account, 2)
    other = make_account(name="Other", next_review_date=far(2), parent=account)
    make_account_role(other, owner)
    playbook = make_playbook(account=other)
    assign(make_task(playbook, name="In playbook", end_date=far(2), is_flagged=True), owner)
    make_activity(
        subject="Of playbook",
        playbook=playbook,
        owner=owner,
        happened_at=timezone.now() + dt.timedelta(days=2),
    )
    assert set(found(csm)[WEEK]) == ALL | {"Other", "In playbook", "Of playbook"}
    assert set(found(csm, account=account)[WEEK]) == ALL
    assert set(found(csm, account=account, children=True)[WEEK]) == set(found(csm)[WEEK])
    assert set(found(csm, playbook=playbook)[WEEK]) == {"In playbook", "Of playbook"}
    plan = account.plans.get()
    assert set(found(csm, plan=plan)[WEEK]) == {"Plan", "Objective", "KPI"}
    assert found(csm, flagged=True) == {WEEK: ["In playbook"]}
    assert set(found(csm, flagged=False)[WEEK]) == {"Task"}
    assert found(csm, status=TaskStatus.DRAFT) == {}
    assert set(found(csm, q="playb")[WEEK]) == {"In playbook", "Of playbook"}
    for kind in KINDS:
        assert len(found(csm, kind=kind, account=account)[WEEK]) == 1


def test_pinned_tasks_stand_first_under_their_heading(csm):
    account = make_account()
    for name, days in (("First", 1), ("Second", 2), ("Third", 3)):
        task = make_task(account=account, name=name, end_date=far(days))
        assign(task, csm.resource)
    TaskPin.objects.create(user=csm, task=task)
    assert found(csm) == {WEEK: ["Third", "First", "Second"]}
    assert found(csm, pinned=True) == {WEEK: ["Third"]}
    assert found(csm, pinned=False) == {WEEK: ["First", "Second"]}


def test_tasks_without_a_date_are_shown_when_asked_for(csm):
    assign(make_task(name="Some day"), csm.resource)
    assert found(csm) == {}
    assert found(csm, undated=True) == {NO_DATE: ["Some day"]}


def test_a_heading_shows_a_step_and_says_that_there_is_more(csm):
    account = make_account()
    for _ in range(STEP + 2):
        assign(make_task(account=account, end_date=far(1)), csm.resource)

    def week(**wanted):
        return next(one for one in due.sections(asked(csm, **wanted)) if one.name == WEEK)

    assert (len(week().entries), week().more) == (STEP, True)
    assert (len(week(show=2 * STEP).entries), week(show=2 * STEP).more) == (STEP + 2, False)


def test_the_calendar_holds_what_falls_on_its_days_open_or_done(csm):
    account = make_account(name="Acme")
    one_of_each(csm.resource, account, 20)
    done = make_task(
        account=account,
        name="Done",
        status=TaskStatus.COMPLETED,
        percent_complete=100,
        completed_at=timezone.now(),
        end_date=far(20),
    )
    assign(done, csm.resource)
    days = Span(far(20), far(21))
    entries, cut_from = due.calendar(asked(csm), days)
    assert {str(entry.record) for entry in entries} == ALL | {"Done"}
    assert cut_from is None
    assert due.calendar(asked(csm), Span(far(30), far(40))) == ([], None)


def test_a_calendar_that_is_too_full_says_from_which_day_on(csm, monkeypatch):
    monkeypatch.setattr(due, "MOST_IN_CALENDAR", 2)
    account = make_account()
    for days in (1, 2, 3, 4):
        assign(make_task(account=account, name=f"In {days}", end_date=far(days)), csm.resource)
    days = Span(far(0), far(9))
    entries, cut_from = due.calendar(asked(csm), days)
    assert [str(entry.record) for entry in entries] == ["In 1", "In 2"]
    assert cut_from == far(3)


def test_a_board_holds_open_tasks_of_the_period_and_those_done_in_it(csm):
    account = make_account()

    def task(name, **fields):
        made = make_task(account=account, name=name, **fields)
        assign(made, csm.resource)

    task("Overdue", end_date=far(-90))
    task("Soon", end_date=far(9))
    task("Undated")
    task("Far", start_date=far(60), end_date=far(90))
    task("Begun", start_date=far(-5), end_date=far(90))
    now = timezone.now()
    whole = {"status": TaskStatus.COMPLETED, "percent_complete": 100}
    task("Done", completed_at=now, **whole)
    task("Long done", completed_at=now - dt.timedelta(days=90), **whole)
    task("Canceled", status=TaskStatus.CANCELED, end_date=far(2))

    def names(**wanted):
        return {str(one) for one in due.board(asked(csm, **wanted))}

    assert names() == {"Overdue", "Soon", "Undated", "Begun", "Done", "Canceled"}
    assert names(since=far(-10)) == {"Soon", "Undated", "Begun", "Done", "Canceled"}


@pytest.mark.parametrize("zone", ["Pacific/Midway", "Pacific/Kiritimati"])
def test_days_are_the_persons_days(zone):
    csm = make_csm(time_zone=zone)
    account = make_account()
    here = timezone.now().astimezone(zoneinfo.ZoneInfo(zone))
    late = dt.datetime.combine(here.date(), dt.time(23, 59, 59), here.tzinfo)
    make_activity(subject="Tonight", account=account, owner=csm.resource, happened_at=late)
    assign(make_task(name="Today", end_date=here.date()), csm.resource)
    assert set(found(csm)[TODAY]) == {"Tonight", "Today"}
    entries, _ = due.calendar(asked(csm), Span(here.date(), here.date()))
    assert {entry.day for entry in entries} == {here.date()}


def test_present_people_have_the_activity_too(csm):
    activity = make_activity(subject="Together", account=make_account(), happened_at=timezone.now())
    ActivityResource.objects.create(activity=activity, resource=csm.resource)
    assert found(csm) == {DONE: ["Together"]}
