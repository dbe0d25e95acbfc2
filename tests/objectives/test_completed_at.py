"""When an objective became completed: kept by the database, by every path."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.undo_services import undo
from apps.objectives import services
from apps.objectives.models import Objective
from tests.factories import make_csm, make_objective, objective_status

pytestmark = pytest.mark.django_db


def stamp(objective):
    return Objective.objects.values_list("completed_at", flat=True).get(pk=objective.pk)


def set_status(objective, kind, actor=None):
    services.objective_update(
        actor=actor or make_csm(), objective=objective, changes={"status": objective_status(kind)}
    )


def test_completing_stamps_and_reopening_clears():
    objective = make_objective()
    assert stamp(objective) is None
    set_status(objective, "completed")
    assert timezone.now() - stamp(objective) < dt.timedelta(minutes=1)
    set_status(objective, "in_progress")
    assert stamp(objective) is None


def test_another_completed_status_keeps_the_moment():
    objective = make_objective()
    set_status(objective, "completed")
    then = timezone.now() - dt.timedelta(days=9)
    Objective.objects.filter(pk=objective.pk).update(completed_at=then)
    objective.refresh_from_db()
    other = type(objective.status).objects.create(label="Won", kind="completed", position=999)
    Objective.objects.filter(pk=objective.pk).update(status=other)
    assert stamp(objective) == then


@pytest.mark.parametrize("kind", ["completed", "in_progress"])
def test_plain_sql_and_creation_are_stamped_too(kind):
    made = make_objective(status=objective_status(kind))
    updated = make_objective()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE objectives_objective SET status_id = %s WHERE id = %s",
            [objective_status(kind).pk, updated.pk],
        )
    assert (stamp(made) is not None) == (stamp(updated) is not None) == (kind == "completed")


def test_one_that_is_not_completed_has_no_moment_whoever_writes_one():
    objective = make_objective(status=objective_status("in_progress"), completed_at=timezone.now())
    Objective.objects.filter(pk=objective.pk).update(completed_at=timezone.now())
    assert stamp(objective) is None


def test_undo_of_reopening_brings_the_moment_back():
    objective, actor = make_objective(), make_csm()
    set_status(objective, "completed", actor)
    before = stamp(objective)
    set_status(objective, "in_progress", actor)
    reopened = Objective.events.rel.related_model.objects.latest("pgh_id").pgh_operation
    undo(actor=actor, done=reopened)
    assert stamp(objective) == before


def test_a_status_that_means_something_else_stamps_and_clears_its_objectives():
    status = objective_status("paused")
    objective = make_objective(status=status)
    status.kind = "completed"
    status.save()
    assert stamp(objective) is not None
    status.kind = "paused"
    status.save()
    assert stamp(objective) is None


def test_the_page_shows_when_and_the_list_filters_by_it(client):
    fresh, old, open_one = (make_objective(name=name) for name in ("Fresh", "Old", "Open"))
    for one in (fresh, old):
        set_status(one, "completed")
    long_ago = timezone.now() - dt.timedelta(days=60)
    Objective.objects.filter(pk=old.pk).update(completed_at=long_ago)
    client.force_login(make_csm())
    assert "<dt>Completed</dt>" in client.get(f"/objectives/{fresh.pk}/").content.decode()
    assert "<dt>Completed</dt>" not in client.get(f"/objectives/{open_one.pk}/").content.decode()
    for days, names in (("30", {"Fresh"}), ("91", {"Fresh", "Old"})):
        html = client.get(f"/objectives/?completed={days}").content.decode()
        assert {name for name in ("Fresh", "Old", "Open") if f">{name}</a>" in html} == names
