"""Writes of KPIs: who may, direction and values, who changed what meanwhile."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.core.access import Refused
from apps.core.scope import today
from apps.core.services import Conflict
from apps.kpis import services
from apps.kpis.models import ObjectiveKpi
from tests.factories import (
    make_activity,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_user,
    objective_status,
)

pytestmark = pytest.mark.django_db

FALLS = {"baseline": 8, "current": 7, "target": 3, "direction": "lower"}


@pytest.fixture
def csm():
    return make_csm()


@pytest.mark.parametrize(
    ("baseline", "target", "direction"),
    [(8, 3, "lower"), (3, 8, "higher"), (5, 5, "higher"), (None, 5, "higher"), (5, None, "higher")],
)
def test_r_kpi_3_a_new_kpi_takes_its_direction_from_its_values(csm, baseline, target, direction):
    values = {"title": "New", "baseline": baseline, "target": target}
    kpi = services.kpi_create(actor=csm, objective=make_objective(), values=values)
    assert kpi.direction == direction


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": Decimal(9)}, "the target 9 is above the baseline 8"),
        ({"baseline": Decimal(2)}, "the target 3 is above the baseline 2"),
        ({"direction": "higher"}, "the target 3 is below the baseline 8"),
    ],
)
def test_r_kpi_3_values_that_disagree_are_refused_beside_what_changed(csm, changes, said):
    kpi = make_kpi(**FALLS)
    with pytest.raises(ValidationError) as refused:
        services.kpi_update(actor=csm, kpi=kpi, changes=changes)
    assert list(refused.value.message_dict) == list(changes)
    assert said in str(refused.value)
    assert ObjectiveKpi.objects.get(pk=kpi.pk).target == 3


def test_r_kpi_3_the_database_refuses_it_on_every_path():
    kpi = make_kpi(**FALLS)
    with pytest.raises(IntegrityError, match="kpi_direction"), transaction.atomic():
        ObjectiveKpi.objects.filter(pk=kpi.pk).update(target=9)


def test_a_new_current_value_is_measured_today_unless_it_says_when(csm):
    kpi = make_kpi(**FALLS)
    services.kpi_update(actor=csm, kpi=kpi, changes={"current": Decimal(6)})
    kpi.refresh_from_db()
    assert kpi.measured_on == today(csm)
    day = dt.date(2026, 1, 31)
    services.kpi_update(actor=csm, kpi=kpi, changes={"current": Decimal(5), "measured_on": day})
    kpi.refresh_from_db()
    assert kpi.measured_on == day
    made = services.kpi_create(
        actor=csm, objective=kpi.objective, values={"title": "New", "current": Decimal(1)}
    )
    assert made.measured_on == today(csm)


def test_an_unchanged_value_changes_nothing(csm):
    kpi = make_kpi(**FALLS)
    assert services.kpi_update(actor=csm, kpi=kpi, changes={"current": Decimal("7.0")}) == []
    assert kpi.events.count() == 1


def test_two_people_one_field_is_a_conflict_and_two_fields_are_not(csm):
    kpi = make_kpi(**FALLS)
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=6)
    shown = {"current": Decimal(7), "target": Decimal(3)}
    with pytest.raises(Conflict, match="Somebody else changed current"):
        services.kpi_update(actor=csm, kpi=kpi, changes={"current": Decimal(5)}, shown=shown)
    services.kpi_update(actor=csm, kpi=kpi, changes={"target": Decimal(2)}, shown=shown)
    kpi.refresh_from_db()
    assert (kpi.current, kpi.target) == (6, 2)


def test_the_note_stands_with_the_value(csm):
    kpi = make_kpi(**FALLS)
    services.kpi_update(actor=csm, kpi=kpi, changes={"current": Decimal(5)}, note="By phone")
    newest = kpi.values_over_time.order_by("-pk")[0]
    assert (newest.note, newest.recorded_by) == ("By phone", csm)


def test_r_kpi_8_a_status_blocks_and_unblocks_what_it_blocked_and_nothing_else(csm):
    objective = make_objective(status=objective_status("blocked"))
    by_status, by_both = make_kpi(objective), make_kpi(objective)
    services.kpi_block(actor=csm, kpi=by_both)

    def blocked():
        rows = ObjectiveKpi.objects.with_status(today(csm)).filter(objective=objective)
        return {row.pk: (row.is_blocked, row.blocked_by_status) for row in rows}

    assert blocked() == {by_status.pk: (False, True), by_both.pk: (True, True)}
    objective.status = objective_status("in_progress")
    objective.save()
    assert blocked() == {by_status.pk: (False, False), by_both.pk: (True, False)}
    services.kpi_unblock(actor=csm, kpi=by_both)
    assert blocked() == {by_status.pk: (False, False), by_both.pk: (False, False)}


def test_deleting_a_kpi_keeps_its_activities_with_the_objective(csm):
    kpi = make_kpi(**FALLS)
    activity = make_activity(account=kpi.objective.account, objective=kpi.objective, kpi=kpi)
    services.kpi_delete(actor=csm, kpi=kpi)
    activity.refresh_from_db()
    assert (activity.kpi_id, activity.objective) == (None, kpi.objective)


def test_a_participant_edits_but_neither_deletes_nor_shares():
    person, kpi = make_participant(), make_kpi(**FALLS)
    services.kpi_update(actor=person, kpi=kpi, changes={"current": Decimal(6)})
    services.kpi_create(actor=person, objective=kpi.objective, values={"title": "New"})
    refused = [
        lambda: services.kpi_delete(actor=person, kpi=kpi),
        lambda: services.kpi_update(actor=person, kpi=kpi, changes={"is_external": True}),
        lambda: services.kpi_create(
            actor=person, objective=kpi.objective, values={"title": "Out", "is_external": True}
        ),
    ]
    for act in refused:
        with pytest.raises(Refused, match="Your permission set does not let you"):
            act()
    assert ObjectiveKpi.objects.filter(is_external=False).count() == 2


def test_nobody_writes_without_permission():
    person, kpi = make_user(None), make_kpi(**FALLS)
    for act in (
        lambda: services.kpi_update(actor=person, kpi=kpi, changes={"current": Decimal(6)}),
        lambda: services.kpi_create(actor=person, objective=kpi.objective, values={"title": "N"}),
        lambda: services.kpi_delete(actor=person, kpi=kpi),
        lambda: services.kpi_block(actor=person, kpi=kpi),
    ):
        with pytest.raises(Refused):
            act()
    assert list(ObjectiveKpi.objects.values_list("current", "is_blocked")) == [(7, False)]
