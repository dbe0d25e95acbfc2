"""The table of who may own what and its sentences (R-OWN-1, R-OWN-2)."""

from __future__ import annotations

import pytest

from apps.accounts import ownership_rules as rules

OWNERS = ("resource", "role", "contact", "pool")
# R-OWN-2 as written: record -> who may own it.
TABLE = {
    "plan": {"role", "resource"},
    "objective": {"role", "resource", "contact"},
    "playbook": {"role", "resource"},
    "task": {"role", "pool", "resource", "contact"},
}


@pytest.mark.parametrize(
    ("text", "owner"), [("resource-5", ("resource", 5)), ("role-2", ("role", 2))]
)
def test_an_owner_is_written_as_a_word_and_read_back(text, owner):
    assert rules.parse(text) == owner
    assert rules.written(*owner) == text


@pytest.mark.parametrize(
    "text",
    ["", "resource", "resource-", "resource-0", "resource--1", "user-5", "role-2 ", "role-²"],
)
def test_what_names_nobody_is_nobody(text):
    assert rules.parse(text) is None
    assert rules.written("resource", None) == ""


@pytest.mark.parametrize("record", TABLE)
@pytest.mark.parametrize("owner", OWNERS)
def test_r_own_2_each_cell_of_the_table(record, owner):
    error = rules.kind_error(record, owner)
    if owner in TABLE[record]:
        assert error is None
    else:
        assert f"not {'to' if record == 'task' else 'by'} a {rules.OWNERS[owner]}" in (error or "")
        assert error.endswith("Choose one of these.")


def test_r_own_2_a_contact_may_share_a_playbook_but_not_own_it():
    assert rules.kind_error("playbook", "contact") == (
        "A playbook is owned by a team member or a role, not by a contact. A contact can be"
        " co-owner of a shared one. Choose one of these."
    )


def test_r_own_1_one_owner():
    assert rules.one_owner_error("plan", []) is None
    assert rules.one_owner_error("plan", ["role"]) is None
    assert rules.one_owner_error("objective", ["role", "contact"]) == (
        "An objective has one owner: a team member, a role or a contact. Empty the others."
    )


def test_r_own_2_nobody_holds_the_role_is_said_plainly():
    said = rules.unheld_sentence("objective", "Solution architect", "Acme")
    assert said.startswith(
        "Nobody is Solution architect at Acme: the objective is saved without an owner."
    )
    assert "the task waits" in rules.unheld_sentence("task", "CSM", "Acme")


def test_r_own_3_the_counts_that_explain_a_place():
    assert rules.workload(1, 0) == "1 active plan, 0 active playbooks"
    assert rules.workload(3, 1) == "3 active plans, 1 active playbook"
