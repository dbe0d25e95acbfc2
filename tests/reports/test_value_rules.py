"""Value: what adds up, what is averaged, what cannot be told. Worked numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.choices import Direction
from apps.core.rules import progress
from apps.reports.value_rules import (
    Gains,
    Told,
    adds_up,
    floored,
    gain,
    gains_words,
    missing_words,
    told,
)


@pytest.mark.parametrize(
    ("kind", "symbol", "adds"),
    [
        ("currency", "€", True),
        ("currency", "", True),
        ("time", "h", True),
        ("number", "", True),
        ("number", "tickets", True),
        ("number", "%", False),
        ("number", "‰", False),
        ("number", "pp", False),
        (None, "", False),
    ],
)
def test_money_times_and_numbers_add_up_shares_do_not(kind, symbol, adds):
    assert adds_up(kind, symbol) is adds


@pytest.mark.parametrize(
    ("baseline", "current", "direction", "expected"),
    [
        (10, 25, "higher", 15),
        (25, 10, "higher", -15),
        (25, 10, "lower", 15),
        (10, 25, "lower", -15),
        (7, 7, "lower", 0),
        (-5, 5, "higher", 10),
        (Decimal("0.1"), Decimal("0.3"), "higher", Decimal("0.2")),
        (None, 5, "higher", None),
        (5, None, "lower", None),
        (None, None, "higher", None),
    ],
)
def test_the_gain_is_in_the_good_direction(baseline, current, direction, expected):
    assert gain(baseline, current, direction) == expected


@given(
    st.decimals(-1000, 1000, places=4),
    st.decimals(-1000, 1000, places=4),
    st.sampled_from(Direction.values),
)
def test_a_gain_is_exact_and_turns_round_with_the_direction(baseline, current, direction):
    turned = {"higher": "lower", "lower": "higher"}[direction]
    found = gain(baseline, current, direction)
    assert found == -gain(baseline, current, turned)
    target = baseline + 2000 if direction == "higher" else baseline - 2000
    assert (found > 0) == (progress(baseline, current, target, direction) > 0)


SOME = Gains(
    kpis=5,
    measured=4,
    raising=3,
    worse=1,
    gained=Decimal("10.00"),
    saved=Decimal("2.50"),
    lost=Decimal("-1.25"),
)


@pytest.mark.parametrize(
    ("of", "adds", "expected"),
    [
        (
            SOME,
            True,
            Told(Decimal("10.00"), Decimal("2.50"), Decimal("12.50"), Decimal("-1.25")),
        ),
        (
            SOME,
            False,
            # 10 / 3 = 3.333..., 2.5 / 1, 12.5 / 4 = 3.125, cut off.
            Told(Decimal("3.33"), Decimal("2.50"), Decimal("3.12"), Decimal("-1.25")),
        ),
        (Gains(kpis=3), True, Told(None, None, None, None)),
        (
            Gains(2, 2, 0, 2, Decimal(0), Decimal("-1"), Decimal("-1")),
            False,
            Told(None, Decimal("-0.5"), Decimal("-0.5"), Decimal("-0.5")),
        ),
    ],
)
def test_sums_are_exact_means_rounded_down_and_nothing_is_not_nought(of, adds, expected):
    assert told(of, adds=adds) == expected


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(2, 3), 2, "0.66"),
        (Fraction(-2, 3), 2, "-0.67"),
        (Fraction(5), 0, "5"),
        (Fraction(99_999, 100_000), 4, "0.9999"),
    ],
)
def test_a_mean_never_looks_better_than_it_is(value, places, expected):
    assert str(floored(value, places)) == expected


def test_gains_of_one_unit_are_added():
    assert SOME + Gains() == SOME
    assert (SOME + SOME).gained == 20
    assert (SOME + SOME).missing == 2


def test_what_does_not_speak_for_a_number_is_named():
    assert gains_words(SOME) == "5 KPIs, 1 worse than baseline, 1 without values"
    assert gains_words(Gains(1, 1, 1)) == "1 KPI"
    assert missing_words(None, 3) == "baseline"
    assert missing_words(1, None) == "current value"
    assert missing_words(None, None) == "baseline and current value"
