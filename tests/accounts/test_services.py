"""Writes of customers, contacts, teams and readings: allowed and refused."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from apps.accounts import selectors, services
from apps.accounts.models import Account, AccountRole, AttributeValue, Contact, Resource, Role
from apps.activities.models import CsActivity
from apps.core.access import Refused
from apps.core.choices import Door
from apps.core.history import through
from apps.core.models import Tag
from apps.core.services import Conflict
from apps.kpis.models import KpiValue
from tests.factories import (
    make_account,
    make_account_role,
    make_activity,
    make_administrator,
    make_attribute,
    make_challenge,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 1)


def test_an_account_is_created_with_its_tags_and_summary_stamp():
    csm, tags = make_csm(), list(Tag.objects.all()[:2])
    account = services.account_create(
        actor=csm, values={"name": "Acme", "external_id": "", "summary": "<p>Go</p>", "tags": tags}
    )
    account.refresh_from_db()
    assert (account.external_id, account.summary_edited_by) == (None, csm)
    assert account.summary_edited_at is not None
    assert set(account.tags.all()) == set(tags)


def test_only_a_changed_summary_gets_a_new_editor():
    first, second = make_csm(), make_csm()
    account = services.account_create(actor=first, values={"name": "Acme", "summary": "One"})
    changed = services.account_update(
        actor=second, account=account, changes={"name": "Acme 2", "summary": "One"}
    )
    account.refresh_from_db()
    assert (changed, account.summary_edited_by) == (["name"], first)
    assert services.account_update(actor=second, account=account, changes={"summary": "Two"}) == [
        "summary"
    ]
    account.refresh_from_db()
    assert account.summary_edited_by == second


def test_an_external_id_that_is_taken_is_refused_with_a_sentence():
    make_account(external_id="A-1")
    other = make_account()
    for write in (
        lambda: services.account_create(
            actor=make_csm(), values={"name": "Acme", "external_id": "A-1"}
        ),
        lambda: services.account_update(
            actor=make_csm(), account=other, changes={"external_id": "A-1"}
        ),
    ):
        with pytest.raises(ValidationError) as caught:
            write()
        assert caught.value.message_dict == {
            "external_id": ["Another account has the external id “A-1” already. Give each its own."]
        }
    assert Account.objects.count() == 2


def test_the_same_sentence_when_somebody_else_takes_it_at_the_same_moment():
    make_account(external_id="A-1")
    values = {"external_id": "A-1"}
    # The check has passed for both; the second insert meets the database's own answer.
    with (
        pytest.raises(ValidationError, match="Another account has the external id"),
        services._one_external_id(values),
    ):
        Account.objects.create(name="Late", **values)
    assert Account.objects.count() == 1


def test_r_act_1_a_parent_from_below_is_refused():
    top = make_account(name="Top")
    low = make_account(parent=make_account(parent=top))
    with pytest.raises(ValidationError) as caught:
        services.account_update(actor=make_csm(), account=top, changes={"parent": low})
    assert list(caught.value.message_dict) == ["parent"]
    top.refresh_from_db()
    assert top.parent is None


def test_a_field_changed_by_somebody_else_is_a_conflict():
    account = make_account(tier="Theirs")
    with pytest.raises(Conflict) as caught:
        services.account_update(
            actor=make_csm(), account=account, changes={"tier": "Mine"}, shown={"tier": "Shown"}
        )
    (clash,) = caught.value.clashes
    assert (clash.theirs, clash.mine) == ("Theirs", "Mine")


@pytest.mark.parametrize("what", ["plan", "objective", "playbook", "task", "child account"])
def test_r_act_1_an_account_with_work_on_it_is_not_deleted(what):
    account = make_account(name="Acme")
    {
        "plan": lambda: make_plan(account),
        "objective": lambda: make_objective(account=account),
        "playbook": lambda: make_playbook(account=account),
        "task": lambda: make_task(account=account),
        "child account": lambda: make_account(parent=account),
    }[what]()
    with pytest.raises(ValidationError, match=f"Acme still has 1 .*{what}. Delete or move"):
        services.account_delete(actor=make_administrator(), account=account)
    assert Account.objects.filter(pk=account.pk).exists()


def test_r_act_1_contacts_team_readings_and_challenges_go_activities_stay():
    account = make_account()
    contact = make_contact(account)
    make_account_role(account, make_resource())
    make_challenge(account)
    account.readings.create(definition=make_attribute(), value=1, measured_on=MARCH)
    activity = make_activity(account=account)
    activity.contact_links.create(contact=contact)
    services.account_delete(actor=make_administrator(), account=account)
    assert not Account.objects.exists()
    assert not Contact.objects.exists()
    assert not AccountRole.objects.exists()
    assert CsActivity.objects.get().account is None


@pytest.mark.parametrize("make", [make_csm, make_participant])
def test_r_del_1_only_administrators_delete_accounts(make):
    account = make_account()
    with pytest.raises(Refused, match="delete accounts"):
        services.account_delete(actor=make(), account=account)
    assert Account.objects.exists()


def test_a_participant_writes_contacts_but_no_accounts_teams_or_readings():
    participant, account = make_participant(), make_account()
    contact = services.contact_create(actor=participant, values={"account": account, "name": "Kim"})
    services.contact_update(actor=participant, contact=contact, changes={"title": "CTO"})
    refused = [
        lambda: services.account_create(actor=participant, values={"name": "New"}),
        lambda: services.account_update(actor=participant, account=account, changes={"tier": "A"}),
        lambda: services.contact_delete(actor=participant, contact=contact),
        lambda: services.resource_delete(actor=participant, resource=make_resource()),
        lambda: services.account_role_add(
            actor=participant, account=account, resource=make_resource(), role=Role.objects.first()
        ),
        lambda: services.account_role_remove(
            actor=participant, account_role=make_account_role(account, make_resource())
        ),
        lambda: services.reading_record(
            actor=participant,
            account=account,
            definition=make_attribute(),
            value=Decimal(1),
            measured_on=MARCH,
        ),
        lambda: services.readings_record(actor=participant, readings=[]),
    ]
    for write in refused:
        with pytest.raises(Refused, match="Your permission set"):
            write()
    contact.refresh_from_db()
    assert contact.title == "CTO"
    assert Account.objects.get().tier == ""
    assert not AttributeValue.objects.exists()


def test_r_del_1_a_contact_who_holds_something_is_refused_with_the_list():
    contact = make_contact(name="Kim")
    objective = make_objective(account=contact.account, name="Adopt", owner_contact=contact)
    with pytest.raises(ValidationError, match="Kim still owns or is assigned “Adopt”"):
        services.contact_delete(actor=make_csm(), contact=contact)
    objective.owner_contact = None
    objective.save()
    services.contact_delete(actor=make_csm(), contact=contact)
    assert not Contact.objects.exists()


def test_a_contact_who_holds_something_stays_with_the_account():
    contact = make_contact(name="Kim")
    make_objective(account=contact.account, name="Adopt", owner_contact=contact)
    with pytest.raises(ValidationError) as caught:
        services.contact_update(
            actor=make_csm(), contact=contact, changes={"account": make_account()}
        )
    assert "Adopt" in caught.value.message_dict["account"][0]


def test_r_del_1_a_resource_who_holds_something_is_refused_with_the_list():
    jo, administrator = make_resource(name="Jo"), make_administrator()
    role = make_account_role(make_account(name="Acme"), jo)
    with pytest.raises(ValidationError, match="Jo still owns or is assigned “Acme”"):
        services.resource_delete(actor=administrator, resource=jo)
    role.delete()
    services.resource_delete(actor=administrator, resource=jo)
    assert not Resource.objects.filter(name="Jo").exists()


@pytest.mark.parametrize("fields", [{"is_active": False}, {"kind": "psa"}])
def test_r_own_1_who_cannot_be_allocated_joins_no_team(fields):
    account, csm, role = make_account(), make_csm(), Role.objects.first()
    with pytest.raises(ValidationError) as caught:
        services.account_role_add(
            actor=csm, account=account, resource=make_resource(**fields), role=role
        )
    assert list(caught.value.message_dict) == ["resource"]
    assert not account.account_roles.exists()


def test_a_team_member_is_added_once_per_role_and_taken_off_again():
    account, csm, jo = make_account(name="Acme"), make_csm(), make_resource(name="Jo")
    first, second = Role.objects.all()[:2]
    member = services.account_role_add(actor=csm, account=account, resource=jo, role=first)
    services.account_role_add(actor=csm, account=account, resource=jo, role=second)
    with pytest.raises(ValidationError, match="of Acme already"):
        services.account_role_add(actor=csm, account=account, resource=jo, role=first)
    services.account_role_remove(actor=csm, account_role=member)
    assert [item.role for item in selectors.team_of(csm, account)] == [second]


def test_r_kpi_10_a_reading_feeds_the_kpis_of_its_account_at_once():
    csm, definition = make_csm(), make_attribute()
    kpi = make_kpi(baseline=0, target=100, attribute=definition)
    account = kpi.objective.account
    with through(Door.PAGE):
        reading = services.reading_record(
            actor=csm, account=account, definition=definition, value=Decimal(40), measured_on=MARCH
        )
    kpi.refresh_from_db()
    assert (reading.door, reading.recorded_by) == (Door.PAGE, csm)
    assert (kpi.current, kpi.measured_on) == (Decimal(40), MARCH)
    assert KpiValue.objects.filter(kpi=kpi, current=40, door=Door.ATTRIBUTE).count() == 1


def test_r_kpi_10_many_readings_move_a_kpi_once_to_the_newest():
    csm, definition = make_csm(), make_attribute()
    kpi = make_kpi(baseline=0, target=100, attribute=definition)
    readings = [
        AttributeValue(
            account=kpi.objective.account,
            definition=definition,
            value=day * 10,
            measured_on=dt.date(2026, 3, day),
        )
        for day in (3, 1, 2)
    ]
    assert services.readings_record(actor=csm, readings=readings) == 3
    kpi.refresh_from_db()
    assert (kpi.current, kpi.measured_on) == (Decimal(30), dt.date(2026, 3, 3))
    assert set(AttributeValue.objects.values_list("recorded_by", flat=True)) == {csm.pk}


@pytest.mark.django_db(transaction=True)
def test_r_act_1_two_moves_at_once_make_no_circle_and_neither_is_a_fault():
    actor = make_user(is_superuser=True)
    one, other = make_account(), make_account()
    at_once = Barrier(2)

    def move(account, below):
        try:
            connection.ensure_connection()
            at_once.wait(20)
            services.account_update(actor=actor, account=account, changes={"parent": below})
        except ValidationError as refusal:
            return refusal.message_dict["parent"][0]
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(pool.map(move, (one, other), (other, one)))
    assert first == ""
    assert "own ancestor" in second
    assert Account.objects.filter(parent__isnull=False).count() == 1
