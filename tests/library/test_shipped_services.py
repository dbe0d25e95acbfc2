"""Loading the shipped templates: once, whole, by name, with words left empty that are not there."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.core.access import Refused
from apps.core.models import Unit
from apps.kpis.models import ObjectiveKpi
from apps.library import shipped_services
from apps.library.services import create_from
from apps.library.shipped_rules import START, walk
from apps.library.shipped_services import MODELS, library_load, shipped
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests import factories

pytestmark = pytest.mark.django_db
ALL = (SuccessPlan, Objective, ObjectiveKpi, Playbook, PlaybookTask, TaskAssignment)


def counts():
    return [model.objects.count() for model in ALL]


@pytest.fixture
def loaded():
    return library_load(actor=None)


def test_everything_of_the_files_is_in_the_library(loaded):
    templates = shipped()
    parts = [part for template in templates for part in walk(template)]
    by_kind = {
        kind: sum(1 for part in parts if part.kind == kind)
        for kind in ("plan", "objective", "playbook", "task")
    }
    assert counts() == [
        by_kind["plan"],
        by_kind["objective"],
        sum(len(part.kpis) for part in parts),
        by_kind["playbook"],
        by_kind["task"],
        sum(len(part.roles) for part in parts),
    ]
    assert loaded.records == sum(counts()[:-1])
    assert not loaded.missing
    for kind, model in MODELS.items():
        offered = set(model.objects.filter(is_template=True).values_list("name", flat=True))
        assert offered == {template.name for template in templates if template.kind == kind}


def test_r_tpl_1_templates_and_their_children_have_no_account(loaded):
    for model in (SuccessPlan, Objective, Playbook, PlaybookTask):
        assert not model.objects.exclude(account=None).exists()


def test_r_pb_1_tasks_lie_within_their_playbooks_and_dates_are_real(loaded):
    tasks = PlaybookTask.objects.exclude(playbook=None)
    assert not tasks.filter(start_date__lt=F("playbook__start_date")).exists()
    assert not tasks.filter(end_date__gt=F("playbook__end_date")).exists()
    assert not tasks.filter(start_date__week_day__in=[1, 7]).exists()
    assert set(SuccessPlan.objects.values_list("start_date", flat=True)) == {START}


def test_children_hang_where_the_file_says(loaded):
    plan = SuccessPlan.objects.get(name="Onboarding in 90 days")
    assert plan.owner_role == Role.objects.get(label="Customer Success Manager")
    objective = plan.objectives.get(name="Have the product ready for work")
    assert [book.name for book in objective.playbooks.order_by("start_date")] == [
        "Technical set-up",
        "Acceptance and go-live",
    ]
    task = PlaybookTask.objects.get(name="Connect single sign-on and user provisioning")
    assert (task.plan, task.objective, task.playbook.name) == (plan, objective, "Technical set-up")
    assert task.position == 1


def test_loading_twice_makes_nothing_twice(loaded):
    before = counts()
    again = library_load(actor=None)
    assert counts() == before
    assert not again.made
    assert len(again.kept) == len(loaded.made)


def test_what_somebody_changed_in_a_template_is_left_alone(loaded):
    task = PlaybookTask.objects.get(name="Sort new tickets every day")
    task.name = "Sort tickets at nine"
    task.save()
    Playbook.objects.get(name="Kick-off", is_template=True).tasks.all().delete()
    library_load(actor=None)
    assert PlaybookTask.objects.filter(name="Sort tickets at nine").exists()
    assert not Playbook.objects.get(name="Kick-off", is_template=True).tasks.exists()


def test_a_template_that_was_deleted_comes_back_alone(loaded):
    Playbook.objects.get(name="Escalation", is_template=True).delete()
    again = library_load(actor=None)
    assert [template.name for template in again.made] == ["Escalation"]


def test_an_account_s_record_of_the_same_name_is_no_template():
    factories.make_playbook(name="Kick-off")
    assert "Kick-off" in {template.name for template in library_load(actor=None).made}


def test_words_that_are_not_there_stay_empty_and_are_said():
    Role.objects.filter(label="Support Lead").update(label="Head of Support")
    Unit.objects.filter(label="Weeks").update(is_active=False)
    loaded = library_load(actor=None)
    assert any("role “Support Lead”" in sentence for sentence in loaded.missing)
    assert "There is no active unit “Weeks”: 1 field stays empty." in loaded.missing
    kpi = ObjectiveKpi.objects.get(title="Time to an agreed value hypothesis")
    assert kpi.unit is None
    escalation = Playbook.objects.get(name="Escalation", is_template=True)
    assert escalation.owner_role is None
    assert not Role.objects.filter(label="Support Lead").exists()


def test_it_takes_a_constant_number_of_statements(tmp_path):
    source = next(shipped_services.DATA.glob("playbook-kick-off.json"))
    (tmp_path / "one.json").write_text(source.read_text())
    with CaptureQueriesContext(connection) as small:
        library_load(actor=None, folder=tmp_path)
    with CaptureQueriesContext(connection) as all_of_them:
        library_load(actor=None)
    assert len(all_of_them) <= 25
    assert len(all_of_them) - len(small) <= 4  # plans, objectives, KPIs are none in the small one


def test_it_is_one_operation_through_the_door_of_automation(loaded):
    event = SuccessPlan.events.rel.related_model
    rows = event.objects.values_list("pgh_operation", "pgh_door").distinct()
    assert len(rows) == 1
    assert rows[0][1] == "automation"


def test_only_who_may_save_templates_may_load_them():
    with pytest.raises(Refused, match="save"):
        library_load(actor=factories.make_participant())
    assert counts() == [0] * len(ALL)
    assert library_load(actor=factories.make_csm()).made


def test_a_file_that_is_no_template_is_refused_whole(tmp_path):
    (tmp_path / "good.json").write_text(
        next(shipped_services.DATA.glob("playbook-kick-off.json")).read_text()
    )
    (tmp_path / "bad.json").write_text(
        json.dumps({"kind": "playbook", "name": "Bad", "days": [2, 3]})
    )
    with pytest.raises(ValidationError, match=r"bad.json: “Bad” must start on day 0"):
        library_load(actor=None, folder=tmp_path)
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ValidationError, match=r"bad.json: "):
        library_load(actor=None, folder=tmp_path)
    assert counts() == [0] * len(ALL)


def test_the_command_lists_and_loads(capsys):
    call_command("load_library", "--list")
    assert "Success plan: Onboarding in 90 days" in capsys.readouterr().out
    assert counts() == [0] * len(ALL)
    Unit.objects.filter(label="Weeks").update(is_active=False)
    call_command("load_library")
    said = capsys.readouterr().out
    assert f"{len(shipped())} templates made" in said
    assert "no active unit “Weeks”" in said
    call_command("load_library")
    assert f"Library: 0 templates made (0 records), {len(shipped())} were there" in (
        capsys.readouterr().out
    )


def test_the_command_says_which_file_is_bad(monkeypatch, tmp_path):
    (tmp_path / "bad.json").write_text("[]")
    monkeypatch.setattr(shipped_services.library_load, "__kwdefaults__", {"folder": tmp_path})
    with pytest.raises(CommandError, match=r"bad.json: “kind” must be"):
        call_command("load_library")


@pytest.mark.parametrize("template", shipped(), ids=lambda part: f"{part.kind} {part.name}")
def test_r_tpl_4_each_template_can_be_used_on_a_fresh_account(loaded, template):
    """Everything is made, on the account's own dates, owned by who looks after it."""
    csm = factories.make_csm()
    account = factories.make_account()
    role = Role.objects.get(label="Customer Success Manager")
    factories.make_account_role(account, csm.resource, role)
    start = dt.date(2028, 1, 31)
    made = create_from(
        actor=csm,
        kind=template.kind,
        source=MODELS[template.kind].objects.get(name=template.name, is_template=True),
        account=account,
        values={"name": template.name},
        start=start,
        first_start=start,
    )
    parts = list(walk(template))
    assert sum(made.counts.values()) == sum(1 + len(part.kpis) for part in parts)
    assert not made.left_out
    tasks = {
        task.name: task
        for task in PlaybookTask.objects.filter(account=account).prefetch_related("assignments")
    }
    for part in parts:
        if part.kind == "task":
            task = tasks[part.name]
            assert task.start_date == start + dt.timedelta(part.first)
            assert task.end_date == start + dt.timedelta(part.last)
            resources = {one.resource for one in task.assignments.all() if one.resource}
            assert resources == ({csm.resource} if role.label in part.roles else set())
    for kpi in ObjectiveKpi.objects.filter(objective__account=account):
        assert kpi.current == kpi.baseline
    wanted = {label for part in parts for label in (part.owner, *part.roles) if label}
    said = {f"Nobody is {label} at {account}." for label in wanted - {role.label}}
    assert set(made.unheld) == said
