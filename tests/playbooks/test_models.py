"""What the database itself sees to: children follow their parent, by every path."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.history import operation
from apps.objectives.models import Objective
from apps.objectives.services import objective_update
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests.factories import (
    make_account,
    make_activity,
    make_contact,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def place(record):
    record.refresh_from_db()
    return record.account_id, record.plan_id, record.objective_id


def test_r_obj_2_new_rows_take_the_place_of_what_they_hang_on():
    objective = make_objective(make_plan())
    here = (objective.account_id, objective.plan_id, objective.pk)
    playbook = make_playbook(objective, account=make_account())
    assert place(playbook) == here
    assert place(make_task(playbook, account=make_account())) == here
    Playbook.objects.bulk_create([Playbook(name="Bulk", objective=objective)])
    assert place(Playbook.objects.get(name="Bulk")) == here


@pytest.mark.parametrize("path", ["bulk", "sql"])
def test_r_obj_2_and_3_all_below_an_objective_follow_it(path):
    objective, target = make_objective(make_plan()), make_plan()
    playbook = make_playbook(objective)
    rows = [playbook, make_task(playbook), make_task(objective=objective)]
    if path == "bulk":
        Objective.objects.filter(pk=objective.pk).update(account=target.account, plan=target)
    else:
        sql(
            "UPDATE objectives_objective SET account_id = %s, plan_id = %s WHERE id = %s",
            target.account_id,
            target.pk,
            objective.pk,
        )
    for row in rows:
        assert place(row) == (target.account_id, target.pk, objective.pk)


@pytest.mark.parametrize("path", ["bulk", "sql"])
def test_r_obj_2_tasks_follow_a_playbook_to_another_objective(path):
    playbook, target = make_playbook(make_objective(make_plan())), make_objective(make_plan())
    task, other = make_task(playbook), make_task(make_playbook())
    before = place(other)
    if path == "bulk":
        Playbook.objects.filter(pk=playbook.pk).update(objective=target)
    else:
        sql("UPDATE playbooks_playbook SET objective_id = %s WHERE id = %s", target.pk, playbook.pk)
    for row in (playbook, task):
        assert place(row) == (target.account_id, target.plan_id, target.pk)
    assert place(other) == before


def test_r_obj_3_a_change_against_the_parent_has_no_effect():
    playbook = make_playbook(make_objective(make_plan()))
    task = make_task(playbook)
    here = place(task)
    PlaybookTask.objects.update(account=make_account(), plan=None, objective=None)
    Playbook.objects.update(account=make_account())
    assert (place(playbook), place(task)) == (here, here)


@pytest.mark.parametrize("model", [Playbook, PlaybookTask])
def test_r_date_1_a_start_after_the_end_is_refused_by_the_database(model):
    make_task(make_playbook())
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(start_date=dt.date(2026, 3, 1), end_date=dt.date(2026, 2, 1))


def test_r_own_2_a_co_owner_needs_sharing_in_the_database_too():
    playbook = make_playbook()
    contact = make_contact(playbook.account)
    with pytest.raises(IntegrityError), transaction.atomic():
        Playbook.objects.update(co_owner=contact)
    Playbook.objects.update(co_owner=contact, is_shared=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Playbook.objects.update(is_shared=False)


def test_an_assignment_names_exactly_one_and_each_once():
    task, resource = make_task(), make_resource()
    TaskAssignment.objects.create(task=task, resource=resource)
    for wrong in (
        {"resource": resource},
        {},
        {"contact": make_contact(task.account)} | {"resource": make_resource()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            TaskAssignment.objects.create(task=task, **wrong)


def test_a_bulk_update_leaves_one_event_a_row_in_the_history():
    playbook = make_playbook()
    tasks = [make_task(playbook) for _ in range(3)]
    PlaybookTask.objects.update(priority="high")
    assert all(task.events.filter(pgh_label="update").count() == 1 for task in tasks)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [make_playbook, make_task, make_activity])
def test_r_obj_3_what_is_made_while_its_objective_moves_moves_along(make):
    """The move waits for it: neither sees the other's row before the end of the transaction."""
    actor, objective, other = make_user(is_superuser=True), make_objective(), make_account()
    moved = Event()

    def move():
        try:
            objective_update(actor=actor, objective=objective, changes={"account": other})
        finally:
            moved.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with operation(actor):
            made = make(objective=objective, account=objective.account)
            moving = pool.submit(move)
            moved.wait(2)
        moving.result(20)
    made.refresh_from_db()
    assert made.account == other
