"""Rules of playbooks and tasks, as functions of values."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.playbooks import rules

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def day(number: int) -> dt.date:
    return dt.date(2026, 3, number)


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        (5, 20, []),
        (None, 20, []),
        (5, None, []),
        (None, None, []),
        (4, 20, ["start_date"]),
        (5, 21, ["end_date"]),
        (4, 21, ["start_date", "end_date"]),
        (None, 4, ["end_date"]),
        (21, None, ["start_date"]),
    ],
)
def test_r_pb_1_a_task_lies_within_its_playbooks_dates(start, end, wrong):
    errors = rules.task_date_errors(
        start=start and day(start),
        end=end and day(end),
        playbook="Launch",
        first=day(5),
        last=day(20),
    )
    assert list(errors) == wrong


def test_r_pb_1_both_dates_are_named():
    errors = rules.task_date_errors(
        start=day(4), end=day(21), playbook="Launch", first=day(5), last=day(20)
    )
    assert errors == {
        "start_date": (
            "The start (4 Mar 2026) is before the start of the playbook “Launch” (5 Mar 2026)."
        ),
        "end_date": "The end (21 Mar 2026) is after the end of the playbook “Launch” (20 Mar 2026).",
    }


def test_r_pb_1_a_playbook_without_dates_limits_nothing():
    assert rules.task_date_errors(start=day(1), end=day(30), playbook="Launch") == {}


def test_r_date_1_the_order_of_the_dates_comes_first():
    errors = rules.task_date_errors(
        start=day(30), end=day(1), playbook="Launch", first=day(5), last=day(20)
    )
    assert errors == {"end_date": "The start (30 Mar 2026) is after the end (1 Mar 2026)."}


def test_r_date_1_a_playbook_names_the_tasks_it_would_exclude():
    errors = rules.playbook_date_errors(
        start=day(5), end=day(20), before=["Call"], after=["Train", "Review"]
    )
    assert errors == {
        "start_date": (
            "The task “Call” would lie before the new start (5 Mar 2026)."
            " Move it first, or choose an earlier date."
        ),
        "end_date": (
            "The tasks “Train” and “Review” would lie after the new end (20 Mar 2026)."
            " Move them first, or choose a later date."
        ),
    }
    assert rules.playbook_date_errors(start=day(5), end=day(20)) == {}


def test_a_refusal_names_ten_and_counts_the_rest():
    assert rules.listed([]) == ""
    assert rules.listed(["A", "B", "C"]) == "A, B and C"
    assert rules.listed([f"T{n}" for n in range(13)], quoted=True).endswith("“T9” and 3 more")


@pytest.mark.parametrize(
    ("before", "wanted", "follows"),
    [
        ("", {"status": "planned"}, {}),
        ("", {"status": "completed"}, {"percent_complete": 100, "completed_at": NOW}),
        (
            "planned",
            {"status": "completed", "percent_complete": 30},
            {"percent_complete": 100, "completed_at": NOW},
        ),
        ("completed", {"name": "Other"}, {}),
        ("completed", {"status": "completed"}, {}),
        ("completed", {"status": "planned"}, {"percent_complete": 0, "completed_at": None}),
        (
            "completed",
            {"status": "in_progress", "percent_complete": 60},
            {"percent_complete": 60, "completed_at": None},
        ),
        ("planned", {"percent_complete": 100}, {}),
    ],
)
def test_r_obj_5_completing_makes_whole_and_reopening_clears_both(before, wanted, follows):
    assert rules.completion(before=before, wanted=wanted, now=NOW) == (follows, None)


def test_r_obj_5_a_completed_task_is_not_half_done():
    _, error = rules.completion(before="completed", wanted={"percent_complete": 50}, now=NOW)
    assert error == rules.DONE_IS_WHOLE


def test_r_obj_1_a_record_of_another_account_is_refused_with_both_named():
    assert rules.foreign_parent_error("objective", "Adopt", "Other", "Acme") == (
        "“Adopt” is an objective of Other. Choose an objective of Acme, or none."
    )


@pytest.mark.parametrize(
    ("its", "wanted", "said"),
    [
        ("Grow", "Save", "belongs to the success plan “Grow”, not to “Save”."),
        ("", "Save", "belongs to no success plan, not to “Save”."),
        ("Grow", "", "belongs to the success plan “Grow”. Keep it, or empty the objective too."),
    ],
)
def test_r_obj_2_what_hangs_on_an_objective_has_its_plan(its, wanted, said):
    assert said in rules.other_parent_error("objective", "Adopt", "plan", its, wanted)
