"""Activity Tracker over HTTP: what is done in place, what is refused and kept, its views."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from apps.core.models import SavedView
from apps.core.scope import today
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import PlaybookTask, TaskPin
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_activity,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db

PAGE = reverse("workspace:activity-tracker")
VIEWS = ["", "?as=board", "?as=calendar", "?as=calendar&span=week"]


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def far(days):
    return today() + dt.timedelta(days=days)


def mine(csm, **fields):
    task = make_task(**{"name": "Call them", "end_date": far(2)} | fields)
    assign(task, csm.resource)
    return task


def address(record, kind="task"):
    return reverse("workspace:activity-tracker-row", args=[kind, record.pk])


def do(client, record, step, kind="task", query="", **values):
    return client.post(
        address(record, kind),
        {"do": step} | values,
        headers={
            "HX-Request": "true",
            "HX-Target": "due",
            "HX-Current-URL": f"http://testserver{PAGE}{query}",
        },
    )


def part(response):
    soup = BeautifulSoup(response.content, "html.parser")
    (root,) = soup.find_all(recursive=False)
    assert root["id"] == "due"
    return root


def toast(response):
    return json.loads(response.headers["HX-Trigger"])["toast"]


def under(root, task):
    row = root.select_one(f"#task-{task.pk}")
    return row.find_parent("section")["aria-labelledby"].removeprefix("due-") if row else None


@pytest.mark.parametrize("query", VIEWS)
def test_each_view_is_a_page_and_a_part(client, csm, query):
    task = mine(csm)
    whole = BeautifulSoup(client.get(PAGE + query).content, "html.parser")
    headers = {"HX-Request": "true", "HX-Target": "due"}
    answer = client.get(PAGE + query, headers=headers)
    root = part(answer)
    assert root.select_one(f"#task-{task.pk}")
    assert whole.select_one("#due").get_text() == root.get_text()
    assert {"HX-Request", "HX-Target"} <= {one.strip() for one in answer["Vary"].split(",")}


@pytest.mark.parametrize("query", VIEWS)
def test_an_empty_tracker_says_so(client, csm, query):
    page = client.get(PAGE + query).content.decode()
    assert "Choose whose" in page


def test_a_task_is_completed_reopened_and_the_change_taken_back(client, csm):
    task = mine(csm)
    answer = do(client, task, "complete")
    root = part(answer)
    assert under(root, task) == "done"
    assert toast(answer)["text"] == "“Call them” was completed."
    assert toast(answer)["undo"]
    task.refresh_from_db()
    assert (task.status, task.percent_complete) == (TaskStatus.COMPLETED, 100)
    again = do(client, task, "complete")
    assert "HX-Trigger" not in again.headers
    assert under(part(do(client, task, "reopen")), task) == "week"


def test_undo_brings_back_what_was_done(client, csm):
    task = mine(csm)
    client.post(toast(do(client, task, "move", day=far(20).isoformat()))["undo"])
    task.refresh_from_db()
    assert task.end_date == far(2)


def test_an_objective_is_completed_and_opened_again(client, csm):
    objective = make_objective(owner=csm.resource, due_date=far(1))
    do(client, objective, "complete", kind="objective")
    objective.refresh_from_db()
    assert objective.status.kind == StatusKind.COMPLETED
    do(client, objective, "reopen", kind="objective")
    objective.refresh_from_db()
    assert objective.status.kind == StatusKind.IN_PROGRESS


def records(csm):
    account = make_account(next_review_date=far(2))
    make_account_role(account, csm.resource)
    plan = make_plan(account, owner=csm.resource, review_date=far(2))
    objective = make_objective(plan, owner=csm.resource, due_date=far(2))
    return {
        "task": (mine(csm), "end_date"),
        "kpi": (make_kpi(objective, target_date=far(2)), "target_date"),
        "objective": (objective, "due_date"),
        "plan": (plan, "review_date"),
        "account": (account, "next_review_date"),
    }


@pytest.mark.parametrize("kind", ["task", "kpi", "objective", "plan", "account"])
def test_the_day_of_every_kind_is_moved(client, csm, kind):
    record, name = records(csm)[kind]
    shown = far(2).isoformat()
    answer = do(client, record, "move", kind=kind, day=far(5).isoformat(), shown=shown)
    assert answer.status_code == 200
    record.refresh_from_db()
    assert getattr(record, name) == far(5)
    do(client, record, "move", kind=kind, day=far(5).isoformat(), shown=far(5).isoformat(), by=7)
    record.refresh_from_db()
    assert getattr(record, name) == far(12)
    assert toast(answer)["undo"]


def test_what_is_overdue_is_put_off_from_today(client, csm):
    task = mine(csm, end_date=far(-40))
    day = far(-40).isoformat()
    do(client, task, "move", day=day, shown=day, by=1)
    task.refresh_from_db()
    assert task.end_date == far(1)


def test_a_start_that_would_come_after_the_end_comes_along(client, csm):
    task = mine(csm, start_date=far(1), end_date=far(4))
    do(client, task, "move", day=far(-1).isoformat(), shown=far(4).isoformat())
    task.refresh_from_db()
    assert (task.start_date, task.end_date) == (far(-4), far(-1))


def test_a_move_that_somebody_else_was_quicker_with_is_told_and_kept(client, csm):
    task = mine(csm)
    PlaybookTask.objects.filter(pk=task.pk).update(end_date=far(3))
    answer = do(client, task, "move", day=far(6).isoformat(), shown=far(2).isoformat())
    assert answer.status_code == 409
    row = part(answer).select_one(f"#task-{task.pk}")
    assert "Somebody else moved" in row.select_one("[role=alert]").get_text()
    assert row.select_one("[name=day]")["value"] == far(6).isoformat()
    assert row.select_one("details").has_attr("open")
    # The row now knows what stands there: the same again is a decision.
    shown = row.select_one("[name=shown]")["value"]
    assert do(client, task, "move", day=far(6).isoformat(), shown=shown).status_code == 200
    task.refresh_from_db()
    assert task.end_date == far(6)


def test_r_pb_1_a_refused_day_stays_beside_its_reason(client, csm):
    playbook = make_playbook(start_date=far(0), end_date=far(4), name="Onboarding")
    task = mine(csm, playbook=playbook, account=playbook.account)
    answer = do(client, task, "move", day=far(9).isoformat(), shown=far(2).isoformat())
    assert answer.status_code == 422
    row = part(answer).select_one(f"#task-{task.pk}")
    assert "after the end of the playbook “Onboarding”" in row.get_text()
    assert row.select_one("[name=day]")["value"] == far(9).isoformat()
    task.refresh_from_db()
    assert task.end_date == far(2)


@pytest.mark.parametrize("day", ["", "soon", "0001-01-01", "2026-02-31"])
def test_what_is_no_day_is_refused(client, csm, day):
    task = mine(csm)
    assert do(client, task, "move", day=day, shown=far(2).isoformat()).status_code == 422
    task.refresh_from_db()
    assert task.end_date == far(2)


def test_a_refusal_of_a_row_that_is_not_shown_is_told(client, csm):
    task = mine(csm)
    answer = do(client, task, "move", query="?flagged=1", day="soon")
    assert answer.status_code == 422
    assert toast(answer)["level"] == "danger"


def test_a_task_is_flagged_for_everybody_and_pinned_for_oneself(client, csm):
    task = mine(csm)
    assert toast(do(client, task, "flag"))["undo"]
    task.refresh_from_db()
    assert task.is_flagged
    assert "HX-Trigger" not in do(client, task, "flag").headers
    do(client, task, "unflag")
    task.refresh_from_db()
    assert not task.is_flagged
    do(client, task, "pin")
    assert TaskPin.objects.filter(user=csm, task=task).count() == 1
    do(client, task, "unpin")
    assert not TaskPin.objects.exists()


def test_a_card_is_put_into_another_column(client, csm):
    task = mine(csm)
    answer = do(client, task, "status", query="?as=board", status="on_hold")
    card = part(answer).select_one(f"#task-{task.pk}")
    assert card.find_parent(attrs={"data-drop-status": True})["data-drop-status"] == "on_hold"
    assert do(client, task, "status", query="?as=board", status="lost").status_code == 422


def test_lanes_are_the_stages_of_playbooks(client, csm):
    for stage in ("in_progress", "planned"):
        playbook = make_playbook(stage=stage)
        mine(csm, playbook=playbook, account=playbook.account)
    mine(csm)
    page = BeautifulSoup(client.get(f"{PAGE}?as=board").content, "html.parser")
    titles = [lane.get_text(" ", strip=True) for lane in page.select(".lane-title")]
    assert titles == ["Planned playbooks 1", "In Progress playbooks 1", "No playbook 1"]
    one = client.get(f"{PAGE}?as=board&playbook={playbook.pk}")
    assert len(BeautifulSoup(one.content, "html.parser").select(".due-card")) == 1


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("task", lambda csm: mine(csm)),
        ("objective", lambda csm: make_objective(owner=csm.resource, due_date=far(1))),
        ("kpi", lambda csm: make_kpi(make_objective(owner=csm.resource), target_date=far(1))),
        (
            "activity",
            lambda csm: make_activity(
                account=make_account(), owner=csm.resource, happened_at=timezone.now()
            ),
        ),
    ],
)
def test_what_is_deleted_is_gone_and_can_be_brought_back(client, csm, kind, make):
    record = make(csm)
    answer = do(client, record, "delete", kind=kind)
    assert answer.status_code == 200
    assert not type(record).objects.filter(pk=record.pk).exists()
    client.post(toast(answer)["undo"])
    assert type(record).objects.filter(pk=record.pk).exists()


def test_r_obj_4_an_objective_with_kpis_is_not_deleted(client, csm):
    objective = make_objective(owner=csm.resource, due_date=far(1))
    make_kpi(objective, title="Churn")
    answer = do(client, objective, "delete", kind="objective")
    assert answer.status_code == 422
    assert "Churn" in part(answer).select_one("[role=alert]").get_text()
    assert Objective.objects.filter(pk=objective.pk).exists()


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("kpi", "complete"),
        ("plan", "delete"),
        ("account", "delete"),
        ("kpi", "flag"),
        ("task", "x"),
    ],
)
def test_what_a_kind_does_not_have_is_not_there(client, csm, kind, step):
    record, _ = records(csm)[kind]
    assert do(client, record, step, kind=kind).status_code == 404


def test_no_step_without_the_permission(client):
    participant = make_participant()
    owner = make_resource(user=participant)
    task = make_task(end_date=far(1))
    assign(task, owner)
    objective = make_objective(owner=owner, due_date=far(1))
    client.force_login(participant)
    assert do(client, task, "delete").status_code == 403
    assert PlaybookTask.objects.filter(pk=task.pk).exists()
    page = BeautifulSoup(client.get(PAGE).content, "html.parser")
    assert page.select_one(f"#task-{task.pk} [data-key=d]")
    assert not page.select_one(f"#task-{task.pk} [value=delete]")
    row = page.select_one(f"#objective-{objective.pk}")
    edits = participant.has_perm("objectives.change_objective")
    assert bool(row.select_one("[data-key=m]")) is edits
    if not edits:
        assert do(client, objective, "complete", kind="objective").status_code == 403
        day = far(3).isoformat()
        assert do(client, objective, "move", kind="objective", day=day).status_code == 403
    client.force_login(make_user(None))
    assert client.get(PAGE).status_code == 403
    assert do(client, task, "complete").status_code == 404


def test_without_script_a_step_leads_back_to_the_page(client, csm):
    task = mine(csm)
    back = f"http://testserver{PAGE}?kind=task"
    answer = client.post(address(task), {"do": "complete"}, headers={"Referer": back})
    assert (answer.status_code, answer.url) == (302, f"{PAGE}?kind=task")
    task.refresh_from_db()
    assert task.status == TaskStatus.COMPLETED
    answer = client.post(address(task), {"do": "move", "day": "soon"}, headers={"Referer": back})
    assert answer.status_code == 302
    assert "This is no date" in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?since=never&until=0001-01-01",
        "?since=2026-05-01&until=2026-04-01",
        "?account=nothing&plan=%00&owner=99999999999999999999",
        "?show=9999999&as=cow&span=year&at=never",
        "?as=calendar&at=1900-01-01",
        "?as=calendar&at=2999-12-31&span=week",
        "?as=calendar&at=2999-12-31",
        "?whose=them&kind=cow&status=lost&flagged=maybe&pinned=2",
    ],
)
def test_odd_addresses_are_answered(client, csm, query):
    mine(csm)
    assert client.get(PAGE + query).status_code == 200


def test_what_cannot_be_read_is_said_beside_its_box(client, csm):
    page = client.get(f"{PAGE}?since=never&until=2026-04-01").content.decode()
    assert "This is no date. Write it like 2026-11-23." in page
    page = client.get(f"{PAGE}?since=2026-05-01&until=2026-04-01").content.decode()
    assert "The period ends before it begins." in page


def test_many_on_one_day_are_folded(client, csm):
    account = make_account()
    for _ in range(7):
        mine(csm, account=account, end_date=today())
    page = BeautifulSoup(client.get(f"{PAGE}?as=calendar").content, "html.parser")
    day = page.select_one("td.is-today")
    assert day.select_one("summary").get_text() == "+4 more"
    assert len(day.select(".cal-item")) == 7
    week = BeautifulSoup(client.get(f"{PAGE}?as=calendar&span=week").content, "html.parser")
    assert not week.select_one("td.is-today summary")


def test_new_records_are_about_what_is_shown(client, csm):
    plan = make_plan()
    page = client.get(f"{PAGE}?plan={plan.pk}").content.decode()
    assert f"/tasks/new/?plan={plan.pk}" in page
    assert f"/activities/new/?plan={plan.pk}" in page


def test_a_saved_view_shows_its_filters_and_the_default_comes_first(client, csm):
    mine(csm, name="Flagged one", is_flagged=True)
    mine(csm, name="Other one")
    view = SavedView.objects.create(
        owner=csm, key="activity-tracker", name="Flagged", query="flagged=1&as=board"
    )
    page = client.get(PAGE)
    link = BeautifulSoup(page.content, "html.parser").select_one(".views-list a")
    assert link["href"] == f"{PAGE}?flagged=1&as=board&view={view.pk}"
    shown = client.get(link["href"]).content.decode()
    assert "Flagged one" in shown
    assert "Other one" not in shown
    view.is_shared = view.is_default = True
    view.save()
    assert client.get(PAGE).url == link["href"]
    assert client.get(f"{PAGE}?view=none").status_code == 200


def crowd(csm, number):
    account = make_account(next_review_date=far(3))
    make_account_role(account, csm.resource)
    for _ in range(number):
        plan = make_plan(make_account(), owner=csm.resource, review_date=far(1))
        objective = make_objective(plan, owner=csm.resource, due_date=far(2))
        make_kpi(objective, target_date=far(2), baseline=0, current=1, target=4)
        playbook = make_playbook(objective)
        for days in (-2, 0, 3, 12):
            task = mine(csm, playbook=playbook, account=None, end_date=far(days))
            assign(task, make_resource())
            assign(task, make_contact(plan.account))
        make_activity(kpi=objective.kpis.get(), owner=csm.resource, happened_at=timezone.now())
        done = mine(csm, playbook=playbook, account=None)
        do_done = {"status": TaskStatus.COMPLETED, "completed_at": timezone.now()}
        PlaybookTask.objects.filter(pk=done.pk).update(**do_done, percent_complete=100)


@pytest.mark.parametrize("query", VIEWS)
def test_as_many_queries_for_8_of_each_as_for_1(client, csm, query):
    crowd(csm, 1)
    before = queries(client, PAGE + query)
    crowd(csm, 7)
    assert queries(client, PAGE + query) == before
    assert before <= 20


def test_a_step_with_what_went_away_says_so(client, csm):
    task = mine(csm)
    PlaybookTask.objects.filter(pk=task.pk).delete()
    assert do(client, task, "complete").status_code == 404
