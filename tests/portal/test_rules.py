"""Tokens, domains, and who opens what: decisions without a database."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.portal import rules
from apps.portal.rules import Link

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


@given(st.text(), st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_a_token_has_256_bits_and_only_its_own_parts_make_it(secret, one, other):
    token = rules.derived(secret, *one)
    assert re.fullmatch(r"[\w-]{43}", token)
    assert (rules.derived(secret, *other) == token) == ("\x1f".join(one) == "\x1f".join(other))
    assert rules.derived(f"{secret}!", *one) != token
    assert token not in rules.hashed(token)


@given(st.text(), st.uuids())
def test_a_code_is_six_digits(secret, nonce):
    assert re.fullmatch(r"\d{6}", rules.code(secret, nonce))
    assert rules.code(secret, nonce) == rules.code(secret, nonce)


def test_codes_are_spread_over_all_numbers():
    codes = {rules.code("secret", number) for number in range(2_000)}
    assert len(codes) > 1_990
    assert min(codes) < "010000"
    assert max(codes) > "990000"


@pytest.mark.parametrize(
    ("text", "good", "wrong"),
    [
        ("", [], []),
        ("acme.com", ["acme.com"], []),
        ("@Acme.com, acme.de;acme.com\n", ["acme.com", "acme.de"], []),
        ("acme", [], ["acme"]),
        ("acme.com com .de a..b", ["acme.com"], ["com", ".de", "a..b"]),
        ("kim@acme.com", [], ["kim@acme.com"]),
        ("*.acme.com", [], ["*.acme.com"]),
    ],
)
def test_domains_are_read_from_a_text(text, good, wrong):
    assert rules.domains_in(text) == (good, wrong)


@pytest.mark.parametrize(
    ("email", "opens"),
    [
        ("kim@acme.com", True),
        (" KIM@Acme.com ", True),
        ("jo@partner.org", True),
        ("jo@evil.partner.org", False),
        ("jo@partner.org.evil.com", False),
        ("other@acme.com", False),
        ("", False),
    ],
)
def test_r_ext_4_a_share_admits_its_contacts_and_domains(email, opens):
    admitted = rules.admits(email, contacts=["Kim@acme.com"], domains=["partner.org"])
    assert admitted == opens


def test_a_contact_without_an_address_admits_nobody():
    assert not rules.admits("", contacts=[""], domains=[])


@pytest.mark.parametrize(
    ("revoked", "last_day", "live"),
    [
        (None, None, True),
        (None, NOW.date(), True),
        (None, NOW.date() - dt.timedelta(days=1), False),
        (NOW, None, False),
        (NOW, NOW.date(), False),
    ],
)
def test_r_ext_4_a_share_opens_until_its_last_day_is_over_or_it_is_revoked(revoked, last_day, live):
    assert rules.is_live(revoked, last_day, NOW.date()) == live


PLAN, OBJECTIVE = ("success plan", "Growth"), ("objective", "Adoption")


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ([Link("KPI", "Users", True)], ""),
        ([Link("KPI", "Users", False), Link(*OBJECTIVE, True), Link(*PLAN, True)], "Internal."),
        (
            [Link("KPI", "Users", True), Link(*OBJECTIVE, False), Link(*PLAN, True)],
            "Hidden: its objective “Adoption” is internal.",
        ),
        (
            [Link("KPI", "Users", True), Link(*OBJECTIVE, True), Link(*PLAN, False)],
            "Hidden: its success plan “Growth” is internal.",
        ),
        (
            [Link(*OBJECTIVE, True), Link(*PLAN, True, never="draft")],
            "Hidden: its success plan “Growth” is draft.",
        ),
        ([Link("task", "Call", True, never="canceled")], "Never shown: it is canceled."),
        ([Link("task", "Call", False, never="canceled")], "Never shown: it is canceled."),
    ],
)
def test_r_ext_1_why_a_customer_does_not_see_a_record(chain, why):
    assert rules.why_hidden(chain) == why


@pytest.mark.parametrize(
    ("pause", "is_new"), [(None, True), (0, False), (30, False), (31, True), (9_999, True)]
)
def test_who_comes_back_after_half_an_hour_comes_again(pause, is_new):
    last = None if pause is None else NOW - dt.timedelta(minutes=pause)
    assert rules.is_new_visit(last, NOW) == is_new
