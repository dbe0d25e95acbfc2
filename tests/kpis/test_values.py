"""The series of a KPI's values: kept by the database on every path (R-KPI-9, R-KPI-10)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import AttributeValue
from apps.core import history
from apps.core.choices import Door
from apps.core.models import Organisation, Unit
from apps.kpis import services
from apps.kpis.models import KpiValue, ObjectiveKpi
from tests.factories import (
    make_account,
    make_account_role,
    make_administrator,
    make_attribute,
    make_csm,
    make_kpi,
    make_objective,
)
from tests.pages import edit_data

pytestmark = pytest.mark.django_db

FALLS = {"baseline": 8, "current": 7, "target": 3, "direction": "lower"}


@pytest.fixture
def fed():
    """An account with a KPI that an attribute feeds, and that attribute."""
    account, attribute = make_account(), make_attribute()
    kpi = make_kpi(make_objective(account=account), baseline=0, target=100, attribute=attribute)
    return account, attribute, kpi


def read(account, attribute, value, day, **more):
    return AttributeValue(
        account=account, definition=attribute, value=value, measured_on=day, **more
    )


def series(kpi):
    """Value and date of each, in the order of the dates."""
    rows = KpiValue.objects.filter(kpi=kpi, door="attribute").order_by("measured_on", "pk")
    return [(row.current, row.measured_on.day) for row in rows]


def day(number):
    return dt.date(2026, 5, number)


def test_r_kpi_9_creation_with_values_leaves_one_value_and_without_none():
    assert KpiValue.objects.filter(kpi=make_kpi(**FALLS)).count() == 1
    assert KpiValue.objects.filter(kpi=make_kpi()).count() == 0


@pytest.mark.parametrize(
    "change",
    [{"baseline": 9}, {"current": 5}, {"target": 2}, {"current": None}],
    ids=lambda change: "-".join(change),
)
def test_r_kpi_9_each_change_of_a_value_leaves_exactly_one(change):
    kpi = make_kpi(**FALLS)
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(**change)
    newest = KpiValue.objects.filter(kpi=kpi).order_by("pk")
    assert len(newest) == 2
    for name, value in change.items():
        assert getattr(newest[1], name) == value
    kpi.refresh_from_db()
    assert newest[1].percent_complete == kpi.percent_complete


def test_r_kpi_9_a_new_unit_leaves_one_and_keeps_the_numbers():
    kpi = make_kpi(**FALLS)
    unit = Unit.objects.get(label="Percent")
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(unit=unit)
    first, second = KpiValue.objects.filter(kpi=kpi).order_by("pk")
    assert (first.unit, second.unit) == (None, unit)
    assert (second.baseline, second.current, second.target) == (8, 7, 3)


def test_r_kpi_9_other_changes_and_the_same_value_leave_none():
    kpi = make_kpi(**FALLS)
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(title="Other", current=7, is_blocked=True)
    assert KpiValue.objects.filter(kpi=kpi).count() == 1


def test_r_kpi_9_values_are_never_changed_nor_deleted():
    kpi = make_kpi(**FALLS)
    rows = KpiValue.objects.filter(kpi=kpi)
    for act in (lambda: rows.update(current=1), rows.delete, lambda: rows.get().delete()):
        with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic():
            act()
    for sql in ("UPDATE kpis_kpivalue SET current = 1", "DELETE FROM kpis_kpivalue"):
        with (
            pytest.raises(ProgrammingError, match="append_only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert rows.get().current == 7


def test_r_kpi_9_deleting_the_kpi_keeps_its_values():
    kpi = make_kpi(**FALLS)
    pk = kpi.pk
    services.kpi_delete(actor=make_csm(), kpi=kpi)
    assert not ObjectiveKpi.objects.filter(pk=pk).exists()
    assert [row.current for row in KpiValue.objects.filter(kpi_id=pk)] == [7]


def by_page(client, kpi):
    user = make_csm()
    client.force_login(user)
    url = reverse("kpis:edit", args=[kpi.pk])
    assert client.post(url, edit_data(client, url, current="5")).status_code == 302
    return Door.PAGE, user


def by_cell(client, kpi):
    user = make_csm()
    client.force_login(user)
    response = client.post(
        reverse("workspace:value-tracker-row", args=[kpi.pk]),
        {"current": "5", "initial-current": "7"},
        headers={"HX-Request": "true", "HX-Target": f"kpi-{kpi.pk}"},
    )
    assert response.status_code == 200
    return Door.PAGE, user


def by_grid(client, kpi):
    user = make_csm()
    client.force_login(user)
    url = f"{reverse('kpis:grid')}?objective={kpi.objective_id}"
    assert client.post(url, edit_data(client, url, **{"rows-0-current": "5"})).status_code == 302
    return Door.PAGE, user


def by_admin(client, kpi):
    user = make_administrator()
    user.is_superuser = True
    user.save()
    client.force_login(user)
    url = reverse("admin:kpis_objectivekpi_change", args=[kpi.pk])
    form = client.get(url).context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    data |= {
        form[name].html_initial_name: form[name].value()
        for name, field in form.fields.items()
        if field.show_hidden_initial
    }
    data = {
        name: form.fields[name].prepare_value(v) if name in form.fields else v
        for name, v in data.items()
    }
    data = {name: "" if value in (None, False) else str(value) for name, value in data.items()}
    data["objective"] = data["initial-objective"] = f"{kpi.objective} #{kpi.objective_id}"
    for name in ("is_blocked", "is_external"):
        data.pop(name, None)
    response = client.post(url, data | {"current": "5"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    return Door.ADMIN, user


def by_service(client, kpi):
    user = make_csm()
    with history.through(Door.API):
        services.kpi_update(actor=user, kpi=kpi, changes={"current": Decimal(5)})
    return Door.API, user


def by_attribute(client, kpi):
    attribute = make_attribute()
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(attribute=attribute)
    user = make_csm()
    with history.through(Door.PAGE), history.operation(user):
        read(kpi.objective.account, attribute, 5, day(1)).save()
    return Door.ATTRIBUTE, user


def by_sql(client, kpi):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kpis_objectivekpi SET current = 5 WHERE id = %s", [kpi.pk])
    return Door.SHELL, None


@pytest.mark.parametrize(
    "path", [by_page, by_cell, by_grid, by_admin, by_service, by_attribute, by_sql]
)
def test_r_kpi_9_every_path_leaves_one_value_and_one_entry_with_its_door(client, path):
    kpi = make_kpi(make_objective(name="Only"), title="Churn", **FALLS)
    door, user = path(client, kpi)
    kpi.refresh_from_db()
    assert kpi.current == 5
    value = KpiValue.objects.filter(kpi=kpi).order_by("pk")[1:]
    assert [(v.current, v.door, v.recorded_by_id) for v in value] == [
        (5, door, user.pk if user else None)
    ]
    events = [e for e in kpi.events.order_by("pgh_id") if e.current == 5]
    assert [(e.pgh_label, e.pgh_door, e.pgh_actor_id) for e in events] == [
        ("update", door, user.pk if user else None)
    ]


def test_r_kpi_10_the_newest_reading_becomes_the_current_value(fed):
    account, attribute, kpi = fed
    for number, value in ((1, 10), (2, 20)):
        read(account, attribute, value, day(number)).save()
    kpi.refresh_from_db()
    assert (kpi.current, kpi.measured_on) == (20, day(2))
    assert series(kpi) == [(10, 1), (20, 2)]


def test_r_kpi_10_a_late_reading_goes_to_its_place_and_nothing_else(fed):
    account, attribute, kpi = fed
    read(account, attribute, 20, day(5)).save()
    read(account, attribute, 10, day(1)).save()
    kpi.refresh_from_db()
    assert (kpi.current, kpi.measured_on) == (20, day(5))
    assert series(kpi) == [(10, 1), (20, 5)]


def test_r_kpi_10_a_typed_value_stays_until_the_next_newer_reading(fed):
    account, attribute, kpi = fed
    read(account, attribute, 20, day(5)).save()
    user = make_csm()
    services.kpi_update(
        actor=user, kpi=kpi, changes={"current": Decimal(33), "measured_on": day(6)}
    )
    read(account, attribute, 21, day(5)).save()
    kpi.refresh_from_db()
    assert kpi.current == 33
    read(account, attribute, 40, day(7)).save()
    kpi.refresh_from_db()
    assert (kpi.current, kpi.measured_on) == (40, day(7))


def test_r_kpi_10_many_readings_at_once_move_the_kpi_once(fed):
    account, attribute, kpi = fed
    before = kpi.events.count()
    numbers = [3, 9, 1, 7, 5]
    with CaptureQueriesContext(connection) as captured:
        AttributeValue.objects.bulk_create(
            read(account, attribute, number, day(number)) for number in numbers
        )
    assert len([q for q in captured if "INSERT" in q["sql"]]) == 1
    kpi.refresh_from_db()
    assert (kpi.current, kpi.measured_on) == (9, day(9))
    assert kpi.events.count() == before + 1
    assert series(kpi) == [(n, n) for n in sorted(numbers)]


def test_r_kpi_10_a_reading_feeds_every_kpi_of_its_account_and_no_other(fed):
    account, attribute, kpi = fed
    second = make_kpi(make_objective(account=account), attribute=attribute)
    other = make_kpi(make_objective(), attribute=attribute)
    untied = make_kpi(make_objective(account=account))
    read(account, attribute, 12, day(1)).save()
    found = [ObjectiveKpi.objects.get(pk=k.pk).current for k in (kpi, second, other, untied)]
    assert found == [12, 12, None, None]


def test_r_kpi_10_tying_an_attribute_takes_its_newest_reading_at_once(fed):
    account, attribute, _ = fed
    for number in (2, 4, 3):
        read(account, attribute, number, day(number)).save()
    born_tied = make_kpi(make_objective(account=account), attribute=attribute)
    assert (born_tied.current, born_tied.measured_on) == (4, day(4))
    tied = make_kpi(make_objective(account=account), baseline=0, target=10, current=1)
    services.kpi_update(actor=make_csm(), kpi=tied, changes={"attribute": attribute})
    tied.refresh_from_db()
    assert (tied.current, tied.measured_on) == (4, day(4))
    assert KpiValue.objects.filter(kpi=tied).count() == 2


def test_values_are_seen_with_their_kpi_only():
    csm, other = make_csm(), make_account()
    mine = make_account()
    make_account_role(mine, csm.resource)
    seen = make_kpi(make_objective(account=mine), **FALLS)
    make_kpi(make_objective(account=other), **FALLS)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    rows = KpiValue.objects.filter(KpiValue.scope(csm))
    assert {row.kpi_id for row in rows} == {seen.pk}
