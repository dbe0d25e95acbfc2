"""Whose day it is: from UTC-11 to UTC+14."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError

from apps.core import scope
from apps.core.models import Organisation, validate_time_zone
from apps.core.person import Person, person_of
from tests.factories import make_csm

pytestmark = pytest.mark.django_db

UTC = dt.UTC


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Pacific/Pago_Pago", dt.datetime(2026, 3, 1, 10, 59, tzinfo=UTC), dt.date(2026, 2, 28)),
        ("Pacific/Pago_Pago", dt.datetime(2026, 3, 1, 11, 0, tzinfo=UTC), dt.date(2026, 3, 1)),
        ("America/New_York", dt.datetime(2026, 1, 1, 4, 59, tzinfo=UTC), dt.date(2025, 12, 31)),
        ("UTC", dt.datetime(2026, 1, 1, 0, 0, tzinfo=UTC), dt.date(2026, 1, 1)),
        ("Europe/Berlin", dt.datetime(2026, 12, 31, 23, 0, tzinfo=UTC), dt.date(2027, 1, 1)),
        ("Pacific/Kiritimati", dt.datetime(2026, 2, 28, 9, 59, tzinfo=UTC), dt.date(2026, 2, 28)),
        ("Pacific/Kiritimati", dt.datetime(2026, 2, 28, 10, 0, tzinfo=UTC), dt.date(2026, 3, 1)),
    ],
)
def test_today_is_the_persons_own_day(zone, moment, day):
    user = make_csm(time_zone=zone)
    with time_machine.travel(moment, tick=False):
        assert scope.today(user) == day
        assert Person(user).today == day


def test_two_people_can_have_different_days_at_one_moment():
    west, east = make_csm(time_zone="Pacific/Pago_Pago"), make_csm(time_zone="Pacific/Kiritimati")
    with time_machine.travel(dt.datetime(2026, 6, 1, 10, 30, tzinfo=UTC), tick=False):
        assert (scope.today(west), scope.today(east)) == (dt.date(2026, 5, 31), dt.date(2026, 6, 2))


def test_without_a_time_zone_of_ones_own_the_organisations_counts():
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    with time_machine.travel(dt.datetime(2026, 6, 1, 15, 30, tzinfo=UTC), tick=False):
        assert scope.today(make_csm()) == scope.today() == dt.date(2026, 6, 2)


def test_the_organisation_is_read_once_for_a_person(django_assert_num_queries):
    user = make_csm()
    with django_assert_num_queries(1):
        scope.today(user)
        scope.row_scope(user)
        person_of(user)


def test_moments_are_shown_in_the_persons_time_zone():
    person = Person(make_csm(time_zone="Asia/Tokyo", date_format="iso"))
    assert person.moment(dt.datetime(2026, 6, 1, 20, 5, tzinfo=UTC)) == "2026-06-02, 05:05"
    assert (person.moment(None), person.date(None), person.number(None)) == ("—", "—", "—")


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(ValidationError, match="Write it like Europe/Berlin"):
        validate_time_zone("Mars/Olympus")
