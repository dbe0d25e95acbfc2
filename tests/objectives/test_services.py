"""Writes of objectives: allowed and refused, by service, ORM and SQL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from apps.accounts.choices import ResourceKind
from apps.core.access import Refused
from apps.core.models import Tag
from apps.objectives import services
from apps.objectives.models import Objective, ObjectiveChallenge
from tests.factories import (
    make_account,
    make_activity,
    make_administrator,
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


def refusals(**changes):
    """What the service says to these changes of an objective, by field."""
    objective = changes.pop("objective", None) or make_objective()
    with pytest.raises(ValidationError) as raised:
        services.objective_update(actor=make_csm(), objective=objective, changes=changes)
    return raised.value.message_dict


def test_a_participant_makes_an_objective_that_has_not_started():
    account, tag = make_account(), Tag.objects.all()[0]
    objective = services.objective_create(
        actor=make_participant(), values={"account": account, "name": "Adopt", "tags": [tag]}
    )
    assert objective.status is not None
    assert (objective.status.kind, list(objective.tags.all())) == ("not_started", [tag])


@pytest.mark.parametrize("person", [make_administrator, lambda: make_user(None)])
def test_whoever_may_not_make_or_change_objectives_changes_nothing(person):
    actor, objective = person(), make_objective(name="As it was")
    with pytest.raises(Refused):
        services.objective_create(actor=actor, values={"account": objective.account, "name": "New"})
    with pytest.raises(Refused):
        services.objective_update(actor=actor, objective=objective, changes={"name": "Changed"})
    assert list(Objective.objects.values_list("name", flat=True)) == ["As it was"]


def test_a_participant_deletes_and_shares_no_objective():
    actor, objective = make_participant(), make_objective()
    with pytest.raises(Refused, match="delete"):
        services.objective_delete(actor=actor, objective=objective)
    with pytest.raises(Refused, match="share"):
        services.objective_update(actor=actor, objective=objective, changes={"is_external": True})
    objective.refresh_from_db()
    assert not objective.is_external


def test_r_obj_1_the_account_follows_the_plan():
    plan = make_plan()
    objective = services.objective_create(actor=make_csm(), values={"plan": plan, "name": "Adopt"})
    assert objective.account == plan.account


def test_r_obj_1_another_accounts_plan_is_refused_by_every_path():
    foreign = make_plan(account=make_account(name="Other"))
    objective = make_objective(account=make_account(name="Acme"))
    said = refusals(objective=objective, plan=foreign)
    assert said == {"plan": [f"“{foreign}” is a plan of Other. Choose a plan of Acme, or none."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        Objective.objects.update(plan=foreign)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE objectives_objective SET plan_id = %s", [foreign.pk])
    objective.refresh_from_db()
    assert objective.plan is None


def test_r_obj_3_another_account_asks_for_a_plan_of_it_or_none():
    objective, other = make_objective(make_plan()), make_account()
    assert "plan" in refusals(objective=objective, account=other)
    services.objective_update(
        actor=make_csm(), objective=objective, changes={"account": other, "plan": None}
    )
    objective.refresh_from_db()
    assert (objective.account, objective.plan) == (other, None)


@pytest.mark.parametrize("path", ["service", "orm", "sql"])
def test_r_obj_2_and_3_playbooks_tasks_and_activities_follow_by_every_path(path):
    objective = make_objective(make_plan())
    playbook = make_playbook(objective)
    of_playbook = make_task(playbook)
    own = make_task(objective=objective, account=objective.account)
    activity = make_activity(task=of_playbook)
    target = make_plan()
    if path == "service":
        changes = {"account": target.account, "plan": target}
        services.objective_update(actor=make_csm(), objective=objective, changes=changes)
    elif path == "orm":
        Objective.objects.update(account=target.account, plan=target)
    else:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE objectives_objective SET account_id = %s, plan_id = %s",
                [target.account_id, target.pk],
            )
    for record in (playbook, of_playbook, own, activity):
        record.refresh_from_db()
        assert (record.account_id, record.plan_id) == (target.account_id, target.pk)


def test_r_cas_2_challenges_are_unlinked_when_the_account_changes():
    objective = make_objective()
    challenge = make_challenge(objective.account)
    services.objective_update(
        actor=make_csm(), objective=objective, changes={"challenges": [challenge]}
    )
    assert list(objective.challenges.all()) == [challenge]
    Objective.objects.update(account=make_account())
    assert not objective.challenges.exists()
    foreign = make_challenge()
    assert "challenges" in refusals(objective=objective, challenges=[foreign])
    with pytest.raises(IntegrityError), transaction.atomic():
        ObjectiveChallenge.objects.create(objective=objective, challenge=foreign)


def test_r_obj_4_an_objective_with_kpis_is_not_deleted_by_any_path():
    kpi = make_kpi(title="Adoption rate")
    with pytest.raises(ValidationError, match="has 1 KPI: Adoption rate"):
        services.objective_delete(actor=make_csm(), objective=kpi.objective)
    with pytest.raises(ProtectedError):
        Objective.objects.all().delete()
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM objectives_objective")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert Objective.objects.exists()


def test_r_del_1_deleting_an_objective_keeps_what_hung_on_it_at_the_plan():
    objective = make_objective(make_plan())
    playbook = make_playbook(objective)
    task = make_task(playbook)
    activity = make_activity(objective=objective)
    services.objective_delete(actor=make_csm(), objective=objective)
    for record in (playbook, task, activity):
        record.refresh_from_db()
        assert (record.plan_id, record.objective_id) == (objective.plan_id, None)


def test_r_date_1_a_start_after_the_due_date_is_refused_by_every_path():
    objective = make_objective(due_date=dt.date(2026, 1, 1))
    said = refusals(objective=objective, start_date=dt.date(2026, 2, 1))
    assert said["due_date"] == ["The start (1 Feb 2026) is after the due date (1 Jan 2026)."]
    with pytest.raises(IntegrityError), transaction.atomic():
        Objective.objects.update(start_date=dt.date(2026, 2, 1))


@pytest.mark.parametrize("fields", [{"kind": ResourceKind.PSA}, {"is_active": False}])
def test_r_own_1_only_active_resources_that_are_not_psa_become_owners(fields):
    assert "owner" in refusals(owner=make_resource(**fields))


def test_the_owner_is_one_resource_or_one_contact_of_the_account():
    objective = make_objective()
    assert "owner_contact" in refusals(objective=objective, owner_contact=make_contact())
    own = make_contact(objective.account)
    both = refusals(objective=objective, owner_contact=own, owner=make_resource())
    assert "one owner" in both["owner_contact"][0]
    changed = services.objective_update(
        actor=make_csm(), objective=objective, changes={"owner_contact": own}
    )
    assert changed == ["owner_contact"]


def test_r_kpi_3_own_values_agree_with_the_direction_by_every_path():
    objective = make_objective()
    values = {"baseline": Decimal(10), "target": Decimal("1234.5"), "direction": "lower"}
    said = refusals(objective=objective, **values)["target"][0]
    assert "1,234.5" in said
    assert "10" in said
    with pytest.raises(IntegrityError), transaction.atomic():
        Objective.objects.update(**values)


def test_attribute_based_completion_needs_an_attribute():
    assert "attribute" in refusals(completion_type="attribute")
