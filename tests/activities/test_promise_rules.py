"""What notes promise: a table of lines, and what holds for any text."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.activities.promise_rules import (
    LONGEST,
    MOST,
    THEM,
    US,
    Promise,
    as_sent,
    lines_of,
    promises_in,
    ticked,
)

LINES = [
    ("We will send the invoice.", US, "Send the invoice"),
    ("we will  send   it", US, "Send it"),
    ("We'll call back", US, "Call back"),
    ("We’ll call back;", US, "Call back"),
    ("They will name a sponsor", THEM, "Name a sponsor"),
    ("They'll pay", THEM, "Pay"),
    ("THEY WILL PAY", THEM, "PAY"),
    ("- We will try", US, "Try"),
    ("• They will test", THEM, "Test"),
    ("3. We will try", US, "Try"),
    ("2) They will test", THEM, "Test"),
    ("[ ] Book the room", US, "Book the room"),
    ("[] book the room", US, "Book the room"),
    ("- [ ] Book the room", US, "Book the room"),
    ("[ ] They will book the room", THEM, "Book the room"),
    ("[ ] We will book the room", US, "Book the room"),
    ("\u00a0We\u00a0will\u00a0try", US, "Try"),
]
NONE = [
    "",
    "We will",
    "We will .",
    "[ ]",
    "[x] Booked the room",
    "Today we will see",
    "We willingly came",
    "They wills",
    "He will pay",
    "We would try",
    "[ ",
]


@pytest.mark.parametrize(("line", "side", "text"), LINES)
def test_a_line_that_begins_so_is_a_promise(line, side, text):
    assert promises_in(line) == [Promise(side, text)]


@pytest.mark.parametrize("line", NONE)
def test_other_lines_promise_nothing(line):
    assert promises_in(line) == []


def test_formatted_notes_are_read_line_by_line():
    notes = (
        "<div>Good meeting.<br>We will <strong>send</strong> R&amp;D the plan<br><br>"
        "They will answer.</div><ul><li>[ ] Book a room</li><li>Lunch</li></ul>"
    )
    assert promises_in(notes) == [
        Promise(US, "Send R&D the plan"),
        Promise(THEM, "Answer"),
        Promise(US, "Book a room"),
    ]


def test_the_same_is_promised_once_and_what_is_a_task_already_is_left_out():
    notes = "We will call.\nWe will CALL\nThey will call\nWe will write"
    assert promises_in(notes) == [Promise(US, "Call"), Promise(THEM, "Call"), Promise(US, "Write")]
    assert promises_in(notes, besides=["call"]) == [Promise(US, "Write")]


def test_only_what_was_ticked_and_still_stands_in_the_notes_counts():
    notes = "We will call.\nThey will write."
    assert ticked(notes, ["us:Call", "us:Gone"]) == [Promise(US, "Call")]
    assert ticked(notes, []) == []
    assert ticked(notes, ["them:Write"], besides=["Write"]) == []


def test_a_long_promise_fits_the_name_of_a_task():
    (found,) = promises_in("We will " + "do " * 200)
    assert len(found.text) <= LONGEST
    assert found.text.endswith("…")


ANY = st.text(max_size=400)
PLAIN = st.text(
    st.characters(exclude_categories=["C", "Z", "P", "S", "M"]), min_size=1, max_size=40
)


@given(ANY)
def test_any_text_is_read_without_an_error(notes):
    found = promises_in(notes)
    assert len(found) <= MOST
    assert len({one.key for one in found}) == len(found)
    for one in found:
        assert one.text.strip() == one.text
        assert 1 <= len(one.text) <= LONGEST
        assert "\n" not in one.text
    assert ticked(notes, [as_sent(one) for one in found]) == found


@given(st.lists(ANY, max_size=8))
def test_every_line_is_read_by_itself(lines):
    lines = [" ".join(line.split()).replace("<", "") for line in lines]
    alone = {one.key for line in lines for one in promises_in(line)}
    assert {one.key for one in promises_in("\n".join(lines))} == alone


@given(PLAIN, st.sampled_from(["We will ", "They will ", "[ ] ", "- We'll "]))
def test_a_promise_is_found_in_plain_and_in_formatted_notes(what, begins):
    line = f"{begins}{what}"
    (found,) = promises_in(line)
    assert found.text.casefold() == (what[0].upper() + what[1:]).casefold()
    written = html.escape(line)
    assert promises_in(f"<div>Hello<br>{written}</div><p>Bye</p>") == [found]
    assert promises_in(f"<ul><li>{written}</li></ul>") == [found]


@given(ANY)
def test_lines_hold_no_breaks(notes):
    assert all("\n" not in line and "\r" not in line for line in lines_of(notes.replace("<", "")))
