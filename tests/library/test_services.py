"""Records from templates and templates from records (R-TPL-1 to R-TPL-8)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.choices import ResourceKind
from apps.accounts.models import TeamPool
from apps.core import access, history, undo_services
from apps.core.access import Refused
from apps.core.choices import RowScope
from apps.core.models import Notification, Organisation, Tag, Unit
from apps.kpis.models import ObjectiveKpi
from apps.library import selectors, services, tasks, template_services
from apps.library.models import Draft
from apps.library.rules import Node
from apps.objectives.models import Objective, ObjectiveTag
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests.factories import (
    make_account,
    make_account_role,
    make_challenge,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)
from tests.library.trees import days, fill, keyed, make_template, role

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 2)


def use(source, account, actor=None, *, kind="plan", values=None, **more):
    return services.create_from(
        actor=actor or make_csm(),
        kind=kind,
        source=source,
        account=account,
        values=values or {},
        **{"start": TODAY, "first_start": TODAY} | more,
    )


def test_r_tpl_2_a_plan_brings_all_that_lies_in_its_template_to_the_account():
    account, template = make_account(), make_template()
    holder = make_resource()
    make_account_role(account, holder, role())
    made = use(template, account, values={"name": "Acme goes live"})
    plan = made.record
    assert made.counts == {"plan": 1, "objective": 1, "kpi": 1, "playbook": 1, "task": 3}
    assert (plan.name, plan.account, plan.created_from) == ("Acme goes live", account, template)
    assert (plan.start_date, plan.end_date) == (TODAY, TODAY + dt.timedelta(90))
    for model in (Objective, Playbook, PlaybookTask):
        rows = model.objects.filter(plan=plan)
        assert rows.exists()
        assert {row.account_id for row in rows} == {account.pk}
    assert not SuccessPlan.objects.get(pk=plan.pk).in_template


def test_r_tpl_5_the_copy_starts_fresh():
    template = make_template(is_shared=True, status="completed")
    Objective.objects.filter(plan=template).update(is_external=True)
    Playbook.objects.filter(plan=template).update(is_shared=True, stage="completed", status="red")
    PlaybookTask.objects.filter(plan=template).update(
        status="completed", percent_complete=100, completed_at=dt.datetime.now(dt.UTC)
    )
    ObjectiveKpi.objects.filter(objective__plan=template).update(is_blocked=True, is_external=True)
    plan = use(template, make_account()).record
    plan.refresh_from_db()
    assert (plan.status, plan.is_template, plan.is_shared) == ("active", False, False)
    objective = plan.objectives.get()
    assert (objective.status.kind, objective.is_external) == ("not_started", False)
    kpi = objective.kpis.get()
    assert (kpi.current, kpi.is_blocked, kpi.is_external) == (Decimal(10), False, False)
    assert (kpi.unit.label, kpi.target_date) == ("Quantity", TODAY + dt.timedelta(30))
    playbook = plan.playbooks.get()
    assert (playbook.stage, playbook.status, playbook.is_shared) == ("planned", "green", False)
    for task in plan.tasks.all():
        assert (task.status, task.percent_complete, task.completed_at) == ("planned", 0, None)


def test_r_own_2_a_role_is_resolved_on_the_account_and_nobody_is_said():
    account, template = make_account(), make_template()
    made = use(template, account)
    assert made.record.owner is None
    assert made.record.owner_role == role()
    assert made.unheld == [f"Nobody is {role()} at {account}."]
    assert TaskAssignment.objects.filter(task__plan=made.record, role=role()).count() == 2
    holder = make_resource()
    make_account_role(account, holder, role())
    made = use(template, account)
    assert (made.record.owner, made.record.owner_role, made.unheld) == (holder, role(), [])
    assert TaskAssignment.objects.filter(task__plan=made.record, resource=holder).count() == 2


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"is_active": False}, "no longer active"), ({"kind": ResourceKind.PSA}, "PSA resource")],
)
def test_r_tpl_5_a_resource_that_cannot_be_allocated_is_left_out_and_named(fields, word):
    gone = make_resource(name="Jo Gone", **fields)
    template = make_template(owner=gone, owner_role=None)
    task = PlaybookTask.objects.filter(plan=template)[0]
    TaskAssignment.objects.create(task=task, resource=gone)
    made = use(template, make_account())
    assert made.record.owner is None
    assert not TaskAssignment.objects.filter(task__plan=made.record, resource=gone).exists()
    (said,) = made.left_out
    assert "Jo Gone" in said
    assert word in said


def test_r_tpl_3_a_playbook_unticked_but_its_task_kept_hangs_on_the_objective():
    template = make_template()
    edits = {
        keyed(template, "Kick-off"): {"keep": False},
        keyed(template, "Task 2"): {"keep": False},
    }
    plan = use(template, make_account(), edits=edits).record
    assert not plan.playbooks.exists()
    task = plan.tasks.get(name="Task 1")
    assert (task.playbook, task.objective.name) == (None, "Go live")
    assert set(plan.tasks.values_list("name", flat=True)) == {"Task 1", "One-off"}


def test_r_tpl_3_an_objective_unticked_but_its_playbook_kept_hangs_on_the_plan_without_kpis():
    template = make_template()
    made = use(template, make_account(), edits={keyed(template, "Go live"): {"keep": False}})
    playbook = made.record.playbooks.get()
    assert (playbook.objective, playbook.plan) == (None, made.record)
    assert playbook.tasks.count() == 2
    assert made.counts["kpi"] == made.counts["objective"] == 0
    assert not made.record.objectives.exists()


def test_r_tpl_2_a_template_without_children_is_one_record():
    template = SuccessPlan.objects.create(name="Bare", is_template=True)
    made = use(template, make_account())
    assert made.counts == {"plan": 1, "objective": 0, "kpi": 0, "playbook": 0, "task": 0}
    assert (made.record.start_date, made.record.end_date) == (TODAY, None)


def test_r_tpl_1_a_template_of_a_template_and_a_plan_from_it():
    actor, template = make_csm(), make_template()
    second = services.save_as_template(actor=actor, record=template, name="Second")
    assert (second.is_template, second.account, second.created_from) == (True, None, template)
    assert Objective.objects.get(plan=second).account is None
    made = use(second, make_account(), actor)
    assert made.record.created_from == second
    assert made.counts["task"] == 3
    assert [card.record.name for card in selectors.library(actor, "plan")][0] == "Second"


def test_an_account_in_another_currency_keeps_the_units_and_says_so():
    template = make_template()
    usd, eur = Unit.objects.get(label="USD"), Unit.objects.get(label="EUR")
    ObjectiveKpi.objects.filter(objective__plan=template).update(unit=usd)
    made = use(template, make_account(currency=eur))
    assert made.record.objectives.get().kpis.get().unit == usd
    assert made.notes == ["KPIs in USD stay in that currency."]
    assert "KPIs in USD stay" in made.sentence


def test_r_tpl_1_saving_a_live_plan_keeps_roles_and_dates_and_no_account():
    actor, account = make_csm(), make_account()
    plan = make_plan(account, start_date=days(0), owner=actor.resource, owner_role=role())
    objective = make_objective(plan, owner_contact=make_contact(account))
    make_kpi(objective, baseline=1, current=5, target=9)
    task = make_task(make_playbook(objective, start_date=days(0)), status="completed")
    TaskAssignment.objects.create(task=task, contact=make_contact(account))
    template = services.save_as_template(actor=actor, record=plan, name="As done")
    assert (template.start_date, template.owner_role, template.account) == (days(0), role(), None)
    kept = Objective.objects.get(plan=template)
    assert (kept.account, kept.owner_contact, kept.kpis.get().current) == (None, None, 1)
    # The library is open to people who do not see the account.
    assert (template.created_from, kept.created_from) == (None, None)
    copied = PlaybookTask.objects.get(plan=template)
    assert (copied.status, copied.assignments.count()) == ("planned", 0)
    assert not Notification.objects.exists()


def test_r_tpl_7_what_happens_on_the_account_leaves_the_template_alone():
    template = make_template()
    plan = use(template, make_account()).record
    before = list(PlaybookTask.objects.filter(plan=template).values())
    plan.tasks.all().delete()
    plan.playbooks.update(name="Other")
    assert list(PlaybookTask.objects.filter(plan=template).values()) == before


def test_r_tpl_8_a_live_playbook_is_cloned_to_another_objective():
    actor, account = make_csm(), make_account()
    objective = make_objective(account=account)
    playbook = make_playbook(make_objective(account=account), start_date=days(0))
    task = make_task(playbook, start_date=days(2), status="completed")
    contact = make_contact(account)
    TaskAssignment.objects.create(task=task, contact=contact)
    made = use(playbook, account, actor, kind="playbook", objective=objective)
    assert (made.record.objective, made.record.created_from) == (objective, playbook)
    copy = made.record.tasks.get()
    assert (copy.start_date, copy.status) == (TODAY + dt.timedelta(2), "planned")
    assert copy.assignments.get().contact == contact
    elsewhere = use(playbook, make_account(), actor, kind="playbook")
    assert not elsewhere.record.tasks.get().assignments.exists()
    assert elsewhere.left_out == [f"{contact} is a contact of another account. Left out."]
    contact.is_active = False
    contact.save()
    later = use(playbook, account, actor, kind="playbook")
    assert not later.record.tasks.get().assignments.exists()
    assert later.left_out == [f"{contact} has left the company. Left out."]


def test_r_vis_1_a_contact_that_the_source_does_not_name_is_not_told_of():
    template, stranger = make_template(), make_contact(make_account(), name="Secret Name")
    task = keyed(template, "Task 1")
    with pytest.raises(ValidationError) as caught:
        use(template, make_account(), edits={task: {"people": [f"contact-{stranger.pk}"]}})
    assert caught.value.message_dict == {task: ["Who was chosen is gone by now."]}


def test_only_templates_and_live_playbooks_are_copied():
    actor, account, template = make_csm(), make_account(), make_template()
    for source, kind in (
        (make_plan(account), "plan"),
        (make_objective(account=account), "objective"),
        (Objective.objects.get(plan=template), "objective"),
        (template, "playbook"),
    ):
        before = type(source).objects.count()
        with pytest.raises(ValidationError, match="is not in the library any more"):
            use(source, account, actor, kind=kind)
        assert type(source).objects.count() == before


def test_r_vis_1_a_playbook_of_an_account_that_one_does_not_see_is_not_cloned():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    actor, account, playbook = make_csm(), make_account(), make_playbook(account=make_account())
    make_account_role(account, actor.resource, role())
    with pytest.raises(ValidationError, match="is not in the library any more"):
        use(playbook, account, actor, kind="playbook")
    assert not Playbook.objects.filter(account=account).exists()
    make_account_role(playbook.account, actor.resource, role())
    seeing = type(actor).objects.get(pk=actor.pk)
    assert use(playbook, account, seeing, kind="playbook").record.account == account


def test_a_template_that_changed_meanwhile_takes_no_added_task_along():
    template = make_template()
    added = [Node("task-new-1", "task", "playbook-999999", "")]
    made = use(
        template,
        make_account(),
        edits={"task-new-1": {"name": "Still mine"}, "task-999999": {"keep": False}},
        added=added,
    )
    task = made.record.tasks.get(name="Still mine")
    assert (task.playbook, task.objective) == (None, None)


def test_edits_kpis_added_tasks_and_challenges_are_made_with_it():
    actor, account, template = make_csm(), make_account(), make_template()
    kpi = ObjectiveKpi.objects.get(objective__plan=template)
    objective, playbook = keyed(template, "Go live"), keyed(template, "Kick-off")
    person, challenge = make_resource(), make_challenge(account)
    made = use(
        template,
        account,
        actor,
        values={"challenges": [challenge], "new_challenges": [{"title": "New one"}]},
        edits={
            objective: {"name": "Go live soon", "owner": f"resource-{person.pk}"},
            "task-new-1": {"name": "Added", "people": [f"resource-{person.pk}"]},
        },
        kpi_edits={
            f"kpi-{kpi.pk}": {"keep": False},
            "new-1": {"objective": objective, "title": "Tickets", "baseline": 9, "target": 3},
        },
        added=[Node("task-new-1", "task", playbook, "")],
    )
    stored = made.record.objectives.get()
    assert (stored.name, stored.owner) == ("Go live soon", person)
    added = stored.kpis.get()
    assert (added.title, added.current, added.direction) == ("Tickets", 9, "lower")
    task = PlaybookTask.objects.get(name="Added")
    assert (task.playbook.plan, task.assignments.get().resource) == (made.record, person)
    assert {c.title for c in made.record.challenges.all()} == {challenge.title, "New one"}


@pytest.mark.parametrize(
    ("edits", "kpi_edits", "row"),
    [
        ({"Task 1": {"end": days(99)}}, {}, "Task 1"),
        ({"Task 1": {"name": " "}}, {}, "Task 1"),
        ({"Task 1": {"name": "N" * 201}}, {}, "Task 1"),
        ({"Kick-off": {"owner": "contact-1"}}, {}, "Kick-off"),
        ({"Kick-off": {"owner": "resource-99999"}}, {}, "Kick-off"),
        ({}, {"new-1": {"title": "", "objective": "Go live"}}, "new-1"),
        (
            {},
            {"new-1": {"title": "T", "objective": "Go live", "target": Decimal(10) ** 15}},
            "new-1",
        ),
        (
            {},
            {
                "new-1": {
                    "title": "T",
                    "objective": "Go live",
                    "baseline": 1,
                    "target": 5,
                    "direction": "lower",
                }
            },
            "new-1",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said_beside_it_and_nothing_is_made(edits, kpi_edits, row):
    template, account = make_template(), make_account()
    keys = {name: keyed(template, name) for name in ("Task 1", "Kick-off", "Go live")}
    named = {keys.get(name, name): edit for name, edit in edits.items()}
    for edit in kpi_edits.values():
        edit["objective"] = keys["Go live"]
    with pytest.raises(ValidationError) as caught:
        use(template, account, start=days(0), edits=named, kpi_edits=kpi_edits)
    assert set(caught.value.message_dict) == {keys.get(row, row)}
    assert not SuccessPlan.objects.filter(account=account).exists()
    assert not Objective.objects.filter(account=account).exists()


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
def test_participants_cannot_create_from_templates_nor_save_them(kind):
    participant, template, account = make_participant(), make_template(), make_account()
    source = {
        "plan": template,
        "objective": Objective.objects.get(plan=template),
        "playbook": Playbook.objects.get(plan=template),
    }[kind]
    reason = access.may(participant, f"{kind}.create_from_template").reason
    assert reason
    with pytest.raises(Refused, match=reason):
        use(source, account, participant, kind=kind)
    for write in (
        lambda: services.save_as_template(actor=participant, record=source, name="N"),
        lambda: template_services.template_delete(actor=participant, template=source),
        lambda: services.draft_create(actor=participant, kind=kind, source=source.pk, data={}),
    ):
        with pytest.raises(Refused):
            write()
    assert not SuccessPlan.objects.filter(account=account).exists()
    assert not Draft.objects.exists()


def test_r_vis_1_an_account_that_one_does_not_see_gets_nothing():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    account = make_account()
    with pytest.raises(ValidationError):
        use(make_template(), account)
    assert not SuccessPlan.objects.filter(account=account).exists()


def test_r_obj_1_a_parent_of_another_account_is_refused():
    template = make_template()
    objective = Objective.objects.get(plan=template)
    with pytest.raises(ValidationError) as caught:
        use(objective, make_account(), kind="objective", plan=make_plan())
    assert set(caught.value.message_dict) == {"plan"}


def statements(children):
    account, template = make_account(), make_template()
    make_account_role(account, make_resource(email="a@example.com"), role())
    fill(template, children)
    actor = make_csm()
    with CaptureQueriesContext(connection) as captured:
        made = use(template, account, actor)
    assert made.counts["task"] == children + 3
    assert TaskAssignment.objects.filter(task__plan=made.record).count() == children + 2
    return asked(captured)


def asked(captured):
    """How many statements; that the test's own transaction makes another a savepoint is none."""
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)


