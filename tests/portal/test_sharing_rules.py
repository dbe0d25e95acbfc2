"""Who opens a share, its state, and what a tick does to what lies below: pure decisions."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.portal import sharing_rules as rules

TODAY = dt.date(2026, 3, 10)
NOW = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
# A plan with an objective that holds a KPI and a playbook with a task; and a task of the plan.
PARENTS = {"plan": "", "objective": "plan", "kpi": "objective", "playbook": "objective"}
PARENTS |= {"task": "playbook", "loose": "plan"}


@pytest.mark.parametrize(
    ("revoked", "last_day", "state"),
    [
        (None, None, rules.OPEN),
        (None, TODAY, rules.OPEN),
        (None, TODAY - DAY, rules.EXPIRED),
        (NOW, None, rules.REVOKED),
        (NOW, TODAY - DAY, rules.REVOKED),
    ],
)
def test_r_ext_4_a_share_is_open_through_its_last_day(revoked, last_day, state):
    assert rules.state(revoked, last_day, TODAY) == state


def test_a_last_day_is_today_or_later():
    assert not rules.day_error(TODAY, TODAY)
    assert not rules.day_error(None, TODAY)
    assert rules.day_error(TODAY - DAY, TODAY)


@pytest.mark.parametrize(
    ("names", "domains", "anyone", "said"),
    [
        ([], [], False, "Nobody yet"),
        (["Kim"], ["acme.com"], True, "Anyone with the link"),
        (["Kim"], [], False, "Kim"),
        (["Kim", "Jo"], ["acme.com"], False, "Kim, Jo and everybody at acme.com"),
        ([], ["acme.com"], False, "Everybody at acme.com"),
    ],
)
def test_who_opens_it_in_words(names, domains, anyone, said):
    assert rules.openers(names, domains, anyone=anyone) == said


def test_numbers_in_words():
    assert rules.counted({"objective": 2, "KPI": 1, "task": 0}) == "2 objectives and 1 KPI"
    assert rules.counted({}) == ""


def test_all_below_is_every_level_below():
    assert set(rules.below("objective", PARENTS)) == {"kpi", "playbook", "task"}
    assert rules.below("task", PARENTS) == []


def test_all_below_ticks_the_rest_and_then_unticks_all_but_itself():
    some = {"loose", "task"}
    once = rules.ticked(some, "objective", PARENTS)
    assert once == {"loose", "task", "objective", "kpi", "playbook"}
    assert rules.ticked(once, "objective", PARENTS) == {"loose", "objective"}


def test_only_what_was_turned_is_changed():
    assert rules.turned({"a", "b"}, {"b", "c"}) == {"a": True, "c": False}
