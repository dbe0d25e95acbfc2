"""KPI Trending: its numbers against a computation of their own, and its edges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.choices import ProgressStatus
from apps.core.models import Organisation
from apps.core.rules import expected_progress, mean, progress
from apps.core.scope import today
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.kpis.rules import kpi_status
from apps.kpis.selectors import kpis, summary
from apps.reports.trending_rules import mean_of, period, weeks_between, weeks_until
from apps.reports.trending_selectors import standings, trend
from tests.factories import make_csm, make_kpi, make_objective

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 18)
FIRST = dt.date(2026, 1, 1)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


# Weeks ------------------------------------------------------------------------------------------


def test_weeks_end_on_sunday_and_the_running_one_today():
    assert weeks_until(TODAY, 3) == [dt.date(2026, 3, 8), dt.date(2026, 3, 15), TODAY]


def test_a_sunday_is_the_last_day_of_its_week():
    sunday = dt.date(2026, 3, 15)
    assert weeks_until(sunday, 2) == [dt.date(2026, 3, 8), sunday]
    assert weeks_between(dt.date(2026, 3, 8), sunday) == [dt.date(2026, 3, 8), sunday]


@given(st.integers(0, 400), st.integers(0, 400))
def test_weeks_between_two_days_are_sundays_and_the_last_day(begin: int, length: int):
    first, last = day(begin), day(begin + length)
    days = weeks_between(first, last)
    assert days[-1] == last and days == sorted(set(days)) and days[0] >= first
    assert all(one.isoweekday() == 7 for one in days[:-1])
    gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
    assert all(gap == 7 for gap in gaps[:-1]) and all(0 < gap <= 7 for gap in gaps[-1:])


@pytest.mark.parametrize(
    ("choice", "count"), [("13", 13), ("26", 26), ("52", 52), ("", 26), ("x", 26)]
)
def test_a_period_has_as_many_points_as_weeks(choice: str, count: int):
    assert len(period(choice, None, None, today=TODAY).days) == count


def test_a_period_that_ends_before_it_begins_is_named_and_the_usual_one_shown():
    found = period("own", day(20), day(10), today=TODAY)
    assert found.days == weeks_until(TODAY, 26)
    assert "21 Jan 2026" in found.error and "11 Jan 2026" in found.error


def test_a_period_looks_at_no_day_to_come_and_at_three_years_at_most():
    assert period("", day(0), dt.date(2027, 1, 1), today=TODAY).days[-1] == TODAY
    long = period("", dt.date(1990, 1, 1), None, today=TODAY)
    assert len(long.days) == 157 and long.days[-1] == TODAY and "157 weeks" in long.error


def test_a_mean_of_thirds_reads_as_the_whole():
    third = Decimal(1) / 3
    assert mean_of(third * 3, 3) == Decimal("0.3333333333") and mean_of(None, 0) is None


# Against Python ---------------------------------------------------------------------------------

NUMBERS = st.one_of(st.none(), st.integers(-20, 20))
OFFSETS = st.one_of(st.none(), st.integers(-10, 90))


@st.composite
def series(draw):
    """The values of one KPI: late ones, changed targets and directions, gaps, none at all."""
    told = []
    for _ in range(draw(st.integers(0, 5))):
        low, high = sorted([draw(st.integers(-9, 9)), draw(st.integers(-9, 9))])
        direction = draw(st.sampled_from(["higher", "lower"]))
        baseline, target = (low, high) if direction == "higher" else (high, low)
        told.append(
            {
                "measured_on": draw(st.one_of(st.none(), st.integers(-30, 90).map(day))),
                "recorded_at": dt.datetime(2026, 1, 1, 23, 30, tzinfo=dt.UTC)
                + dt.timedelta(days=draw(st.integers(-5, 80))),
                "baseline": draw(st.sampled_from([baseline, baseline, baseline, None])),
                "target": target,
                "current": draw(NUMBERS),
                "direction": direction,
            }
        )
    start, due = draw(OFFSETS), draw(OFFSETS)
    return {
        "start": None if start is None else day(start),
        "due": None if due is None else day(due),
        "born": draw(st.integers(-20, 70)),
        "values": told,
    }


def stored(made):
    """The KPIs with exactly these values over time; the days are Berlin's."""
    for one in made:
        kpi = make_kpi(make_objective(start_date=one["start"]), target_date=one["due"])
        born = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=one["born"])
        ObjectiveKpi.objects.filter(pk=kpi.pk).update(created_at=born)
        KpiValue.objects.bulk_create(
            KpiValue(kpi=kpi, door="page", **value) for value in one["values"]
        )


