"""Numbers and dates as one person writes and reads them (R-NUM-1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.choices import DateFormat, NumberFormat
from apps.core.fields import NumberField
from apps.core.formats import NotANumber, format_date, format_number, parse_number, relative_days

FORMATS = NumberFormat.values
numbers = st.decimals(
    min_value=-(10**14) + 1, max_value=10**14 - 1, places=4, allow_nan=False, allow_infinity=False
)


@given(numbers, st.sampled_from(FORMATS))
def test_r_num_1_what_is_shown_can_be_typed_again(value, number_format):
    assert parse_number(format_number(value, number_format), number_format) == value


@given(numbers, st.sampled_from(FORMATS))
def test_r_num_1_plain_decimals_are_taken_where_the_point_separates_no_thousands(
    value, number_format
):
    if number_format != NumberFormat.POINT_COMMA:
        assert parse_number(f"{value:f}", number_format) == value


@given(st.text(max_size=12), st.sampled_from(FORMATS))
def test_r_num_1_any_text_is_a_number_or_refused_with_a_sentence(text, number_format):
    try:
        found = parse_number(text, number_format)
    except NotANumber as refusal:
        assert str(refusal).endswith(".")
    else:
        assert found.is_finite()
        assert abs(found) < 10**14


@pytest.mark.parametrize(
    ("text", "number_format", "value"),
    [
        ("1,234.5", "comma_point", "1234.5"),
        ("1.234,5", "point_comma", "1234.5"),
        ("1 234,5", "space_comma", "1234.5"),
        ("1\u00a0234,5", "space_comma", "1234.5"),
        ("1\u202f234.5", "space_comma", "1234.5"),
        ("1234.5", "plain", "1234.5"),
        ("1234,5", "point_comma", "1234.5"),
        (" -7 ", "comma_point", "-7"),
        ("\u22127", "plain", "-7"),
        ("+7", "plain", "7"),
        (".5", "plain", "0.5"),
        ("5.", "plain", "5"),
        ("1,234,567", "comma_point", "1234567"),
        ("0.12340", "plain", "0.1234"),
    ],
)
def test_r_num_1_numbers_are_taken_as_people_type_them(text, number_format, value):
    assert parse_number(text, number_format) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "number_format", "sentence"),
    [
        ("twelve", "comma_point", "“twelve” is not a number here. Write it like 1,234.5."),
        ("1,23", "comma_point", "Write it like 1,234.5."),
        ("1.23.4", "comma_point", "Write it like 1,234.5."),
        ("1,234.5", "point_comma", "Write it like 1.234,5."),
        ("1.5", "point_comma", "Write it like 1.234,5."),
        ("1,234", "plain", "Write it like 1234.5."),
        ("1e5", "plain", "is not a number here"),
        ("NaN", "plain", "is not a number here"),
        ("Infinity", "plain", "is not a number here"),
        ("", "plain", "is not a number here"),
        (".", "plain", "is not a number here"),
        ("1.23456", "plain", "has more than 4 decimal places"),
        ("123456789012345", "plain", "has more than 14 digits before the mark"),
        ("=1+1", "plain", "is not a number here"),
        ("٣", "plain", "is not a number here"),
    ],
)
def test_r_num_1_anything_else_is_refused_with_the_right_form(text, number_format, sentence):
    with pytest.raises(NotANumber) as refusal:
        parse_number(text, number_format)
    assert sentence in str(refusal.value)


def test_shown_numbers_keep_their_places_or_those_asked_for():
    assert format_number(Decimal("1234.5000"), "comma_point") == "1,234.5"
    assert format_number(Decimal("1234.5"), "point_comma", 2) == "1.234,50"
    assert format_number(Decimal("-0.00001"), "plain") == "0"
    assert format_number(1000000, "space_comma") == "1\u00a0000\u00a0000"


@pytest.mark.parametrize("number_format", FORMATS)
def test_a_number_field_shows_and_takes_the_persons_own_format(number_format):
    field = NumberField(required=False)
    field.number_format = number_format
    shown = field.prepare_value(Decimal("1234567.25"))
    assert field.clean(shown) == Decimal("1234567.25")
    assert not field.has_changed(Decimal("1234567.25"), shown)
    assert field.has_changed(Decimal("1234567.25"), "nonsense")
    assert field.clean("") is None


def test_dates_are_written_as_the_person_likes():
    day = dt.date(2026, 11, 3)
    assert {name: format_date(day, name) for name in DateFormat.values} == {
        "dmy_text": "3 Nov 2026",
        "iso": "2026-11-03",
        "dmy_dot": "03.11.2026",
        "dmy_slash": "03/11/2026",
        "mdy_slash": "11/03/2026",
    }


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "today"), (1, "in 1 day"), (5, "in 5 days"), (-1, "1 day ago"), (-3, "3 days ago")],
)
def test_how_far_a_date_is(days, text):
    today = dt.date(2026, 3, 1)
    assert relative_days(today + dt.timedelta(days=days), today) == text
