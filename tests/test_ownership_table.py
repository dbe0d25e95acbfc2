"""Each cell of the table of R-OWN-2, through each door: form, chooser, service and admin alike."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import escape

from apps.accounts.models import Role, TeamPool
from apps.accounts.ownership_rules import COLUMNS, PEOPLE, kind_error
from apps.core.kinds import KINDS
from apps.objectives.services import objective_create, objective_update
from apps.plans.services import plan_create, plan_update
from apps.playbooks.rules import CO_OWNER_NEEDS_SHARING
from apps.playbooks.services import (
    playbook_create,
    playbook_update,
    task_create,
    task_update,
)
from tests.factories import (
    make_account,
    make_contact,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)
from tests.pages import _values, edit_data

pytestmark = pytest.mark.django_db

OWNERS = ("resource", "role", "contact", "pool")
# R-OWN-2 as it is written; nothing of the program is asked what it allows.
TABLE = {
    "plan": {"role", "resource"},
    "objective": {"role", "resource", "contact"},
    "playbook": {"role", "resource"},
    "task": {"role", "pool", "resource", "contact"},
}
CELLS = [(record, owner) for record in TABLE for owner in OWNERS]
MAKE = {
    "plan": make_plan,
    "objective": lambda account: make_objective(account=account),
    "playbook": lambda account: make_playbook(account=account),
    "task": lambda account: make_task(account=account),
}
CREATE = {
    "plan": plan_create,
    "objective": objective_create,
    "playbook": playbook_create,
    "task": task_create,
}
UPDATE = {
    "plan": plan_update,
    "objective": objective_update,
    "playbook": playbook_update,
    "task": task_update,
}


@pytest.fixture
def person(client):
    user = make_user(is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def account():
    return make_account(name="Acme")


@pytest.fixture
def owners(account):
    """One of each kind. Nobody holds the role, so that it stays one."""
    return {
        "resource": make_resource(name="Jo Field"),
        "role": Role.objects.order_by("position")[0],
        "contact": make_contact(account, name="Cy Young"),
        "pool": TeamPool.objects.create(name="EMEA"),
    }


def named(record, owner):
    """The name of the field that holds this kind of owner."""
    return (PEOPLE if record == "task" else COLUMNS)[owner]


def value(record, who):
    return [who] if record == "task" else who


def owned(record, row):
    """Who owns a record now, of every kind."""
    row = type(row).objects.get(pk=row.pk)
    if record == "task":
        return [
            (kind, getattr(line, f"{kind}_id"))
            for line in row.assignments.all()
            for kind in OWNERS
            if getattr(line, f"{kind}_id")
        ]
    held = {kind: getattr(row, f"{column}_id", None) for kind, column in COLUMNS.items()}
    return [(kind, pk) for kind, pk in held.items() if pk]


def judged(record, owner, owners, row, said):
    """The cell is accepted, or refused with its sentence and nothing changed."""
    if owner in TABLE[record]:
        assert owned(record, row) == [(owner, owners[owner].pk)]
    else:
        assert owned(record, row) == []
        assert kind_error(record, owner) in said


@pytest.mark.parametrize(("record", "owner"), CELLS)
def test_r_own_2_by_the_service(person, account, owners, record, owner):
    row = MAKE[record](account)
    values = {named(record, owner): value(record, owners[owner])}
    said = ""
    try:
        UPDATE[record](actor=person, changes=values, **{record: row})
    except ValidationError as error:
        said = " ".join(error.messages)
    judged(record, owner, owners, row, said)


@pytest.mark.parametrize(("record", "owner"), CELLS)
def test_r_own_2_by_the_service_that_makes_it(person, account, owners, record, owner):
    values = {
        "name": "New",
        "account": account,
        named(record, owner): value(record, owners[owner]),
    }
    model = type(MAKE[record](account))
    try:
        row = CREATE[record](actor=person, values=values)
    except ValidationError as error:
        assert owner not in TABLE[record]
        assert kind_error(record, owner) in error.messages
        assert not model.objects.filter(name="New").exists()
    else:
        judged(record, owner, owners, row, "")


@pytest.mark.parametrize(("record", "owner"), CELLS)
def test_r_own_2_by_the_form(client, person, account, owners, record, owner):
    row = MAKE[record](account)
    url = reverse(f"{KINDS[record].namespace}:edit", args=[row.pk])
    typed = {named(record, owner): str(owners[owner].pk)}
    response = client.post(url, edit_data(client, url, **typed))
    assert response.status_code == (302 if owner in TABLE[record] else 422)
    judged(record, owner, owners, row, BeautifulSoup(response.content, "html.parser").get_text())


@pytest.mark.parametrize(("record", "owner"), CELLS)
def test_r_own_2_by_the_form_that_makes_it(client, person, account, owners, record, owner):
    url = f"{reverse(f'{KINDS[record].namespace}:create')}?account={account.pk}"
    model = type(MAKE[record](account))
    typed = {"name": "New", named(record, owner): str(owners[owner].pk)}
    response = client.post(url, edit_data(client, url, **typed))
    if owner in TABLE[record]:
        assert response.status_code == 302
        judged(record, owner, owners, model.objects.get(name="New"), "")
    else:
        assert response.status_code == 422
        assert escape(kind_error(record, owner)) in response.content.decode()
        assert not model.objects.filter(name="New").exists()


@pytest.mark.parametrize(("record", "owner"), CELLS)
def test_r_own_2_by_the_chooser(client, person, account, owners, record, owner):
    row = MAKE[record](account)
    url = reverse(f"{KINDS[record].namespace}:allocate", args=[row.pk])
    word = f"{owner}-{owners[owner].pk}"
    offered = f'value="{word}"' in client.get(url).content.decode()
    assert offered is (owner in TABLE[record])
    response = client.post(url, {"owner": [word], "shown": []})
    assert response.status_code == (302 if owner in TABLE[record] else 422)
    judged(record, owner, owners, row, response.content.decode())


def admin_form(client, url, **values):
    """What a browser sends for the admin's form with these values typed in."""
    form = BeautifulSoup(client.get(url).content, "html.parser").select_one("form[id$=_form]")
    data = {}
    for element in form.find_all(["input", "select", "textarea"]):
        if element.get("name") and element.get("type") != "submit":
            data.setdefault(element["name"], []).extend(_values(element))
    return {name: found for name, found in data.items() if found} | values


