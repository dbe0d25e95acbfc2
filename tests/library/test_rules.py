"""The date and placement rules of templates, by table and by property."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.library import rules
from apps.library.rules import Node


def day(text):
    return dt.date.fromisoformat(text) if text else None


def node(key, parent, start="", end="", name="N"):
    return Node(key, key.split("-")[0], parent, name, day(start), day(end))


def plan(start="2025-01-06", end="2025-03-31"):
    return [
        node("plan-1", None, start, end),
        node("objective-1", "plan-1", "2025-01-06", "2025-02-14"),
        node("playbook-1", "objective-1", "2025-01-08", "2025-01-31"),
        node("task-1", "playbook-1", "2025-01-08", "2025-01-10"),
        node("task-2", "playbook-1", "2025-01-31", "2025-01-31"),
        node("task-3", "plan-1", "2025-01-02", ""),
    ]


def spans(nodes, start, edits=None):
    found = rules.dates(nodes, day(start), edits or {})
    return {key: (str(one.start or ""), str(one.end or "")) for key, one in found.items()}


@pytest.mark.parametrize(
    ("nodes", "start", "wanted"),
    [
        pytest.param(
            plan(),
            "2026-03-02",
            {
                "plan-1": ("2026-03-02", "2026-05-25"),
                "objective-1": ("2026-03-02", "2026-04-10"),
                "task-2": ("2026-03-27", "2026-03-27"),
                # Before the start of the template, and so before the new one.
                "task-3": ("2026-02-26", ""),
            },
            id="with a start",
        ),
        pytest.param(
            plan(start="", end=""),
            "2026-03-02",
            {
                # The earliest date, 2 January, is the anchor.
                "plan-1": ("2026-03-02", ""),
                "task-3": ("2026-03-02", ""),
                "objective-1": ("2026-03-06", "2026-04-14"),
            },
            id="without a start",
        ),
        pytest.param(
            [node("plan-1", None), node("task-1", "plan-1")],
            "2026-03-02",
            {"plan-1": ("2026-03-02", ""), "task-1": ("", "")},
            id="no dates at all",
        ),
        pytest.param(
            [
                node("plan-1", None, "2025-01-31", "2025-02-28"),
                node("task-1", "plan-1", "2025-02-28", "2025-03-01"),
            ],
            "2028-01-31",
            {"plan-1": ("2028-01-31", "2028-02-28"), "task-1": ("2028-02-28", "2028-02-29")},
            id="month ends and a leap day",
        ),
        pytest.param(
            [
                node("plan-1", None, "2024-02-29", "2024-03-31"),
                node("task-1", "plan-1", "2024-03-01", "2024-03-02"),
            ],
            "2025-02-28",
            {"plan-1": ("2025-02-28", "2025-03-31"), "task-1": ("2025-03-01", "2025-03-02")},
            id="from a leap day",
        ),
        pytest.param(
            [node("plan-1", None, "2025-01-06"), node("task-1", "plan-1", "", "2025-01-10")],
            "2025-01-01",
            {"plan-1": ("2025-01-01", ""), "task-1": ("", "2025-01-05")},
            id="earlier, and an end alone",
        ),
    ],
)
def test_r_tpl_4_dates_move_by_the_days_between_the_starts(nodes, start, wanted):
    assert wanted.items() <= spans(nodes, start).items()


def test_r_tpl_4_a_changed_row_moves_what_hangs_on_it_and_nothing_else():
    nodes, start = plan(), day("2025-01-06")
    edits = rules.with_start(nodes, start, {}, "playbook-1", day("2025-01-15"))
    found = spans(nodes, "2025-01-06", edits)
    assert found["playbook-1"] == ("2025-01-15", "2025-02-07")
    assert found["task-1"] == ("2025-01-15", "2025-01-17")
    assert found["task-2"] == ("2025-02-07", "2025-02-07")
    assert found["objective-1"] == ("2025-01-06", "2025-02-14")
    assert found["task-3"] == ("2025-01-02", "")


def test_r_tpl_4_edits_below_are_lost_and_named_when_a_start_changes_twice():
    nodes, start = plan(), day("2025-01-06")
    edits = {"task-1": {"end": day("2025-01-30"), "name": "Mine"}, "task-3": {"start": None}}
    assert rules.lost(nodes, edits, "playbook-1") == ["task-1"]
    assert rules.lost(nodes, edits, "plan-1") == ["task-1", "task-3"]
    once = rules.with_start(nodes, start, edits, "playbook-1", day("2025-01-15"))
    assert once["task-1"] == {"name": "Mine"}
    assert once["task-3"] == {"start": None}
    twice = rules.with_start(nodes, start, once, "playbook-1", day("2025-01-10"))
    assert spans(nodes, "2025-01-06", twice)["task-2"] == ("2025-02-02", "2025-02-02")
    whole = rules.with_start(nodes, start, twice, "plan-1", day("2025-02-03"))
    assert whole == {"task-1": {"name": "Mine"}}
    assert spans(nodes, "2025-02-03", whole) == spans(nodes, "2025-02-03")


def test_r_tpl_4_a_row_keeps_the_duration_that_it_has():
    nodes, start = plan(), day("2025-01-06")
    edits = {"task-1": {"end": day("2025-01-12")}}
    moved = rules.with_start(nodes, start, edits, "task-1", day("2025-01-09"))
    assert spans(nodes, "2025-01-06", moved)["task-1"] == ("2025-01-09", "2025-01-13")


KPIS = {"kpi-1": ("objective-1", day("2025-02-14")), "kpi-2": ("objective-1", None)}


def kpi_days(first, edits=None):
    days = {key: one for key, (_, one) in KPIS.items()}
    return rules.kpi_dates(days, plan(), day(first), edits or {})


def test_r_tpl_4_kpi_dates_move_with_the_first_start_only():
    assert kpi_days("2025-01-06") == {"kpi-1": day("2025-02-14"), "kpi-2": None}
    assert kpi_days("2025-01-16") == {"kpi-1": day("2025-02-24"), "kpi-2": None}
    # However often the start is changed by hand afterwards, the first one counts.
    assert kpi_days("2025-01-16", {"kpi-2": {"title": "T"}})["kpi-1"] == day("2025-02-24")


def test_r_tpl_4_kpi_dates_follow_when_somebody_says_so_and_those_set_by_hand_stay():
    dated = rules.dates(plan(), day("2025-02-05"), {})
    edits = rules.kpis_moved(KPIS, dated, {})
    assert kpi_days("2025-01-16", edits) == {"kpi-1": day("2025-03-16"), "kpi-2": None}
    again = rules.kpis_moved(KPIS, rules.dates(plan(), day("2025-01-06"), {}), edits)
    assert kpi_days("2025-01-16", again)["kpi-1"] == day("2025-02-14")
    by_hand = {"kpi-1": {"target_date": day("2025-12-31")}}
    assert rules.kpis_moved(KPIS, dated, by_hand) == by_hand


@pytest.mark.parametrize(
    ("unticked", "wanted"),
    [
        ([], {"task-1": "playbook-1", "playbook-1": "objective-1", "objective-1": "plan-1"}),
        (["playbook-1"], {"task-1": "objective-1", "objective-1": "plan-1"}),
        (["objective-1"], {"task-1": "playbook-1", "playbook-1": "plan-1"}),
        (["objective-1", "playbook-1"], {"task-1": "plan-1"}),
        (["task-1"], {"playbook-1": "objective-1"}),
    ],
)
def test_r_tpl_3_what_is_kept_hangs_on_the_nearest_kept_parent(unticked, wanted):
    found = rules.placed(plan(), {key: {"keep": False} for key in unticked})
    assert wanted.items() <= found.items()
    assert not set(unticked) & set(found)


def test_r_tpl_3_a_whole_branch_is_unticked_and_one_row_ticked_again():
    nodes = plan()
    edits = rules.ticked(nodes, {}, "objective-1", False)
    assert set(rules.placed(nodes, edits)) == {"task-3"}
    edits = rules.ticked(nodes, edits, "task-2", True)
    assert rules.placed(nodes, edits) == {"task-2": "plan-1", "task-3": "plan-1"}


def test_r_pb_1_a_task_outside_of_its_playbook_and_an_empty_name_are_problems():
    nodes = plan()
    edits = {"task-1": {"end": day("2025-02-20")}, "task-2": {"name": " "}}
    dated = rules.dates(nodes, day("2025-01-06"), edits)
    found = rules.problems(nodes, dated, edits)
    assert set(found) == {"task-1", "task-2"}
    assert "2025-02-20" in found["task-1"]
    assert "2025-01-31" in found["task-1"]
    free = {**edits, "playbook-1": {"keep": False}}
    assert set(rules.problems(nodes, dated, free)) == {"task-2"}


DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


@st.composite
def trees(draw):
    nodes = [Node("plan-0", "plan", None, "P", draw(st.none() | DAYS), None)]
    for number in range(1, draw(st.integers(1, 8))):
        parent = draw(st.sampled_from([one.key for one in nodes]))
        begin = draw(st.none() | DAYS)
        length = draw(st.integers(0, 90))
        end = begin + dt.timedelta(length) if begin else draw(st.none() | DAYS)
        nodes.append(Node(f"task-{number}", "task", parent, "T", begin, end))
    return nodes


@given(trees(), DAYS)
def test_r_tpl_4_durations_and_distances_are_kept(nodes, start):
    found = rules.dates(nodes, start, {})
    moves = {
        (after - before).days
        for one in nodes[1:]
        for before, after in ((one.start, found[one.key].start), (one.end, found[one.key].end))
        if before
    }
    assert len(moves) <= 1
    assert found["plan-0"].start == start
    if nodes[0].start:
        assert moves <= {(start - nodes[0].start).days}


@given(trees(), DAYS, DAYS)
def test_r_tpl_4_changing_the_start_twice_is_changing_it_once(nodes, first, second):
    edits = rules.with_start(nodes, first, {}, nodes[-1].key, second)
    twice = rules.with_start(nodes, first, edits, nodes[0].key, second)
    if nodes[-1].key != nodes[0].key:
        assert rules.dates(nodes, second, twice) == rules.dates(nodes, second, {})


@given(trees(), st.data())
def test_r_tpl_3_every_kept_row_hangs_on_a_kept_one(nodes, data):
    keys = [one.key for one in nodes]
    gone = data.draw(st.sets(st.sampled_from(keys[1:]))) if keys[1:] else set()
    found = rules.placed(nodes, {key: {"keep": False} for key in gone})
    assert set(found) == set(keys[1:]) - gone
    assert set(found.values()) <= {keys[0], *found}


def test_counts_in_words():
    assert rules.counted({"plan": 1, "kpi": 6, "task": 0}) == "1 success plan and 6 KPIs"
    assert rules.counted({"playbook": 2}) == "2 playbooks"
    assert rules.counted({}) == ""
