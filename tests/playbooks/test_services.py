"""Writes of playbooks and tasks: allowed and refused; a refusal changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.choices import ResourceKind
from apps.accounts.models import Role, TeamPool
from apps.core.access import Refused
from apps.core.services import Conflict
from apps.playbooks import services
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests.factories import (
    make_account,
    make_activity,
    make_administrator,
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
PEOPLE = ("resources", "contacts", "roles", "pools")


def day(month: int, number: int = 1) -> dt.date:
    return dt.date(2026, month, number)


def refusals(call, **kwargs):
    """What a service says, by field."""
    with pytest.raises(ValidationError) as raised:
        call(actor=make_csm(), **kwargs)
    return raised.value.message_dict


def snapshot():
    return (
        list(Playbook.objects.order_by("pk").values()),
        list(PlaybookTask.objects.order_by("pk").values()),
        list(TaskAssignment.objects.order_by("pk").values()),
    )


def writes(actor, playbook, task):
    """Every write, by what it needs."""
    account = playbook.account
    return {
        "playbook.create": lambda: services.playbook_create(
            actor=actor, values={"account": account, "name": "New"}
        ),
        "playbook.edit": lambda: services.playbook_update(
            actor=actor, playbook=playbook, changes={"name": "Changed"}
        ),
        "task.create": lambda: services.task_create(
            actor=actor, values={"account": account, "name": "New"}
        ),
        "task.edit": lambda: services.task_update(
            actor=actor, task=task, changes={"name": "Changed"}
        ),
        "playbook.share": lambda: services.playbook_update(
            actor=actor, playbook=playbook, changes={"is_shared": True}
        ),
        "playbook.share at birth": lambda: services.playbook_create(
            actor=actor, values={"account": account, "name": "New", "is_shared": True}
        ),
        "task.share": lambda: services.task_update(
            actor=actor, task=task, changes={"is_shared": True}
        ),
        "task.share at birth": lambda: services.task_create(
            actor=actor, values={"account": account, "name": "New", "is_shared": True}
        ),
        "task.delete": lambda: services.task_delete(actor=actor, task=task),
        "playbook.delete": lambda: services.playbook_delete(actor=actor, playbook=playbook),
    }


BOTH = ("playbook.create", "playbook.edit", "task.create", "task.edit")


@pytest.mark.parametrize("person", [make_csm, make_participant, make_administrator, make_user])
def test_who_may_write_does_and_who_may_not_changes_nothing(person):
    actor = person(None) if person is make_user else person()
    playbook = make_playbook()
    for what, write in writes(actor, playbook, make_task(playbook)).items():
        before = snapshot()
        if person is make_csm or (person is make_participant and what in BOTH):
            write()
            assert snapshot() != before, what
        else:
            with pytest.raises(Refused, match="permission set"):
                write()
            assert snapshot() == before, what


def test_the_writes_of_one_save_are_one_operation_of_its_person():
    actor = make_csm()
    task = services.task_create(
        actor=actor,
        values={"account": make_account(), "name": "Call", "resources": [make_resource()]},
    )
    events = [task.events.get(), task.assignments.get().events.get()]
    assert {event.pgh_operation for event in events} - {None}
    assert len({event.pgh_operation for event in events}) == 1
    assert [event.pgh_actor_id for event in events] == [actor.pk, actor.pk]


# Where a record stands


@pytest.mark.parametrize("above", ["objective", "plan"])
def test_r_obj_1_a_playbook_takes_the_account_of_what_it_hangs_on(above):
    objective = make_objective(make_plan())
    parent = objective if above == "objective" else objective.plan
    playbook = services.playbook_create(actor=make_csm(), values={"name": "New", above: parent})
    assert (playbook.account, playbook.plan) == (objective.account, objective.plan)


def test_r_obj_1_a_task_takes_the_place_of_its_playbook():
    playbook = make_playbook(make_objective(make_plan()))
    empty = {"account": None, "plan": None, "objective": None}
    task = services.task_create(
        actor=make_csm(), values={"name": "New", "playbook": playbook, **empty}
    )
    place = (task.account, task.plan, task.objective)
    assert place == (playbook.account, playbook.plan, playbook.objective)


@pytest.mark.parametrize("what", ["playbook", "task"])
def test_a_record_belongs_to_an_account(what):
    create = getattr(services, f"{what}_create")
    assert "belongs to an account" in refusals(create, values={"name": "New"})["account"][0]
    record = make_playbook() if what == "playbook" else make_task()
    update = getattr(services, f"{what}_update")
    assert "account" in refusals(update, **{what: record}, changes={"account": None})


PARENTS = {
    "plan": ("a success plan", make_plan),
    "objective": ("an objective", lambda account: make_objective(account=account)),
    "playbook": ("a playbook", lambda account: make_playbook(account=account)),
}


@pytest.mark.parametrize(
    ("what", "above"),
    [
        ("playbook", "plan"),
        ("playbook", "objective"),
        ("task", "plan"),
        ("task", "objective"),
        ("task", "playbook"),
    ],
)
def test_r_obj_1_what_is_of_another_account_is_refused_with_both_named(what, above):
    acme = make_account(name="Acme")
    word, make = PARENTS[above]
    foreign = make(account=make_account(name="Other"))
    record = make_playbook(account=acme) if what == "playbook" else make_task(account=acme)
    said = f"“{foreign}” is {word} of Other. Choose {word} of Acme, or none."
    before = snapshot()
    update, create = (getattr(services, f"{what}_{verb}") for verb in ("update", "create"))
    assert refusals(update, **{what: record}, changes={above: foreign}) == {above: [said]}
    values = {"account": acme, "name": "New", above: foreign}
    assert refusals(create, values=values) == {above: [said]}
    assert snapshot() == before


def test_r_obj_3_another_account_asks_for_parents_of_it_or_none():
    playbook, other = make_playbook(make_objective(make_plan())), make_account()
    task = make_task(playbook)
    changes = {"account": other}
    assert "objective" in refusals(services.playbook_update, playbook=playbook, changes=changes)
    assert "playbook" in refusals(services.task_update, task=task, changes=changes)
    changes |= {"objective": None, "plan": None}
    changed = services.playbook_update(actor=make_csm(), playbook=playbook, changes=changes)
    assert set(changed) == {"account", "plan", "objective"}
    task.refresh_from_db()
    assert (task.account, task.plan, task.objective) == (other, None, None)


def test_r_obj_2_another_plan_than_the_objectives_is_refused():
    objective = make_objective(make_plan())
    playbook = make_playbook(objective)
    other = make_plan(objective.account)
    for wanted in (other, None):
        said = refusals(services.playbook_update, playbook=playbook, changes={"plan": wanted})
        assert f"“{objective}” belongs to the success plan “{objective.plan}”" in said["plan"][0]
    values = {"name": "New", "objective": objective, "plan": other}
    assert "plan" in refusals(services.playbook_create, values=values)


def test_r_obj_2_another_objective_brings_its_plan_along():
    playbook = make_playbook(make_objective(make_plan()))
    target = make_objective(make_plan(playbook.account))
    changed = services.playbook_update(
        actor=make_csm(), playbook=playbook, changes={"objective": target}
    )
    assert set(changed) == {"objective", "plan"}
    playbook.refresh_from_db()
    assert playbook.plan == target.plan


def test_a_task_leaves_its_playbook_and_keeps_the_objective():
    task = make_task(make_playbook(make_objective(make_plan())))
    services.task_update(actor=make_csm(), task=task, changes={"playbook": None})
    task.refresh_from_db()
    assert task.playbook is None
    assert task.objective is not None


def test_a_task_comes_last_in_its_playbook():
    playbook, other = make_playbook(), None
    make_task(playbook, position=7)
    task = services.task_create(actor=make_csm(), values={"name": "Last", "playbook": playbook})
    assert task.position == 8
    other = make_playbook(account=playbook.account)
    make_task(other, position=2)
    services.task_update(actor=make_csm(), task=task, changes={"playbook": other})
    task.refresh_from_db()
    assert (task.playbook, task.position) == (other, 3)


def test_a_playbook_that_is_gone_is_refused_by_name():
    playbook = make_playbook(name="Launch")
    Playbook.objects.filter(pk=playbook.pk).delete()
    said = refusals(services.task_create, values={"name": "New", "playbook": playbook})
    assert "“Launch” was deleted meanwhile" in said["playbook"][0]


# Dates


def test_r_pb_1_a_task_outside_of_its_playbook_is_refused_with_both_dates():
    playbook = make_playbook(name="Launch", start_date=day(3), end_date=day(5))
    task = make_task(playbook, start_date=day(4))
    before = snapshot()
    said = refusals(services.task_update, task=task, changes={"end_date": day(6)})
    assert said == {
        "end_date": ["The end (1 Jun 2026) is after the end of the playbook “Launch” (1 May 2026)."]
    }
    values = {"name": "New", "playbook": playbook, "start_date": day(2)}
    assert "start_date" in refusals(services.task_create, values=values)
    lonely = make_task(account=playbook.account, end_date=day(8))
    assert "end_date" in refusals(services.task_update, task=lonely, changes={"playbook": playbook})
    assert snapshot()[0] == before[0]
    changed = services.task_update(actor=make_csm(), task=task, changes={"end_date": day(5)})
    assert changed == ["end_date"]


def test_r_pb_1_a_task_that_lies_outside_already_can_still_be_renamed():
    task = make_task(make_playbook(end_date=day(3)), end_date=day(9))
    assert services.task_update(actor=make_csm(), task=task, changes={"name": "Renamed"}) == [
        "name"
    ]


def test_r_date_1_a_playbook_does_not_exclude_its_tasks():
    playbook = make_playbook(start_date=day(1), end_date=day(12))
    make_task(playbook, name="Call", start_date=day(2))
    make_task(playbook, name="Train", end_date=day(11))
    make_task(playbook, name="Undated")
    before = snapshot()
    changes = {"start_date": day(3), "end_date": day(10)}
    said = refusals(services.playbook_update, playbook=playbook, changes=changes)
    assert "“Call”" in said["start_date"][0]
    assert "“Train”" in said["end_date"][0]
    assert snapshot() == before
    changes = {"start_date": day(2), "end_date": day(11)}
    assert services.playbook_update(actor=make_csm(), playbook=playbook, changes=changes)
    changes = {"start_date": None}
    assert services.playbook_update(actor=make_csm(), playbook=playbook, changes=changes)


@pytest.mark.parametrize("what", ["playbook", "task"])
def test_r_date_1_a_start_after_the_end_is_refused(what):
    record = make_playbook(end_date=day(2)) if what == "playbook" else make_task(end_date=day(2))
    update = getattr(services, f"{what}_update")
    said = refusals(update, **{what: record}, changes={"start_date": day(3)})
    assert said == {"end_date": ["The start (1 Mar 2026) is after the end (1 Feb 2026)."]}


# Completion


def test_r_obj_5_completing_stamps_and_reopening_clears_both():
    task, actor = make_task(percent_complete=40), make_csm()
    before = timezone.now()
    changed = services.task_update(actor=actor, task=task, changes={"status": "completed"})
    task.refresh_from_db()
    assert set(changed) == {"status", "percent_complete", "completed_at"}
    assert task.percent_complete == 100
    assert before <= task.completed_at <= timezone.now()
    stamp = task.completed_at
    services.task_update(actor=actor, task=task, changes={"name": "Renamed"})
    task.refresh_from_db()
    assert task.completed_at == stamp
    assert "percent_complete" in refusals(
        services.task_update, task=task, changes={"percent_complete": 50}
    )
    services.task_update(actor=actor, task=task, changes={"status": "in_progress"})
    task.refresh_from_db()
    assert (task.percent_complete, task.completed_at) == (0, None)


def test_r_obj_5_a_task_can_be_born_complete():
    task = services.task_create(
        actor=make_csm(),
        values={
            "name": "Done",
            "account": make_account(),
            "status": "completed",
            "percent_complete": 0,
        },
    )
    assert task.percent_complete == 100
    assert task.completed_at is not None


# People


@pytest.mark.parametrize(
    ("fields", "word"), [({"kind": ResourceKind.PSA}, "PSA"), ({"is_active": False}, "active")]
)
def test_r_own_1_only_active_resources_that_are_not_psa_are_allocated(fields, word):
    unfit, playbook, task = make_resource(**fields), make_playbook(), make_task()
    said = refusals(services.playbook_update, playbook=playbook, changes={"owner": unfit})
    assert word in said["owner"][0]
    said = refusals(services.task_update, task=task, changes={"resources": [unfit]})
    assert word in said["resources"][0]
    values = {"name": "New", "account": task.account, "resources": [unfit]}
    assert "resources" in refusals(services.task_create, values=values)
    assert not TaskAssignment.objects.exists()


def test_r_own_1_who_left_may_stay_on_a_task():
    task, gone = make_task(), make_resource(is_active=False)
    TaskAssignment.objects.create(task=task, resource=gone)
    fit = make_resource()
    changes = {"resources": [gone, fit]}
    assert services.task_update(actor=make_csm(), task=task, changes=changes) == ["resources"]
    assert task.assignments.count() == 2


def test_r_own_2_a_contact_co_owns_only_a_shared_playbook_of_the_same_account():
    playbook, actor = make_playbook(), make_csm()
    own, foreign = make_contact(playbook.account), make_contact(name="Jo")
    left = make_contact(playbook.account, is_active=False)

    def said(**changes):
        return refusals(services.playbook_update, playbook=playbook, changes=changes)["co_owner"][0]

    assert "needs a shared playbook" in said(co_owner=own)
    assert "Jo is not a contact of" in said(co_owner=foreign, is_shared=True)
    assert "has left" in said(co_owner=left, is_shared=True)
    changes = {"co_owner": own, "is_shared": True}
    services.playbook_update(actor=actor, playbook=playbook, changes=changes)
    assert "needs a shared playbook" in said(is_shared=False)
    changes = {"account": make_account()}
    services.playbook_update(actor=actor, playbook=playbook, changes=changes)
    playbook.refresh_from_db()
    assert playbook.co_owner is None
    changes = {"co_owner": None, "is_shared": False}
    services.playbook_update(actor=actor, playbook=playbook, changes=changes)
    assert not Playbook.objects.get().is_shared


def test_r_own_2_a_task_is_given_to_resources_contacts_roles_and_pools():
    account = make_account()
    people = {
        "resources": [make_resource(), make_resource()],
        "contacts": [make_contact(account)],
        "roles": [Role.objects.all()[0]],
        "pools": [TeamPool.objects.create(name="Onboarding")],
    }
    actor = make_csm()
    task = services.task_create(actor=actor, values={"name": "New", "account": account, **people})
    assert sorted(map(str, task.assignments.all())) == sorted(
        str(person) for group in people.values() for person in group
    )
    changes = {**people, "resources": people["resources"][:1], "roles": []}
    assert services.task_update(actor=actor, task=task, changes=changes) == ["resources", "roles"]
    assert task.assignments.count() == 3
    assert services.task_update(actor=actor, task=task, changes=changes) == []


def test_two_people_who_assign_at_once_both_count():
    task = make_task()
    first, second, third = (make_resource() for _ in range(3))
    TaskAssignment.objects.create(task=task, resource=first)
    TaskAssignment.objects.create(task=task, resource=second)
    services.task_update(
        actor=make_csm(),
        task=task,
        changes={"resources": [third]},
        shown={"resources": [first]},
    )
    assert {row.resource for row in task.assignments.all()} == {second, third}


def test_a_task_is_given_to_contacts_of_its_own_account_only():
    task, foreign = make_task(), make_contact(name="Jo Else")
    said = refusals(services.task_update, task=task, changes={"contacts": [foreign]})
    assert "Jo Else is not a contact of" in said["contacts"][0]
    own = make_contact(task.account)
    services.task_update(actor=make_csm(), task=task, changes={"contacts": [own]})
    said = refusals(services.task_update, task=task, changes={"account": make_account()})
    assert "is not a contact of" in said["contacts"][0]


def test_r_cas_2_a_playbook_does_not_carry_contacts_of_its_old_account_along():
    playbook = make_playbook()
    task = make_task(playbook, name="Call")
    TaskAssignment.objects.create(task=task, contact=make_contact(playbook.account))
    kept = TaskAssignment.objects.create(task=task, resource=make_resource())
    changes = {"account": make_account()}
    services.playbook_update(actor=make_csm(), playbook=playbook, changes=changes)
    assert list(task.assignments.all()) == [kept]


# Two at once, and the end


@pytest.mark.parametrize("what", ["playbook", "task"])
def test_a_field_that_somebody_else_changed_is_a_conflict(what):
    record = make_playbook(name="Shown") if what == "playbook" else make_task(name="Shown")
    type(record).objects.update(name="Theirs")
    update = getattr(services, f"{what}_update")
    with pytest.raises(Conflict):
        update(
            actor=make_csm(),
            **{what: record},
            changes={"name": "Mine"},
            shown={"name": "Shown"},
        )
    assert type(record).objects.get().name == "Theirs"


def test_r_del_1_a_playbook_leaves_tasks_and_activities_at_the_nearest_kept_parent():
    playbook = make_playbook(make_objective(make_plan()))
    task = make_task(playbook)
    activity = make_activity(task=task)
    services.playbook_delete(actor=make_csm(), playbook=playbook)
    for row in (task, activity):
        row.refresh_from_db()
        assert row.playbook is None
        assert (row.objective, row.plan) == (playbook.objective, playbook.plan)
    assert activity.task == task


def test_r_del_1_tasks_go_with_their_playbook_when_wished():
    playbook = make_playbook()
    task, other = make_task(playbook), make_task()
    TaskAssignment.objects.create(task=task, resource=make_resource())
    activity = make_activity(task=task)
    services.playbook_delete(actor=make_csm(), playbook=playbook, with_tasks=True)
    assert list(PlaybookTask.objects.all()) == [other]
    assert not TaskAssignment.objects.exists()
    activity.refresh_from_db()
    assert (activity.account, activity.task) == (playbook.account, None)


def test_r_del_1_deleting_a_task_removes_assignments_and_keeps_activities():
    task = make_task(make_playbook())
    TaskAssignment.objects.create(task=task, resource=make_resource())
    activity = make_activity(task=task)
    services.task_delete(actor=make_csm(), task=task)
    assert not TaskAssignment.objects.exists()
    activity.refresh_from_db()
    assert (activity.task, activity.playbook) == (None, task.playbook)
