"""Charts and their tables: where points lie, what is read aloud, what a file holds."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from apps.core.chart_rules import apart, axis, few, height_of, places
from apps.core.chart_ui import HATCHES, Axis, Line, Part, columns, line_legend, lines, part_legend
from apps.core.figures import DAY, NUMBER, SHARE, Figure, Heading, Linked, cells, csv_of
from apps.core.person import Person
from tests.factories import make_csm

VALUES = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False)


@given(st.lists(VALUES, min_size=1, max_size=20))
def test_an_axis_holds_all_values_and_few_lines(values: list[Decimal]):
    marks = axis(values)
    zero = Decimal(0)
    assert marks[0] <= min([zero, *values]) and marks[-1] >= max([zero, *values])
    assert 2 <= len(marks) <= 9
    assert marks == sorted(set(marks))


@pytest.mark.parametrize(
    ("values", "whole", "expected"),
    [
        ([], False, ["0", "1"]),
        ([0, 0], True, ["0", "1"]),
        ([1], True, ["0", "1"]),
        ([3], True, ["0", "1", "2", "3"]),
        ([Fraction(1, 2)], False, ["0.0", "0.2", "0.4", "0.6"]),
        ([100], False, ["0", "25", "50", "75", "100"]),
        ([-5, 5], False, ["-5.0", "-2.5", "0.0", "2.5", "5.0"]),
    ],
)
def test_an_axis_counts_as_people_do(values, whole, expected):
    assert [Decimal(mark) for mark in axis(values, whole=whole)] == [Decimal(e) for e in expected]


def test_points_lie_within_the_chart():
    assert places(2) == [25.0, 75.0] and places(0) == []
    assert height_of(0, 0, 100, 200) == 200 and height_of(100, 0, 100, 200) == 0
    assert height_of(5, 5, 5, 200) == 200


@given(st.integers(0, 400), st.integers(1, 12))
def test_few_labels_end_with_the_last(count: int, most: int):
    shown = few(["x"] * count, most)
    assert len(shown) <= most
    assert not count or shown[-1] == count - 1


def test_lines_are_told_apart_without_colour_and_read_aloud():
    drawn = [
        Line("Measured <b>", [1, None, 3]),
        Line("Other", [3, 2, 1], tone="blue"),
        Line("Expected", [1, 2, 3], dashed=True),
    ]
    svg = BeautifulSoup(lines(Axis(["a", "b", "c"]), drawn, label='Says "it"'), "html.parser")
    assert svg.svg["aria-label"] == 'Says "it"' and svg.svg["role"] == "img"
    shapes = {mark.path["d"] for mark in svg.select("svg.figure-mark")}
    assert len(shapes) == 2 and len(svg.select("polyline.dashed")) == 1
    # A value that is missing is no point.
    assert len(svg.select("polyline")[0]["points"].split()) == 2
    legend = line_legend(drawn)
    assert "Measured &lt;b&gt;" in legend and "<b>" not in legend
    assert "style=" not in str(svg) + legend


def test_columns_stack_to_their_sum_and_have_hatches_of_their_own():
    parts = [Part("On track", [1, 0], "green"), Part("Off track", [3, 2], "amber")]
    svg = BeautifulSoup(columns(Axis(["a", "b"]), parts, key="k", label="x"), "html.parser")
    told = [title.text for title in svg.select("rect.figure-part title")]
    assert told == ["a: On track 1", "a: Off track 3", "b: Off track 2"]
    heights = [float(r["height"]) for r in svg.select("rect.figure-part")]
    assert heights[1] == pytest.approx(3 * heights[0], abs=0.2)
    fills = {re.sub(r"\D+", "", rect["fill"]) for rect in svg.select("rect.figure-part")}
    assert fills == {"0", "1"}
    assert "hatch-k-1" in part_legend(parts, "k")


def test_nothing_to_draw_is_nothing():
    assert lines(Axis([]), [Line("x", [])], label="x") == ""
    assert columns(Axis([]), [Part("x", [], "red")], key="k", label="x") == ""


FIGURE = Figure(
    "mix",
    "Mix",
    "Says it",
    [Heading("Week"), Heading("Day", DAY), Heading("Count", NUMBER), Heading("Share", SHARE)],
    [
        [Linked("=HYPERLINK()", "/kpis/?a=1&b=2"), dt.date(2026, 1, 5), 1234, Fraction(2, 3)],
        ["<i>", None, None, Decimal("0.999")],
    ],
    total=["All", None, Decimal("1234.50"), 1],
)


@pytest.mark.django_db
def test_a_table_shows_numbers_as_the_person_reads_them():
    row = cells(FIGURE, FIGURE.rows[0], Person(make_csm()))
    soup = BeautifulSoup(row, "html.parser")
    assert [c.text for c in soup.find_all(["th", "td"])] == [
        "=HYPERLINK()",
        "5 Jan 2026",
        "1,234",
        "66%",
    ]
    assert soup.a["href"] == "/kpis/?a=1&b=2"
    other = BeautifulSoup(cells(FIGURE, FIGURE.rows[1], Person(make_csm())), "html.parser")
    # Never rounded up: 99.9 % is not all.
    assert [c.text for c in other.find_all(["th", "td"])] == ["<i>", "—", "—", "99%"]


def test_a_file_has_the_exact_numbers_and_no_formula():
    rows = list(csv.reader(io.StringIO(csv_of(FIGURE).lstrip("\ufeff"))))
    assert rows == [
        ["Week", "Day", "Count", "Share (%)"],
        ["'=HYPERLINK()", "2026-01-05", "1234", "66.66"],
        ["<i>", "", "", "99.9"],
        ["All", "", "1234.50", "100"],
    ]


def test_labels_of_uneven_places_do_not_run_into_each_other():
    assert apart([2, 3, 50, 97, 98], 16) == [1, 2, 4]
    assert apart([], 16) == [] and apart([50], 16) == [0]


def test_what_is_expected_is_told_apart_without_colour():
    drawn = [
        Line("Value", [1, 2]),
        Line("Expected", [1, 3], dashed=True),
        Line("Target", [3, 3], dashed=True),
    ]
    svg = str(lines(Axis(["a", "b"]), drawn, label="x"))
    assert 'class="figure-line dashed dashed-0"' in svg
    assert 'class="figure-line dashed dashed-1"' in svg
    assert 'class="figure-line"' in svg


def test_an_axis_may_begin_at_its_lowest_value():
    marks = axis([Decimal(310), Decimal(398)], nought=False)
    assert marks[0] == 300 and marks[-1] == 400
    assert axis([Decimal(5)], nought=False) == [5, 6] and axis([], nought=False) == [0, 1]


def test_the_values_of_the_lines_stand_beside_the_columns():
    drawn = [Part("On track", [1500], "green")]
    svg = BeautifulSoup(str(columns(Axis(["a"]), drawn, key="k", label="x")), "html.parser")
    assert "gutter-40" in svg.svg["class"]
    assert [text["x"] for text in svg.select("text")[:2]] == ["-40", "-40"]


def test_a_part_keeps_its_hatching_beside_fewer_others():
    drawn = [Part("Off track", [1], "amber", hatch=3)]
    svg = BeautifulSoup(str(columns(Axis(["a"]), drawn, key="k", label="x")), "html.parser")
    assert svg.select_one("path.hatch")["d"] == HATCHES[3]
