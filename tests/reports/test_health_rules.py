"""Health, worked by hand: scores of metrics, of accounts, and what moved them."""

from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reports.choices import Band
from apps.reports.health_rules import (
    Part,
    account_score,
    band,
    metric_score,
    movements,
    parts_of,
    score_shown,
    shares,
)


@pytest.mark.parametrize(
    ("value", "lower", "upper", "score"),
    [
        ("12", "10", "20", F(20)),
        ("10", "10", "20", F(0)),
        ("9.9", "10", "20", F(0)),
        ("20", "10", "20", F(100)),
        ("35", "10", "20", F(100)),
        ("-5", "-10", "0", F(50)),
        ("1", "0", "3", F(100, 3)),
        # In reverse less is better.
        ("30", "60", "0", F(50)),
        ("60", "60", "0", F(0)),
        ("61", "60", "0", F(0)),
        ("0", "60", "0", F(100)),
        ("7", "60", "7", F(100)),
        ("18", "20", "10", F(20)),
    ],
)
def test_r_hlt_1_a_metric_scores_between_its_thresholds(value, lower, upper, score):
    assert metric_score(D(value), D(lower), D(upper)) == score


def test_r_hlt_1_the_worked_example_score_20_and_10_points_of_50():
    part = Part(1, D(12), D(10), D(20), 50)
    assert (part.score, part.points) == (F(20), F(10))
    # Alone it is the whole score; beside a full one of the same weight, half of the difference.
    assert account_score([part]) == F(20)
    assert account_score([part, Part(2, D(5), D(1), D(5), 50)]) == F(60)


def test_r_hlt_1_a_missing_metric_drops_out_and_nothing_is_no_score():
    told, missing = Part(1, D(15), D(10), D(20), 10), Part(2, None, D(0), D(1), 90)
    assert missing.score is None and missing.points is None
    assert account_score([told, missing]) == F(50)
    assert account_score([missing]) is None
    assert account_score([]) is None


def test_r_hlt_3_what_moved_a_score_largest_first_and_together_the_whole_change():
    before = [Part(1, D(10), D(0), D(100), 50), Part(2, D(80), D(0), D(100), 50)]
    after = [
        Part(1, D(90), D(0), D(100), 50),
        Part(2, D(60), D(0), D(100), 50),
        Part(3, None, D(0), D(1), 50),
    ]
    found = [(one.metric, one.change) for one in movements(before, after)]
    assert found == [(1, F(40)), (2, F(-10))]


def test_r_hlt_3_a_metric_that_lost_its_value_moves_the_score_too():
    before = [Part(1, D(100), D(0), D(100), 50), Part(2, D(0), D(0), D(100), 50)]
    after = [Part(1, D(100), D(0), D(100), 50), Part(2, None, D(0), D(100), 50)]
    assert [(m.metric, m.change) for m in movements(before, after)] == [(1, F(50))]


def test_r_hlt_3_parts_are_read_as_they_are_kept():
    assert parts_of({"7": ["12", "10", "20", "50"], "8": [None, "5", "0", "1"]}) == [
        Part(7, D(12), D(10), D(20), 50),
        Part(8, None, D(5), D(0), 1),
    ]


@pytest.mark.parametrize(
    ("score", "found"),
    [
        (None, Band.UNKNOWN),
        (D("69.9999999999"), Band.FAIR),
        (D(70), Band.GOOD),
        (D(40), Band.FAIR),
        (D("39.9999999999"), Band.POOR),
        (D(0), Band.POOR),
    ],
)
def test_r_hlt_3_the_band_of_a_score(score, found):
    assert band(score, 70, 40) == found


def test_r_hlt_3_a_score_is_shown_rounded_down():
    assert [score_shown(one) for one in (None, D("69.99"), F(200, 3))] == ["—", "69", "66"]


NUMBERS = st.decimals(-1000, 1000, places=2)
PARTS = st.lists(
    st.builds(
        Part,
        st.integers(1, 6),
        st.none() | NUMBERS,
        NUMBERS,
        NUMBERS.map(lambda n: n + D("3000.5")),
        st.integers(1, 100),
    ),
    unique_by=lambda part: part.metric,
)


@given(PARTS, PARTS)
def test_r_hlt_3_contributions_make_the_score_and_movements_its_change(before, after):
    then, now = account_score(before) or F(0), account_score(after) or F(0)
    assert sum(shares(after).values()) == now
    assert sum(one.change for one in movements(before, after)) == now - then
