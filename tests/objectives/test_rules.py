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
