"""The admin changes playbooks and tasks through their forms and services."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.playbooks.models import Playbook, PlaybookTask
from tests.factories import make_account, make_playbook, make_resource, make_task, make_user
from tests.pages import _values

pytestmark = pytest.mark.django_db
PAGES = {"playbook": Playbook, "playbooktask": PlaybookTask}


@pytest.fixture
def keeper(client):
    """A customer success manager who may enter the admin."""
    user = make_user(is_staff=True)
    client.force_login(user)
    return user


def typed(response, **values):
    """What a browser sends for the admin's form with these values typed in."""
    # The admin's form bears the model's name.
    form = BeautifulSoup(response.content, "html.parser").select_one("form[id$=_form]")
    data = {}
    for element in form.find_all(["input", "select", "textarea"]):
        if element.get("name") and element.get("type") != "submit":
            data.setdefault(element["name"], []).extend(_values(element))
    return {name: found for name, found in data.items() if found} | values


@pytest.mark.parametrize("name", PAGES)
def test_records_are_listed_found_and_opened(client, keeper, name):
    one = make_playbook(name="Launch") if name == "playbook" else make_task(name="Launch")
    address = reverse(f"admin:playbooks_{name}_changelist")
    assert "Launch" in client.get(f"{address}?q=laun").content.decode()
    assert "Launch" not in client.get(f"{address}?q=other").content.decode()
    change = reverse(f"admin:playbooks_{name}_change", args=[one.pk])
    assert "Launch" in client.get(change).content.decode()


def test_a_task_is_made_by_its_service(client, keeper):
    account, resource = make_account(name="Acme"), make_resource()
    address = reverse("admin:playbooks_playbooktask_add")
    data = typed(
        client.get(address),
        name="Call",
        account="Acme",
        status="completed",
        resources=[resource.pk],
    )
    response = client.post(address, data)
    assert response.status_code == 302, response.content.decode()
    task = PlaybookTask.objects.get()
    assert (task.account, task.percent_complete) == (account, 100)
    assert task.assignments.get().resource == resource
    assert task.events.get().pgh_door == "admin"


def test_r_pb_1_the_rules_hold_in_the_admin_too(client, keeper):
    task = make_task(make_playbook(name="Launch", end_date=dt.date(2026, 3, 1)))
    address = reverse("admin:playbooks_playbooktask_change", args=[task.pk])
    response = client.post(address, typed(client.get(address), end_date="2026-04-01"))
    assert response.status_code == 200
    assert "after the end of the playbook “Launch”" in response.content.decode()
    task.refresh_from_db()
    assert task.end_date is None


def test_a_playbook_is_changed_by_its_service(client, keeper):
    playbook = make_playbook(name="Launch")
    address = reverse("admin:playbooks_playbook_change", args=[playbook.pk])
    response = client.post(address, typed(client.get(address), name="Renamed"))
    assert response.status_code == 302, response.content.decode()
    playbook.refresh_from_db()
    assert playbook.name == "Renamed"
    assert playbook.events.order_by("-pgh_id")[0].pgh_actor_id == keeper.pk


def test_r_date_1_the_admin_moves_no_tasks_and_names_those_outside(client, keeper):
    playbook = make_playbook(start_date=dt.date(2026, 3, 2))
    make_task(playbook, name="Call", start_date=dt.date(2026, 3, 3))
    address = reverse("admin:playbooks_playbook_change", args=[playbook.pk])
    response = client.post(address, typed(client.get(address), start_date="2026-03-09"))
    assert response.status_code == 200
    assert "“Call” would lie before the new start" in response.content.decode()
    playbook.refresh_from_db()
    assert playbook.start_date == dt.date(2026, 3, 2)
