"""How a list is asked for in its address."""

from __future__ import annotations

import pytest

from apps.core.list_rules import page_number, page_size, sort_keys, sorted_by, sorted_then

KNOWN = {"name", "status", "due_date", "owner", "health"}


@pytest.mark.parametrize(
    ("said", "page"),
    [
        ("", 1),
        ("1", 1),
        ("7", 7),
        ("0", 1),
        ("-3", 1),
        ("x", None),
        ("1.5", None),
        ("99999999", None),
    ],
)
def test_a_page_is_a_number(said, page):
    assert page_number(said) == page


@pytest.mark.parametrize(
    ("said", "size"), [("", 50), ("25", 25), ("200", 200), ("7", 50), ("x", 50), ("-25", 50)]
)
def test_a_page_has_one_of_the_sizes_on_offer(said, size):
    assert page_size(said) == size


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("", []),
        ("name", ["name"]),
        ("-due_date,name", ["-due_date", "name"]),
        ("name,-name", ["name"]),
        ("nothing,status", ["status"]),
        ("name,status,due_date,owner,health", ["name", "status", "due_date", "owner"]),
        (" name , -status ", ["name", "-status"]),
    ],
)
def test_columns_to_sort_by_are_known_and_named_once(said, keys):
    assert sort_keys(said, KNOWN) == keys


@pytest.mark.parametrize(
    ("name", "keys", "alone", "too"),
    [
        ("name", [], "name", "name"),
        ("name", ["name"], "-name", "-name"),
        ("name", ["-name"], "name", "name"),
        ("status", ["name"], "status", "name,status"),
        ("name", ["status", "name"], "name", "status,-name"),
        ("name", ["status", "-name"], "name", "status,name"),
    ],
)
def test_a_click_sorts_by_one_column_a_click_with_shift_by_it_too(name, keys, alone, too):
    assert sorted_by(name, keys) == alone
    assert sorted_then(name, keys) == too
