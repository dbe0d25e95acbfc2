"""Filters that several lists share."""

from __future__ import annotations

import pytest

from apps.core.filters import YesNoField


@pytest.mark.parametrize(
    ("said", "meant"), [("1", True), ("0", False), ("", None), (None, None), ("nonsense", None)]
)
def test_an_address_says_yes_no_or_nothing(said, meant):
    assert YesNoField(required=False).clean(said) is meant
