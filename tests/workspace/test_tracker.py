"""The tree: which rows, where, how many queries, and never another team's."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.playbooks.models import TaskAssignment
from apps.workspace.selectors import tracker, tracker_search
from apps.workspace.selectors.tracker import UNPLANNED, Scope
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)

pytestmark = pytest.mark.django_db


def shape(nodes):
    """The tree as names, with what is open below them."""
    return [
        (("—" if n.kind == UNPLANNED else n.record.name), shape(n.children))
        if n.children
        else ("—" if n.kind == UNPLANNED else n.record.name)
        for n in nodes
    ]


@pytest.fixture
def csm():
    return make_csm()


@pytest.fixture
def acme(csm):
    account = make_account(name="Acme")
    make_account_role(account, csm.resource)
    return account


@pytest.fixture
def full(acme):
    """One row of each kind at each place that it can stand at."""
    plan = make_plan(acme, name="Plan")
    objective = make_objective(plan, name="Objective")
    playbook = make_playbook(objective, name="Playbook")
    make_task(playbook, name="Task in playbook")
    make_task(None, account=acme, objective=objective, name="Task of objective")
    make_task(None, account=acme, plan=plan, name="Task of plan")
    make_playbook(None, account=acme, plan=plan, name="Playbook of plan")
    make_task(None, account=acme, name="Task of account")
    make_playbook(None, account=acme, name="Playbook of account")
    make_objective(None, account=acme, name="Objective of account")
    return plan


WHOLE = [
    (
        "Acme",
        [
            (
                "Plan",
                [
                    (
                        "Objective",
                        [("Playbook", ["Task in playbook"]), "Task of objective"],
                    ),
                    "Playbook of plan",
                    "Task of plan",
                ],
            ),
            ("—", ["Objective of account", "Playbook of account", "Task of account"]),
        ],
    )
]


def test_everything_stands_under_its_nearest_parent(csm, full):
    nodes, more = tracker.whole(Scope(csm))
    assert shape(nodes) == WHOLE
    assert not more
    levels = {node.record.name: node.level for node in nodes[0].walk() if node.kind != UNPLANNED}
    assert levels["Acme"] == 1
    assert levels["Objective of account"] == 3
    assert levels["Task in playbook"] == 5


def test_what_is_not_opened_is_not_there(csm, acme, full):
    closed, _ = tracker.tree(Scope(csm), [])
    assert shape(closed) == ["Acme"]
    opened, _ = tracker.tree(Scope(csm), [("account", acme.pk), ("plan", full.pk)])
    assert shape(opened) == [
        ("Acme", [("Plan", ["Objective", "Playbook of plan", "Task of plan"]), "—"])
    ]


def test_a_plan_is_a_tracker_of_its_own(csm, full):
    nodes, _ = tracker.whole(Scope(csm, plan=full))
    assert shape(nodes) == WHOLE[0][1][:1]
    assert nodes[0].level == 1


def test_child_accounts_at_every_depth(csm, acme):
    child = make_account(name="Child", parent=acme)
    make_account(name="Grandchild", parent=child)
    make_account(name="Other")
    alone, _ = tracker.tree(Scope(csm, account=acme), [])
    below, _ = tracker.tree(Scope(csm, account=acme, children=True), [])
    assert shape(alone) == ["Acme"]
    assert shape(below) == ["Acme", "Child", "Grandchild"]


def test_search_keeps_the_match_in_its_hierarchy(csm, full):
    nodes, found, more = tracker_search.search(Scope(csm), "task PLAYBOOK")
    assert shape(nodes) == [
        ("Acme", [("Plan", [("Objective", [("Playbook", ["Task in playbook"])])])])
    ]
    assert (found, more) == (1, False)
    assert [n.record.name for n in nodes[0].walk() if n.found] == ["Task in playbook"]
    nodes, found, _ = tracker_search.search(Scope(csm), "of account")
    assert shape(nodes) == [
        ("Acme", [("—", ["Objective of account", "Playbook of account", "Task of account"])])
    ]
    assert found == 3
    assert tracker_search.search(Scope(csm), "nowhere")[:2] == ([], 0)
    inside, _, _ = tracker_search.search(Scope(csm, plan=full), "task of")
    assert shape(inside) == [("Plan", [("Objective", ["Task of objective"]), "Task of plan"])]


def test_long_branches_come_in_parts(csm, acme):
    playbook = make_playbook(None, account=acme)
    for number in range(5):
        make_task(playbook, name=f"Task {number}", position=number)
    node = tracker.one(Scope(csm), "playbook", playbook.pk)
    first = tracker.branches(Scope(csm), [node.key], limit=2)
    tracker.attach(node, first)
    assert shape(node.children) == ["Task 0", "Task 1"]
    assert node.more == {"task": 3}
    later = tracker.branches(Scope(csm), [node.key], after=2, limit=2)
    assert [n.record.name for n in later[node.key]] == ["Task 2", "Task 3"]


def test_expand_all_stops_in_time_and_says_so(csm, acme):
    for _ in range(4):
        plan = make_plan(acme)
        for _ in range(4):
            make_objective(plan)
    nodes, more = tracker.whole(Scope(csm), limit=10)
    assert sum(1 for _ in nodes[0].walk()) == 9  # the account, 4 plans, the first plan's 4
    assert more
    nodes, more = tracker.whole(Scope(csm), limit=100)
    assert sum(1 for _ in nodes[0].walk()) == 21
    assert not more


@pytest.mark.parametrize(
    "sort",
    [
        "name",
        "-name",
        "owner",
        "-owner",
        "start",
        "-start",
        "end",
        "-end",
        "progress",
        "-progress",
        "nonsense",
    ],
)
def test_sorts_both_ways_within_siblings(csm, acme, sort):
    late = make_plan(acme, name="B", start_date=dt.date(2026, 5, 1), end_date=dt.date(2026, 5, 2))
    early = make_plan(acme, name="A", start_date=dt.date(2026, 1, 1), end_date=dt.date(2026, 1, 2))
    for plan in (late, early):
        make_playbook(make_objective(plan))
    nodes, _ = tracker.whole(Scope(csm, sort=sort))
    names = [node.record.name for node in nodes[0].children]
    if sort in ("-name", "-start", "-end"):
        assert names == ["B", "A"]
    elif sort in ("name", "start", "end", "nonsense"):
        assert names == ["A", "B"]
    assert sum(1 for _ in nodes[0].walk()) == 7


def test_the_row_of_a_change_and_those_above(csm, full):
    objective = full.objectives.get()
    playbook = objective.playbooks.get()
    task = playbook.tasks.get()
    line = tracker.line(Scope(csm), "task", task.pk)
    assert [(n.kind, n.level) for n in line] == [
        ("task", 5),
        ("playbook", 4),
        ("objective", 3),
        ("plan", 2),
        ("account", 1),
    ]
    line = tracker.line(Scope(csm, plan=full), "playbook", playbook.pk)
    assert [(n.kind, n.level) for n in line] == [("playbook", 3), ("objective", 2), ("plan", 1)]
    assert tracker.line(Scope(csm, plan=make_plan()), "task", task.pk) == []


def test_r_vis_1_another_teams_rows_are_in_no_branch(csm, acme, full):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    other = make_account(name="Other")
    plan = make_plan(other, name="Other plan")
    objective = make_objective(plan, name="Other objective")
    task = make_task(None, account=other, objective=objective, name="Other task")
    stranger = type(csm).objects.get(pk=csm.pk)
    nodes, _ = tracker.whole(Scope(stranger))
    assert shape(nodes) == WHOLE
    assert tracker.one(Scope(stranger), "plan", plan.pk) is None
    assert tracker.line(Scope(stranger), "task", task.pk) == []
    assert tracker_search.search(Scope(stranger), "Other")[:2] == ([], 0)
    assert tracker.branches(Scope(stranger), [("plan", plan.pk)]) == {("plan", plan.pk): []}
    assert tracker.roots(Scope(stranger, account=other))[0] == []


def count(function):
    with CaptureQueriesContext(connection) as queries:
        function()
    return len(queries)


def grow(account, times):
    for _ in range(times):
        plan = make_plan(account)
        objective = make_objective(plan)
        playbook = make_playbook(objective)
        task = make_task(playbook)
        TaskAssignment.objects.create(task=task, resource=make_resource())
        make_task(None, account=account)


@pytest.mark.parametrize(
    "read",
    [
        lambda scope, key: tracker.tree(scope, []),
        lambda scope, key: tracker.tree(scope, [key]),
        lambda scope, key: tracker.whole(scope),
        lambda scope, key: tracker_search.search(scope, "a"),
        lambda scope, key: tracker.branches(scope, [(UNPLANNED, key[1])]),
    ],
    ids=["closed", "opened", "whole", "search", "branch"],
)
def test_as_many_queries_for_eight_as_for_one(csm, acme, read):
    key = ("account", acme.pk)
    grow(acme, 1)
    read(Scope(csm), key)
    one = count(lambda: read(Scope(csm), key))
    grow(acme, 7)
    for _ in range(7):
        another = make_account()
        make_account_role(another, csm.resource)
        grow(another, 1)
    assert count(lambda: read(Scope(csm), key)) == one <= 11
