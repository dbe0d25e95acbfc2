"""Writes of plans and challenges: allowed and refused, by service, ORM and SQL."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from apps.accounts.choices import ResourceKind
from apps.core.access import Refused
from apps.core.services import Conflict
from apps.objectives.models import Objective
from apps.plans import services
from apps.plans.models import BusinessChallenge, PlanChallenge, SuccessPlan
from tests.factories import (
    make_account,
    make_activity,
    make_administrator,
    make_challenge,
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
JANUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 3, 1)


def test_a_csm_makes_a_plan_with_challenges_in_one_operation():
    account = make_account()
    challenge = make_challenge(account)
    plan = services.plan_create(
        actor=make_csm(),
        values={"account": account, "name": "Grow", "challenges": [challenge]},
    )
    assert (plan.status, list(plan.challenges.all())) == ("active", [challenge])
    event = plan.events.get()
    link = PlanChallenge.objects.get().events.get()
    assert event.pgh_operation == link.pgh_operation is not None


@pytest.mark.parametrize("person", [make_participant, make_administrator, lambda: make_user(None)])
def test_whoever_may_not_make_change_or_delete_plans_changes_nothing(person):
    actor, plan = person(), make_plan(name="As it was")
    with pytest.raises(Refused, match="success plan|plans"):
        services.plan_create(actor=actor, values={"account": plan.account, "name": "New"})
    with pytest.raises(Refused):
        services.plan_update(actor=actor, plan=plan, changes={"name": "Changed"})
    with pytest.raises(Refused):
        services.plan_delete(actor=actor, plan=plan)
    assert list(SuccessPlan.objects.values_list("name", flat=True)) == ["As it was"]


def test_a_participant_keeps_challenges_but_does_not_delete_them():
    actor, account = make_participant(), make_account()
    challenge = services.challenge_create(
        actor=actor, values={"account": account, "title": "Churn"}
    )
    assert services.challenge_update(
        actor=actor, challenge=challenge, changes={"severity": "high"}
    ) == ["severity"]
    with pytest.raises(Refused):
        services.challenge_delete(actor=actor, challenge=challenge)
    assert BusinessChallenge.objects.get().severity == "high"


def test_r_date_1_a_start_after_the_end_is_refused_by_every_path():
    plan, actor = make_plan(start_date=JANUARY, end_date=MARCH), make_csm()
    with pytest.raises(ValidationError) as raised:
        services.plan_update(actor=actor, plan=plan, changes={"start_date": dt.date(2026, 4, 1)})
    assert raised.value.message_dict == {
        "end_date": ["The start (1 Apr 2026) is after the end (1 Mar 2026)."]
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        SuccessPlan.objects.update(start_date=dt.date(2026, 4, 1))
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE plans_successplan SET end_date = '2025-01-01'")


@pytest.mark.parametrize(
    ("fields", "word"), [({"kind": ResourceKind.PSA}, "PSA"), ({"is_active": False}, "active")]
)
def test_r_own_1_only_active_resources_that_are_not_psa_become_owners(fields, word):
    plan, actor, unfit = make_plan(), make_csm(), make_resource(**fields)
    with pytest.raises(ValidationError) as raised:
        services.plan_update(actor=actor, plan=plan, changes={"owner": unfit})
    assert word in raised.value.message_dict["owner"][0]
    with pytest.raises(ValidationError):
        services.plan_create(
            actor=actor, values={"account": plan.account, "name": "New", "owner": unfit}
        )
    assert SuccessPlan.objects.get().owner is None


def test_r_own_1_an_owner_who_left_may_stay():
    gone = make_resource(is_active=False)
    plan = make_plan(owner=gone)
    changes = {"owner": gone, "name": "Renamed"}
    assert services.plan_update(actor=make_csm(), plan=plan, changes=changes) == ["name"]


def test_r_plan_3_a_plan_goes_to_another_account_but_never_to_none():
    plan, acme = make_plan(), make_account(name="Acme")
    with pytest.raises(ValidationError) as raised:
        services.plan_update(actor=make_csm(), plan=plan, changes={"account": None})
    assert "belongs to an account" in raised.value.message_dict["account"][0]
    assert (
        services.plan_update(actor=make_csm(), plan=plan, changes={"account": plan.account}) == []
    )
    changed = services.plan_update(actor=make_csm(), plan=plan, changes={"account": acme})
    assert changed == ["account"]
    plan.refresh_from_db()
    assert plan.account == acme


def test_r_cas_2_challenges_are_linked_within_one_account_by_every_path():
    plan, foreign = make_plan(), make_challenge(title="Elsewhere")
    with pytest.raises(ValidationError) as raised:
        services.plan_update(actor=make_csm(), plan=plan, changes={"challenges": [foreign]})
    assert "“Elsewhere”" in raised.value.message_dict["challenges"][0]
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanChallenge.objects.create(plan=plan, challenge=foreign)
    assert not PlanChallenge.objects.exists()


def test_r_cas_2_a_linked_challenge_stays_with_its_account():
    plan = make_plan()
    challenge = make_challenge(plan.account)
    PlanChallenge.objects.create(plan=plan, challenge=challenge)
    changes = {"account": make_account()}
    with pytest.raises(ValidationError) as raised:
        services.challenge_update(actor=make_csm(), challenge=challenge, changes=changes)
    assert "Unlink" in raised.value.message_dict["account"][0]
    PlanChallenge.objects.all().delete()
    assert services.challenge_update(actor=make_csm(), challenge=challenge, changes=changes) == [
        "account"
    ]


def test_r_plan_1_deleting_a_plan_keeps_what_hung_on_it():
    plan = make_plan()
    objective = make_objective(plan)
    playbook = make_playbook(objective)
    task = make_task(playbook)
    activity = make_activity(task=task)
    challenge = make_challenge(plan.account)
    PlanChallenge.objects.create(plan=plan, challenge=challenge)
    services.plan_delete(actor=make_csm(), plan=plan)
    for record in (objective, playbook, task, activity):
        record.refresh_from_db()
        assert (record.plan_id, record.account_id) == (None, plan.account_id)
    assert (task.playbook, playbook.objective) == (playbook, objective)
    assert list(challenge.plans.all()) == []


def test_r_del_1_deleting_a_challenge_unlinks_it():
    plan = make_plan()
    challenge = make_challenge(plan.account)
    PlanChallenge.objects.create(plan=plan, challenge=challenge)
    services.challenge_delete(actor=make_csm(), challenge=challenge)
    assert not plan.challenges.exists()
    assert SuccessPlan.objects.exists()


def test_a_conflict_names_both_values_and_saves_nothing():
    plan = make_plan(name="As shown")
    SuccessPlan.objects.update(name="Theirs")
    with pytest.raises(Conflict) as raised:
        services.plan_update(
            actor=make_csm(), plan=plan, changes={"name": "Mine"}, shown={"name": "As shown"}
        )
    assert (raised.value.clashes[0].theirs, raised.value.clashes[0].mine) == ("Theirs", "Mine")


def test_sharing_a_plan_needs_the_share_permission():
    plan, actor = make_plan(), make_csm()
    actor.groups.get().permissions.filter(
        codename="share", content_type__app_label="plans"
    ).delete()
    with pytest.raises(Refused, match="share"):
        services.plan_update(actor=actor, plan=plan, changes={"is_shared": True})
    assert not Objective.objects.exists()
