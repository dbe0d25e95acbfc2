"""The timeline of each record: its own activities and those below it, filtered and in steps."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.models import ActivityContact, ActivityResource, ActivityType
from apps.activities.timeline_selectors import KINDS, STEP, Filters, timeline
from apps.core.choices import RowScope
from apps.core.models import Organisation
from tests.factories import (
    make_account,
    make_activity,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def tree():
    """One record of each kind below an account, with an activity on each."""
    account = make_account(name="Northwind")
    plan = make_plan(account)
    objective = make_objective(plan)
    playbook = make_playbook(objective)
    found = {
        "account": account,
        "plan": plan,
        "objective": objective,
        "kpi": make_kpi(objective),
        "playbook": playbook,
        "task": make_task(playbook),
    }
    for kind, record in found.items():
        make_activity(subject=f"About the {kind}", **{kind: record})
    make_activity(subject="Elsewhere", account=make_account())
    return found


BELOW = {
    "task": ["task"],
    "playbook": ["task", "playbook"],
    "kpi": ["kpi"],
    "objective": ["task", "playbook", "kpi", "objective"],
    "plan": ["task", "playbook", "kpi", "objective", "plan"],
    "account": ["task", "playbook", "kpi", "objective", "plan", "account"],
}


def subjects(user, kind, record, **filters):
    found = timeline(user, kind, record, Filters(**filters))
    return [activity.subject for activity in found.activities]


@pytest.mark.parametrize("kind", KINDS)
def test_r_cas_2_its_activities_are_its_own_and_those_below(csm, tree, kind):
    expected = {f"About the {one}" for one in BELOW[kind]}
    found = subjects(csm, kind, tree[kind])
    assert set(found) == expected
    assert len(found) == len(expected)


def test_r_cas_2_child_accounts_are_included_when_asked(csm, tree):
    child = make_account(parent=tree["account"])
    make_activity(subject="At the child", account=child)
    account = tree["account"]
    assert "At the child" not in subjects(csm, "account", account)
    assert "At the child" in subjects(csm, "account", account, children=True)


def test_r_vis_1_a_timeline_holds_only_what_the_person_sees(tree):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    stranger = make_csm()
    assert not Account.objects.visible_to(stranger).exists()
    assert subjects(stranger, "account", tree["account"]) == []


def test_a_timeline_is_filtered_by_type_person_text_and_period(csm):
    account = make_account()
    call = ActivityType.objects.get(label="Call")
    jo, sam = make_contact(account, name="Jo Field"), make_resource(name="Sam Hill")
    now = timezone.now()
    first = make_activity(
        subject="Kick-off", account=account, type=call, happened_at=now - dt.timedelta(days=30)
    )
    make_activity(subject="Renewal", notes="a Café price", account=account, owner=sam)
    ActivityContact.objects.create(activity=first, contact=jo)
    ActivityResource.objects.create(activity=first, resource=sam)
    third = make_activity(subject="Nothing", account=account)
    day = now.date() - dt.timedelta(days=30)

    def found(**filters):
        return set(subjects(csm, "account", account, **filters))

    assert found() == {"Kick-off", "Renewal", "Nothing"}
    assert found(type=call.pk) == {"Kick-off"}
    assert found(person="jo f") == {"Kick-off"}
    assert found(person="sam") == {"Kick-off", "Renewal"}
    assert found(q="cafe") == {"Renewal"}
    assert found(until=day) == {"Kick-off"}
    assert found(since=day + dt.timedelta(days=1)) == {"Renewal", "Nothing"}
    assert found(person="nobody") == set()
    assert third.subject not in found(q="kick")


def test_a_timeline_shows_a_step_and_then_more(client, csm):
    account = make_account()
    for _ in range(STEP + 3):
        make_activity(account=account)
    found = timeline(csm, "account", account, Filters())
    assert (len(found.activities), found.more) == (STEP, 2 * STEP)
    address = reverse("activities:timeline", args=["account", account.pk])
    first = BeautifulSoup(client.get(f"{address}?person=").content, "html.parser")
    more = first.select_one("#timeline-more")["href"]
    second = BeautifulSoup(client.get(more).content, "html.parser")
    assert len(second.select(".entry")) == STEP + 3
    assert not second.select_one("#timeline-more")


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_page_shows_its_timeline(client, csm, tree, kind):
    namespace = {"activity": "activities"}.get(kind, f"{kind}s")
    if kind == "account":
        return  # placed on account 360 by its own tab
    page = client.get(f"{reverse(f'{namespace}:detail', args=[tree[kind].pk])}?tab=related")
    soup = BeautifulSoup(page.content, "html.parser")
    box = soup.select_one("#timeline")
    assert len(box.select(".entry")) == len(BELOW[kind])
    assert "Elsewhere" not in box.get_text()


def test_the_filters_answer_with_the_part_and_without_script_with_a_page(client, csm, tree):
    address = reverse("activities:timeline", args=["plan", tree["plan"].pk])
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "timeline"})
    (root,) = BeautifulSoup(part.content, "html.parser").find_all(recursive=False)
    assert root["id"] == "timeline"
    assert "<html" in client.get(address).content.decode()
    narrowed = client.get(f"{address}?q=kpi").content.decode()
    assert "About the kpi" in narrowed
    assert "About the task" not in narrowed


@pytest.mark.parametrize(
    "query",
    ["since=never", "since=0001-01-01", "until=9999-12-31", "type=999", "show=-1", "show=99999"],
)
def test_what_cannot_be_read_narrows_nothing(client, csm, tree, query):
    address = reverse("activities:timeline", args=["plan", tree["plan"].pk])
    page = client.get(f"{address}?{query}")
    assert page.status_code == 200
    assert len(BeautifulSoup(page.content, "html.parser").select(".entry")) == len(BELOW["plan"])


def test_no_timeline_without_the_permission_or_the_record(client, tree):
    address = reverse("activities:timeline", args=["plan", tree["plan"].pk])
    client.force_login(make_csm())
    assert client.get(reverse("activities:timeline", args=["plan", 0])).status_code == 404
    assert client.get(reverse("activities:timeline", args=["cow", 1])).status_code == 404
    client.force_login(make_user(None))
    assert client.get(address).status_code in (403, 404)


def test_as_many_queries_for_8_activities_as_for_1(client, csm):
    account = make_account()

    def one():
        activity = make_activity(account=account, owner=make_resource())
        ActivityContact.objects.create(activity=activity, contact=make_contact(account))
        ActivityResource.objects.create(activity=activity, resource=make_resource())

    one()
    address = reverse("activities:timeline", args=["account", account.pk])
    before = queries(client, address)
    for _ in range(7):
        one()
    assert queries(client, address) == before
