"""The bench works: its data is sound, each case and floor answers, the table names what is missed.

Nothing here is about time: a benchmark is no test.
"""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.db.models import F, Q
from django.test import RequestFactory

from apps.accounts.models import Account
from apps.core.models import User
from apps.core.scope import today
from apps.core.search_services import search_reindex
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.kpis.selectors import kpis
from apps.objectives.models import Objective
from apps.playbooks.models import Playbook, PlaybookTask
from bench import bulk, copies, dataset, files, imports, report, trends
from bench.cases import Case, Limits, cases
from bench.client import fields_of
from bench.floor import floor


@pytest.fixture
def person(db):
    """The tiny data set in the test's own transaction, and its first customer success manager."""
    connection.ensure_connection()
    connection.connection.execute("SELECT 1")
    dataset.build(connection.connection, "tiny", say=lambda *words, **how: None)
    # As after a load into a database of its own: the triggers were off.
    search_reindex()
    return User.objects.get(pk=1)


def test_data_set_is_sound_and_each_case_and_floor_answers(person, client):
    _data_is_sound(person)
    client.force_login(person)
    for case in cases("tiny", today(person)):
        answer = _send(client, case) if case.save else client.get(case.url)
        wanted = case.save.status if case.save else 200
        assert (case.name, answer.status_code) == (case.name, wanted)
        if case.floor:
            asked = RequestFactory().get("/", {"values": json.dumps(dict(case.values))})
            assert b"<td>" in floor(asked, case.floor).content, case.name

    assert "missing" not in imports.measure()
    edited = bulk.measure()
    assert "missing" not in edited
    assert edited["queries"] <= bulk.CASE.limits.queries
    sent = files.export()
    assert "missing" not in sent
    assert sent["queries"] <= files.EXPORT.limits.queries
    brought = files.bring()
    assert "missing" not in brought
    assert brought["queries"] <= files.IMPORT.limits.queries
    # Each compares its numbers with those of the plain SQL beside it.
    for trend in (trends.mine(), trends.everybodys()):
        assert "missing" not in trend
        assert trend["queries"] <= trends.LIMITS.queries
    copied = copies.measure()
    assert "missing" not in copied
    assert copied["queries"] <= copies.CASE.limits.queries


def _data_is_sound(person):
    numbers = {Account: 1, Objective: 10, ObjectiveKpi: 25, KpiValue: 250, PlaybookTask: 50}
    shelved = {Objective: 20, ObjectiveKpi: 60, Playbook: 20, PlaybookTask: 900}
    for model, each in numbers.items():
        on_accounts = each * dataset.ACCOUNTS["tiny"]
        assert model._base_manager.count() == on_accounts + shelved.get(model, 0)
    assert sum(shelved.values()) == copies.CHILDREN
    for model, number in shelved.items():
        assert model.objects.filter(**{f"{model.account_path}__isnull": True}).count() == number
    # R-OBJ-1, R-OBJ-2, R-PB-1: what the program's own triggers and rules would not let in.
    planned = Objective.objects.filter(plan__isnull=False)
    shelf = Q(in_template=True, plan__in_template=True)
    assert not planned.exclude(shelf).exclude(account=F("plan__account"))
    followers = Playbook.objects.filter(objective__isnull=False).exclude(shelf)
    assert not followers.exclude(account=F("objective__account"), plan=F("objective__plan")).filter(
        objective__plan__isnull=False
    )
    outside = Q(start_date__lt=F("playbook__start_date")) | Q(end_date__gt=F("playbook__end_date"))
    assert not PlaybookTask.objects.filter(outside)
    # A mixture: nearly every status, both directions, three levels of accounts.
    assert len(set(kpis(person).values_list("kpi_status", flat=True))) >= 6
    assert len(set(kpis(person).values_list("direction", flat=True))) == 2
    assert Account.objects.filter(parent__parent__isnull=False).exists()


def _send(client, case):
    fields = fields_of(client.get(case.save.form_url).content, case.save.changed, case.save.form)
    assert fields is not None, case.name
    data = {
        name: case.save.values[0] if name == case.save.changed else value for name, value in fields
    }
    return client.post(case.url, data, headers=dict(case.save.headers))


def test_line_names_each_limit_that_is_missed():
    case = Case("list", "A list", "/", Limits(ratio=4, queries=12, raw=100_000, gzip=12_000))
    good = {
        **dict.fromkeys(("p50", "p95", "cpu", "database"), 5.0),
        "ratio": 3.9,
        "web_ratio": 4.0,
        "queries": 12,
        "raw": 90_000,
        "gzip": 9_000,
    }
    assert report.line(case, good).endswith("ok")
    assert report.misses(case, good | {"queries": 13, "ratio": 4.5}) == [
        "4.5x, at most 4",
        "13 queries, at most 12",
    ]
    assert report.line(case, {"missing": "answered 404"}) == (
        f"{'A list':<33} not measured: answered 404"
    )


def test_changes_since_the_committed_results_are_named():
    old = {"queries": 9, "ratio": 3.0, "raw": 1000}
    assert report.changes(old, {"queries": 9, "ratio": 3.3, "raw": 1100}) == []
    assert report.changes(old, {"queries": 11, "ratio": 4.5, "raw": 2000}) == [
        "11 queries, were 9.",
        "4.5x the floor, was 3x.",
        "2000 bytes, were 1000.",
    ]
    assert report.changes({}, {"queries": 1, "raw": 1}) == []


def test_fields_are_those_a_browser_would_send():
    page = b"""
        <form id="a"><input name="title" value="Seats"><input type="checkbox" name="off">
        <select name="unit"><option value="1">h</option><option value="2" selected>d</option></select>
        <textarea name="text">\nOne &amp; two</textarea><button name="go" value="1"></button></form>
        <input name="current" value="5" form="a">
    """
    sent = [("title", "Seats"), ("unit", "2"), ("text", "One & two"), ("current", "5")]
    assert fields_of(page, "current", "a") == sent
    assert fields_of(page, "title") == sent
    assert fields_of(page, "nothing") is None
