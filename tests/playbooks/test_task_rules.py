"""Days counted from a playbook's start, and the order of its tasks, as functions of values."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from apps.core.choices import DateFormat
from apps.core.formats import format_date, parse_date
from apps.playbooks import task_rules as rules

START = dt.date(2024, 2, 27)
DAY = dt.timedelta(days=1)
read = partial(parse_date, date_format=DateFormat.DMY_TEXT)


@pytest.mark.parametrize(
    ("typed", "days"),
    [("+0", 0), ("+3", 3), ("day 3", 3), ("Day3", 3), ("d3", 3), (" +10 ", 10), ("-2", -2)],
)
def test_days_are_counted_from_the_start_across_a_leap_day(typed, days):
    assert rules.typed_day(typed, START, read) == START + days * DAY


@pytest.mark.parametrize("typed", ["2024-03-01", "1 Mar 2024", "01 Mar 2024", "1 mar  2024"])
def test_dates_are_typed_in_the_own_format_or_plainly(typed):
    assert rules.typed_day(typed, None, read) == dt.date(2024, 3, 1)


@pytest.mark.parametrize("date_format", DateFormat.values)
def test_what_is_shown_can_be_typed(date_format):
    shown = format_date(START, date_format)
    assert parse_date(shown, date_format) == START


def test_nothing_typed_is_no_day():
    assert rules.typed_day("  ", START, read) is None


@pytest.mark.parametrize("typed", ["3", "soon", "2024-02-30", "+", "++3", "day", "1/2"])
def test_what_is_no_day_says_what_would_be_right(typed):
    with pytest.raises(ValueError, match=r"is no date\. Write it like 2026-11-23, or as days"):
        rules.typed_day(typed, START, read)


def test_days_need_a_start_and_an_end_of_the_calendar():
    with pytest.raises(ValueError, match="no start to count days from"):
        rules.typed_day("+3", None, read)
    with pytest.raises(ValueError, match="too far away"):
        rules.typed_day("+99999", dt.date(9999, 1, 1), read)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (3, 10, "day 3 – day 10"),
        (0, 0, "day 0"),
        (3, None, "day 3"),
        (None, 10, "until day 10"),
        (None, None, ""),
    ],
)
def test_dates_read_as_days(first, last, words):
    days = (None if number is None else START + number * DAY for number in (first, last))
    assert rules.days_words(*days, START) == words


def test_without_a_start_there_is_nothing_to_count():
    assert rules.days_words(START, START, None) == ""
    assert rules.day_number(START, None) is None


@pytest.mark.parametrize(
    ("moved", "place", "other", "order"),
    [
        (3, "before", 1, [3, 1, 2, 4]),
        (1, "after", 3, [2, 3, 1, 4]),
        (1, "after", 4, [2, 3, 4, 1]),
        (2, "before", 2, [1, 2, 3, 4]),
    ],
)
def test_one_task_moves_and_the_others_keep_their_order(moved, place, other, order):
    assert rules.reordered([1, 2, 3, 4], moved, place, other) == order


@pytest.mark.parametrize(
    ("moved", "place", "other"), [(9, "before", 1), (1, "after", 9), (1, "", 2)]
)
def test_a_move_that_names_nothing_is_refused(moved, place, other):
    with pytest.raises(ValueError, match="not in this playbook any more"):
        rules.reordered([1, 2], moved, place, other)


def test_only_what_stands_elsewhere_now_gets_another_position():
    assert rules.positions([2, 1, 3], [(1, 1), (2, 2), (3, 3)]) == {2: 1, 1: 2}
    assert rules.positions([1, 2], [(1, 0), (2, 0)]) == {1: 1, 2: 2}


def test_an_order_of_what_is_not_there_any_more_is_refused():
    assert rules.order_error([1, 2], [1, 2]) is None
    assert "changed the order" in (rules.order_error([1, 2], [2, 1]) or "")
    assert "added or dropped" in (rules.order_error([1, 2], [1, 2, 3]) or "")
