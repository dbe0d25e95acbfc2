"""What lies in a template: who may write there, by which rules, and that it stays there (R-TPL-1)."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import TeamPool
from apps.core import history, undo_services
from apps.core.access import Refused
from apps.core.models import Notification
from apps.kpis import services as kpis
from apps.kpis.models import ObjectiveKpi
from apps.library import template_services as templates
from apps.objectives import services as objectives
from apps.objectives.models import Objective
from apps.plans import services as plans
from apps.plans.models import SuccessPlan
from apps.playbooks import services as playbooks
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment, TaskPin
from tests.factories import (
    make_account,
    make_account_role,
    make_challenge,
    make_contact,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)
from tests.library.trees import days, fill, make_template, role

pytestmark = pytest.mark.django_db

UPDATES = {
    "plan": plans.plan_update,
    "objective": objectives.objective_update,
    "playbook": playbooks.playbook_update,
    "task": playbooks.task_update,
    "kpi": kpis.kpi_update,
}
DELETES = {
    "plan": plans.plan_delete,
    "objective": objectives.objective_delete,
    "playbook": playbooks.playbook_delete,
    "task": playbooks.task_delete,
    "kpi": kpis.kpi_delete,
}


def parts(template):
    """One record of each kind in a template."""
    return {
        "plan": template,
        "objective": Objective.objects.get(plan=template),
        "playbook": Playbook.objects.get(plan=template),
        "task": PlaybookTask.objects.get(plan=template, name="Task 1"),
        "kpi": ObjectiveKpi.objects.get(objective__plan=template),
    }


def live_parts():
    """One record of each kind on an account."""
    plan = make_plan(make_account())
    objective = make_objective(plan)
    playbook = make_playbook(objective)
    return {
        "plan": plan,
        "objective": objective,
        "playbook": playbook,
        "task": make_task(playbook),
    }


def shelf():
    return {
        model: list(model.objects.order_by("pk").values())
        for model in (SuccessPlan, Objective, ObjectiveKpi, Playbook, PlaybookTask)
    }


@pytest.mark.parametrize("kind", UPDATES)
def test_r_tpl_1_editing_anything_in_a_template_needs_save_as_template(kind):
    record, participant = parts(make_template())[kind], make_participant()
    before = shelf()
    changes = {"title" if kind == "kpi" else "name": "Mine"}
    for write in (
        lambda: UPDATES[kind](actor=participant, **{kind: record}, changes=changes),
        lambda: DELETES[kind](actor=participant, **{kind: record}),
        lambda: templates.template_delete(actor=participant, template=record),
    ):
        with pytest.raises(Refused, match="as templates"):
            write()
    assert shelf() == before
    UPDATES[kind](actor=make_csm(), **{kind: record}, changes=changes)
    record.refresh_from_db()
    assert str(record) == "Mine"


def test_r_tpl_1_making_something_in_a_template_needs_save_as_template():
    template, participant = make_template(), make_participant()
    there, before = parts(template), shelf()
    writes = [
        (objectives.objective_create, {"name": "N", "plan": template}),
        (playbooks.playbook_create, {"name": "N", "objective": there["objective"]}),
        (playbooks.task_create, {"name": "N", "playbook": there["playbook"]}),
        (objectives.objective_create, {"name": "N", "is_template": True}),
        (playbooks.playbook_create, {"name": "N", "is_template": True}),
    ]
    for create, values in writes:
        with pytest.raises(Refused, match="as templates"):
            create(actor=participant, values=values)
    with pytest.raises(Refused, match="as templates"):
        kpis.kpi_create(actor=participant, objective=there["objective"], values={"title": "T"})
    assert shelf() == before
    for create, values in writes:
        made = create(actor=make_csm(), values=values)
        assert made.account is None


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
def test_r_tpl_1_a_template_is_made_without_an_account(kind):
    actor, account = make_csm(), make_account()
    made = templates.template_create(
        actor=actor, kind=kind, values={"name": "New", "owner_role": role()}
    )
    assert (made.is_template, made.account, made.owner_role) == (True, None, role())
    create = {
        "plan": plans.plan_create,
        "objective": objectives.objective_create,
        "playbook": playbooks.playbook_create,
    }[kind]
    values = {"name": "Both", "is_template": True, "account": account}
    with pytest.raises(ValidationError) as caught:
        create(actor=actor, values=values)
    assert set(caught.value.message_dict) == {"account"}
    assert not type(made).objects.filter(name="Both").exists()


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
def test_r_tpl_1_a_live_record_never_becomes_a_template_by_an_edit(kind):
    actor, record, template = make_csm(), live_parts()[kind], make_template()
    there = parts(template)
    tries = [{"is_template": True}, {"account": None}]
    tries += [{"plan": template}] if kind == "objective" else []
    tries += [{"objective": there["objective"]}] if kind == "playbook" else []
    tries += [{"account": None, "objective": there["objective"]}] if kind == "playbook" else []
    for changes in tries:
        with pytest.raises(ValidationError):
            UPDATES[kind](actor=actor, **{kind: record}, changes=changes)
    record.refresh_from_db()
    assert (record.is_template, record.account_id is None) == (False, False)


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook", "task"])
def test_r_tpl_1_what_lies_in_a_template_stays_there(kind):
    actor, record, live = make_csm(), parts(make_template())[kind], live_parts()
    other = parts(make_template("Other"))
    above = {"objective": "plan", "playbook": "objective", "task": "playbook"}.get(kind)
    tries = [{"account": live["plan"].account}]
    if above:
        tries += [{above: live[above]}, {above: other[above]}, {above: None}]
    if kind != "task":
        tries.append({"is_template": not record.is_template})
    before = type(record).objects.filter(pk=record.pk).values().get()
    for changes in tries:
        for update in (
            lambda changes: UPDATES[kind](actor=actor, **{kind: record}, changes=changes),
            lambda changes: templates.template_update(actor=actor, record=record, changes=changes),
        ):
            with pytest.raises(ValidationError):
                update(changes)
    assert type(record).objects.filter(pk=record.pk).values().get() == before


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("plan", {"end_date": days(-1)}, "end_date"),
        ("objective", {"due_date": days(-1)}, "due_date"),
        ("playbook", {"end_date": days(-1)}, "end_date"),
        ("playbook", {"end_date": days(1)}, "end_date"),
        ("task", {"end_date": days(99)}, "end_date"),
        ("task", {"start_date": days(-1)}, "start_date"),
    ],
)
def test_r_pb_1_r_date_1_the_rules_of_dates_hold_in_templates(kind, changes, field):
    record = parts(make_template())[kind]
    with pytest.raises(ValidationError) as caught:
        templates.template_update(actor=make_csm(), record=record, changes=changes)
    assert set(caught.value.message_dict) == {field}


def test_r_pb_1_a_new_task_lies_within_its_playbook_in_a_template_too():
    playbook = parts(make_template())["playbook"]
    values = {"name": "Late", "playbook": playbook, "end_date": days(99)}
    with pytest.raises(ValidationError) as caught:
        templates.template_create(actor=make_csm(), kind="task", values=values)
    assert set(caught.value.message_dict) == {"end_date"}
    made = templates.template_create(
        actor=make_csm(), kind="task", values={**values, "end_date": days(9)}
    )
    assert (made.objective, made.plan, made.position) == (playbook.objective, playbook.plan, 3)


def test_contacts_and_challenges_are_in_no_template():
    actor, there, account = make_csm(), parts(make_template()), make_account()
    contact, challenge = make_contact(account), make_challenge(account)
    tries = [
        ("objective", {"owner_contact": contact}),
        ("playbook", {"is_shared": True, "co_owner": contact}),
        ("task", {"contacts": [contact]}),
        ("objective", {"challenges": [challenge]}),
        ("plan", {"challenges": [challenge]}),
    ]
    for kind, changes in tries:
        with pytest.raises(ValidationError):
            templates.template_update(actor=actor, record=there[kind], changes=changes)
    assert not TaskAssignment.objects.filter(contact=contact).exists()


def test_r_own_2_roles_and_pools_of_a_template_stay_words_and_nobody_is_told():
    actor, there = make_csm(), parts(make_template())
    make_account_role(make_account(), make_resource(email="jo@example.com"), role())
    pool = TeamPool.objects.create(name="Onboarding team")
    other = role("Executive Sponsor")
    changed = templates.template_update(
        actor=actor, record=there["task"], changes={"roles": [other], "pools": [pool]}
    )
    assert set(changed) == {"roles", "pools"}
    rows = TaskAssignment.objects.filter(task=there["task"])
    assert {(row.role, row.pool, row.resource) for row in rows} == {
        (other, None, None),
        (None, pool, None),
    }
    templates.template_update(actor=actor, record=there["playbook"], changes={"owner_role": other})
    there["playbook"].refresh_from_db()
    assert (there["playbook"].owner_role, there["playbook"].owner) == (other, None)
    assert not Notification.objects.exists()


def test_a_record_of_an_account_is_refused_by_the_library():
    actor, live = make_csm(), live_parts()
    for record in live.values():
        with pytest.raises(ValidationError, match="does not lie in a template"):
            templates.template_update(actor=actor, record=record, changes={"name": "N"})
        with pytest.raises(ValidationError, match="does not lie in a template"):
            templates.template_delete(actor=actor, template=record)
    with pytest.raises(ValidationError, match="belongs to an account"):
        templates.template_create(
            actor=actor, kind="task", values={"name": "N", "plan": live["plan"]}
        )
    with pytest.raises(ValidationError, match="lies in a template"):
        templates.template_create(actor=actor, kind="task", values={"name": "N"})


@pytest.mark.parametrize("kind", ["task", "kpi", "playbook", "objective"])
def test_one_record_of_a_template_is_deleted_with_what_lies_in_it(kind):
    template = make_template()
    there, before = parts(template), shelf()
    templates.template_delete(actor=make_csm(), template=there[kind])
    left = {
        "task": (1, 1, 1, 2),
        "kpi": (1, 0, 1, 3),
        "playbook": (1, 1, 0, 1),
        "objective": (0, 0, 0, 1),
    }[kind]
    models = (Objective, ObjectiveKpi, Playbook, PlaybookTask)
    assert tuple(model.objects.count() for model in models) == left
    assert SuccessPlan.objects.get() == template
    undo_services.undo(actor=make_csm(), done=history.finished())
    assert stamped_out(shelf()) == stamped_out(before)


def stamped_out(rows):
    return {
        model: [{k: v for k, v in row.items() if k not in STAMPS} for row in found]
        for model, found in rows.items()
    }


STAMPS = {"created_at", "updated_at", "last_progress_update"}


def deleted(children):
    template, actor = make_template(), make_csm()
    fill(template, children)
    task = PlaybookTask.objects.filter(plan=template).first()
    TaskPin.objects.create(user=actor, task=task)
    with CaptureQueriesContext(connection) as captured:
        templates.template_delete(actor=actor, template=template)
    assert not PlaybookTask.objects.exists()
    assert not TaskAssignment.objects.exists()
    return len(captured)


def test_a_template_is_deleted_in_as_many_statements_with_a_thousand_children():
    assert deleted(1) == deleted(1000)