def held(one, on):
    """The values of a KPI on a day, None before it was there: the slow and simple way."""
    dated = [
        (
            value["measured_on"] or (value["recorded_at"] + dt.timedelta(hours=1)).date(),
            value["recorded_at"],
            at,
            value,
        )
        for at, value in enumerate(one["values"])
    ]
    before = sorted((row for row in dated if row[0] <= on), key=lambda row: row[:3])
    if before:
        return before[-1][3]
    if day(one["born"]) <= on:
        return {"baseline": None, "current": None, "target": None, "direction": "higher"}
    return None


def expected(one, on):
    if one["start"] is None or one["due"] is None:
        return None
    if one["due"] <= one["start"]:
        return Fraction(int(on >= one["start"]))
    return min(max(expected_progress(one["start"], one["due"], on), Fraction(0)), Fraction(1))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=st.lists(series(), max_size=4))
def test_must_show_2_the_numbers_are_those_of_a_computation_of_their_own(made, berlin):
    ObjectiveKpi.objects.all().delete()
    stored(made)
    days = weeks_until(TODAY, 13)
    weeks = trend(berlin, kpis(berlin), days).weeks
    for week in weeks:
        there = [(one, value) for one in made if (value := held(one, week.day))]
        statuses = dict.fromkeys(ProgressStatus.values, 0)
        for one, value in there:
            known = {name: value[name] for name in ("baseline", "current", "target", "direction")}
            statuses[
                kpi_status(**known, start=one["start"], target_date=one["due"], today=week.day)
            ] += 1
        assert week.statuses == statuses
        shares = [
            progress(value["baseline"], value["current"], value["target"], value["direction"])
            for _, value in there
        ]
        assert close(week.progress, shares)
        assert close(
            week.expected, [e for one, _ in there if (e := expected(one, week.day)) is not None]
        )


def close(found, shares):
    """The mean to ten places; None of nothing."""
    if not shares:
        return found is None
    return abs(Fraction(found) - mean(shares)) <= Fraction(1, 2 * 10**10)


@pytest.fixture
def berlin():
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    return make_csm()


def test_the_standing_of_today_is_that_of_the_list():
    user = make_csm()
    on = today(user)
    objective = make_objective(start_date=on - dt.timedelta(days=30))
    for current in (0, 3, 5, 10, None):
        make_kpi(
            objective,
            baseline=0,
            target=10,
            current=current,
            target_date=on + dt.timedelta(days=30),
        )
    rows = kpis(user)
    found, listed = standings(rows, "account", on), summary(rows)
    assert found.total.count == listed.total == 5
    assert found.total.progress == listed.progress
    assert found.total.off_track == listed.statuses["off_track"] == 2
    assert found.total.without_values == 1 and found.total.expected == Decimal("0.5")
    assert [one.label for one in found.groups] == [str(objective.account)]


def test_groups_begin_with_the_least_progress_and_say_when_there_are_more():
    user = make_csm()
    for current in (9, 1, 5):
        make_kpi(baseline=0, target=10, current=current)
    found = standings(kpis(user), "account", today(user), most=2)
    assert [one.progress for one in found.groups] == [Decimal("0.1"), Decimal("0.5")]
    assert found.more and found.total.count == 3
    assert not standings(kpis(user), "account", today(user), most=3).more


@pytest.mark.parametrize("count", [1, 8])
def test_a_trend_and_its_groups_take_as_many_statements_for_many(count):
    user = make_csm()
    for _ in range(count):
        make_kpi(baseline=0, target=10, current=5)
    rows = kpis(user)
    with CaptureQueriesContext(connection) as queries:
        trend(user, rows, weeks_until(today(user), 26))
        standings(rows, "account", today(user))
    assert len(queries) <= 8
