"""Who sees which account and what hangs on it; the reads of people and readings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import reading_selectors, selectors
from apps.accounts.models import Account, AccountRole, AttributeValue, Contact, Resource
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.plans.models import SuccessPlan
from tests.factories import (
    make_account,
    make_account_role,
    make_administrator,
    make_attribute,
    make_contact,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team_scope():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})


@pytest.fixture
def tree():
    """group > mine > below, and a stranger; the first three in one hierarchy."""
    group = make_account(name="Group")
    mine = make_account(name="Mine", parent=group)
    below = make_account(name="Below", parent=mine)
    return group, mine, below, make_account(name="Stranger")


@pytest.fixture
def member(tree):
    """A CSM on the team of the account in the middle."""
    user = make_csm()
    make_account_role(tree[1], user.resource)
    return user


def names(rows):
    return sorted(rows.values_list("name", flat=True))


def test_r_vis_1_with_the_view_permission_all_accounts_are_seen(tree):
    assert names(Account.objects.visible_to(make_csm())) == ["Below", "Group", "Mine", "Stranger"]
    assert not Account.objects.visible_to(make_user(None)).exists()


def test_r_vis_1_account_team_means_own_accounts_and_all_below(tree, member, team_scope):
    assert names(Account.objects.visible_to(member)) == ["Below", "Mine"]
    assert not Account.objects.visible_to(make_csm()).exists()
    assert not Account.objects.visible_to(make_administrator()).exists()


def test_r_vis_1_what_hangs_on_an_account_is_seen_with_it(tree, member, team_scope):
    definition = make_attribute()
    for account in tree:
        make_contact(account, name=f"At {account}")
        make_account_role(account, make_resource())
        account.readings.create(definition=definition, value=1, measured_on=dt.date(2026, 1, 1))
    assert names(Contact.objects.visible_to(member)) == ["At Below", "At Mine"]
    for model in (AccountRole, AttributeValue):
        seen = set(model.objects.visible_to(member).values_list("account__name", flat=True))
        assert seen == {"Below", "Mine"}


def test_r_vis_1_a_hidden_parent_has_no_name_and_no_place_in_the_path(tree, member, team_scope):
    _, mine, below, _ = tree
    rows = {row.name: row for row in selectors.accounts(member)}
    assert rows["Mine"].parent_name is None
    assert rows["Below"].parent_name == "Mine"
    assert selectors.ancestors(member, below) == [(mine.pk, "Mine")]
    assert selectors.ancestors(member, mine) == []


def test_the_path_leads_from_the_top(tree):
    group, mine, below, stranger = tree
    user = make_csm()
    assert selectors.ancestors(user, below) == [(group.pk, "Group"), (mine.pk, "Mine")]
    assert selectors.ancestors(user, stranger) == []


def test_r_vis_1_my_accounts_are_those_of_my_roles_and_of_my_plans_that_go_on(tree, member):
    group, _, below, stranger = tree
    make_plan(group, owner=member.resource, status="active")
    make_plan(below, owner=member.resource, status="completed")
    make_plan(stranger, owner=member.resource, status="archived")
    assert names(selectors.my_accounts(member)) == ["Group", "Mine"]


def test_resources_count_only_what_the_person_sees(tree, member, team_scope):
    _, mine, below, stranger = tree
    jo = make_resource(name="Jo")
    for account in (mine, below, stranger):
        make_account_role(account, jo)
        make_plan(account, owner=jo)
    make_plan(mine, owner=jo, status="completed")
    counted = selectors.resources(member).get(name="Jo")
    assert (counted.account_count, counted.plan_count) == (2, 2)
    assert not selectors.resources(make_user(None)).exists()


def test_r_own_1_allocatable_are_the_active_ones_that_are_not_psa():
    make_resource(name="Gone", is_active=False)
    make_resource(name="Hired", kind="psa")
    make_resource(name="Ours")
    assert names(selectors.allocatable()) == ["Ours"]


def record(account, definition, day, value):
    account.readings.create(definition=definition, value=value, measured_on=day)


def test_latest_readings_are_by_date_with_change_and_shape_in_two_statements():
    account, user = make_account(), make_csm()
    seats, old = make_attribute(label="Seats"), make_attribute(is_active=False)
    record(account, seats, dt.date(2026, 3, 1), 30)
    record(account, seats, dt.date(2026, 1, 1), 10)
    record(account, seats, dt.date(2026, 2, 1), 25)
    record(account, old, dt.date(2026, 2, 1), 99)
    rows = Account.objects.visible_to(user).filter(pk=account.pk)
    reading_selectors.latest_readings(user, rows)
    with CaptureQueriesContext(connection) as captured:
        (series,) = reading_selectors.latest_readings(user, rows)
    assert len(captured) == 2
    assert (series.definition, series.measured_on) == (seats, dt.date(2026, 3, 1))
    assert series.points == [Decimal(10), Decimal(25), Decimal(30)]
    assert (series.value, series.change) == (Decimal(30), Decimal(5))


def test_of_a_long_series_the_newest_points_are_kept():
    account, user, definition = make_account(), make_csm(), make_attribute()
    for number in range(reading_selectors.POINTS + 3):
        record(account, definition, dt.date(2026, 1, 1) + dt.timedelta(days=number), number)
    (series,) = reading_selectors.latest_readings(user, Account.objects.filter(pk=account.pk))
    assert series.points[0] == 3
    assert len(series.points) == reading_selectors.POINTS


def test_r_act_1_dependants_and_companions_are_counted():
    account = make_account()
    plan = make_plan(account)
    make_task(make_playbook(make_objective(plan)))
    make_account(parent=account)
    make_contact(account)
    make_account_role(account, make_resource())
    assert selectors.dependants(account) == {
        "success plans": 1,
        "objectives": 1,
        "playbooks": 1,
        "tasks": 1,
        "child accounts": 1,
    }
    assert selectors.companions(account) == {
        "contacts": 1,
        "challenges": 0,
        "team roles": 1,
        "readings": 0,
    }


def test_r_del_1_what_a_contact_or_a_resource_holds_is_listed():
    contact, jo = make_contact(), make_resource()
    objective = make_objective(account=contact.account, name="Adopt", owner_contact=contact)
    task = make_task(account=contact.account, name="Call")
    task.assignments.create(contact=contact)
    plan = make_plan(contact.account, name="Grow", owner=jo)
    first, second = make_account_role(contact.account, jo), Resource.objects.get(pk=jo.pk)
    csm = make_csm()
    held = selectors.held_by_contact(csm, contact)
    assert [(item.label, item.url) for item in held.seen] == [
        ("Adopt (objective)", f"/objectives/{objective.pk}/"),
        ("Call (task)", f"/tasks/{task.pk}/"),
    ]
    assert [item.url for item in selectors.held_by_resource(csm, second).seen] == [
        f"/accounts/{first.account_id}/",
        f"/plans/{plan.pk}/",
    ]


@pytest.mark.usefixtures("team_scope")
def test_r_vis_1_what_is_in_the_way_is_named_only_to_those_who_see_it():
    csm, jo = make_csm(), make_resource()
    seen, other = make_plan(name="Seen", owner=jo), make_plan(name="Secret", owner=jo)
    make_account_role(seen.account, csm.resource)
    make_objective(account=other.account, name="Secret too", owner=jo)
    held = selectors.held_by_resource(csm, jo)
    assert (held.names, held.hidden, len(held)) == (["Seen"], 2, 3)
    assert held.lines(5) == [
        {"label": "Seen (success plan)", "url": f"/plans/{seen.pk}/"},
        "2 records that you do not see",
    ]


def test_what_lies_in_a_template_is_named_as_such_and_links_to_the_library():
    jo = make_resource()
    SuccessPlan.objects.create(name="Onboarding", is_template=True, owner=jo)
    held = selectors.held_by_resource(make_csm(), jo)
    assert held.lines(5) == [
        {"label": "Onboarding (success plan, in a template)", "url": "/library/"}
    ]
    assert selectors.held_by_resource(make_participant(), jo).hidden == 1


def test_as_many_statements_for_what_is_held_by_many_as_by_few(django_assert_num_queries):
    csm, jo = make_csm(), make_resource()
    selectors.held_by_resource(csm, jo)
    for number in (1, 8):
        for _ in range(number):
            make_plan(owner=jo)
        with django_assert_num_queries(6):
            assert len(selectors.held_by_resource(csm, jo)) >= number
