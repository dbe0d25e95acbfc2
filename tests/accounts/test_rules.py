"""Rules of customers and people: each sentence says what would be right."""

from __future__ import annotations

import pytest

from apps.accounts import rules
from apps.accounts.choices import ResourceKind


@pytest.mark.parametrize(
    ("is_active", "kind", "said"),
    [
        (True, ResourceKind.CS_CLOUD, None),
        (False, ResourceKind.CS_CLOUD, "no longer active"),
        (True, ResourceKind.PSA, "PSA resource"),
        (False, ResourceKind.PSA, "PSA resource"),
    ],
)
def test_r_own_1_only_active_non_psa_resources_can_be_allocated(is_active, kind, said):
    error = rules.allocation_error("Jo", is_active=is_active, kind=kind)
    if said is None:
        assert error is None
    else:
        assert error.startswith("Jo ")
        assert said in error
        assert "Choose" in error


def test_r_act_1_an_account_is_not_its_own_ancestor():
    assert "own ancestor" in rules.ancestor_error(3, [1, 2, 3], "Acme")
    assert rules.ancestor_error(4, [1, 2, 3], "Acme") is None
    assert rules.ancestor_error(None, [1], "Acme") is None


def test_r_act_1_a_deletion_names_what_is_in_the_way_and_counts_it():
    counts = {"success plans": 1, "objectives": 0, "tasks": 12}
    assert rules.deletion_error("Acme", counts) == (
        "Acme still has 1 success plan, 12 tasks. Delete or move them first."
    )
    assert rules.deletion_error("Acme", dict.fromkeys(counts, 0)) is None


def test_r_del_1_a_person_who_holds_something_is_refused_with_the_list():
    assert rules.held_error("Jo", []) is None
    assert rules.held_error("Jo", ["Grow", "Adopt"]) == (
        "Jo still owns or is assigned “Grow”, “Adopt”. Give them to somebody else first."
    )
    many = [f"Task {number}" for number in range(13)]
    error = rules.held_error("Jo", many)
    assert "“Task 9” and 3 more" in error
    assert "“Task 10”" not in error


def test_r_vis_1_what_somebody_may_not_see_is_counted_and_not_named():
    assert rules.held_error("Jo", ["Grow"], 2) == (
        "Jo still owns or is assigned “Grow” and 2 records that you do not see."
        " Give them to somebody else first."
    )
    assert rules.held_error("Jo", [], 1) == (
        "Jo still owns or is assigned 1 record that you do not see."
        " Give them to somebody else first."
    )
