"""The switches: what is ticked, what is hidden all the same and why, saved in one operation."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.access import Refused
from apps.core.history import finished
from apps.core.undo_services import undo
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import Stage, TaskStatus
from apps.portal import sharing_rules
from apps.portal.selectors import shown
from apps.portal.selectors.marks import mark_of
from apps.portal.selectors.switches import MODELS, board
from apps.portal.switch_services import switches_set
from tests.factories import (
    make_account,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_share,
    make_task,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm():
    return make_csm()


def make_tree(account=None, number=1, **shared):
    """A plan with so many of each kind; what `shared` names is marked."""
    account = account or make_account(name="Acme")
    plan = make_plan(account, name="Onboarding", is_shared=shared.get("plan", False))
    made = {"plan": plan, "account": account}
    for _ in range(number):
        objective = make_objective(plan, name="Go live", is_external=shared.get("objective", False))
        made["objective"] = objective
        made["kpi"] = make_kpi(objective, title="Seats", is_external=shared.get("kpi", False))
        made["playbook"] = make_playbook(
            objective, name="Roll-out", is_shared=shared.get("playbook", False)
        )
        made["task"] = make_task(
            made["playbook"], name="Invite", is_shared=shared.get("task", False)
        )
        made["loose"] = make_task(plan=plan, account=account, name="Sign")
    return made


def key(kind, record):
    return f"{kind}-{record.pk}"


def why(rows, record_key):
    (row,) = [row for row in rows.rows if row.key == record_key]
    return row.why


def test_everything_new_is_internal(csm):
    made = make_tree()
    assert [row.why for row in board(csm, plan=made["plan"]).rows] == ["Internal."] * 6


def test_r_ext_1_a_tick_says_which_parent_hides_it(csm):
    made = make_tree(plan=True, objective=True, task=True)
    rows = board(csm, plan=made["plan"])
    assert why(rows, key("objective", made["objective"])) == ""
    assert why(rows, key("playbook", made["playbook"])) == "Internal."
    assert why(rows, key("task", made["task"])) == "Hidden: its playbook “Roll-out” is internal."
    assert rows.held == 1


def test_rows_stand_below_their_parents(csm):
    made = make_tree()
    rows = board(csm, plan=made["plan"]).rows
    assert [(row.name, row.level) for row in rows] == [
        ("Onboarding", 0),
        ("Go live", 1),
        ("Seats", 2),
        ("Roll-out", 2),
        ("Invite", 3),
        ("Sign", 1),
    ]


@pytest.mark.parametrize(
    ("kind", "values", "word"),
    [
        ("plan", {"status": PlanStatus.DRAFT}, "draft"),
        ("playbook", {"stage": Stage.CANCELED}, "canceled"),
        ("task", {"status": TaskStatus.DRAFT}, "draft"),
    ],
)
def test_r_ext_2_what_is_never_shown_says_so_itself_and_below(csm, kind, values, word):
    made = make_tree(plan=True, objective=True, playbook=True, task=True)
    MODELS[kind].objects.filter(pk=made[kind].pk).update(**values)
    rows = board(csm, plan=made["plan"])
    assert why(rows, key(kind, made[kind])) == f"Never shown: it is {word}."
    if kind != "task":
        assert why(rows, key("task", made["task"])).endswith(f"is {word}.")


def test_switches_and_pages_for_customers_agree(csm):
    """What the board calls seen is what the customer's own queries find."""
    account = make_account()
    flags = ("plan", "objective", "kpi", "playbook", "task")
    for number in range(2 ** len(flags)):
        made = make_tree(
            account, **{flag: bool(number >> bit & 1) for bit, flag in enumerate(flags)}
        )
        if number % 3 == 0:
            MODELS["playbook"].objects.filter(pk=made["playbook"].pk).update(stage=Stage.CANCELED)
    share = make_share(account)
    seen = {(row.kind, row.pk) for row in board(csm, account=account).rows if row.is_seen}
    asked = {
        "plan": shown.plans,
        "objective": shown.objectives,
        "kpi": shown.kpis,
        "playbook": shown.playbooks,
        "task": shown.tasks,
    }
    assert seen == {(kind, row.pk) for kind, rows in asked.items() for row in rows(share)}
    assert seen
    for kind, model in MODELS.items():
        for record in model.objects.all():
            mark = mark_of(kind, record)
            assert (mark.words == "The customer sees this") is ((kind, record.pk) in seen)


def test_the_board_of_an_account_holds_what_has_no_plan(csm):
    account = make_account()
    task = make_task(account=account, name="Alone")
    make_tree()
    assert [row.key for row in board(csm, account=account).rows] == [key("task", task)]


def test_all_below_ticks_everything_and_the_second_time_nothing_but_itself(csm):
    made = make_tree()
    rows = board(csm, plan=made["plan"])
    objective = key("objective", made["objective"])
    once = sharing_rules.ticked(set(), objective, rows.parents)
    below = {key(kind, made[kind]) for kind in ("kpi", "playbook", "task")}
    assert once == {objective, *below}
    assert sharing_rules.ticked(once, objective, rows.parents) == {objective}


def test_one_operation_shares_and_hides_and_undo_takes_all_back(csm):
    made = make_tree(task=True)
    turned = {
        key(kind, made[kind]): kind != "task"
        for kind in ("plan", "objective", "kpi", "playbook", "task")
    }
    from_before = board(csm, plan=made["plan"]).on
    assert switches_set(actor=csm, turned=turned, plan=made["plan"]) == (4, 1)
    assert board(csm, plan=made["plan"]).on == {one for one, on in turned.items() if on}
    undo(actor=csm, done=finished())
    assert board(csm, plan=made["plan"]).on == from_before


