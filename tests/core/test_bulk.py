"""Many rows at once: what is selected, what is shown, what is done, and what is never touched."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AccountRole
from apps.core import undo_services
from apps.core.bulk_rules import MOST
from apps.core.history import finished
from apps.core.models import Notification, Organisation, Tag
from apps.objectives.bulk_services import objectives_change
from apps.objectives.models import Objective, ObjectiveStatus, ObjectiveTag
from apps.plans.models import SuccessPlan
from apps.playbooks.bulk_services import tasks_change, tasks_remove
from apps.playbooks.models import PlaybookTask, TaskAssignment
from tests.factories import (
    make_account,
    make_account_role,
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

pytestmark = pytest.mark.django_db
START, END = dt.date(2026, 3, 2), dt.date(2026, 6, 26)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def plan():
    return make_plan(make_account(name="Acme"), start_date=START, end_date=END)


def objectives(plan, number, **values):
    return [make_objective(plan, name=f"Goal {place}", **values) for place in range(number)]


def confirmed(response):
    return re.search(r'name="confirmed" value="(\w+)"', response.content.decode())[1]


def preview(client, address, **data):
    return client.post(address, {"step": "preview", **data})


def test_ticked_rows_change_after_a_preview_and_one_undo_brings_all_back(client, csm, plan):
    rows = objectives(plan, 4, priority="low")
    ids = [row.pk for row in rows[:3]]
    data = {"row": ids, "set": ["priority"], "priority": "high"}
    shown = preview(client, "/objectives/bulk-edit/", **data)
    assert "3 will change" in shown.content.decode()
    assert Objective.objects.filter(priority="high").count() == 0
    done = client.post(
        "/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": confirmed(shown)}
    )
    assert done.status_code == 302
    assert set(Objective.objects.filter(priority="high").values_list("pk", flat=True)) == set(ids)
    said = client.get("/objectives/").content.decode()
    assert "3 objectives were changed." in said
    undo = re.search(r'action="(/history/[\w-]+/undo/)"', said)[1]
    client.post(undo)
    assert Objective.objects.filter(priority="low").count() == 4


def test_a_preview_names_the_account_of_each_record_for_many_are_called_alike(client, csm):
    for name in ("Northwind", "Contoso"):
        make_objective(make_plan(make_account(name=name)), name="Go live", priority="low")
    ids = list(Objective.objects.values_list("pk", flat=True))
    data = {"row": ids, "set": ["priority"], "priority": "high"}
    for address, asked in (("bulk-edit", data), ("bulk-delete", {"row": ids})):
        page = BeautifulSoup(
            preview(client, f"/objectives/{address}/", **asked).content, "html.parser"
        )
        rows = {one.get_text(" ", strip=True) for one in page.select("#preview tbody th")}
        assert rows == {"Go live Northwind", "Go live Contoso"}


def test_to_empty_a_field_of_many_rows_is_said_in_words(client, csm, plan):
    rows = objectives(plan, 1)
    shown = client.post("/objectives/bulk-edit/", {"row": [rows[0].pk]})
    page = BeautifulSoup(shown.content, "html.parser")
    assert page.select_one("#id_category option").get_text() == "Empty it"
    assert "---------" not in page.get_text()


def test_all_that_match_is_the_filter_run_again_across_pages(client, csm, plan):
    objectives(plan, 60, priority="low")
    other = objectives(plan, 5, priority="medium")
    data = {"all": "1", "query": "priority=low&page=2", "set": ["risk"], "risk": "high"}
    shown = preview(client, "/objectives/bulk-edit/", **data)
    assert "60 will change" in shown.content.decode()
    client.post("/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": confirmed(shown)})
    assert Objective.objects.filter(risk="high", priority="low").count() == 60
    assert not Objective.objects.filter(pk__in=[row.pk for row in other], risk="high").exists()


@pytest.mark.parametrize("swaps", [False, True], ids=["one more", "one left and one came"])
def test_a_set_that_somebody_else_changed_is_shown_again_and_nothing_is_done(
    client, csm, plan, swaps
):
    rows = objectives(plan, 3, priority="low")
    data = {"all": "1", "query": "priority=low", "set": ["risk"], "risk": "high"}
    shown = preview(client, "/objectives/bulk-edit/", **data)
    make_objective(plan, name="New", priority="low")
    if swaps:
        Objective.objects.filter(pk=rows[0].pk).update(priority="high")
    again = client.post(
        "/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": confirmed(shown)}
    )
    assert again.status_code == 409
    assert "no longer what you were shown" in again.content.decode()
    assert not Objective.objects.filter(risk="high").exists()


def test_what_a_ticked_row_holds_now_is_shown_before_it_is_overwritten(client, csm, plan):
    row = objectives(plan, 1, priority="low")[0]
    data = {"row": [row.pk], "set": ["priority"], "priority": "high"}
    shown = preview(client, "/objectives/bulk-edit/", **data)
    Objective.objects.filter(pk=row.pk).update(priority="medium")
    again = client.post(
        "/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": confirmed(shown)}
    )
    assert again.status_code == 409
    row.refresh_from_db()
    assert row.priority == "medium"


def test_the_number_that_the_list_said_is_compared(client, csm, plan):
    objectives(plan, 3, priority="low")
    page = client.post(
        "/objectives/bulk-edit/", {"all": "1", "query": "priority=low", "count": "2"}
    ).content.decode()
    assert "The list said 2; now 3 match." in page


def test_rows_that_a_person_may_not_see_are_never_among_them(client, csm, plan):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    make_account_role(plan.account, csm.resource)
    mine = objectives(plan, 2)
    foreign = objectives(make_plan(make_account(name="Other")), 2)
    for selection in (
        {"row": [row.pk for row in (*mine, *foreign)]},
        {"all": "1", "query": ""},
    ):
        data = {**selection, "set": ["risk"], "risk": "high"}
        shown = preview(client, "/objectives/bulk-edit/", **data)
        assert "2 will change" in shown.content.decode()
    client.post("/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": confirmed(shown)})
    assert not Objective.objects.filter(pk__in=[row.pk for row in foreign], risk="high").exists()


def test_r_obj_4_objectives_with_kpis_stay_and_the_others_go(client, csm, plan):
    rows = objectives(plan, 3)
    make_kpi(rows[0])
    data = {"row": [row.pk for row in rows]}
    shown = client.post("/objectives/bulk-delete/", data)
    text = shown.content.decode()
    assert "2 will be deleted, 1 will not" in text
    assert "It has 1 KPI. Delete it first, then the objective." in text
    assert Objective.objects.count() == 3
    client.post(
        "/objectives/bulk-delete/", {**data, "step": "apply", "confirmed": confirmed(shown)}
    )
    assert list(Objective.objects.values_list("pk", flat=True)) == [rows[0].pk]
    undo_services.undo(actor=csm, done=finished())
    assert Objective.objects.count() == 3


def test_contacts_who_own_something_stay(client, csm, plan):
    holder, free = (make_contact(plan.account, email=f"{n}@x.example") for n in "ab")
    make_objective(plan, owner_contact=holder)
    data = {"row": [holder.pk, free.pk]}
    shown = client.post("/contacts/bulk-delete/", data)
    assert "still owns or is assigned 1 record." in shown.content.decode()
    client.post("/contacts/bulk-delete/", {**data, "step": "apply", "confirmed": confirmed(shown)})
    assert list(plan.account.contacts.all()) == [holder]


def test_r_pb_1_tasks_that_would_leave_their_playbook_stay(client, csm, plan):
    playbook = make_playbook(make_objective(plan), start_date=START, end_date=END)
    fits = make_task(playbook, name="Fits", start_date=START, end_date=START)
    leaves = make_task(playbook, name="Leaves", start_date=START, end_date=END)
    bulk = tasks_change(actor=csm, ids=[fits.pk, leaves.pk], changes={"shift_days": 7})
    assert [row.name for row in bulk.changed] == ["Fits"]
    assert "is after the end of the playbook" in bulk.refused[0].reason
    fits.refresh_from_db()
    leaves.refresh_from_db()
    assert fits.start_date == START + dt.timedelta(7)
    assert leaves.end_date == END


def test_r_obj_5_completing_many_makes_them_whole_and_reopening_clears_it(csm, plan):
    playbook = make_playbook(make_objective(plan))
    ids = [make_task(playbook, name=f"T{n}").pk for n in range(3)]
    tasks_change(actor=csm, ids=ids, changes={"status": "completed"})
    rows = PlaybookTask.objects.filter(pk__in=ids)
    assert all(row.percent_complete == 100 and row.completed_at for row in rows)
    tasks_change(actor=csm, ids=ids, changes={"status": "planned"})
    assert all(row.percent_complete == 0 and row.completed_at is None for row in rows.all())


def test_r_own_1_many_tasks_given_to_one_tell_them_once(csm, plan):
    playbook = make_playbook(make_objective(plan))
    before, after = make_resource(name="Before"), make_csm().resource
    ids = []
    for number in range(10):
        task = make_task(playbook, name=f"T{number}")
        TaskAssignment.objects.create(task=task, resource=before)
        ids.append(task.pk)
    bulk = tasks_change(actor=csm, ids=ids, changes={"assign_to": after})
    assert len(bulk.changed) == 10
    assert set(TaskAssignment.objects.values_list("resource", flat=True)) == {after.pk}
    assert Notification.objects.filter(user=after.user).count() == 1
    again = tasks_change(actor=csm, ids=ids, changes={"assign_to": after})
    assert (len(again.changed), again.alike) == (0, 10)
    assert Notification.objects.filter(user=after.user).count() == 1


def test_tags_are_added_and_taken_away(client, csm, plan):
    rows = objectives(plan, 2)
    keep, gone = Tag.objects.create(label="Keep"), Tag.objects.create(label="Gone")
    ObjectiveTag.objects.create(objective=rows[0], tag=gone)
    data = {
        "row": [row.pk for row in rows],
        "set": ["add_tags", "remove_tags"],
        "add_tags": [keep.pk],
        "remove_tags": [gone.pk],
    }
    shown = preview(client, "/objectives/bulk-edit/", **data)
    client.post("/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": confirmed(shown)})
    for row in rows:
        assert list(row.tags.all()) == [keep]


def test_r_date_1_what_is_refused_keeps_its_tags_too(csm, plan):
    new, old = Tag.objects.create(label="New"), Tag.objects.create(label="Old")
    fits, late = objectives(plan, 2, due_date=END)
    Objective.objects.filter(pk=late.pk).update(start_date=END)
    ObjectiveTag.objects.create(objective=late, tag=old)
    changes = {"due_date": START, "add_tags": [new], "remove_tags": [old]}
    bulk = objectives_change(actor=csm, ids=[fits.pk, late.pk], changes=changes)
    assert [row.pk for row in bulk.refused] == [late.pk]
    assert [list(fits.tags.all()), list(late.tags.all())] == [[new], [old]]


def test_a_quick_button_changes_few_rows_at_once_and_asks_before_many(client, csm, plan):
    paused = ObjectiveStatus.objects.get(label="Paused")
    few = objectives(plan, 2)
    client.post("/objectives/bulk-edit/", {"row": [row.pk for row in few], "quick": paused.pk})
    assert Objective.objects.filter(status=paused).count() == 2
    objectives(plan, 60)
    asks = client.post("/objectives/bulk-edit/", {"all": "1", "query": "", "quick": paused.pk})
    assert "60 will change, 2 are so already" in asks.content.decode()
    assert Objective.objects.filter(status=paused).count() == 2


def test_a_quick_button_asks_before_it_changes_what_matches_a_query(client, csm, plan):
    """Somebody else may have changed the set: what was never seen is never changed."""
    paused = ObjectiveStatus.objects.get(label="Paused")
    seen = objectives(plan, 2)
    make_objective(plan, name="Goal of somebody else, a moment later")
    data = {"all": "1", "query": "q=goal", "count": len(seen), "quick": paused.pk}
    asks = client.post("/objectives/bulk-edit/", data)
    assert "3 will change" in asks.content.decode()
    assert not Objective.objects.filter(status=paused).exists()


def test_selected_tasks_are_given_to_a_name_at_once(client, csm, plan):
    playbook = make_playbook(make_objective(plan))
    ids = [make_task(playbook, name=f"T{number}").pk for number in range(10)]
    after = make_resource(name="Jo Park")
    client.post("/tasks/bulk-edit/", {"row": ids, "give": "Jo Park"})
    assert set(TaskAssignment.objects.values_list("resource", flat=True)) == {after.pk}
    refused = client.post("/tasks/bulk-edit/", {"row": ids, "give": "Nobody"})
    assert refused.status_code == 422
    assert "There is no resource “Nobody” that you can choose." in refused.content.decode()
    # The button that leads to all fields does not give what stands in the box beside it.
    form = client.post("/tasks/bulk-edit/", {"row": ids, "give": "Nobody", "step": "form"})
    assert form.status_code == 200
    assert "checked" not in form.content.decode()


@pytest.mark.parametrize(
    ("address", "data", "said"),
    [
        ("/objectives/bulk-edit/", {}, "Select some rows first."),
        ("/objectives/bulk-edit/", {"row": ["x", "-1", "9" * 30]}, "Select some rows first."),
        ("/objectives/bulk-edit/", {"row": ["1"], "step": "preview"}, "Select some rows first."),
        ("/objectives/bulk-delete/", {"row": []}, "Select some rows first."),
    ],
)
def test_nothing_selected_is_said(client, csm, address, data, said):
    response = client.post(address, data)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_nothing_ticked_and_nonsense_are_refused_and_kept(client, csm, plan):
    row = objectives(plan, 1)[0]
    nothing = preview(client, "/objectives/bulk-edit/", row=[row.pk], priority="high")
    assert nothing.status_code == 422
    assert "Tick the fields that shall change" in nothing.content.decode()
    wrong = preview(
        client, "/objectives/bulk-edit/", row=[row.pk], set=["due_date"], due_date="tomorrow"
    )
    assert wrong.status_code == 422
    assert "This is no date." in wrong.content.decode()
    assert "tomorrow" in wrong.content.decode()


def test_fields_that_the_list_does_not_offer_cannot_be_set(client, csm, plan):
    row = objectives(plan, 1)[0]
    response = preview(client, "/objectives/bulk-edit/", row=[row.pk], set=["name"], name="Hacked")
    assert response.status_code == 422
    row.refresh_from_db()
    assert row.name == "Goal 0"


def test_participants_edit_but_do_not_delete_or_share(client, plan):
    client.force_login(make_participant())
    row = objectives(plan, 1)[0]
    assert client.post("/objectives/bulk-delete/", {"row": [row.pk]}).status_code == 403
    page = client.post("/objectives/bulk-edit/", {"row": [row.pk]}).content.decode()
    assert 'value="is_external"' not in page
    assert 'value="priority"' in page
    assert client.post("/plans/bulk-edit/", {"row": [plan.pk]}).status_code == 403
    assert "bulk-delete" not in client.get("/objectives/").content.decode()
    assert SuccessPlan.objects.filter(pk=plan.pk).exists()


def test_too_many_are_refused_with_both_numbers(client, csm, plan, monkeypatch):
    monkeypatch.setattr("apps.core.bulk_rules.MOST", 2)
    objectives(plan, 3)
    response = client.post("/objectives/bulk-edit/", {"all": "1", "query": ""})
    assert response.status_code == 422
    assert "These are 3 records. At most" in response.content.decode()
    assert MOST == 10_000


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "in_progress", "priority": "high"},
        {"shift_days": 1},
        {"status": "completed", "assign_to": "somebody"},
    ],
    ids=["values", "dates", "people"],
)
def test_a_thousand_tasks_change_by_a_constant_number_of_statements(csm, plan, changes):
    playbook = make_playbook(make_objective(plan))
    PlaybookTask.objects.bulk_create(
        PlaybookTask(
            account=plan.account,
            plan=plan,
            objective=playbook.objective,
            playbook=playbook,
            name=f"T{number}",
            start_date=START + dt.timedelta(number % 300),
            end_date=END + dt.timedelta(number % 300),
        )
        for number in range(1000)
    )
    ids = list(PlaybookTask.objects.values_list("pk", flat=True))
    if "assign_to" in changes:
        changes = {**changes, "assign_to": make_resource()}
    with CaptureQueriesContext(
        connection,
    ) as few:
        tasks_change(actor=csm, ids=ids[:10], changes=changes)
    with CaptureQueriesContext(connection) as many:
        bulk = tasks_change(actor=csm, ids=ids, changes=changes)
    assert len(bulk.changed) >= 990
    assert len(many) <= 60
    assert len(many) <= len(few) + 3
    with CaptureQueriesContext(connection) as gone:
        tasks_remove(actor=csm, ids=ids)
    assert len(gone) <= 60
    assert AccountRole.objects.count() == 0


@pytest.mark.parametrize("typed", ["0", "6", "-1", "40000", "9" * 30])
def test_a_number_that_the_column_cannot_hold_is_refused_beside_its_box(client, csm, plan, typed):
    (row,) = objectives(plan, 1, health=3)
    data = {"row": row.pk, "set": ["health"], "health": typed}
    refused = preview(client, "/objectives/bulk-edit/", **data)
    assert refused.status_code == 422
    assert "Ensure this value is" in refused.content.decode()
    assert Objective.objects.get(pk=row.pk).health == 3
