"""Sentences and errors of objectives."""

from __future__ import annotations

from decimal import Decimal

import pytest

from apps.objectives import rules


@pytest.mark.parametrize(
    ("below", "words"),
    [
        (rules.Below(), ""),
        (rules.Below(tasks=1), "1 task"),
        (rules.Below(tasks=12, playbooks=3), "12 tasks and 3 playbooks"),
        (rules.Below(2, 1, 1), "2 tasks, 1 playbook and 1 activity"),
    ],
)
def test_what_moves_is_named_in_words(below, words):
    assert below.words() == words


def place(account="Acme", plan="", below=None):
    ids = {"Acme": 1, "Other": 2, "": None, "Plan A": 3}
    return rules.Place(account, ids[account], plan, ids[plan], below or rules.Below())


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (place(), place(), "“Grow” was saved."),
        (
            place(below=rules.Below(12, 3)),
            place("Other"),
            "“Grow” was saved. 12 tasks and 3 playbooks moved to Other.",
        ),
        (
            place(below=rules.Below(1)),
            place(plan="Plan A"),
            "“Grow” was saved. 1 task moved to Plan A.",
        ),
        (
            place(plan="Plan A", below=rules.Below(1, challenges=2)),
            place(),
            "“Grow” was saved. 1 task moved to no plan.",
        ),
        (
            place(below=rules.Below(challenges=2)),
            place("Other"),
            "“Grow” was saved. 2 challenges of Acme were unlinked.",
        ),
    ],
)
def test_r_obj_2_and_3_a_save_says_what_followed(before, after, sentence):
    assert rules.saved_sentence("Grow", before, after) == sentence


@pytest.mark.parametrize(
    ("baseline", "target", "direction", "right"),
    [
        (1, 2, "higher", True),
        (2, 2, "higher", True),
        (2, 2, "lower", True),
        (2, 1, "lower", True),
        (2, 1, "higher", False),
        (1, 2, "lower", False),
        (None, 1, "lower", True),
        (1, None, "higher", True),
    ],
)
def test_r_kpi_3_direction_and_values_agree(baseline, target, direction, right):
    error = rules.direction_error(
        None if baseline is None else Decimal(baseline),
        None if target is None else Decimal(target),
        direction,
    )
    assert (error is None) == right
    assert error is None or (str(baseline) in error and str(target) in error)
