"""The demo: always the same, whole, and told by the real files."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from django.db.models import Count, Min

from apps.accounts.models import Account, AttributeValue, Contact
from apps.activities.models import Comment
from apps.core.models import Notification, Organisation, User
from apps.core.permissions import CUSTOMER_SUCCESS, PARTICIPANT
from apps.core.scope import today
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives.models import Collaborator, Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from apps.workspace.demo import ravenstack, story
from tests import factories


@pytest.fixture(scope="module")
def rows():
    return ravenstack.accounts(dt.date(2026, 11, 25))


def test_the_files_last_month_becomes_last_month(rows):
    newest = max(day for row in rows for day, _ in row.readings["mrr"])
    assert newest == dt.date(2026, 10, 31)
    assert ravenstack.months_to_shift(dt.date(2026, 11, 25)) == 22


def test_names_and_hierarchy_are_always_the_same(rows):
    again = ravenstack.accounts(dt.date(2026, 11, 25))
    assert [(r.name, r.parent, r.contacts) for r in again] == [
        (r.name, r.parent, r.contacts) for r in rows
    ]
    assert len({row.name for row in rows}) == len(rows) == 500
    assert not any(row.name.startswith("Company_") for row in rows)


def test_usage_ids_that_repeat_count_once(rows):
    import csv

    with open(ravenstack.DATA / "feature_usage.csv", encoding="utf-8") as handle:
        lines = list(csv.DictReader(handle))
    once = {line["usage_id"]: int(line["usage_count"]) for line in reversed(lines)}
    assert len(once) < len(lines)
    told = sum(int(value) for row in rows for _, value in row.readings["usage"])
    assert told == sum(once.values())


def test_every_kpi_starts_from_a_reading(rows):
    by_id = {row.external_id: row for row in rows}
    for plan in story.plans(rows, dt.date(2026, 11, 25)):
        for objective in plan.objectives:
            for kpi in objective.kpis:
                values = [v for _, v in by_id[plan.account].readings[kpi.attribute]]
                assert kpi.baseline in values


@pytest.mark.django_db
def test_the_demo_loads_once_and_keeps_what_is_there(capsys):
    call_command("load_demo")
    assert "500 accounts" in capsys.readouterr().out
    assert Account.objects.count() == 500
    assert Contact.objects.count() > 800
    assert AttributeValue.objects.count() > 50_000
    assert User.objects.filter(groups__name=CUSTOMER_SUCCESS).count() == 7
    assert User.objects.filter(groups__name=PARTICIPANT).count() == 1
    assert "River @ Rivalytics" in Organisation.objects.get().note
    series = KpiValue.objects.values("kpi").annotate(n=Count("pk"), first=Min("measured_on"))
    assert series.count() == ObjectiveKpi.objects.count() > 500
    assert max(row["n"] for row in series) >= 6
    assert all(row["first"] <= today() for row in series if row["first"])
    assert Comment.objects.filter(parent=None).count() >= 40
    assert Comment.objects.filter(mentions__isnull=False, resolved_at=None).exists()
    assert Collaborator.objects.filter(contact__isnull=False).exists()
    told = Notification.objects.filter(kind="mention")
    assert told.filter(read_at=None).exists()
    assert not told.filter(mailed_at=None).exists()
    used = SuccessPlan.objects.filter(is_template=True).annotate(uses=Count("copies"))
    assert {plan.name: plan.uses for plan in used}["Onboarding in 90 days"] == 3
    assert used.filter(uses=0).exists()
    assert Playbook.objects.filter(created_from__name="Training wave").count() == 2
    assert Objective.objects.filter(created_from__is_template=True, status__kind="in_progress")
    theirs = PlaybookTask.objects.filter(plan__created_from__isnull=False)
    assert set(theirs.values_list("status", flat=True)) == {"completed", "in_progress", "planned"}
    Playbook.objects.get(is_template=True, name="Escalation").delete()
    Account.objects.filter(external_id="A-2e4581").update(name="Renamed by hand")
    call_command("load_demo")
    assert "kept" in capsys.readouterr().out
    assert Account.objects.count() == 500
    assert Account.objects.filter(name="Renamed by hand").exists()
    assert not Playbook.objects.filter(is_template=True, name="Escalation").exists()
    assert used.count() == 8


@pytest.mark.django_db
def test_a_demo_without_a_library_gets_it_at_the_next_start():
    factories.make_account()
    call_command("load_demo")
    assert Account.objects.count() == 1
    assert SuccessPlan.objects.filter(is_template=True).count() == 8
