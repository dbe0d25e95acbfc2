"""Attribute based objectives follow their readings and complete by themselves (R-OBJ-6)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import AttributeValue
from apps.accounts.services import reading_record, readings_record
from apps.core.choices import Direction
from apps.core.undo_services import undo
from apps.objectives import services
from apps.objectives.choices import CompletionType, StatusKind
from apps.objectives.models import Objective, ObjectiveStatus
from apps.objectives.rules import Measure, Standing, completes_itself
from tests.factories import (
    make_account,
    make_attribute,
    make_csm,
    make_kpi,
    make_objective,
    objective_status,
)

pytestmark = pytest.mark.django_db

ATTRIBUTE, MANUAL = CompletionType.ATTRIBUTE, CompletionType.MANUAL
EVENTS = Objective.events.rel.related_model


def day(number):
    return dt.date(2026, 5, number)


@pytest.fixture
def attribute():
    return make_attribute()


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def measured(account, attribute):
    """An objective from 0 to 80 that follows the attribute."""
    return make_objective(
        account=account, attribute=attribute, completion_type=ATTRIBUTE, baseline=0, target=80
    )


def read(objective, value, on=1, actor=None):
    return reading_record(
        actor=actor or make_csm(),
        account=objective.account,
        definition=objective.attribute,
        value=Decimal(value),
        measured_on=day(on),
    )


def now(objective):
    """Its current value and the kind of its status."""
    return Objective.objects.values_list("current", "status__kind").get(pk=objective.pk)


# The rule ----------------------------------------------------------------------------------------
def standing(current, target=80, *, kind="in_progress", by=ATTRIBUTE, direction="higher"):
    return Standing(kind, by, Measure(0, current, target, direction))


CASES = [
    # before, after, completed
    (standing(50), standing(80), True),
    (standing(50), standing(79), False),
    (standing(50), standing(120), True),
    (standing(None), standing(80), True),
    (standing(80, 90), standing(80, 80), True),
    (standing(80), standing(90), False),
    (None, standing(80), True),
    (None, standing(79), False),
    (None, standing(80, None), False),
    (None, standing(None), False),
    (standing(8, 3, direction="lower"), standing(3, 3, direction="lower"), True),
    (standing(8, 3, direction="lower"), standing(4, 3, direction="lower"), False),
    (standing(80, by=MANUAL), standing(80), True),
    (standing(50, by=MANUAL), standing(80, by=MANUAL), False),
    (standing(50, kind=None), standing(80, kind=None), True),
    *(
        (
            standing(50, kind=kind),
            standing(80, kind=kind),
            kind not in ("completed", "abandoned", "archived"),
        )
        for kind in StatusKind.values
    ),
    # Reopened while it is there: the person is not overruled.
    (standing(80, kind="completed"), standing(80), False),
    (standing(80, kind="completed"), standing(85), False),
    # It fell back, was reopened, and is there again.
    (standing(70), standing(81), True),
]


@pytest.mark.parametrize(("before", "after", "completed"), CASES)
def test_r_obj_6_what_completes_by_itself(before, after, completed):
    assert completes_itself(before, after) is completed


def written(one):
    return {
        "status": one.status_kind and objective_status(one.status_kind),
        "completion_type": one.completion_type,
        "baseline": None,
        "current": one.own.current,
        "target": one.own.target,
        "direction": one.own.direction,
    }


def agrees(before, after, account):
    """What the database makes of a change, against the rule."""
    objective = Objective(account=account, name="One")
    for name, value in written(before or after).items():
        setattr(objective, name, value)
    objective.save()
    if before is not None:
        # Whatever it became by itself: it stands as the case says.
        Objective.objects.filter(pk=objective.pk).update(status=written(before)["status"])
        Objective.objects.filter(pk=objective.pk).update(**written(after))
    kind = Objective.objects.values_list("status__kind", flat=True).get(pk=objective.pk)
    wanted = "completed" if completes_itself(before, after) else after.status_kind
    assert kind == wanted, (before, after)


@pytest.mark.parametrize(("before", "after", "completed"), CASES)
def test_r_obj_6_the_database_agrees(before, after, completed, account):
    agrees(before, after, account)


numbers = st.none() | st.sampled_from([Decimal(0), Decimal("79.9999"), Decimal(80), Decimal(-3)])
standings = st.builds(
    Standing,
    st.none() | st.sampled_from(StatusKind.values),
    st.sampled_from(CompletionType.values),
    st.builds(
        Measure,
        st.none(),
        numbers,
        numbers,
        st.sampled_from([str(one) for one in Direction.values]),
    ),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.none() | standings, standings)
def test_r_obj_6_the_database_agrees_with_anything(account, before, after):
    agrees(before, after, account)


# Readings ----------------------------------------------------------------------------------------
def test_r_obj_6_current_follows_the_newest_reading_and_a_late_one_changes_nothing(measured):
    read(measured, 40, on=10)
    assert now(measured) == (40, None)
    read(measured, 30, on=5)
    assert now(measured) == (40, None)
    read(measured, 50, on=10)
    assert now(measured) == (50, None)


def test_r_obj_6_reaching_the_target_completes_and_falling_back_does_not_reopen(measured):
    read(measured, 80, on=1)
    assert now(measured) == (80, "completed")
    assert Objective.objects.get(pk=measured.pk).completed_at is not None
    read(measured, 20, on=2)
    assert now(measured) == (20, "completed")


@pytest.mark.parametrize("kind", ["abandoned", "archived"])
def test_r_obj_6_what_is_over_follows_but_is_never_completed(measured, kind):
    Objective.objects.filter(pk=measured.pk).update(status=objective_status(kind))
    read(measured, 90)
    assert now(measured) == (90, kind)


def test_r_obj_6_one_by_hand_neither_follows_nor_completes(account, attribute):
    objective = make_objective(account=account, attribute=attribute, baseline=0, target=80)
    read(objective, 90)
    assert now(objective) == (None, None)


def test_r_obj_6_whoever_reopens_one_that_is_there_is_not_overruled(measured):
    read(measured, 80, on=1)
    services.objective_update(
        actor=make_csm(), objective=measured, changes={"status": objective_status("in_progress")}
    )
    read(measured, 85, on=2)
    assert now(measured) == (85, "in_progress")
    read(measured, 60, on=3)
    read(measured, 82, on=4)
    assert now(measured) == (82, "completed")


def test_r_obj_6_the_first_active_completed_status_is_given(measured):
    word = objective_status("completed")
    word.is_active = False
    word.save()
    made = [
        type(word).objects.create(label=label, kind="completed", position=place)
        for label, place in (("Second", 20), ("First", 10), ("First too", 10))
    ]
    read(measured, 80)
    assert Objective.objects.get(pk=measured.pk).status == made[1]


def test_r_obj_6_without_any_completed_status_it_stays_open(measured):
    ObjectiveStatus.objects.filter(kind="completed").update(is_active=False)
    read(measured, 80)
    assert now(measured) == (80, None)


@pytest.mark.parametrize("change", ["attribute", "completion_type", "account", "new"])
def test_r_obj_6_following_takes_the_newest_reading_at_once(account, attribute, change):
    for number, value in ((3, 90), (1, 10)):
        AttributeValue.objects.create(
            account=account, definition=attribute, value=value, measured_on=day(number)
        )
    whole = {"account": account, "attribute": attribute, "completion_type": ATTRIBUTE}
    before = {
        "attribute": {"attribute": make_attribute()},
        "completion_type": {"completion_type": MANUAL},
        "account": {"account": make_account()},
        "new": {},
    }[change]
    objective = make_objective(baseline=0, target=80, **(whole | before))
    if before:
        assert now(objective) == (None, None)
        Objective.objects.filter(pk=objective.pk).update(**{change: whole[change]})
    assert now(objective) == (90, "completed")


def test_r_obj_6_the_history_says_that_an_attribute_did_it(measured):
    read(measured, 80)
    event = EVENTS.objects.filter(pgh_obj=measured).latest("pgh_id")
    assert (event.pgh_door, event.current, event.status.kind) == ("attribute", 80, "completed")


def test_r_obj_6_undo_of_a_reading_brings_all_back(measured):
    actor = make_csm()
    read(measured, 50, on=1)
    read(measured, 80, on=2, actor=actor)
    done = EVENTS.objects.filter(pgh_obj=measured).latest("pgh_id").pgh_operation
    undo(actor=actor, done=done)
    assert now(measured) == (50, None)
    assert Objective.objects.get(pk=measured.pk).completed_at is None
    assert AttributeValue.objects.count() == 1


def test_r_obj_6_undo_of_an_edit_does_not_take_the_newest_reading_again(measured):
    actor = make_csm()
    read(measured, 50)
    services.objective_update(
        actor=actor, objective=measured, changes={"completion_type": MANUAL, "current": Decimal(7)}
    )
    done = EVENTS.objects.filter(pgh_obj=measured).latest("pgh_id").pgh_operation
    undo(actor=actor, done=done)
    assert now(measured) == (50, None)


def test_r_obj_6_and_r_kpi_10_many_readings_change_each_record_once(account, attribute, measured):
    kpi = make_kpi(measured, baseline=0, target=100, attribute=attribute)
    order = [3, 9, 1, 5, 7]
    before = EVENTS.objects.filter(pgh_obj=measured).count()
    readings_record(
        actor=make_csm(),
        readings=[
            AttributeValue(account=account, definition=attribute, value=10 * n, measured_on=day(n))
            for n in order
        ],
    )
    assert now(measured) == (90, "completed")
    assert EVENTS.objects.filter(pgh_obj=measured).count() == before + 1
    values = kpi.values_over_time.filter(door="attribute").order_by("measured_on")
    assert [row.current for row in values] == [10, 30, 50, 70, 90]


@pytest.mark.parametrize("count", [1, 8])
def test_r_obj_6_the_statements_do_not_grow_with_the_objectives(attribute, count):
    objectives = [
        make_objective(
            account=make_account(), attribute=attribute, completion_type=ATTRIBUTE, target=80
        )
        for _ in range(count)
    ]
    actor = make_csm()
    readings = [
        AttributeValue(account=o.account, definition=attribute, value=80, measured_on=day(1))
        for o in objectives
    ]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        readings_record(actor=actor, readings=readings)
    assert len(queries) <= 25, [q["sql"][:90] for q in queries]
    assert {now(objective) for objective in objectives} == {(80, "completed")}


def test_r_obj_6_the_page_says_what_reached_its_target(client, measured):
    client.force_login(make_csm())
    make_kpi(measured, attribute=measured.attribute)
    typed = {"definition": measured.attribute.pk, "value": "80", "measured_on": "2026-05-01"}
    url = f"/accounts/{measured.account_id}/readings/"
    page = client.get(client.post(url, typed).url).content.decode()
    assert "It feeds 1 KPI." in page
    assert f"“{measured.name}” reached its target." in page
    typed |= {"value": "90", "measured_on": "2026-05-02"}
    page = client.get(client.post(url, typed).url).content.decode()
    assert "reached its target" not in page
