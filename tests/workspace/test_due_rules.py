"""Periods, headings and days of Activity Tracker."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.due_rules import bucket
from apps.workspace import due_rules as rules
from apps.workspace.due_rules import DAY, DONE, FIRST, LAST, LATER, OVERDUE, TODAY, WEEK, Span

NOW = dt.date(2026, 3, 31)
DATES = st.dates(FIRST, LAST)
NEAR = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("1900-01-05", -1, "1900-01-01"),
        ("2999-12-05", 1, "2999-12-31"),
    ],
)
def test_a_month_ends_with_the_days_it_has(start, months, expected):
    assert rules.in_months(day(start), months) == day(expected)


def test_the_tracker_is_about_a_month_to_both_sides_unless_said():
    assert rules.window(None, None, NOW) == Span(day("2026-02-28"), day("2026-04-30"))
    assert rules.window(day("2026-01-01"), None, NOW) == Span(day("2026-01-01"), day("2026-04-30"))


def test_r_due_1_what_is_overdue_never_gets_too_old_to_be_seen():
    asked = rules.window(None, None, NOW)
    assert rules.span(OVERDUE, asked, None, NOW) == Span(None, day("2026-03-30"))
    chosen = day("2026-03-01")
    asked = rules.window(chosen, None, NOW)
    assert rules.span(OVERDUE, asked, chosen, NOW) == Span(chosen, day("2026-03-30"))


@given(day=NEAR, today=NEAR, since=st.none() | NEAR, until=st.none() | NEAR)
def test_r_due_1_a_day_stands_under_its_one_heading(day, today, since, until):
    asked = rules.window(since, until, today)
    under = [
        name
        for name in (OVERDUE, TODAY, WEEK, LATER)
        if (s := rules.span(name, asked, since, today))
        and (s.first is None or s.first <= day)
        and (s.last is None or day <= s.last)
    ]
    inside = day <= asked.last and (day >= asked.first or (since is None and day < today))
    assert under == ([bucket(day, today)] if inside else [])
    assert rules.span(DONE, asked, since, today) == asked


@pytest.mark.parametrize(
    ("planned", "by", "expected"),
    [
        ("2026-03-31", 1, "2026-04-01"),
        ("2026-04-05", 3, "2026-04-08"),
        ("2026-01-01", 1, "2026-04-01"),
        ("2026-04-05", -1, "2026-04-04"),
        ("2999-12-31", 7, "2999-12-31"),
    ],
)
def test_what_is_put_off_is_put_off_from_today_at_least(planned, by, expected):
    assert rules.later(day(planned), by, NOW) == day(expected)


@given(start=st.none() | NEAR, length=st.none() | st.integers(0, 400), wanted=NEAR)
def test_a_start_never_comes_after_the_end_that_moved(start, length, wanted):
    end = start + length * DAY if start and length is not None else None
    new_start, new_end = rules.moved(start, end, wanted)
    assert new_end == wanted
    if start is None:
        assert new_start is None
    else:
        assert new_start <= wanted
        if start <= wanted:
            assert new_start == start
        elif end is not None:
            assert new_end - new_start == end - start


@given(DATES)
def test_a_month_is_whole_weeks_that_hold_it(day):
    weeks = rules.month_of(day)
    flat = [one for week in weeks for one in week]
    assert flat == [flat[0] + n * DAY for n in range(len(flat))]
    month = {day.replace(day=1), day}
    assert month <= set(flat)
    assert 4 <= len(weeks) <= 6
    if flat[0] > FIRST and flat[-1] < LAST:
        assert all(len(week) == 7 and week[0].weekday() == 0 for week in weeks)
    following = rules.in_months(day.replace(day=1), 1)
    if following.month != day.month:
        assert following - DAY in flat


@given(DATES, st.booleans())
def test_the_pages_of_the_calendar_stay_within_it(day, by_week):
    before, after = rules.steps(day, by_week)
    assert FIRST <= before <= after <= LAST


@given(st.lists(st.integers(), max_size=12), st.integers(1, 5))
def test_many_on_a_day_are_folded_but_never_a_single_one(items, most):
    shown, hidden = rules.folded(items, most)
    assert [*shown, *hidden] == items
    assert len(hidden) != 1
    assert len(shown) <= most + 1
