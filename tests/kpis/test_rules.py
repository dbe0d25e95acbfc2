"""The pure rules of KPIs: every worked case, and the words."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.core.rules import percent_shown, progress, worse_than_baseline
from apps.kpis import rules
from tests.kpis.cases import CASES


def test_the_file_has_all_its_cases():
    assert len(CASES) == 44


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_r_kpi_2_and_4_every_worked_case_holds(case):
    share = progress(case.baseline, case.current, case.target, case.direction)
    assert percent_shown(share) == case.percent
    status = rules.kpi_status(
        baseline=case.baseline,
        current=case.current,
        target=case.target,
        direction=case.direction,
        start=case.start,
        target_date=case.target_date,
        today=case.today,
    )
    assert status == case.status


@pytest.mark.parametrize(
    ("baseline", "current", "direction", "worse"),
    [
        (100, 80, "higher", True),
        (100, 100, "higher", False),
        (8, 9, "lower", True),
        (8, 3, "lower", False),
        (None, 3, "lower", False),
        (8, None, "lower", False),
    ],
)
def test_r_kpi_2_the_wrong_side_of_the_baseline_is_named(baseline, current, direction, worse):
    assert worse_than_baseline(baseline, current, direction) is worse


@pytest.mark.parametrize(
    ("by_hand", "by_status", "said"),
    [
        (False, False, []),
        (True, False, ["by hand"]),
        (False, True, ["by the objective's status"]),
        (True, True, ["by hand", "by the objective's status"]),
    ],
)
def test_r_kpi_8_the_block_says_who_blocks(by_hand, by_status, said):
    assert rules.blocked_reasons(by_hand, by_status) == said


@pytest.mark.parametrize(
    ("baseline", "target", "day", "said"),
    [
        ("8 %", "3 %", "31 Jan 2027", "From 8 % to 3 % by 31 Jan 2027"),
        ("", "3 %", "", "To 3 %"),
        ("", "", "31 Jan 2027", "By 31 Jan 2027"),
        ("", "", "", ""),
    ],
)
def test_a_goal_is_said_as_people_say_it(baseline, target, day, said):
    assert rules.goal_sentence(baseline=baseline, target=target, target_date=day) == said


@pytest.mark.parametrize(
    ("days", "said"), [(-1, ""), (0, ""), (1, "1 day overdue"), (3, "3 days overdue")]
)
def test_how_long_a_target_date_has_passed(days, said):
    today = dt.date(2026, 6, 30)
    assert rules.overdue_words(today - dt.timedelta(days=days), today) == said
