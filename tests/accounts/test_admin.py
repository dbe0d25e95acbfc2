"""Accounts and people in the Django admin: set-up without a superuser, rules not gone around."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
    Role,
    TeamPool,
)
from apps.core.choices import Door, RowScope
from apps.core.models import Organisation
from tests.factories import (
    make_account,
    make_account_role,
    make_administrator,
    make_attribute,
    make_contact,
    make_csm,
    make_kpi,
    make_participant,
    make_plan,
    make_resource,
)

pytestmark = pytest.mark.django_db
MODELS = [Account, Contact, Resource, Role, TeamPool, AccountRole, AttributeDefinition]


def page(model, name, *args):
    return reverse(f"admin:accounts_{model.__name__.lower()}_{name}", args=args)


def text(response):
    return response.content.decode()


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


@pytest.fixture
def staff_csm(client):
    """A CSM who may enter the admin: changes there go through the same forms and services."""
    user = make_csm(is_staff=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", [*MODELS, AttributeValue])
def test_an_administrator_lists_and_searches_everything(client, administrator, model):
    account = make_account(name="Acme")
    make_contact(account)
    make_account_role(account, make_resource())
    TeamPool.objects.create(name="Onboarding")
    account.readings.create(definition=make_attribute(), value=1, measured_on="2026-01-01")
    response = client.get(page(model, "changelist"), {"q": ""})
    assert response.status_code == 200
    assert response.context["cl"].result_count >= 1
    record = model.objects.first()
    assert client.get(page(model, "change", record.pk)).status_code == 200


def test_an_administrator_sets_up_a_resource_a_role_and_a_pool(client, administrator):
    role = {"label": "Trainer", "position": "5", "tint": "blue", "is_active": "on"}
    assert client.post(page(Role, "add"), role).status_code == 302
    made = {
        "name": "Jo",
        "email": "jo@ours.example",
        "role": Role.objects.get(label="Trainer").pk,
        "kind": "cs_cloud",
        "is_active": "on",
    }
    assert client.post(page(Resource, "add"), made).status_code == 302
    jo = Resource.objects.get(name="Jo")
    pool = {
        "name": "Onboarding",
        "members-TOTAL_FORMS": "1",
        "members-INITIAL_FORMS": "0",
        "members-0-resource": jo.pk,
    }
    assert client.post(page(TeamPool, "add"), pool).status_code == 302
    assert list(TeamPool.objects.get().resources.all()) == [jo]
    definition = {"key": "seats", "label": "Seats", "type": "number", "position": "1"}
    assert client.post(page(AttributeDefinition, "add"), definition).status_code == 302
    assert AttributeDefinition.objects.filter(key="seats").exists()


def test_set_up_is_kept_in_the_history_with_its_person_and_door(client, administrator):
    role = {"label": "Trainer", "position": "5", "tint": "blue", "is_active": "on"}
    client.post(page(Role, "add"), role)
    event = Role.objects.get(label="Trainer").events.get()
    assert (event.pgh_actor_id, event.pgh_door) == (administrator.pk, Door.ADMIN)


def test_a_used_role_is_deactivated_not_deleted(client, administrator):
    account, jo = make_account(), make_resource()
    used, unused = Role.objects.all()[:2]
    make_account_role(account, jo, used)
    for role in (used, unused):
        client.post(page(Role, "delete", role.pk), {"post": "yes"})
    assert Role.objects.filter(pk=used.pk).exists()
    assert not Role.objects.filter(pk=unused.pk).exists()


def test_r_del_1_a_resource_who_holds_something_is_refused_with_the_list(client, administrator):
    jo = make_resource(name="Jo")
    make_plan(make_account(name="Acme"), name="Grow", owner=jo)
    url = page(Resource, "delete", jo.pk)
    assert "Grow" in text(client.get(url))
    client.post(url, {"post": "yes"})
    assert Resource.objects.filter(name="Jo").exists()
    free = make_resource(name="Free")
    assert client.post(page(Resource, "delete", free.pk), {"post": "yes"}).status_code == 302
    assert not Resource.objects.filter(name="Free").exists()


def test_r_own_1_only_who_can_be_allocated_joins_a_team(client, administrator):
    make_account(name="Acme")
    gone, jo = make_resource(name="Gone", is_active=False), make_resource(name="Jo")
    role = Role.objects.first()
    refused = client.post(
        page(AccountRole, "add"), {"account": "Acme", "resource": gone.name, "role": role.pk}
    )
    assert refused.status_code == 200
    assert "no longer active" in text(refused)
    assert 'value="Gone"' in text(refused)
    assert not AccountRole.objects.exists()
    taken = client.post(
        page(AccountRole, "add"), {"account": "Acme", "resource": jo.name, "role": role.pk}
    )
    assert taken.status_code == 302
    member = AccountRole.objects.get()
    assert (member.resource, member.role) == (jo, role)
    assert client.post(page(AccountRole, "delete", member.pk), {"post": "yes"}).status_code == 302
    assert not AccountRole.objects.exists()


def test_an_administrator_views_accounts_and_changes_none(client, administrator):
    account = make_account(name="Acme")
    assert "Acme" in text(client.get(page(Account, "change", account.pk)))
    assert client.post(page(Account, "change", account.pk), {"name": "X"}).status_code == 403
    assert client.get(page(Account, "add")).status_code == 403
    assert client.get(page(Account, "delete", account.pk)).status_code == 403
    assert Account.objects.get().name == "Acme"


def test_an_account_changes_in_the_admin_by_its_form_and_service(client, staff_csm):
    top = make_account(name="Top")
    make_account(name="Low", parent=top)
    url = page(Account, "change", top.pk)
    circle = {"name": "Top", "status": "active", "parent": "Low", "initial-parent": ""}
    refused = client.post(url, circle)
    assert refused.status_code == 200
    assert "own ancestor" in text(refused)
    fine = {"name": "Top 2", "initial-name": "Top", "status": "active", "initial-status": "active"}
    assert client.post(url, fine).status_code == 302
    top.refresh_from_db()
    assert (top.name, top.parent) == ("Top 2", None)
    assert top.events.order_by("-pgh_id")[0].pgh_door == Door.ADMIN


def test_a_taken_external_id_is_a_sentence_in_the_admin(client, staff_csm):
    make_account(external_id="A-1")
    response = client.post(
        page(Account, "add"), {"name": "New", "status": "active", "external_id": "A-1"}
    )
    assert "Another account has the external id “A-1”" in text(response)
    assert Account.objects.count() == 1


def test_a_contact_is_made_in_the_admin_by_its_service(client, staff_csm):
    make_account(name="Acme")
    data = {"account": "Acme", "name": "Kim", "is_active": "on"}
    assert client.post(page(Contact, "add"), data).status_code == 302
    assert Contact.objects.get().account.name == "Acme"


def test_r_kpi_10_a_reading_added_in_the_admin_feeds_the_kpis_and_is_never_changed(
    client, staff_csm
):
    definition = make_attribute()
    kpi = make_kpi(baseline=0, target=100, attribute=definition)
    data = {
        "account": kpi.objective.account.name,
        "definition": definition.pk,
        "value": "40",
        "measured_on": "2026-03-01",
    }
    assert client.post(page(AttributeValue, "add"), data).status_code == 302
    reading = AttributeValue.objects.get()
    kpi.refresh_from_db()
    assert (kpi.current, kpi.measured_on) == (Decimal(40), dt.date(2026, 3, 1))
    assert (reading.door, reading.recorded_by) == (Door.ADMIN, staff_csm)
    assert client.post(page(AttributeValue, "change", reading.pk), data).status_code == 403
    assert client.post(page(AttributeValue, "delete", reading.pk)).status_code == 403


def test_r_vis_1_the_admin_shows_no_other_teams_records(client, staff_csm):
    hidden = make_account(name="Hidden Ltd")
    make_contact(hidden, name="Hidden Kim")
    make_account_role(hidden, make_resource())
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    for model in (Account, Contact):
        assert "Hidden" not in text(client.get(page(model, "changelist")))
        record = model.objects.get()
        assert client.get(page(model, "change", record.pk)).status_code == 302
    assert (
        client.post(page(Contact, "add"), {"account": "Hidden Ltd", "name": "X"}).status_code == 200
    )
    assert Contact.objects.count() == 1


def test_a_participant_has_no_business_in_the_admin(client):
    client.force_login(make_participant())
    for model in MODELS:
        assert client.get(page(model, "changelist")).status_code == 302