def test_r_tpl_6_a_thousand_children_take_at_most_30_statements_and_as_many_as_a_few():
    small, large = statements(1), statements(1000)
    assert small == large <= 30


def test_r_tpl_6_all_that_a_template_can_have_takes_at_most_30_statements_too():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    actor, account, template = make_csm(), make_account(), make_template()
    make_account_role(account, actor.resource, role())
    fill(template, 20)
    doer, pool = make_resource(email="jo@example.com"), TeamPool.objects.create(name="Pool")
    objective, tag = Objective.objects.get(plan=template), Tag.objects.get(label="Quick win")
    ObjectiveTag.objects.create(objective=objective, tag=tag)
    for task in PlaybookTask.objects.filter(plan=template):
        TaskAssignment.objects.create(task=task, resource=doer)
        TaskAssignment.objects.create(task=task, pool=pool)
    actor = type(actor).objects.get(pk=actor.pk)
    challenge = make_challenge(account)
    with CaptureQueriesContext(connection) as captured:
        made = use(template, account, actor, values={"challenges": [challenge]})
    assert made.counts["task"] == 23
    assert list(made.record.challenges.all()) == [challenge]
    assert asked(captured) <= 30


def test_an_allocated_resource_is_told_once_for_all_of_it():
    account, template = make_account(), make_template()
    holder = make_csm()
    make_account_role(account, holder.resource, role())
    use(template, account)
    (told,) = Notification.objects.all()
    assert told.user == holder
    assert "1 success plan and 2 tasks" in told.text
    use(template, account, holder)
    assert Notification.objects.count() == 1


