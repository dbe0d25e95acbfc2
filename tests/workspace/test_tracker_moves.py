"""Success Tracker: a move that would take others along asks first, then all moves as one."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.undo_services import undo
from apps.objectives.models import Objective
from apps.playbooks.models import PlaybookTask
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_objective,
    make_plan,
    make_playbook,
    make_task,
)
from tests.pages import form_data

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
END = dt.date(2026, 6, 1)
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def csm(client):
    person = make_csm()
    client.force_login(person)
    return person


@pytest.fixture
def tree(csm):
    account = make_account(name="Contoso")
    make_account_role(account, csm.resource)
    plan = make_plan(account, name="Grow", start_date=DAY, end_date=END)
    objective = make_objective(plan, name="Adopt", start_date=DAY, due_date=END)
    playbook = make_playbook(objective, name="Launch", start_date=DAY, end_date=END)
    task = make_task(playbook, name="Call", start_date=DAY, end_date=DAY)
    return {"plan": plan, "objective": objective, "playbook": playbook, "task": task}


def url_of(kind, record):
    return reverse("workspace:success-tracker-dates", args=[kind, record.pk])


def move(client, kind, record, start=DAY, end=END, **more):
    data = {"scale": "weeks", "edge": "both", "by": 1, "start": start, "end": end}
    return client.post(url_of(kind, record), data | more, headers={"HX-Request": "true"})


def test_r_obj_8_a_move_with_children_asks_in_the_dialog_and_moves_all_as_one(client, csm, tree):
    objective, task = tree["objective"], tree["task"]
    asked = move(client, "objective", objective)
    assert asked.status_code == 200
    assert (asked.headers["HX-Retarget"], asked.headers["HX-Reswap"]) == ("#dialog", "outerHTML")
    page = BeautifulSoup(asked.content, "html.parser")
    assert "1 task and 1 playbook will move 7 days later." in page.text
    assert "2 Mar 2026 – 1 Jun 2026 becomes 9 Mar 2026 – 8 Jun 2026." in " ".join(page.text.split())
    objective.refresh_from_db()
    assert objective.start_date == DAY
    done = client.post(url_of("objective", objective), form_data(asked), headers=DIALOG)
    assert done.status_code == 204
    events = json.loads(done.headers["HX-Trigger"])
    assert events["record-changed"] == {"kind": "objective", "id": objective.pk, "below": True}
    assert events["dialog-done"] is True
    assert events["toast"]["text"] == (
        "“Adopt”: 9 Mar 2026 – 8 Jun 2026. 1 task and 1 playbook moved 7 days later."
    )
    task.refresh_from_db()
    assert task.start_date == dt.date(2026, 3, 9)
    model = PlaybookTask.events.rel.related_model
    operation = model.objects.filter(pgh_obj_id=task.pk).latest("pgh_id").pgh_operation
    undo(actor=csm, done=operation)
    for record in tree.values():
        record.refresh_from_db()
        assert record.start_date == DAY


def test_r_date_1_a_playbook_asks_about_its_tasks(client, tree):
    asked = move(client, "playbook", tree["playbook"])
    assert "1 task will move 7 days later." in asked.content.decode()
    data = form_data(asked)
    data["move"] = ["rest"]
    refused = client.post(url_of("playbook", tree["playbook"]), data, headers=DIALOG)
    assert refused.status_code == 422
    assert "before the start of the playbook “Launch” (9 Mar 2026)" in refused.content.decode()
    tree["playbook"].refresh_from_db()
    assert tree["playbook"].start_date == DAY


@pytest.mark.parametrize(
    ("kind", "edge"),
    [("plan", "both"), ("objective", "end"), ("playbook", "end"), ("task", "both")],
)
def test_a_move_that_moves_nothing_else_is_immediate(client, tree, kind, edge):
    record = tree[kind]
    end = DAY if kind == "task" else END
    answer = move(client, kind, record, end=end, edge=edge)
    assert answer.status_code == 204
    assert "below" not in json.loads(answer.headers["HX-Trigger"])["record-changed"]


def test_a_conflict_after_the_question_closes_it_and_says_so(client, tree):
    objective = tree["objective"]
    asked = move(client, "objective", objective)
    Objective.objects.filter(pk=objective.pk).update(start_date=dt.date(2026, 3, 4))
    answer = client.post(url_of("objective", objective), form_data(asked), headers=DIALOG)
    assert answer.status_code == 409
    assert answer.headers["HX-Reswap"] == "none"
    events = json.loads(answer.headers["HX-Trigger"])
    assert "Somebody else moved “Adopt” meanwhile" in events["toast"]["text"]
    assert events["dialog-done"] is True


def test_the_rows_below_that_are_open_come_along(client, tree):
    keys = [f"objective-{tree['objective'].pk}", f"playbook-{tree['playbook'].pk}"]
    address = reverse("workspace:success-tracker-changed")
    asked = {"plan": tree["plan"].pk, "kind": "objective", "id": tree["objective"].pk}

    def rows(**more):
        body = client.get(address, asked | more).content.decode()
        found = BeautifulSoup(f"<table>{body}</table>", "html.parser").select("tr.trk-row")
        return {row["id"]: row["aria-level"] for row in found}

    assert set(rows()) == {keys[0], f"plan-{tree['plan'].pk}"}
    below = rows(below=",".join(keys))
    assert below[f"task-{tree['task'].pk}"] == "4"
    assert set(below) == {*keys, f"plan-{tree['plan'].pk}", f"task-{tree['task'].pk}"}
