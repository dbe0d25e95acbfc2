"""How fresh records are: kept by the database by every path, seen in lists (R-DUE-1)."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.core import freshness_rules as rules
from apps.core.choices import Door
from apps.core.history import operation, through
from apps.core.models import Organisation, Preference, Touch
from apps.core.touch_selectors import with_touch
from apps.kpis.filters import KpiFilter
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import kpis
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.models import Objective
from apps.objectives.selectors import objectives
from apps.plans.filters import PlanFilter
from apps.plans.models import SuccessPlan
from apps.plans.selectors import plans
from tests import factories

LONG_AGO = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)


@given(
    touched=st.datetimes(
        min_value=dt.datetime(2020, 1, 1),
        max_value=dt.datetime(2030, 1, 1),
        timezones=st.just(dt.UTC),
    ),
    today=st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2030, 1, 1)),
    limit=st.integers(1, 400),
    name=st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Midway", "Europe/Berlin"]),
)
def test_r_due_1_the_moment_and_the_days_agree(touched, today, limit, name):
    zone = zoneinfo.ZoneInfo(name)
    by_moment = touched < rules.stale_before(today, limit, zone)
    assert by_moment == rules.is_stale(touched.astimezone(zone).date(), today, limit)


def test_ages_read_as_people_say_them():
    day = dt.date(2026, 3, 2)
    assert [rules.age_words(rules.age(day - dt.timedelta(days=n), day)) for n in (0, 1, 9)] == [
        "today",
        "yesterday",
        "9 days ago",
    ]
    assert rules.age(day + dt.timedelta(days=1), day) == 0


class Tree:
    """A plan with one of everything below, untouched since long ago."""

    def __init__(self):
        self.plan = factories.make_plan()
        self.objective = factories.make_objective(self.plan)
        self.kpi = factories.make_kpi(self.objective)
        self.playbook = factories.make_playbook(self.objective)
        self.task = factories.make_task(self.playbook)
        self.records = {"plan": self.plan, "objective": self.objective, "kpi": self.kpi}
        for model in (SuccessPlan, Objective, ObjectiveKpi):
            model.objects.update(created_at=LONG_AGO)
        self.forget()

    def forget(self):
        Touch.objects.all().delete()

    def touched(self):
        """The kinds that were touched since."""
        return {
            kind
            for kind, record in self.records.items()
            if with_touch(type(record).objects.all(), kind).get(pk=record.pk).touched_at > LONG_AGO
        }


@pytest.fixture
def tree(db):
    return Tree()


@pytest.fixture
def person(db):
    return factories.make_csm()


@pytest.mark.parametrize(
    ("name", "change", "kinds"),
    [
        ("plan", {"name": "New"}, {"plan"}),
        ("objective", {"name": "New"}, {"plan", "objective"}),
        ("kpi", {"title": "New"}, {"plan", "objective", "kpi"}),
        ("playbook", {"name": "New"}, {"plan", "objective"}),
        ("task", {"status": "in_progress"}, {"plan", "objective"}),
    ],
)
def test_r_due_1_what_a_person_changes_touches_all_above(tree, person, name, change, kinds):
    record = getattr(tree, name)
    type(record).objects.filter(pk=record.pk).update(**change)
    assert tree.touched() == set(), "a shell is nobody"
    with operation(person):
        type(record).objects.filter(pk=record.pk).update(**change)
    assert tree.touched() == kinds
    tree.forget()
    with operation(person), connection.cursor() as cursor:
        table, (column, value) = type(record)._meta.db_table, next(iter(change.items()))
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, record.pk])
    assert tree.touched() == kinds


def test_r_due_1_what_is_made_or_removed_below_touches_too(tree, person):
    with operation(person):
        task = factories.make_task(tree.playbook)
    assert tree.touched() == {"plan", "objective"}
    tree.forget()
    with operation(person):
        task.delete()
    assert tree.touched() == {"plan", "objective"}
    tree.forget()
    with operation(person):
        factories.make_kpi(tree.objective)
    assert tree.touched() == {"plan", "objective"}


def test_r_due_1_a_reading_is_nobodys_touch(tree, person):
    with through(Door.ATTRIBUTE), operation(person):
        ObjectiveKpi.objects.filter(pk=tree.kpi.pk).update(current=4)
    assert tree.touched() == set()


def test_r_due_1_an_activity_touches_by_when_it_happened(tree, person):
    soon, later = LONG_AGO + dt.timedelta(days=3), timezone.now() + dt.timedelta(days=9)
    factories.make_activity(kpi=tree.kpi, happened_at=soon)
    assert set(Touch.objects.values_list("touched_at", flat=True)) == {soon}
    assert tree.touched() == {"plan", "objective", "kpi"}
    factories.make_activity(plan=tree.plan, happened_at=LONG_AGO)
    assert Touch.objects.get(kind="plan").touched_at == soon
    factories.make_activity(plan=tree.plan, happened_at=later)
    assert Touch.objects.get(kind="plan").touched_at <= timezone.now()
    tree.forget()
    with operation(person):
        factories.make_activity(objective=tree.objective, happened_at=LONG_AGO)
    assert tree.touched() == {"plan", "objective"}


def test_what_was_touched_just_now_is_not_written_again(tree, person):
    with operation(person):
        SuccessPlan.objects.update(name="One")
    moment = timezone.now() - dt.timedelta(minutes=5)
    Touch.objects.update(touched_at=moment)
    with operation(person):
        SuccessPlan.objects.update(name="Two")
    assert Touch.objects.get(kind="plan").touched_at == moment
    Touch.objects.update(touched_at=moment - dt.timedelta(minutes=6))
    with operation(person):
        SuccessPlan.objects.update(name="Three")
    assert Touch.objects.get(kind="plan").touched_at > moment


def filtered(filterset, rows, user, **query):
    request = RequestFactory().get("/", query)
    request.user = user
    found = filterset(request.GET, queryset=rows(user), request=request).qs
    return set(found.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("kind", "filterset", "rows"),
    [
        ("plan", PlanFilter, plans),
        ("objective", ObjectiveFilter, objectives),
        ("kpi", KpiFilter, kpis),
    ],
)
def test_r_due_1_stale_is_what_goes_on_untouched_for_the_limit(tree, person, kind, filterset, rows):
    record = tree.records[kind]
    assert filtered(filterset, rows, person, stale="1") == {record.pk}
    assert filtered(filterset, rows, person, stale="0") == set()
    days = {f"stale_{name}_days": 30 for name in rules.KINDS}
    limit = {f"stale_{kind}_days": 7}
    Organisation.objects.update_or_create(pk=1, defaults=days | limit)
    now = timezone.now()
    for age, expected in ((6, set()), (8, {record.pk})):
        person = type(person).objects.get(pk=person.pk)
        Touch.objects.update_or_create(
            kind=kind, record_id=record.pk, defaults={"touched_at": now - dt.timedelta(days=age)}
        )
        assert filtered(filterset, rows, person, stale="1") == expected


def test_r_due_1_what_is_over_is_not_stale(tree, person):
    SuccessPlan.objects.update(status="completed")
    Objective.objects.update(status=factories.objective_status("archived"))
    for filterset, rows in ((PlanFilter, plans), (ObjectiveFilter, objectives), (KpiFilter, kpis)):
        assert filtered(filterset, rows, person, stale="1") == set()


@pytest.mark.parametrize(
    ("kind", "place"), [("plan", "plans"), ("objective", "objectives"), ("kpi", "kpis")]
)
def test_r_due_1_head_and_list_say_when_a_record_was_touched_last(
    client, tree, person, kind, place
):
    client.force_login(person)
    record = tree.records[kind]
    moment = timezone.now() - dt.timedelta(days=40)
    Touch.objects.create(kind=kind, record_id=record.pk, touched_at=moment)
    head = client.get(f"/{place}/{record.pk}/").content.decode()
    assert "40 days ago, stale" in head
    Preference.objects.create(
        user=person,
        key=f"list:{kind}",
        data={"columns": ["title" if kind == "kpi" else "name", "touched_at"]},
    )
    page = client.get(f"/{place}/?sort=touched_at&stale=1").content.decode()
    assert "40 days ago, stale" in page
    Touch.objects.update(touched_at=timezone.now() - dt.timedelta(days=3))
    assert "3 days ago<" in client.get(f"/{place}/{record.pk}/").content.decode()
    assert (
        "stale"
        not in client.get(f"/{place}/?sort=-touched_at").content.decode().partition("<tbody")[2]
    )


def test_r_due_1_what_is_over_is_not_marked_as_stale(client, tree, person):
    client.force_login(person)
    SuccessPlan.objects.update(status="archived")
    Objective.objects.update(status=factories.objective_status("completed"))
    for kind, place in (("plan", "plans"), ("objective", "objectives"), ("kpi", "kpis")):
        page = client.get(f"/{place}/{tree.records[kind].pk}/").content.decode()
        assert "days ago" in page and "days ago, stale" not in page
