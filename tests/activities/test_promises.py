"""Promises of an activity become tasks in the same save: one operation, one undo."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.activities.models import ActivityContact, CsActivity
from apps.activities.promise_rules import THEM, US
from apps.activities.promise_selectors import promised_tasks
from apps.activities.promise_services import promise_make
from apps.core.access import Refused
from apps.core.history import operation
from apps.playbooks.models import PlaybookTask
from tests.factories import (
    make_account,
    make_account_role,
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
from tests.pages import form_data, saving

pytestmark = pytest.mark.django_db

NEW = reverse("activities:create")
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}
DAY = dt.date(2026, 12, 1)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def doers(task):
    return [str(one) for one in task.assignments.all()]


@pytest.mark.parametrize("kind", ["account", "plan", "objective", "kpi", "playbook", "task"])
def test_a_promise_hangs_on_what_the_activity_is_about(csm, kind):
    account = make_account()
    objective = make_objective(make_plan(account))
    playbook = make_playbook(objective)
    records = {
        "account": account,
        "plan": objective.plan,
        "objective": objective,
        "kpi": make_kpi(objective),
        "playbook": playbook,
        "task": make_task(playbook),
    }
    activity = make_activity(subject="Call", **{kind: records[kind]})
    task = promise_make(actor=csm, activity=activity, text="Send it", who=US, due=DAY)
    task.refresh_from_db()
    assert (task.account, task.name, task.end_date) == (account, "Send it", DAY)
    assert (task.plan, task.objective, task.playbook) == (
        activity.plan,
        activity.objective,
        activity.playbook,
    )
    assert doers(task) == [str(csm.resource)]
    assert "We promised this in “Call”" in task.notes


def test_them_is_the_one_contact_who_was_present(csm):
    account = make_account(name="Acme")
    activity = make_activity(account=account)
    jo, kim = make_contact(account), make_contact(account)
    ActivityContact.objects.create(activity=activity, contact=jo)
    task = promise_make(actor=csm, activity=activity, text="Pay", who=THEM)
    assert doers(task) == [str(jo)]
    assert "Acme promised this in" in task.notes
    assert doers(promise_make(actor=csm, activity=activity, text="Pay", who=kim)) == [str(kim)]
    sam = make_resource()
    assert doers(promise_make(actor=csm, activity=activity, text="Pay", who=sam)) == [str(sam)]


def test_them_is_else_the_only_contact_of_the_account(csm):
    account = make_account()
    make_contact(account, is_active=False)
    jo = make_contact(account)
    task = promise_make(actor=csm, activity=make_activity(account=account), text="Pay", who=THEM)
    assert doers(task) == [str(jo)]


@pytest.mark.parametrize("present", [0, 2])
@pytest.mark.parametrize("contacts", [0, 2])
def test_a_promise_of_nobody_known_is_followed_up_by_who_writes_it_down(csm, contacts, present):
    account = make_account()
    known = [make_contact(account) for _ in range(contacts)]
    activity = make_activity(account=account)
    for contact in known[:present]:
        ActivityContact.objects.create(activity=activity, contact=contact)
    task = promise_make(actor=csm, activity=activity, text="Pay", who=THEM)
    assert doers(task) == [str(csm.resource)]
    assert "Nobody was named" in task.notes


def test_who_may_not_create_tasks_makes_none_of_a_promise(client):
    user = make_user(None)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["add_csactivity", "view_csactivity"]),
        *Permission.objects.filter(codename="view_account"),
    )
    activity = make_activity(account=make_account())
    with pytest.raises(Refused):
        promise_make(actor=user, activity=activity, text="Pay", who=US)
    client.force_login(user)
    page = BeautifulSoup(client.get(NEW).content, "html.parser")
    assert page.select_one("#id_subject")
    assert not page.select_one("#promises")


def test_r_pb_1_a_day_outside_of_the_playbook_is_refused(csm):
    playbook = make_playbook(start_date=DAY, end_date=DAY + dt.timedelta(days=5))
    activity = make_activity(playbook=playbook)
    with pytest.raises(ValidationError) as refused:
        promise_make(
            actor=csm, activity=activity, text="Pay", who=US, due=DAY + dt.timedelta(days=6)
        )
    assert "end_date" in refused.value.error_dict


def typed(client, address, **values):
    return form_data(client.get(address), **values)


def test_a_call_with_two_promises_is_one_save_and_one_undo(client, csm):
    account = make_account(name="Acme")
    jo, sam = make_contact(account, name="Jo Field"), make_resource(name="Sam Hill")
    make_account_role(account, sam)
    address = f"{NEW}?account={account.pk}"
    page = BeautifulSoup(client.get(address, headers=DIALOG).content, "html.parser")
    offered = [one.get_text() for one in page.select("#id_promises-0-who option")]
    assert offered == ["We: me", "Sam Hill", "They: Acme", "Jo Field"]
    data = typed(
        client,
        address,
        subject="Kick-off call",
        **{
            "promises-0-name": "Send the plan",
            "promises-0-who": f"resource-{sam.pk}",
            "promises-0-end_date": "2026-12-01",
            "promises-1-name": "Name a sponsor",
            "promises-1-who": f"contact-{jo.pk}",
        },
    )
    answer = client.post(address, data, headers=DIALOG)
    assert answer.status_code == 204
    said = answer.headers["HX-Trigger"]
    assert "2 promises became tasks" in said.encode().decode("unicode_escape")
    assert "/undo/" in said
    activity = CsActivity.objects.get()
    sent, named = PlaybookTask.objects.order_by("pk")
    assert (sent.name, sent.end_date, doers(sent)) == ("Send the plan", DAY, ["Sam Hill"])
    assert (named.name, named.end_date, doers(named)) == ("Name a sponsor", None, ["Jo Field"])
    assert {sent.account, named.account} == {activity.account} == {account}
    undo = said.split('"undo": "')[1].split('"')[0]
    client.post(undo)
    assert not CsActivity.objects.exists()
    assert not PlaybookTask.objects.exists()


def test_the_page_of_an_activity_shows_what_became_of_its_promises(client, csm):
    account = make_account()
    address = f"{NEW}?account={account.pk}"
    data = typed(client, address, subject="Call", **{"promises-0-name": "Send the plan"})
    client.post(address, data)
    make_task(account=account, name="Another task")
    activity = CsActivity.objects.get()
    page = reverse("activities:detail", args=[activity.pk])
    (task,) = promised_tasks(csm, activity)
    assert task.name == "Send the plan"
    for tab in ("", "?tab=related"):
        box = BeautifulSoup(client.get(page + tab).content, "html.parser")
        shown = box.select_one("section[aria-label=Promised]").get_text(" ", strip=True)
        assert "Send the plan" in shown
        assert "Another task" not in shown
    # What a script makes in one go is no promise.
    with operation(csm):
        note = make_activity(account=account)
        make_task(account=account)
    assert promised_tasks(csm, note) == []


def test_a_refused_promise_saves_nothing_and_keeps_all_that_was_typed(client, csm):
    playbook = make_playbook(start_date=DAY, end_date=DAY, name="Onboarding")
    address = f"{NEW}?playbook={playbook.pk}"
    data = typed(
        client,
        address,
        subject="Long subject",
        **{"promises-0-name": "Too late", "promises-0-end_date": "2026-12-24"},
    )
    answer = client.post(address, data, headers=DIALOG)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "after the end of the playbook “Onboarding”" in text
    for kept in ("Long subject", "Too late", "2026-12-24"):
        assert kept in text
    assert not CsActivity.objects.exists()
    assert not PlaybookTask.objects.exists()


def test_a_promise_without_words_is_refused_beside_its_row(client, csm):
    address = f"{NEW}?account={make_account().pk}"
    data = typed(client, address, subject="Call", **{"promises-1-end_date": "2026-12-24"})
    answer = client.post(address, data)
    assert answer.status_code == 422
    assert answer.context["formset"].forms[1].errors["name"]
    assert not CsActivity.objects.exists()


def test_promises_of_the_notes_are_suggested_and_become_tasks_when_ticked(client, csm):
    account = make_account()
    address = f"{NEW}?account={account.pk}"
    notes = "<div>Good.<br>We will send it.<br>They will pay.<br>[ ] Book a room</div>"
    data = typed(client, address, subject="Call", notes=notes)
    part = client.post(address, data | {"suggest": "1"}, headers={"HX-Request": "true"})
    soup = BeautifulSoup(part.content, "html.parser")
    boxes = [box["value"] for box in soup.select("[name=suggested]")]
    assert boxes == ["us:Send it", "them:Pay", "us:Book a room"]
    assert not CsActivity.objects.exists()
    data |= {"promises-0-name": "Book a room", "suggested": ["us:Send it", "us:Never written"]}
    client.post(address, data)
    assert sorted(PlaybookTask.objects.values_list("name", flat=True)) == [
        "Book a room",
        "Send it",
    ]


def test_what_was_ticked_stays_ticked_when_the_form_is_refused(client, csm):
    data = typed(client, NEW, notes="We will send it.")
    answer = client.post(NEW, data | {"suggested": ["us:Send it"]})
    assert answer.status_code == 422
    box = BeautifulSoup(answer.content, "html.parser").select_one("[name=suggested]")
    assert (box["value"], box.has_attr("checked")) == ("us:Send it", True)


def test_who_promises_follows_the_account_that_is_typed(client, csm):
    account = make_account(name="Acme")
    jo = make_contact(account, name="Jo Field")
    data = typed(client, NEW, subject="Call", account="Acme")
    page = client.post(NEW, data | {"refresh": "1"})
    soup = BeautifulSoup(page.content, "html.parser")
    assert soup.select_one(f"#id_promises-0-who option[value=contact-{jo.pk}]")
    foreign = make_contact(make_account())
    answer = client.post(
        NEW, data | {"promises-0-name": "Pay", "promises-0-who": f"contact-{foreign.pk}"}
    )
    assert answer.status_code == 422
    assert not CsActivity.objects.exists()


def test_an_activity_without_promises_is_saved_as_cheaply_as_ever(client, csm):
    address = f"{NEW}?account={make_account().pk}"
    assert len(saving(client, address, typed(client, address, subject="Call"))) <= 12
