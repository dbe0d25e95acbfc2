"""KPIs that follow an attribute: at the same moment, on another account, and undone (R-KPI-10)."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from apps.accounts.models import AttributeValue
from apps.core.undo_services import undo
from apps.kpis import services
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives.services import objective_update
from tests.factories import make_account, make_attribute, make_csm, make_kpi, make_objective

EVENTS = ObjectiveKpi.events.rel.related_model


def day(number: int) -> dt.date:
    return dt.date(2026, 5, number)


def read(account, attribute, value, number):
    AttributeValue.objects.create(
        account=account, definition=attribute, value=value, measured_on=day(number)
    )


def made():
    """An account, an attribute, and a KPI of an objective of the account that it feeds."""
    account, attribute = make_account(), make_attribute()
    objective = make_objective(account=account, plan=None)
    kpi = make_kpi(objective, baseline=0, current=0, target=100, attribute=attribute)
    return account, attribute, kpi


def now(kpi):
    return ObjectiveKpi.objects.values_list("current", "measured_on").get(pk=kpi.pk)


def last_of(kpi):
    return EVENTS.objects.filter(pgh_obj=kpi).latest("pgh_id").pgh_operation


def somebody_waits():
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("Nobody waits.")


@pytest.mark.django_db(transaction=True)
def test_r_kpi_10_of_two_readings_at_the_same_moment_the_newest_wins():
    account, attribute, kpi = made()

    def late():
        try:
            read(account, attribute, 10, 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            read(account, attribute, 20, 20)
            other = pool.submit(late)
            somebody_waits()
        other.result()
    assert now(kpi) == (20, day(20))
    fed = KpiValue.objects.filter(kpi=kpi, door="attribute").order_by("measured_on")
    assert list(fed.values_list("current", flat=True)) == [10, 20]


@pytest.mark.django_db(transaction=True)
def test_r_kpi_10_what_is_typed_at_the_same_moment_for_a_later_day_stays():
    account, attribute, kpi = made()

    def earlier():
        try:
            read(account, attribute, 10, 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=5, measured_on=day(12))
            other = pool.submit(earlier)
            somebody_waits()
        other.result()
    assert now(kpi) == (5, day(12))


@pytest.mark.django_db
def test_r_kpi_10_on_another_account_its_newest_reading_is_taken_and_undo_brings_all_back():
    account, attribute, kpi = made()
    actor, other = make_csm(), make_account()
    by_hand = make_kpi(kpi.objective, baseline=0, current=3, target=100)
    read(account, attribute, 20, 20)
    read(other, attribute, 6, 5)
    read(other, attribute, 7, 10)
    objective_update(actor=actor, objective=kpi.objective, changes={"account": other})
    assert now(kpi) == (7, day(10))
    assert now(by_hand)[0] == 3
    undo(actor=actor, done=last_of(kpi))
    assert now(kpi) == (20, day(20))


@pytest.mark.django_db
def test_r_kpi_10_on_an_account_without_readings_the_value_stays():
    account, attribute, kpi = made()
    read(account, attribute, 20, 20)
    objective_update(actor=make_csm(), objective=kpi.objective, changes={"account": make_account()})
    assert now(kpi) == (20, day(20))


@pytest.mark.django_db
@pytest.mark.parametrize(("elsewhere", "current"), [(True, 7), (False, 5)])
def test_r_kpi_10_an_objective_of_another_account_has_other_readings(elsewhere, current):
    account, attribute, kpi = made()
    read(account, attribute, 20, 20)
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=5)
    other = make_account() if elsewhere else account
    if elsewhere:
        read(other, attribute, 7, 10)
    objective = make_objective(account=other, plan=None)
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(objective=objective)
    assert now(kpi)[0] == current


@pytest.mark.django_db
def test_r_kpi_10_undo_of_an_edit_does_not_take_the_newest_reading_again():
    account, attribute, kpi = made()
    read(account, attribute, 20, 20)
    actor = make_csm()
    services.kpi_update(actor=actor, kpi=kpi, changes={"current": Decimal(5)})
    services.kpi_update(actor=actor, kpi=kpi, changes={"attribute": None})
    undo(actor=actor, done=last_of(kpi))
    assert ObjectiveKpi.objects.values_list("current", "attribute").get(pk=kpi.pk) == (
        5,
        attribute.pk,
    )