def test_undo_removes_exactly_what_was_made():
    actor, account, template = make_csm(), make_account(), make_template()
    counts = {m: m.objects.count() for m in (SuccessPlan, Objective, ObjectiveKpi, PlaybookTask)}
    use(template, account, actor)
    undo_services.undo(actor=actor, done=history.finished())
    assert {m: m.objects.count() for m in counts} == counts


def test_deleting_a_template_deletes_what_lies_in_it_and_keeps_what_was_made():
    actor, template = make_csm(), make_template()
    made = use(template, make_account(), actor)
    template_services.template_delete(actor=actor, template=template)
    done = history.finished()
    assert not SuccessPlan.objects.filter(account=None).exists()
    assert not PlaybookTask.objects.filter(account=None).exists()
    made.record.refresh_from_db()
    assert made.record.created_from is None
    assert made.record.tasks.count() == 3
    undo_services.undo(actor=actor, done=done)
    made.record.refresh_from_db()
    assert made.record.created_from == SuccessPlan.objects.get(account=None)
    assert PlaybookTask.objects.filter(account=None).count() == 3


def test_drafts_are_their_makers_own():
    actor, template = make_csm(), make_template()
    draft = services.draft_create(actor=actor, kind="plan", source=template.pk, data={"a": 1})
    services.draft_update(actor=actor, draft=draft, data={"a": 2})
    assert [(d.data, name) for d, name in selectors.drafts(actor)] == [({"a": 2}, template.name)]
    other = make_csm()
    assert selectors.drafts(other) == []
    for write in (
        lambda: services.draft_update(actor=other, draft=draft, data={}),
        lambda: services.draft_discard(actor=other, draft=draft),
    ):
        with pytest.raises(ValidationError):
            write()
    services.draft_discard(actor=actor, draft=draft)
    assert not Draft.objects.exists()