@pytest.mark.parametrize(("record", "owner"), CELLS)
def test_r_own_2_by_the_admin(client, person, account, owners, record, owner):
    row = MAKE[record](account)
    meta = row._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    typed = {named(record, owner): str(owners[owner].pk)}
    response = client.post(url, admin_form(client, url, **typed))
    assert response.status_code == (302 if owner in TABLE[record] else 200)
    judged(record, owner, owners, row, BeautifulSoup(response.content, "html.parser").get_text())


# The contact beside the owner of a shared playbook


def by_service(client, person, playbook, contact):
    try:
        playbook_update(actor=person, playbook=playbook, changes={"co_owner": contact})
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def by_form(client, person, playbook, contact):
    url = reverse("playbooks:edit", args=[playbook.pk])
    return client.post(url, edit_data(client, url, co_owner=str(contact.pk))).content.decode()


def by_chooser(client, person, playbook, contact):
    url = reverse("playbooks:allocate", args=[playbook.pk])
    return client.post(url, {"co_owner": f"contact-{contact.pk}"}).content.decode()


def by_admin(client, person, playbook, contact):
    url = reverse("admin:playbooks_playbook_change", args=[playbook.pk])
    data = admin_form(client, url, co_owner=str(contact.pk))
    return client.post(url, data).content.decode()


@pytest.mark.parametrize("door", [by_service, by_form, by_chooser, by_admin])
@pytest.mark.parametrize("shared", [True, False])
def test_r_own_2_a_contact_co_owns_only_a_shared_playbook(client, person, account, door, shared):
    playbook = make_playbook(account=account, is_shared=shared)
    contact = make_contact(account, name="Cy Young")
    said = door(client, person, playbook, contact)
    playbook.refresh_from_db()
    assert playbook.co_owner == (contact if shared else None)
    assert (CO_OWNER_NEEDS_SHARING in said) is not shared
