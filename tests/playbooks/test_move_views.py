"""Forms that would move others ask first, in the same page or dialog, and lose nothing typed."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core import history
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.core.preview_rules import SHOWN, TICKED
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_task,
)
from tests.pages import edit_data, form_data

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def csm(client):
    person = make_csm()
    client.force_login(person)
    return person


@pytest.fixture
def objective(csm):
    account = make_account(name="Contoso")
    plan = make_plan(account, name="Grow")
    return make_objective(plan, name="Adopt", start_date=DAY, due_date=dt.date(2026, 6, 1))


@pytest.fixture
def playbook(objective):
    return make_playbook(objective, name="Launch", start_date=DAY, end_date=dt.date(2026, 5, 1))


@pytest.fixture
def task(playbook):
    return make_task(playbook, name="Call", start_date=DAY, end_date=DAY)


def edit(record):
    names = {Objective: "objectives", SuccessPlan: "plans", Playbook: "playbooks"}
    return reverse(f"{names[type(record)]}:edit", args=[record.pk])


def read(response):
    return BeautifulSoup(response.content, "html.parser")


def test_r_obj_8_the_page_asks_and_keeps_what_was_typed(client, objective, task):
    url = edit(objective)
    asked = client.post(url, edit_data(client, url, name="Adopt more", start_date="2026-03-16"))
    page = read(asked)
    assert asked.status_code == 200
    assert "1 task and 1 playbook will move 14 days later." in page.select_one("#preview").text
    assert page.select_one("details.preview-typed [name=name]")["value"] == "Adopt more"
    assert page.select("form#form button.btn-primary")[-1].text == "Save and move"
    objective.refresh_from_db()
    assert (objective.name, objective.start_date) == ("Adopt", DAY)
    done = client.post(url, form_data(asked), follow=True)
    assert [str(message) for message in done.context["messages"]] == [
        "“Adopt more” was saved. 1 task and 1 playbook moved 14 days later."
    ]
    task.refresh_from_db()
    assert task.start_date == dt.date(2026, 3, 16)


def test_r_pb_1_a_refused_tick_stays_with_the_reason_beside_it(client, objective, task):
    url = edit(objective)
    asked = client.post(url, edit_data(client, url, start_date="2026-03-16"))
    data = form_data(asked)
    data["move"] = [key for key in data["move"] if key != f"task-{task.pk}"]
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "before the start of the playbook “Launch” (16 Mar 2026)" in read(refused).text
    boxes = {
        box["value"]: box.has_attr("checked")
        for box in read(refused).select("[type=checkbox][name=move]")
    }
    assert boxes[f"task-{task.pk}"] is False
    assert boxes[f"playbook-{task.playbook_id}"] is True
    fixed = form_data(refused)
    fixed["move"] = [*fixed["move"], f"task-{task.pk}"]
    assert client.post(url, fixed).status_code == 302


def test_a_wrong_field_after_the_question_keeps_the_ticks(client, objective, task):
    url = edit(objective)
    asked = client.post(url, edit_data(client, url, start_date="2026-03-16"))
    data = form_data(asked)
    data["move"] = [key for key in data["move"] if not key.startswith(("task", "playbook"))]
    wrong = client.post(url, data | {"due_date": "2026-01-01"})
    assert wrong.status_code == 422
    assert read(wrong).select_one("#preview") is None
    again = client.post(url, form_data(wrong) | {"due_date": "2026-09-01"})
    boxes = read(again).select("[type=checkbox][name=move]")
    assert len(boxes) == 2
    assert not any(box.has_attr("checked") for box in boxes)


def test_r_cas_1_a_task_added_meanwhile_is_409_with_the_new_preview(client, objective, task):
    url = edit(objective)
    asked = client.post(url, edit_data(client, url, start_date="2026-03-16"))
    make_task(task.playbook, name="Late", start_date=DAY)
    again = client.post(url, form_data(asked))
    assert again.status_code == 409
    assert "no longer what you were shown" in read(again).text
    assert "Late" in read(again).select_one("#preview").text
    objective.refresh_from_db()
    assert objective.start_date == DAY
    assert client.post(url, form_data(again)).status_code == 302


def test_kpis_whose_date_the_form_sets_are_not_offered_to_move_too(client, objective):
    by_hand = make_kpi(objective, title="A", target_date=DAY)
    other = make_kpi(objective, title="B", target_date=DAY)
    url = edit(objective)
    data = edit_data(client, url, start_date="2026-03-16")
    row = next(
        name.split("-")[1]
        for name, value in data.items()
        if name.startswith("kpis-") and name.endswith("-id") and value == [str(by_hand.pk)]
    )
    asked = client.post(url, data | {f"kpis-{row}-target_date": "2026-04-01"})
    assert f'value="kpi-{other.pk}"' in asked.content.decode()
    assert f'value="kpi-{by_hand.pk}"' not in asked.content.decode()
    answer = form_data(asked)
    answer["move"] = [*answer["move"], f"kpi-{other.pk}"]
    assert client.post(url, answer).status_code == 302
    by_hand.refresh_from_db()
    other.refresh_from_db()
    assert by_hand.target_date == dt.date(2026, 4, 1)
    assert other.target_date == dt.date(2026, 3, 16)


def test_r_plan_3_the_plans_form_moves_the_tree_and_offers_undo(client, objective, task):
    make_account(name="Acme")
    url = edit(objective.plan)
    asked = client.post(url, edit_data(client, url, account="Acme"))
    assert (
        "1 objective, 1 task and 1 playbook will move to Acme."
        in read(asked).select_one("#preview").text
    )
    done = client.post(url, form_data(asked), follow=True)
    undo = read(done).select_one("form.notice-undo, .notice form")
    assert undo is not None
    task.refresh_from_db()
    assert task.account.name == "Acme"
    client.post(undo["action"], form_data_of(undo))
    task.refresh_from_db()
    objective.plan.refresh_from_db()
    assert (task.account.name, objective.plan.account.name) == ("Contoso", "Contoso")


def form_data_of(form):
    return {field["name"]: field.get("value", "") for field in form.select("input[name]")}


def test_r_date_1_the_playbooks_form_moves_its_tasks(client, playbook, task):
    url = edit(playbook)
    asked = client.post(url, edit_data(client, url, start_date="2026-03-09"))
    assert "1 task will move 7 days later." in read(asked).select_one("#preview").text
    assert client.post(url, form_data(asked)).status_code == 302
    task.refresh_from_db()
    assert task.end_date == dt.date(2026, 3, 9)


def test_r_date_1_an_end_that_excludes_a_task_is_refused_beside_the_field(client, playbook, task):
    PlaybookTask.objects.update(end_date=dt.date(2026, 4, 20))
    url = edit(playbook)
    refused = client.post(url, edit_data(client, url, end_date="2026-04-01"))
    assert refused.status_code == 422
    assert "“Call” would lie after the new end" in read(refused).text


def test_the_question_comes_in_the_dialog_too_and_the_page_behind_follows(client, objective, task):
    url = edit(objective)
    data = edit_data(client, url, start_date="2026-03-16")
    asked = client.post(url, data, headers=DIALOG)
    page = read(asked)
    assert page.select_one("dialog#dialog #preview") is not None
    done = client.post(url, form_data(asked), headers=DIALOG)
    assert done.status_code == 204
    events = json.loads(done.headers["HX-Trigger"])
    assert events["record-changed"] == {"kind": "objective", "id": objective.pk, "below": True}
    assert "moved 14 days later" in events["toast"]["text"]
    assert events["toast"]["undo"]


def test_participants_may_not_move_a_plan(client, objective):
    client.force_login(make_participant())
    assert client.post(edit(objective.plan), {"account": "x"}).status_code == 403


def test_r_vis_1_an_account_that_is_not_seen_is_no_target(client, csm, objective, task):
    make_account_role(objective.account, csm.resource)
    make_account(name="Hidden")
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    url = edit(objective.plan)
    answer = client.post(url, edit_data(client, url, account="Hidden"))
    assert answer.status_code == 422
    assert read(answer).select_one("#preview") is None
    task.refresh_from_db()
    assert task.account == objective.account


def test_long_lists_show_the_first_rows_and_count_the_rest(client, objective, playbook):
    account = objective.account
    PlaybookTask.objects.bulk_create(
        PlaybookTask(name=f"T{n:04}", playbook=playbook, account=account, start_date=DAY)
        for n in range(TICKED + 20)
    )
    url = edit(objective)
    asked = client.post(url, edit_data(client, url, start_date="2026-03-16"))
    page = read(asked)
    assert len(page.select("[type=checkbox][name=move]")) == TICKED + 1
    assert "and 21 more" in page.select_one("label[for=move-rest]").text
    assert client.post(url, form_data(asked)).status_code == 302
    assert set(PlaybookTask.objects.values_list("start_date", flat=True)) == {dt.date(2026, 3, 16)}
    make_account(name="Acme")
    url = edit(objective.plan)
    page = read(client.post(url, edit_data(client, url, account="Acme")))
    assert len(page.select("#preview tbody tr")) == SHOWN + 1
    assert f"and {TICKED + 20 + 2 - SHOWN} more" in page.select_one("#preview").text


def test_the_question_needs_as_many_statements_for_1_row_as_for_8(client, csm):
    def statements(rows):
        objective = make_objective(make_plan(), start_date=DAY)
        playbook = make_playbook(objective, start_date=DAY)
        for _ in range(rows):
            make_task(playbook, start_date=DAY)
            make_kpi(objective, target_date=DAY)
        url = edit(objective)
        data = edit_data(client, url, start_date="2026-03-16")
        with CaptureQueriesContext(connection) as captured:
            assert client.post(url, data).status_code == 200
        return len(captured)

    statements(1)
    assert statements(1) == statements(8)


def test_a_question_leaves_no_trace(client, objective, task):
    url = edit(objective)
    before = Objective.events.rel.related_model.objects.count()
    client.post(url, edit_data(client, url, start_date="2026-03-16"))
    assert Objective.events.rel.related_model.objects.count() == before
    assert history.finished() is None
