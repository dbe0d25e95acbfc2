"""Undo: what an operation changed is written back, all of it or nothing (architecture, section 4)."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import services as account_services
from apps.accounts.models import Account, AccountTag, AttributeValue
from apps.activities import services as activity_services
from apps.core import access, history, undo_selectors, undo_services
from apps.core.access import Refused
from apps.core.choices import Door, RowScope
from apps.core.history import operation
from apps.core.models import Organisation, Tag, Unit, User
from apps.core.permissions import permission_name
from apps.kpis import services as kpi_services
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives import services as objective_services
from apps.objectives.models import Objective, ObjectiveTag
from apps.plans import services as plan_services
from apps.plans.models import SuccessPlan
from apps.playbooks import services as playbook_services
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests import factories
from tests.factories import (
    make_account,
    make_activity,
    make_challenge,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)
from tests.pages import edit_data

pytestmark = pytest.mark.django_db

# The moment of creation is not in the history: it comes back to the second.
STAMP = {"created_at", "updated_at", "last_progress_update"}


def everything():
    """Every tracked row there is, field by field, without the stamp of its last change."""
    return {
        model._meta.label: {
            row.pop("id"): {name: value for name, value in row.items() if name not in STAMP}
            for row in model._base_manager.values()
        }
        for model in undo_selectors.tracked()
    }


def tree():
    """An account with one of everything that can hang on it."""
    account = make_account()
    day = dt.date(2026, 3, 1)
    plan = make_plan(account, start_date=day, end_date=day + dt.timedelta(90))
    objective = make_objective(plan, start_date=day)
    objective.tags.through.objects.create(objective=objective, tag=Tag.objects.create(label="T"))
    challenge = make_challenge(account)
    objective.challenges.through.objects.create(objective=objective, challenge=challenge)
    plan.challenges.through.objects.create(plan=plan, challenge=challenge)
    kpi = make_kpi(objective, baseline=1, current=2, target=3, measured_on=day)
    playbook = make_playbook(objective, start_date=day, end_date=day + dt.timedelta(30))
    task = make_task(playbook, start_date=day)
    TaskAssignment.objects.create(task=task, resource=make_resource())
    activity = make_activity(account=account, plan=plan, objective=objective, task=task, kpi=kpi)
    AccountTag.objects.create(account=account, tag=Tag.objects.get(label="T"))
    team = factories.make_account_role(account, make_resource())
    contact = factories.make_contact(account)
    return {
        "account": account,
        "plan": plan,
        "objective": objective,
        "kpi": kpi,
        "playbook": playbook,
        "task": task,
        "activity": activity,
        "challenge": challenge,
        "contact": contact,
        "team": team,
        "somebody": make_resource(),
        "elsewhere": make_account(),
    }


def create(actor, rows):
    account = rows["account"]
    with operation(actor):
        plan = plan_services.plan_create(
            actor=actor,
            values={"name": "New", "account": account, "challenges": [rows["challenge"]]},
        )
        objective = objective_services.objective_create(
            actor=actor, values={"name": "New", "plan": plan, "tags": list(Tag.objects.all()[:1])}
        )
        kpi_services.kpi_create(
            actor=actor, objective=objective, values={"title": "New", "baseline": 1, "target": 2}
        )
        playbook = playbook_services.playbook_create(
            actor=actor, values={"name": "New", "objective": objective}
        )
        playbook_services.task_create(
            actor=actor,
            values={"name": "New", "playbook": playbook, "resources": [rows["somebody"]]},
        )


def delete_task(actor, rows):
    playbook_services.task_delete(actor=actor, task=rows["task"])


def delete_plan(actor, rows):
    plan_services.plan_delete(actor=actor, plan=rows["plan"])


def delete_playbook(actor, rows):
    playbook_services.playbook_delete(actor=actor, playbook=rows["playbook"])


def delete_playbook_with_tasks(actor, rows):
    playbook_services.playbook_delete(actor=actor, playbook=rows["playbook"], with_tasks=True)


def delete_objective(actor, rows):
    with operation(actor):
        kpi_services.kpi_delete(actor=actor, kpi=rows["kpi"])
        objective_services.objective_delete(actor=actor, objective=rows["objective"])


def delete_kpi(actor, rows):
    kpi_services.kpi_delete(actor=actor, kpi=rows["kpi"])


def delete_activity(actor, rows):
    activity_services.activity_delete(actor=actor, activity=rows["activity"])


def delete_challenge(actor, rows):
    plan_services.challenge_delete(actor=actor, challenge=rows["challenge"])


def delete_contact(actor, rows):
    account_services.contact_delete(actor=actor, contact=rows["contact"])


def edit_everything(actor, rows):
    with operation(actor):
        account_services.account_update(
            actor=actor, account=rows["account"], changes={"name": "Other", "summary": "Words"}
        )
        plan_services.plan_update(
            actor=actor,
            plan=rows["plan"],
            changes={"name": "Other", "is_shared": True, "challenges": []},
        )
        objective_services.objective_update(
            actor=actor, objective=rows["objective"], changes={"name": "Other", "tags": []}
        )
        kpi_services.kpi_update(
            actor=actor, kpi=rows["kpi"], changes={"current": 3, "is_blocked": True}
        )
        playbook_services.playbook_update(
            actor=actor, playbook=rows["playbook"], changes={"stage": "on_hold"}
        )
        playbook_services.task_update(
            actor=actor,
            task=rows["task"],
            changes={"status": "completed", "resources": [rows["somebody"]]},
        )
        activity_services.activity_update(
            actor=actor, activity=rows["activity"], changes={"subject": "Other"}
        )


def move_objective(actor, rows):
    objective_services.objective_update(
        actor=actor,
        objective=rows["objective"],
        changes={"account": rows["elsewhere"], "plan": None},
    )


def move_playbook(actor, rows):
    playbook_services.playbook_update(
        actor=actor, playbook=rows["playbook"], changes={"objective": None, "plan": None}
    )


def move_plan(actor, rows):
    plan_services.plan_update(
        actor=actor, plan=rows["plan"], changes={"account": rows["elsewhere"]}
    )


def change_tags_and_team(actor, rows):
    with operation(actor):
        account_services.account_update(actor=actor, account=rows["account"], changes={"tags": []})
        account_services.account_role_remove(actor=actor, account_role=rows["team"])
        account_services.account_role_add(
            actor=actor,
            account=rows["account"],
            resource=rows["somebody"],
            role=rows["team"].role,
        )


DEEDS = [
    create,
    delete_task,
    delete_plan,
    delete_playbook,
    delete_playbook_with_tasks,
    delete_objective,
    delete_kpi,
    delete_activity,
    delete_challenge,
    delete_contact,
    edit_everything,
    move_objective,
    move_playbook,
    move_plan,
    change_tags_and_team,
]


def done(deed, actor, rows):
    """The operation in which a deed was done."""
    with history.through(Door.PAGE):
        deed(actor, rows)
    return history.finished()


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_undo_restores_field_by_field_ids_and_stamps_included(deed):
    actor, rows = make_csm(), tree()
    before, made = everything(), rows["kpi"].created_at
    operation_id = done(deed, actor, rows)
    changed = everything()
    assert changed != before
    undo_services.undo(actor=actor, done=operation_id)
    undone = history.finished()
    assert everything() == before
    assert abs(ObjectiveKpi.objects.get(pk=rows["kpi"].pk).created_at - made) < dt.timedelta(0, 9)
    # And through history: the way back is the way there turned round.
    there = {(c.model, c.pk): c for c in undo_selectors.operation_changes(operation_id)}
    back = {(c.model, c.pk): c for c in undo_selectors.operation_changes(undone)}
    assert there.keys() == back.keys()
    for key, change in there.items():
        if change.label == "update":
            assert {n: change.before[n] for n in change.changed} == {
                n: back[key].after[n] for n in back[key].changed
            }
        else:
            assert (dict(change.before), dict(change.after)) == (
                dict(back[key].after),
                dict(back[key].before),
            )
    doors = Objective.events.rel.related_model.objects.filter(pgh_operation=undone)
    assert {event.pgh_door for event in doors} <= {Door.UNDO}


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_an_undo_can_be_undone_and_nothing_twice(deed):
    actor, rows = make_csm(), tree()
    operation_id = done(deed, actor, rows)
    changed = everything()
    undo_services.undo(actor=actor, done=operation_id)
    undone = history.finished()
    before = everything()
    with pytest.raises(ValidationError, match="undone already"):
        undo_services.undo(actor=actor, done=operation_id)
    assert everything() == before
    undo_services.undo(actor=actor, done=undone)
    redone = everything()
    assert redone == changed


def test_a_value_trail_of_a_kpi_goes_on_through_deletion_and_undo():
    actor, rows = make_csm(), tree()
    kpi = rows["kpi"]
    trail = KpiValue.objects.filter(kpi_id=kpi.pk)
    assert trail.count() == 1
    operation_id = done(delete_kpi, actor, rows)
    assert trail.count() == 1
    undo_services.undo(actor=actor, done=operation_id)
    assert ObjectiveKpi.objects.get(pk=kpi.pk).number == kpi.number
    assert trail.count() == 2
    assert set(trail.values_list("door", flat=True)) >= {Door.UNDO}


def refused(actor, operation_id, words):
    """Undoing is refused with these words, and nothing is changed."""
    before = everything()
    with pytest.raises((ValidationError, Refused)) as caught:
        undo_services.undo(actor=actor, done=operation_id)
    said = " ".join(getattr(caught.value, "messages", [str(caught.value)]))
    assert words in said, said
    assert everything() == before
    assert undo_services.undo_problem(actor=actor, done=operation_id) == said
    assert everything() == before


def test_refused_when_a_touched_field_was_changed_since_but_not_for_another_field():
    actor, rows = make_csm(), tree()
    objective = rows["objective"]
    operation_id = done(edit_everything, actor, rows)
    Objective.objects.filter(pk=objective.pk).update(description="Somebody else's words")
    Objective.objects.filter(pk=objective.pk).update(name="Third")
    refused(actor, operation_id, "Name of “Other” was changed since")
    Objective.objects.filter(pk=objective.pk).update(name="Other")
    undo_services.undo(actor=actor, done=operation_id)
    stored = Objective.objects.get(pk=objective.pk)
    assert (stored.name, stored.description) == (objective.name, "Somebody else's words")


def test_refused_when_a_record_is_gone():
    actor, rows = make_csm(), tree()
    operation_id = done(edit_everything, actor, rows)
    rows["activity"].delete()
    refused(actor, operation_id, "“Other” was deleted since")


def test_refused_when_what_was_made_was_changed_or_used_since():
    actor, rows = make_csm(), tree()
    operation_id = done(create, actor, rows)
    playbook = Playbook.objects.get(name="New")
    task = make_task(playbook, name="Later work")
    refused(actor, operation_id, "“Later work” belongs to “New” by now")
    task.delete()
    Playbook.objects.filter(pk=playbook.pk).update(description="Words")
    refused(actor, operation_id, "Description of “New” was changed since")


def test_refused_when_what_it_belonged_to_was_deleted_since():
    actor, rows = make_csm(), tree()
    rows["objective"].activities.all().delete()
    operation_id = done(delete_kpi, actor, rows)
    rows["objective"].delete()
    refused(actor, operation_id, "cannot be as before")


@pytest.mark.parametrize(
    ("deed", "what"),
    [(create, "delete"), (delete_plan, "create"), (edit_everything, "edit")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_refused_without_the_permission_for_the_way_back(deed, what):
    actor, rows = make_csm(), tree()
    operation_id = done(deed, actor, rows)
    participant = make_participant()
    reasons = [access.may(participant, f"{r}.{what}").reason for r in ("account", "kpi", "plan")]
    before = everything()
    with pytest.raises(Refused) as caught:
        undo_services.undo(actor=participant, done=operation_id)
    assert str(caught.value) in reasons
    assert everything() == before


def test_refused_for_records_that_the_person_may_not_see():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    actor, rows = make_csm(), tree()
    factories.make_account_role(rows["account"], actor.resource)
    operation_id = done(delete_task, actor, rows)
    stranger = make_csm()
    refused(stranger, operation_id, "may not see")
    assert undo_services.undo_problem(actor=actor, done=operation_id) == ""


def test_what_lies_in_a_template_needs_the_permission_for_templates():
    actor = make_csm()
    template = SuccessPlan.objects.create(name="Template", is_template=True)
    with operation(actor):
        SuccessPlan.objects.filter(pk=template.pk).update(name="Other")
    operation_id = history.finished()
    participant = make_participant()
    refused(participant, operation_id, "may not see")
    undo_services.undo(actor=actor, done=operation_id)
    template.refresh_from_db()
    assert template.name == "Template"


def with_permissions(*names):
    """A person who has just these permissions and those to see."""
    person = factories.make_user(group=None)
    models = [
        "account",
        "plan",
        "objective",
        "kpi",
        "playbook",
        "task",
        "activity",
        "contact",
        "challenge",
    ]
    for name in (*names, *(f"{model}.view" for model in models)):
        app, codename = permission_name(*name.split(".")).split(".")
        person.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize(
    ("deed", "needed"),
    [
        ("share", {"plan.edit", "plan.share"}),
        ("delete_shared", {"playbook.create", "playbook.share"}),
        ("tag", {"objective.edit", "tag.use"}),
        ("team", {"account_role.edit"}),
        ("link", {"plan.edit"}),
    ],
)
def test_each_way_back_needs_just_its_permissions(deed, needed):
    csm, rows = make_csm(), tree()

    def write(actor, rows):
        with operation(actor):
            if deed == "share":
                SuccessPlan.objects.filter(pk=rows["plan"].pk).update(is_shared=True)
            elif deed == "delete_shared":
                rows["lonely"].delete()
            elif deed == "tag":
                rows["objective"].tag_links.all().delete()
            elif deed == "team":
                rows["team"].delete()
            else:
                rows["plan"].challenge_links.all().delete()

    rows["lonely"] = make_playbook(account=rows["account"], is_shared=True)
    operation_id = done(write, csm, rows)
    for missing in sorted(needed):
        person = with_permissions(*(needed - {missing}))
        refused(person, operation_id, "permission set does not let you")
    undo_services.undo(actor=with_permissions(*needed), done=operation_id)


def test_a_reading_is_taken_back_by_whoever_may_record_one_and_by_nobody_else(client):
    csm, rows = make_csm(), tree()
    attribute = factories.make_attribute()
    client.force_login(csm)
    url = reverse("accounts:reading-add", args=[rows["account"].pk])
    answer = client.post(
        url, {"definition": attribute.pk, "value": "5", "measured_on": "2026-01-05"}
    )
    page = client.get(answer.url).content.decode()
    assert "was recorded" in page and "notice-undo" in page
    operation_id = _operation_of(AttributeValue.objects.get())
    refused(make_participant(), operation_id, "permission set does not let you")
    undo_services.undo(actor=csm, done=operation_id)
    assert not AttributeValue.objects.exists()


def test_set_up_needs_the_permissions_of_the_administration():
    administrator = factories.make_administrator()
    unit = Unit.objects.create(label="Barrels")
    with operation(administrator):
        Unit.objects.filter(pk=unit.pk).update(label="Casks")
    operation_id = history.finished()
    refused(make_csm(), operation_id, "You may not edit units")
    undo_services.undo(actor=administrator, done=operation_id)
    unit.refresh_from_db()
    assert unit.label == "Barrels"


def test_a_user_without_a_password_does_not_come_back():
    root = factories.make_user(group=None, is_superuser=True)
    person = factories.make_user()
    with operation(root):
        person.delete()
    refused(root, history.finished(), "the history keeps no password")


def test_r_vis_1_a_refusal_names_nothing_that_the_person_may_not_see():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    actor = make_csm()
    with operation(actor):
        template = SuccessPlan.objects.create(name="Template", is_template=True)
    operation_id = history.finished()
    make_plan(make_account(), name="Secret", created_from=template)
    refused(actor, operation_id, "Something that you may not see belongs to “Template”")


def test_r_vis_1_what_is_deleted_is_seen_by_those_who_saw_it():
    actor, other, participant = make_csm(), make_csm(), make_participant()
    private = make_activity(author=actor, subject="Private")
    template = SuccessPlan.objects.create(name="Template", is_template=True)
    for record, sees, sees_not in ((private, actor, other), (template, other, participant)):
        with operation(actor):
            type(record).objects.filter(pk=record.pk).delete()
        changes = undo_selectors.operation_changes(history.finished())
        assert undo_selectors.seen(sees, changes)
        assert not undo_selectors.seen(sees_not, changes)


def test_nothing_to_undo_is_said():
    actor = make_csm()
    with operation(actor):
        pass
    refused(actor, history.finished(), "nothing to undo")


def statements(number):
    actor, account = make_csm(), make_account()
    objective = make_objective(account=account)
    playbook = make_playbook(objective)
    for _ in range(number):
        make_task(playbook)
    operation_id = done(
        lambda actor, rows: playbook_services.playbook_delete(
            actor=actor, playbook=playbook, with_tasks=True
        ),
        actor,
        {},
    )
    with CaptureQueriesContext(connection) as captured:
        undo_services.undo(actor=actor, done=operation_id)
    assert PlaybookTask.objects.filter(playbook=playbook).count() == number
    return len(captured)


def test_as_many_statements_for_500_records_as_for_1():
    assert statements(1) == statements(500)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_undo_at_once_undo_it_once():
    actor, rows = make_csm(), tree()
    operation_id = done(edit_everything, actor, rows)
    barrier = Barrier(2)

    def go(_):
        try:
            barrier.wait(timeout=10)
            undo_services.undo(actor=actor, done=operation_id)
        except ValidationError:
            return "refused"
        finally:
            connection.close()
        return "undone"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == ["refused", "undone"]


# Pages --------------------------------------------------------------------------------------------
def test_the_page_of_an_operation_names_what_changed_and_offers_the_way_back(client):
    actor, rows = make_csm(), tree()
    operation_id = done(edit_everything, actor, rows)
    client.force_login(actor)
    page = client.get(reverse("core:operation", args=[operation_id])).content.decode()
    assert rows["plan"].name in page
    assert "Other" in page
    assert "Objective tags removed" in page
    assert "Task assignments added" in page
    assert reverse("core:undo", args=[operation_id]) in page
    tab = client.get(reverse("objectives:detail", args=[rows["objective"].pk]) + "?tab=history")
    assert reverse("core:operation", args=[operation_id]) in tab.content.decode()
    response = client.post(reverse("core:undo", args=[operation_id]), {"next": "/plans/"})
    assert response.url == "/plans/"
    rows["objective"].refresh_from_db()
    assert rows["objective"].name != "Other"
    again = client.get(reverse("core:operation", args=[operation_id])).content.decode()
    assert "This cannot be undone" in again


def test_a_saved_form_offers_undo_in_its_message_and_leads_back(client):
    actor = make_csm()
    client.force_login(actor)
    account = make_account()
    url = reverse("plans:create")
    response = client.post(url, edit_data(client, url, name="Made", account=account.pk))
    plan = SuccessPlan.objects.get(name="Made")
    page = client.get(response.url).content.decode()
    form = f'action="{reverse("core:undo", args=[_operation_of(plan)])}"'
    assert form in page
    here = reverse("plans:detail", args=[plan.pk])
    undone = client.post(reverse("core:undo", args=[_operation_of(plan)]), {"next": here})
    assert undone.url == reverse("plans:list")
    assert not SuccessPlan.objects.filter(pk=plan.pk).exists()


def _operation_of(record):
    return (
        type(record).events.rel.related_model.objects.filter(pgh_obj_id=record.pk)[0].pgh_operation
    )


def test_undo_is_offered_to_those_who_may_only(client):
    account, participant = make_account(), make_participant()
    for person, offered in ((participant, False), (make_csm(), True)):
        client.force_login(person)
        url = reverse("objectives:create")
        data = edit_data(client, url, name=f"Of {person}", account=account.pk)
        page = client.get(client.post(url, data).url).content.decode()
        assert "was created" in page
        assert ("notice-undo" in page) is offered


def test_after_an_undo_the_message_offers_to_do_it_again(client):
    actor, rows = make_csm(), tree()
    operation_id = done(delete_task, actor, rows)
    client.force_login(actor)
    pressed = "Undo"
    for said, label in (("Undone: ", "Redo"), ("Done again: ", "Undo"), ("Undone: ", "Redo")):
        data = {"next": "/tasks/", "as": pressed}
        answer = client.post(reverse("core:undo", args=[operation_id]), data)
        page = client.get(answer.url).content.decode()
        assert said in page
        address, button = re.search(
            r'action="([^"]+)" class="notice-undo">.*?<button[^>]*>(\w+)</button>', page
        ).groups()
        assert button == label
        pressed = label
        operation_id = address.split("/")[2]
        about = client.get(reverse("core:operation", args=[operation_id])).content.decode()
        assert "This cannot be undone" not in about


def test_a_form_that_changed_nothing_offers_no_undo(client):
    actor = make_csm()
    client.force_login(actor)
    plan = make_plan()
    url = reverse("plans:edit", args=[plan.pk])
    page = client.get(client.post(url, edit_data(client, url)).url).content.decode()
    assert "was left as it is" in page
    assert "notice-undo" not in page


def test_an_operation_that_one_may_not_see_does_not_exist(client):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    actor, rows = make_csm(), tree()
    operation_id = done(delete_plan, actor, rows)
    client.force_login(make_csm())
    assert client.get(reverse("core:operation", args=[operation_id])).status_code == 404
    assert client.post(reverse("core:undo", args=[operation_id])).status_code == 404
    nothing = "00000000-0000-4000-8000-000000000000"
    assert client.get(reverse("core:operation", args=[nothing])).status_code == 404


def test_only_tracked_records_are_known_parents_first():
    order = undo_selectors.tracked()
    assert order.index(Account) < order.index(SuccessPlan) < order.index(Objective)
    assert order.index(Objective) < order.index(ObjectiveTag)
    assert KpiValue not in order
