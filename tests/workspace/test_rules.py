"""The time axis, bars, marks and moves: tables and properties."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.choices import ProgressStatus
from apps.core.rules import schedule_status
from apps.workspace import rules
from apps.workspace.choices import Edge, Scale

D = dt.date
DAYS = st.dates(D(1990, 1, 1), D(2090, 12, 31))
SCALES = st.sampled_from(Scale.values)
SHARES = st.fractions(0, 1)


@pytest.mark.parametrize(
    ("scale", "today", "start", "stop", "labels"),
    [
        (Scale.DAYS, D(2026, 11, 23), D(2026, 11, 16), D(2026, 12, 14), "16 17 18"),
        (Scale.WEEKS, D(2026, 11, 25), D(2026, 10, 26), D(2027, 2, 15), "26 2 9"),
        (Scale.MONTHS, D(2026, 11, 23), D(2026, 7, 1), D(2027, 7, 1), "Jul Aug Sep"),
        (Scale.QUARTERS, D(2026, 11, 23), D(2026, 4, 1), D(2028, 4, 1), "Q2 Q3 Q4"),
        (Scale.YEARS, D(2026, 11, 23), D(2025, 1, 1), D(2030, 1, 1), "2025 2026 2027"),
    ],
)
def test_axis_window_around_today(scale, today, start, stop, labels):
    axis = rules.axis(scale, today)
    assert (axis.start, axis.stop) == (start, stop)
    assert [tick.label for tick in axis.ticks[:3]] == labels.split()
    assert axis.position(start) == 0
    assert axis.position(stop) == 100


def test_a_group_is_named_where_it_begins():
    ticks = rules.axis(Scale.MONTHS, D(2026, 11, 23)).ticks
    assert [(t.label, t.group) for t in ticks if t.group] == [("Jul", "2026"), ("Jan", "2027")]


@given(SCALES, DAYS)
def test_today_is_on_its_axis_and_ticks_rise(scale, today):
    axis = rules.axis(scale, today)
    assert axis.start <= today < axis.stop
    places = [tick.at for tick in axis.ticks]
    assert places == sorted(set(places))
    assert places[0] == 0
    assert places[-1] < 100


@given(SCALES, DAYS, DAYS)
def test_a_chosen_window_begins_with_the_unit_of_its_day(scale, today, start):
    axis = rules.axis(scale, today, start)
    assert axis.start == rules.floor(start, scale) <= start
    assert rules.step(axis.start, scale, 1) > start


@given(DAYS, st.integers(-300, 300))
def test_months_are_added_to_the_same_day_or_the_last(day, months):
    later = rules.add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + rules.DAY).day == 1)


@pytest.mark.parametrize(
    ("start", "end", "share", "expected"),
    [
        (D(2026, 7, 1), D(2027, 6, 30), Fraction(1, 2), rules.Bar(0, 100, 50)),
        (D(2025, 7, 1), D(2027, 6, 30), Fraction(1, 2), rules.Bar(0, 100, 0)),
        (D(2025, 7, 1), D(2025, 9, 1), Fraction(1), None),
        (D(2027, 7, 1), D(2027, 9, 1), Fraction(1), None),
        (None, None, Fraction(1), None),
        (D(2026, 7, 1), None, Fraction(0), rules.Bar(0, 0, 0, point=True)),
        (None, D(2030, 1, 1), Fraction(0), None),
    ],
)
def test_bar_on_a_year(start, end, share, expected):
    axis = rules.axis(Scale.MONTHS, D(2026, 11, 23))
    assert rules.bar(axis, start, end, share) == expected


@given(SCALES, DAYS, DAYS, DAYS, SHARES)
def test_a_bar_stays_inside_the_axis_and_progress_inside_the_bar(scale, today, one, other, share):
    axis = rules.axis(scale, today)
    bar = rules.bar(axis, min(one, other), max(one, other), share)
    if bar is None:
        assert max(one, other) < axis.start or min(one, other) >= axis.stop
    else:
        assert 0 <= bar.x <= 100
        assert bar.x + bar.width <= 100.01
        assert 0 <= bar.done <= bar.width + 0.001


def test_a_day_long_bar_is_a_day_wide():
    axis = rules.axis(Scale.DAYS, D(2026, 11, 23))
    bar = rules.bar(axis, D(2026, 11, 23), D(2026, 11, 23), Fraction(1))
    assert bar == rules.Bar(25.0, round(100 / 28, 3), round(100 / 28, 3))


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook", "task"])
def test_r_trk_1_completed_whatever_the_dates(kind):
    assert rules.standing(kind, "completed") is rules.Standing.COMPLETED
    status = rules.tracker_status(
        rules.Standing.COMPLETED, D(2026, 1, 1), D(2026, 2, 1), Fraction(0), D(2026, 3, 1)
    )
    assert status == ProgressStatus.COMPLETED


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("plan", "on_hold"),
        ("plan", "archived"),
        ("objective", "paused"),
        ("objective", "blocked"),
        ("objective", "abandoned"),
        ("objective", "archived"),
        ("playbook", "on_hold"),
        ("playbook", "canceled"),
        ("task", "on_hold"),
        ("task", "canceled"),
    ],
)
def test_r_trk_1_set_aside_shows_its_own_status(kind, own):
    assert rules.standing(kind, own) is rules.Standing.ASIDE
    status = rules.tracker_status(
        rules.Standing.ASIDE, D(2026, 1, 1), D(2026, 2, 1), Fraction(0), D(2026, 3, 1)
    )
    assert status is None


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("plan", "draft"),
        ("plan", "active"),
        ("objective", "in_progress"),
        ("objective", None),
        ("playbook", "planned"),
        ("task", "draft"),
        ("task", "in_progress"),
    ],
)
def test_r_trk_1_what_goes_on_is_judged_by_its_dates(kind, own):
    assert rules.standing(kind, own) is rules.Standing.GOING


@given(st.none() | DAYS, st.none() | DAYS, SHARES, DAYS)
def test_r_trk_1_is_r_kpi_4_for_what_goes_on(start, end, share, today):
    if start and end and start > end:
        start, end = end, start
    status = rules.tracker_status(rules.Standing.GOING, start, end, share, today)
    assert status == schedule_status(start, end, share, today)


TODAY = D(2026, 11, 23)


@pytest.mark.parametrize(
    ("status", "start", "end", "share", "done", "words"),
    [
        (ProgressStatus.OVERDUE, None, D(2026, 11, 22), 0, None, "1 day overdue"),
        (ProgressStatus.OVERDUE, None, D(2026, 11, 11), 0, None, "12 days overdue"),
        (
            ProgressStatus.COMPLETED,
            None,
            D(2026, 11, 20),
            1,
            D(2026, 11, 17),
            "completed 3 days early",
        ),
        (ProgressStatus.COMPLETED, None, D(2026, 11, 20), 1, D(2026, 11, 20), ""),
        (ProgressStatus.COMPLETED, None, D(2026, 11, 24), 1, None, "completed 1 day early"),
        (
            ProgressStatus.NOT_STARTED,
            D(2026, 11, 30),
            None,
            Fraction(1, 9),
            None,
            "begun 7 days early",
        ),
        (ProgressStatus.NOT_STARTED, D(2026, 11, 30), None, 0, None, ""),
        (ProgressStatus.ON_TRACK, D(2026, 11, 1), D(2026, 12, 1), 1, None, ""),
    ],
)
def test_marks_of_early_and_overdue(status, start, end, share, done, words):
    assert rules.timing(status, start, end, Fraction(share), TODAY, done) == words


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_r_kpi_4_the_fraction_behind_a_share_cut_off_after_ten_places(part, whole):
    share = round(Decimal(part) / whole, 10)
    assert rules.exact(share) == Fraction(part, whole)


@pytest.mark.parametrize("share", ["0.99999", "0.9999999999", "0.00001"])
def test_r_kpi_2_nearly_the_whole_is_not_the_whole(share):
    assert rules.exact(Decimal(share)) == Fraction(share)


@pytest.mark.parametrize(
    ("scale", "by", "edge", "expected"),
    [
        (Scale.DAYS, 1, Edge.BOTH, (D(2026, 2, 1), D(2026, 3, 1))),
        (Scale.WEEKS, -1, Edge.BOTH, (D(2026, 1, 24), D(2026, 2, 21))),
        (Scale.MONTHS, 1, Edge.BOTH, (D(2026, 2, 28), D(2026, 3, 28))),
        (Scale.MONTHS, 1, Edge.END, (D(2026, 1, 31), D(2026, 3, 28))),
        (Scale.QUARTERS, 1, Edge.END, (D(2026, 1, 31), D(2026, 5, 28))),
        (Scale.YEARS, 1, Edge.BOTH, (D(2027, 1, 31), D(2027, 2, 28))),
    ],
)
def test_moves(scale, by, edge, expected):
    assert rules.moved(D(2026, 1, 31), D(2026, 2, 28), scale, by, edge) == expected


@given(DAYS, DAYS, SCALES, st.integers(-20, 20))
def test_a_moved_bar_keeps_its_length(one, other, scale, by):
    start, end = min(one, other), max(one, other)
    begins, ends = rules.moved(start, end, scale, by, Edge.BOTH)
    assert ends - begins == end - start


def test_the_start_moves_alone():
    dates = D(2026, 1, 31), D(2026, 6, 30)
    assert rules.moved(*dates, Scale.DAYS, -400, Edge.START) == (D(2024, 12, 27), dates[1])
    assert rules.moved(*dates, Scale.MONTHS, 1, Edge.START) == (D(2026, 2, 28), dates[1])


def test_without_dates_there_is_nothing_to_move():
    with pytest.raises(ValueError, match="no dates"):
        rules.moved(None, None, Scale.DAYS, 1, Edge.BOTH)
    with pytest.raises(ValueError, match="no start"):
        rules.moved(None, D(2026, 1, 1), Scale.DAYS, 1, Edge.START)
    with pytest.raises(ValueError, match="no end"):
        rules.moved(D(2026, 1, 1), None, Scale.DAYS, 1, Edge.END)
    assert rules.moved(None, D(2026, 1, 1), Scale.DAYS, 1, Edge.BOTH) == (None, D(2026, 1, 2))
    assert rules.moved(D(2026, 1, 1), None, Scale.DAYS, 1, Edge.BOTH) == (D(2026, 1, 2), None)