def test_sharing_a_plan_shares_no_child_by_itself_and_hiding_it_hides_all(csm):
    made = make_tree()
    switches_set(actor=csm, turned={key("plan", made["plan"]): True}, plan=made["plan"])
    assert board(csm, plan=made["plan"]).seen == {"success plan": 1}
    turned = {key("objective", made["objective"]): True}
    switches_set(actor=csm, turned=turned, plan=made["plan"])
    share = make_share(plan=made["plan"])
    assert shown.objectives(share).count() == 1
    switches_set(actor=csm, turned={key("plan", made["plan"]): False}, plan=made["plan"])
    assert not shown.objectives(share).exists()


def test_a_rule_that_keeps_one_keeps_all_and_says_why(csm):
    made = make_tree(plan=True, playbook=True)
    contact = make_contact(made["account"])
    MODELS["playbook"].objects.filter(pk=made["playbook"].pk).update(co_owner=contact)
    turned = {key("plan", made["plan"]): False, key("playbook", made["playbook"]): False}
    with pytest.raises(ValidationError, match="“Roll-out”: A co-owner at the customer"):
        switches_set(actor=csm, turned=turned, plan=made["plan"])
    assert board(csm, plan=made["plan"]).on == set(turned)


def test_what_lies_in_another_plan_is_not_turned(csm):
    made, other = make_tree(), make_tree()
    turned = {key("plan", made["plan"]): True, key("task", other["task"]): True}
    with pytest.raises(ValidationError, match="moved or deleted"):
        switches_set(actor=csm, turned=turned, plan=made["plan"])
    assert not board(csm, plan=made["plan"]).on


def test_participants_turn_nothing():
    made = make_tree()
    with pytest.raises(Refused):
        switches_set(
            actor=make_participant(), turned={key("plan", made["plan"]): True}, plan=made["plan"]
        )
    assert not board(make_csm(), plan=made["plan"]).on


# The page ---------------------------------------------------------------------------------------
def page(made):
    return reverse("shares:what-plan", args=[made["plan"].pk])


def test_the_page_saves_only_what_was_turned(client, csm):
    made = make_tree(plan=True, objective=True)
    client.force_login(csm)
    # Somebody else shares the KPI meanwhile; this page was shown before.
    was = ",".join(board(csm, plan=made["plan"]).was)
    MODELS["kpi"].objects.filter(pk=made["kpi"].pk).update(is_external=True)
    data = {"was": was, "on": [key("plan", made["plan"]), key("playbook", made["playbook"])]}
    response = client.post(page(made), data, follow=True)
    assert response.redirect_chain
    assert "Saved: 1 now shared and 1 now internal." in response.content.decode()
    assert board(csm, plan=made["plan"]).on == {
        key("plan", made["plan"]),
        key("kpi", made["kpi"]),
        key("playbook", made["playbook"]),
    }


def test_a_tick_is_judged_at_once_and_saved_only_when_asked(client, csm):
    made = make_tree(plan=True)
    client.force_login(csm)
    data = {"was": key("plan", made["plan"]), "on": [key("task", made["task"])]}
    response = client.post(
        page(made), data, headers={"HX-Request": "true", "HX-Target": "switches"}
    )
    text = response.content.decode()
    assert text.lstrip().startswith('<form id="switches"')
    assert "Hidden: its playbook “Roll-out” is internal." in text
    assert "2 not saved" in text
    assert board(csm, plan=made["plan"]).on == {key("plan", made["plan"])}


def test_all_below_works_without_javascript_and_saves_nothing(client, csm):
    made = make_tree()
    client.force_login(csm)
    response = client.post(page(made), {"was": "", "below": key("plan", made["plan"])})
    assert response.status_code == 200
    assert response.context["board"].turned == 6
    assert not board(csm, plan=made["plan"]).on


def test_a_refusal_keeps_the_ticks(client, csm):
    made = make_tree(playbook=True)
    contact = make_contact(made["account"])
    MODELS["playbook"].objects.filter(pk=made["playbook"].pk).update(co_owner=contact)
    client.force_login(csm)
    data = {"was": key("playbook", made["playbook"]), "on": [key("plan", made["plan"])]}
    response = client.post(page(made), data)
    assert response.status_code == 422
    assert response.context["board"].on == {key("plan", made["plan"])}
    assert "A co-owner at the customer" in response.content.decode()


def test_what_is_no_key_is_refused_in_words(client, csm):
    made = make_tree()
    client.force_login(csm)
    response = client.post(page(made), {"was": "", "on": ["task-abc", "<b>"]})
    assert response.status_code == 422
    assert "moved or deleted by somebody else" in response.content.decode()


def test_an_account_without_anything_says_so(client, csm):
    account = make_account()
    client.force_login(csm)
    response = client.get(reverse("shares:what-account", args=[account.pk]))
    assert "There is nothing to share yet" in response.content.decode()


def test_queries_do_not_grow_with_the_tree(client, csm):
    client.force_login(csm)
    csm.get_all_permissions()
    looked, saved = set(), set()
    for number in (1, 8):
        made = make_tree(number=number, plan=True, objective=True, task=True)
        client.get(page(made))
        with CaptureQueriesContext(connection) as asked:
            client.get(page(made))
        looked.add(len(asked))
        turned = {row.key: not row.on for row in board(csm, plan=made["plan"]).rows}
        with CaptureQueriesContext(connection) as asked:
            switches_set(actor=csm, turned=turned, plan=made["plan"])
        saved.add(len(asked))
    assert len(looked) == len(saved) == 1, (looked, saved)
