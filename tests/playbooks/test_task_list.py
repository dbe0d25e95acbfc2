"""The tasks of a playbook as a working list: each step, by htmx and without JavaScript."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.access import Refused
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.playbooks import task_services
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment, TaskPin
from tests.factories import (
    make_account,
    make_administrator,
    make_csm,
    make_participant,
    make_playbook,
    make_resource,
    make_task,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db

START, END = dt.date(2026, 3, 2), dt.date(2026, 3, 31)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def playbook():
    return make_playbook(name="Recovery", start_date=START, end_date=END)


@pytest.fixture
def tasks(playbook):
    return [
        make_task(playbook, name=name, position=place)
        for place, name in enumerate(("Call", "Plan", "Train"), start=1)
    ]


def page_of(playbook):
    return reverse("playbooks:detail", args=[playbook.pk])


def step(client, name, pk, target="", /, **data):
    """A step in the list: by htmx when it names what it wants to replace."""
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    if "task" in target:
        headers["HX-Current-URL"] = page_of(Playbook.objects.first())
    return client.post(reverse(name, args=[pk]), data, headers=headers)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def names(response):
    return [link.get_text() for link in soup(response).select(".task-name a")]


def line_data(client, task, **typed):
    """What the browser sends for a line of the list."""
    form = soup(client.get(page_of(task.playbook))).select_one(f"#task-{task.pk} form.task-form")
    data = {e["name"]: e.get("value", "") for e in form.select("input[name]")}
    data["status"] = form.select_one("select option[selected]")["value"]
    return data | typed


def toasts(response):
    return response.headers.get("HX-Trigger", "")


# Adding and dropping


def test_r_tpl_7_a_task_is_added_where_one_is_with_days_and_a_person(client, csm, playbook, tasks):
    jo = make_resource(name="Jo")
    response = step(
        client,
        "playbooks:add-task",
        playbook.pk,
        "task-list",
        name="Write",
        start_date="+3",
        end_date="2026-03-12",
        person="Jo",
    )
    assert response.status_code == 200
    task = PlaybookTask.objects.get(name="Write")
    assert (task.start_date, task.end_date) == (dt.date(2026, 3, 5), dt.date(2026, 3, 12))
    assert (task.playbook, task.account, task.position) == (playbook, playbook.account, 4)
    assert [row.resource for row in task.assignments.all()] == [jo]
    assert names(response) == ["Call", "Plan", "Train", "Write"]
    assert "day 3 – day 10" in response.content.decode()
    # The next one can be typed at once; its empty row is not the old one kept.
    quick = soup(response).select_one("#task-quick")
    assert quick.select_one("[name=name]").has_attr("autofocus")
    assert not quick.has_attr("hx-preserve")
    assert "was added" in toasts(response)
    assert "undo" in toasts(response)


def test_without_javascript_adding_leads_back_to_the_page(client, csm, playbook):
    response = step(client, "playbooks:add-task", playbook.pk, name="Write")
    assert response.url == page_of(playbook)
    assert names(client.get(response.url)) == ["Write"]


@pytest.mark.parametrize("target", ["", "task-list"])
def test_r_pb_1_a_refused_task_keeps_what_was_typed_and_says_why(client, csm, playbook, target):
    response = step(
        client,
        "playbooks:add-task",
        playbook.pk,
        target,
        name="Write",
        start_date="+3",
        end_date="+30",
    )
    assert response.status_code == 422
    said = response.content.decode()
    assert "The end (1 Apr 2026) is after the end of the playbook “Recovery” (31 Mar 2026)." in said
    for typed in ('value="Write"', 'value="+3"', 'value="+30"'):
        assert typed in said
    assert not PlaybookTask.objects.exists()
    assert ("<html" in said) is (not target)


def test_a_task_that_is_nameless_or_dated_from_nowhere_is_refused(client, csm):
    playbook = make_playbook()
    response = step(
        client, "playbooks:add-task", playbook.pk, "task-list", name="", start_date="+3"
    )
    assert response.status_code == 422
    assert "no start to count days from" in response.content.decode()
    assert not PlaybookTask.objects.exists()


def test_a_task_is_dropped_at_once_and_the_message_undoes_it(client, csm, playbook, tasks):
    response = step(client, "tasks:delete", tasks[0].pk, "task-list")
    assert names(response) == ["Plan", "Train"]
    assert "undo" in toasts(response)
    address = json.loads(toasts(response))["toast"]["undo"]
    assert client.post(address).status_code == 302
    assert names(client.get(page_of(playbook))) == ["Call", "Plan", "Train"]


def test_without_javascript_dropping_asks_first(client, csm, tasks):
    page = soup(client.get(page_of(tasks[0].playbook)))
    link = page.select_one(f"#drop-{tasks[0].pk}")["href"]
    assert "Delete “Call”?" in client.get(link).content.decode()
    assert client.post(link).url == page_of(tasks[0].playbook)
    assert not PlaybookTask.objects.filter(pk=tasks[0].pk).exists()


# In place


def test_status_and_days_are_saved_where_they_stand(client, csm, tasks):
    task = tasks[0]
    data = line_data(client, task, status="in_progress", start_date="day 1", end_date="5 Mar 2026")
    response = step(client, "tasks:line", task.pk, f"task-{task.pk}", **data)
    assert response.status_code == 200
    task.refresh_from_db()
    assert task.status == "in_progress"
    assert (task.start_date, task.end_date) == (dt.date(2026, 3, 3), dt.date(2026, 3, 5))
    roots = soup(response).find_all(recursive=False)
    assert [root["id"] for root in roots] == [f"task-{task.pk}", "record-facts"]
    # The line is the line of a fresh page.
    fresh = soup(client.get(page_of(task.playbook)))
    for root in roots:
        root.attrs.pop("hx-swap-oob", None)
        for token in [*root.select("[name=csrfmiddlewaretoken]")]:
            token.decompose()
        same = fresh.select_one(f"#{root['id']}")
        for token in [*same.select("[name=csrfmiddlewaretoken]")]:
            token.decompose()
        assert str(root).split() == str(same).split()


def test_a_line_that_is_refused_keeps_what_was_typed(client, csm, tasks):
    task = tasks[0]
    data = line_data(client, task, start_date="+9", end_date="+2")
    for target in (f"task-{task.pk}", ""):
        response = step(client, "tasks:line", task.pk, target, **data)
        assert response.status_code == 422
        line = soup(response).select_one(f"#task-{task.pk}")
        assert line.select_one("[name=start_date]")["value"] == "+9"
        assert line.select_one("details").has_attr("open")
        assert "The start (11 Mar 2026) is after the end (4 Mar 2026)." in line.get_text()
    task.refresh_from_db()
    assert task.start_date is None


def test_a_line_conflicts_only_where_somebody_changed_the_same(client, csm, tasks):
    task = tasks[0]
    data = line_data(client, task, status="in_progress")
    PlaybookTask.objects.filter(pk=task.pk).update(status="on_hold", start_date=START)
    response = step(client, "tasks:line", task.pk, f"task-{task.pk}", **data)
    assert response.status_code == 409
    line = soup(response).select_one(f"#task-{task.pk}")
    assert "theirs is On Hold, yours In Progress" in line.get_text()
    assert line.select_one("option[selected]")["value"] == "in_progress"
    again = {e["name"]: e.get("value", "") for e in line.select("input[name]")}
    response = step(
        client, "tasks:line", task.pk, f"task-{task.pk}", **again | {"status": "in_progress"}
    )
    assert response.status_code == 200
    task.refresh_from_db()
    assert (task.status, task.start_date) == ("in_progress", START)


def test_r_obj_5_completing_and_reopening_in_place_moves_the_progress_above(client, csm, tasks):
    task = tasks[0]
    response = step(client, "tasks:complete", task.pk, f"task-{task.pk}")
    assert "33%" in soup(response).select_one("#record-facts").get_text()
    assert "Reopen Call" in response.content.decode()
    task.refresh_from_db()
    assert (task.status, task.percent_complete) == ("completed", 100)
    step(client, "tasks:complete", task.pk, f"task-{task.pk}", reopen="1")
    task.refresh_from_db()
    assert (task.status, task.percent_complete, task.completed_at) == ("in_progress", 0, None)


def test_stage_and_health_are_saved_in_the_head(client, csm, playbook):
    response = step(
        client,
        "playbooks:standing",
        playbook.pk,
        "record-facts",
        stage="on_hold",
        **{"initial-stage": "planned"},
    )
    assert response.status_code == 200
    (root,) = soup(response).find_all(recursive=False)
    assert root["id"] == "record-facts"
    assert root.select_one("[name=stage] option[selected]")["value"] == "on_hold"
    plain = step(
        client, "playbooks:standing", playbook.pk, status="red", **{"initial-status": "green"}
    )
    assert plain.url == page_of(playbook)
    playbook.refresh_from_db()
    assert (playbook.stage, playbook.status) == ("on_hold", "red")


@pytest.mark.parametrize("target", ["record-facts", ""])
def test_a_stage_that_somebody_else_changed_is_shown_beside_ones_own(client, csm, playbook, target):
    Playbook.objects.filter(pk=playbook.pk).update(stage="completed")
    sent = {"stage": "on_hold", "initial-stage": "planned"}
    response = step(client, "playbooks:standing", playbook.pk, target, **sent)
    assert response.status_code == 409
    facts = soup(response).select_one("#record-facts")
    assert "theirs is Completed, yours On Hold" in facts.get_text()
    form = facts.select_one("form:has([name=stage])")
    assert form.select_one("[name=initial-stage]")["value"] == "completed"
    assert form.select_one("option[selected]")["value"] == "on_hold"
    again = sent | {"initial-stage": "completed"}
    assert (
        step(client, "playbooks:standing", playbook.pk, "record-facts", **again).status_code == 200
    )
    playbook.refresh_from_db()
    assert playbook.stage == "on_hold"


def test_a_stage_that_does_not_exist_is_refused(client, csm, playbook):
    sent = {"stage": "never", "initial-stage": "planned"}
    response = step(client, "playbooks:standing", playbook.pk, "record-facts", **sent)
    assert response.status_code == 422
    assert "never" in response.content.decode()
    playbook.refresh_from_db()
    assert playbook.stage == "planned"


# Flags and pins


def test_a_flag_is_for_everybody_and_in_the_history(client, csm, tasks):
    task = tasks[1]
    response = step(client, "tasks:flag", task.pk, f"task-{task.pk}", flag="1")
    assert "Take the flag off Plan" in response.content.decode()
    # Pressed twice it stays flagged.
    step(client, "tasks:flag", task.pk, f"task-{task.pk}", flag="1")
    task.refresh_from_db()
    assert task.is_flagged
    assert task.events.filter(pgh_label="update").count() == 1
    client.force_login(make_csm())
    assert (
        "Flagged"
        in soup(client.get(page_of(task.playbook))).select_one(f"#task-{task.pk}").decode()
    )
    assert step(client, "tasks:flag", task.pk, flag="0").url == reverse(
        "tasks:detail", args=[task.pk]
    )
    task.refresh_from_db()
    assert not task.is_flagged


def test_a_pin_is_for_oneself_stands_first_and_has_no_history(client, csm, playbook, tasks):
    response = step(client, "tasks:pin", tasks[2].pk, "task-list", pin="1")
    assert names(response) == ["Train", "Call", "Plan"]
    step(client, "tasks:pin", tasks[2].pk, "task-list", pin="1")
    assert TaskPin.objects.count() == 1
    assert not tasks[2].events.filter(pgh_label="update").exists()
    client.force_login(make_csm())
    assert names(client.get(page_of(playbook))) == ["Call", "Plan", "Train"]
    client.force_login(csm)
    response = step(client, "tasks:pin", tasks[2].pk, "task-list", pin="0")
    assert names(response) == ["Call", "Plan", "Train"]
    assert not TaskPin.objects.exists()


def test_marks_are_on_the_page_of_a_task_too(client, csm, tasks):
    address = reverse("tasks:detail", args=[tasks[0].pk])
    for name, value in (("flag", "1"), ("pin", "1")):
        form = soup(client.get(address)).select_one(f"form[action$='/{name}/']")
        data = {name: form.button["value"], "next": address}
        assert form.button["value"] == value
        assert client.post(form["action"], data).url == address
    page = client.get(address).content.decode()
    assert "Needs attention" in page
    assert "First in your lists" in page
    assert "Take flag off" in page
    assert "Unpin" in page


def listed(client, **query):
    page = soup(client.get(reverse("tasks:list"), query))
    return [row["id"] for row in page.select("#list tbody tr")]


def test_pinned_tasks_stand_first_in_the_list_whatever_its_order(client, csm):
    tasks = [
        make_task(None, name=f"Task {n}", end_date=START + dt.timedelta(days=n)) for n in range(4)
    ]
    ids = [f"task-{task.pk}" for task in tasks]
    step(client, "tasks:pin", tasks[2].pk, pin="1")
    step(client, "tasks:pin", tasks[1].pk, pin="1")
    assert listed(client) == [ids[1], ids[2], ids[0], ids[3]]
    assert listed(client, sort="-end_date") == [ids[2], ids[1], ids[3], ids[0]]
    assert listed(client, pinned="1") == [ids[1], ids[2]]
    assert listed(client, q="Task 3") == [ids[3]]
    assert "Pinned by you" in client.get(reverse("tasks:list")).content.decode()
    client.force_login(make_csm())
    assert listed(client) == ids


def test_pages_of_the_list_go_on_behind_the_pinned_ones(client, csm, monkeypatch):
    tasks = [make_task(None, end_date=START + dt.timedelta(days=n)) for n in range(7)]
    monkeypatch.setattr("apps.core.list_rules.PAGE_SIZE", 3)
    for task in tasks[3:]:
        TaskPin.objects.create(user=csm, task=task)
    pages = [listed(client, page=number) for number in (1, 2, 3, 4)]
    # As many as a page holds stand first, the rest in their places.
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert sorted(sum(pages, [])) == sorted(f"task-{task.pk}" for task in tasks)
    assert set(pages[0]) < {f"task-{task.pk}" for task in tasks[3:]}


# Order


def order_of(client, playbook):
    return soup(client.get(page_of(playbook))).select_one("#task-order [name=shown]")["value"]


def test_a_task_moves_by_its_buttons(client, csm, playbook, tasks):
    page = soup(client.get(page_of(playbook)))
    up = page.select_one(f"#up-{tasks[2].pk}")
    assert page.select_one(f"#up-{tasks[0].pk}").has_attr("disabled")
    shown = order_of(client, playbook)
    response = step(
        client, "playbooks:order", playbook.pk, "task-list", shown=shown, place=up["value"]
    )
    assert names(response) == ["Call", "Train", "Plan"]
    assert "undo" in toasts(response)
    plain = step(
        client,
        "playbooks:order",
        playbook.pk,
        shown=order_of(client, playbook),
        place=f"{tasks[0].pk} after {tasks[1].pk}",
    )
    assert plain.url == page_of(playbook)
    assert names(client.get(plain.url)) == ["Train", "Plan", "Call"]


@pytest.mark.parametrize("target", ["task-list", ""])
def test_an_order_that_somebody_else_changed_is_refused_whole(client, csm, playbook, tasks, target):
    shown = order_of(client, playbook)
    task_services.tasks_reorder(
        actor=csm,
        playbook=playbook,
        order=[task.pk for task in reversed(tasks)],
        shown=[task.pk for task in tasks],
    )
    place = f"{tasks[0].pk} after {tasks[1].pk}"
    response = step(client, "playbooks:order", playbook.pk, target, shown=shown, place=place)
    assert response.status_code == 409
    assert "Somebody else changed the order meanwhile" in response.content.decode()
    assert names(response) == ["Train", "Plan", "Call"]


@pytest.mark.parametrize("place", ["", "x before y", "1 under 2", f"{10**20} before 1"])
def test_nonsense_moves_nothing(client, csm, playbook, tasks, place):
    shown = order_of(client, playbook)
    response = step(client, "playbooks:order", playbook.pk, "task-list", shown=shown, place=place)
    assert response.status_code == 409
    assert names(response) == ["Call", "Plan", "Train"]


def test_an_order_takes_a_constant_number_of_statements(csm):
    counts = []
    csm.get_all_permissions()
    for size in (2, 30):
        playbook = make_playbook()
        shown = [make_task(playbook, position=n).pk for n in range(size)]
        with CaptureQueriesContext(connection) as captured:
            task_services.tasks_reorder(
                actor=csm, playbook=playbook, order=shown[::-1], shown=shown
            )
        counts.append(len(captured))
        assert list(playbook.tasks.values_list("pk", flat=True)) == shown[::-1]
    assert counts[0] == counts[1] <= 10


def test_an_order_of_other_tasks_is_refused(csm, playbook, tasks):
    shown = [task.pk for task in tasks]
    with pytest.raises(ValidationError, match="added or dropped"):
        task_services.tasks_reorder(actor=csm, playbook=playbook, order=shown[:2], shown=shown)


# Who may, and what it costs


def test_who_only_looks_is_offered_nothing(client, playbook, tasks):
    client.force_login(make_administrator())
    page = soup(client.get(page_of(playbook)))
    offered = page.select("#task-list select, #task-list #task-quick, #record-facts select")
    assert not offered
    assert {b["name"] for b in page.select("#task-list button[name]")} == {"pin"}


def test_participants_work_in_the_list_but_drop_nothing(client, playbook, tasks):
    client.force_login(make_participant())
    page = soup(client.get(page_of(playbook)))
    assert page.select_one("#task-quick")
    assert page.select_one(f"#up-{tasks[1].pk}")
    assert not page.select_one(f"#drop-{tasks[1].pk}")
    assert step(client, "tasks:delete", tasks[1].pk, "task-list").status_code == 403
    assert step(client, "tasks:complete", tasks[1].pk, f"task-{tasks[1].pk}").status_code == 200


def test_steps_are_refused_with_the_reason_and_change_nothing(client, playbook, tasks):
    user = make_administrator()
    client.force_login(user)
    task, before = tasks[0], list(PlaybookTask.objects.values())
    refused = [
        step(client, "playbooks:add-task", playbook.pk, "task-list", name="No"),
        step(client, "playbooks:standing", playbook.pk, "record-facts", stage="completed"),
        step(client, "playbooks:order", playbook.pk, "task-list", shown="", place=""),
        step(client, "tasks:line", task.pk, "task-1", status="completed"),
        step(client, "tasks:flag", task.pk, "task-1", flag="1"),
        step(client, "tasks:delete", task.pk, "task-list"),
    ]
    for response in refused:
        assert response.status_code == 403
        assert "Your permission set does not let you" in toasts(response)
    with pytest.raises(Refused):
        task_services.tasks_reorder(actor=user, playbook=playbook, order=[], shown=[])
    assert list(PlaybookTask.objects.values()) == before


def test_r_vis_1_steps_with_another_teams_tasks_are_404(client, csm, playbook, tasks):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    for name in ("flag", "pin", "line", "complete", "delete"):
        assert step(client, f"tasks:{name}", tasks[0].pk, "task-list").status_code == 404
    for name in ("add-task", "order", "standing"):
        assert step(client, f"playbooks:{name}", playbook.pk, "task-list").status_code == 404


def test_the_list_needs_as_many_statements_for_eight_tasks_as_for_one(client, csm):
    account = make_account()
    counts = []
    for size in (1, 8):
        playbook = make_playbook(account=account, start_date=START)
        for number in range(size):
            task = make_task(playbook, position=number)
            TaskAssignment.objects.create(task=task, resource=make_resource())
        counts.append(queries(client, page_of(playbook)))
    assert counts[0] == counts[1] <= 20