def test_only_drafts_that_can_go_on_are_listed():
    actor, template, plan = make_csm(), make_template(), make_plan()
    playbook, other = make_playbook(account=plan.account), make_template("Other")
    sources = [("plan", template), ("plan", plan), ("plan", other), ("playbook", playbook)]
    for kind, source in sources:
        services.draft_create(actor=actor, kind=kind, source=source.pk, data={})
    template_services.template_delete(actor=actor, template=other)
    listed = [(draft.kind, name) for draft, name in selectors.drafts(actor)]
    assert listed == [("playbook", playbook.name), ("plan", template.name)]


def test_drafts_that_nobody_came_back_to_are_thrown_away_at_night():
    actor, template = make_csm(), make_template()
    kept, old = (
        services.draft_create(actor=actor, kind="plan", source=template.pk, data={})
        for _ in range(2)
    )
    long_ago = timezone.now() - dt.timedelta(days=31)
    Draft.objects.filter(pk=old.pk).update(updated_at=long_ago)
    tasks.purge(timestamp=0)
    assert list(Draft.objects.all()) == [kept]


def test_the_library_tells_uses_counts_and_who_changed_it_last():
    actor, template = make_csm(), make_template()
    use(template, make_account(), actor)
    with history.operation(actor):
        PlaybookTask.objects.filter(plan=template, name="Task 1").update(name="First")
    (card,) = selectors.library(actor, "plan")
    assert (card.uses, card.changed_by, card.days) == (1, str(actor), 90)
    assert card.counts == {"objective": 1, "kpi": 1, "playbook": 1, "task": 3}
    other = make_csm()
    with history.operation(other):
        ObjectiveKpi.objects.filter(objective__plan=template).update(title="Users")
    # What a person did tells more than what happened by itself.
    PlaybookTask.objects.filter(plan=template).update(priority="high")
    (card,) = selectors.library(actor, "plan")
    assert card.changed_by == str(other)
    assert [c.record for c in selectors.library(actor, "plan", "first")] == [template]
    assert selectors.library(actor, "plan", "nothing") == []
    assert selectors.library(make_participant()) == []
