"""The steps of the set-up, from facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.workspace.set_up_rules import REVIEWABLE, Facts, State, next_step, progress, steps

FULL = Facts(
    name="Northwind",
    words=dict.fromkeys(
        (
            "core.unit",
            "core.tag",
            "objectives.objectivestatus",
            "objectives.objectivecategory",
            "kpis.kpicategory",
            "accounts.role",
            "activities.activitytype",
            "plans.challengecategory",
            "reports.healthmetric",
        ),
        3,
    ),
    currencies=["EUR"],
    users=2,
    resources=1,
    templates=8,
    accounts=5,
    reviewed=dict.fromkeys(REVIEWABLE, "Alex Admin, 1 March 2026"),
    mail="It went.",
    mail_ok=True,
    worker=True,
)


def step(facts, key):
    return next(one for one in steps(facts) if one.key == key)


def test_a_full_installation_lacks_nothing():
    found = steps(FULL)
    done, of = progress(found)
    assert done == of > 8
    assert next_step(found) == ""


def test_an_empty_one_begins_with_the_organisation():
    found = steps(Facts())
    assert progress(found)[0] == 0
    assert next_step(found) == "organisation"


@pytest.mark.parametrize(
    ("key", "change", "state", "said"),
    [
        ("organisation", {"name": "SuccessCloud"}, State.OPEN, "No name yet"),
        ("units", {"currencies": []}, State.OPEN, "There is no currency"),
        ("units", {"reviewed": {}}, State.REVIEW, "3 units. Currencies: EUR."),
        ("objectives", {"words": {}}, State.OPEN, "No statuses and no categories."),
        ("words", {"words": {**FULL.words, "core.tag": 0}}, State.DONE, "no tags"),
        ("roles", {"words": {**FULL.words, "accounts.role": 1}}, State.DONE, "1 role."),
        ("health", {"words": {}}, State.OPTIONAL, "No health metrics."),
        ("people", {"users": 1}, State.OPEN, "Nobody but you can sign in"),
        ("people", {"without_group": ["Kim Lee"]}, State.OPEN, "they see nothing: Kim Lee."),
        ("people", {"without_group": list("abcdefg")}, State.OPEN, "a, b, c, d, e and 2 more."),
        ("people", {"resources": 0}, State.OPEN, "nobody can own"),
        ("people", {"invited": 1}, State.DONE, "1 user has no password yet."),
        ("attributes", {}, State.OPTIONAL, "No attributes."),
        ("shape", {}, State.OPTIONAL, "No record types and no own fields."),
        ("shape", {"own_fields": 1}, State.DONE, "no record types and 1 own field."),
        ("library", {"templates": 0}, State.OPEN, "No templates."),
        ("accounts", {"accounts": 0}, State.OPEN, "No accounts."),
        ("mail", {"mail": "", "mail_ok": False}, State.OPEN, "No test mail was sent yet."),
        ("worker", {}, State.DONE, "It is running."),
        ("worker", {"worker": False}, State.OPEN, "None gave a sign of life"),
        ("backups", {}, State.HINT, ""),
    ],
)
def test_each_step_says_how_it_stands(key, change, state, said):
    found = step(replace(FULL, **change), key)
    assert found.state == state
    assert said.lower() in found.stands.lower()


def test_words_that_are_not_there_cannot_be_reviewed():
    assert not step(Facts(), "units").reviewable
    assert step(FULL, "units").reviewable
