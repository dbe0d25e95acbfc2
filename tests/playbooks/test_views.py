"""Pages of playbooks and tasks over HTTP: who may, what is refused, what is never lost."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts.models import Role, TeamPool
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests.factories import (
    make_account,
    make_account_role,
    make_activity,
    make_administrator,
    make_contact,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)
from tests.pages import edit_data, form_data, queries, saving

pytestmark = pytest.mark.django_db

KINDS = {"playbooks": (make_playbook, Playbook), "tasks": (make_task, PlaybookTask)}
BOTH = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def record(kind, **fields):
    return KINDS[kind][0](None, **fields)


def page_of(kind, one, name="detail"):
    return reverse(f"{kind}:{name}", args=[one.pk])


def text(response):
    return response.content.decode()


# Creating


def test_a_playbook_of_an_objective_takes_its_plan_and_account(client, csm):
    objective = make_objective(make_plan(), name="Adopt")
    url = f"{reverse('playbooks:create')}?objective={objective.pk}&next=/objectives/"
    form = client.get(url)
    page = BeautifulSoup(form.content, "html.parser")
    assert page.find(id="id_account")["value"] == objective.account.name
    assert page.find(id="id_plan")["value"] == objective.plan.name
    assert "The customer reads it while the playbook is shared." in text(form)
    data = form_data(form, name="Launch", account="", plan="", start_date="2026-03-01")
    assert client.post(url, data).url == "/objectives/"
    playbook = Playbook.objects.get()
    assert (playbook.account, playbook.plan) == (objective.account, objective.plan)
    assert (playbook.stage, playbook.status) == ("planned", "green")


def test_a_task_is_given_to_several_of_every_kind_in_one_form(client, csm):
    account = make_account()
    playbook = make_playbook(account=account)
    people = [make_resource(name="Jo"), make_resource(name="Kim")]
    role = Role.objects.all()[0]
    make_account_role(account, people[1], role)
    contact = make_contact(account, name="Ada", title="CFO")
    left = make_contact(account, is_active=False, name="Gone away")
    pool = TeamPool.objects.create(name="Onboarding")
    url = f"{reverse('tasks:create')}?playbook={playbook.pk}"
    form = client.get(url)
    page = text(form)
    assert page.index("Jo") < page.index(f"Kim · {role} here")
    assert f"{role} · Kim" in page
    assert "Ada · CFO" in page
    assert left.name not in page
    data = form_data(
        form,
        name="Call",
        resources=[person.pk for person in people],
        contacts=[contact.pk],
        roles=[role.pk],
        pools=[pool.pk],
    )
    assert client.post(url, data).status_code == 302
    task = PlaybookTask.objects.get()
    assert task.playbook == playbook
    # Kim holds the role here: one row for both (R-OWN-2).
    assert task.assignments.count() == 4
    shown = text(client.get(page_of("tasks", task)))
    for name in ("Jo", "Kim", "Ada", "Onboarding"):
        assert name in shown


def test_the_people_of_the_account_are_offered_once_it_is_typed(client, csm):
    account = make_account(name="Acme")
    make_contact(account, name="Ada")
    url = reverse("tasks:create")
    form = client.get(url)
    assert "They appear when the account is chosen." in text(form)
    response = client.post(url, form_data(form, account="Acme", name="Half", refresh="1"))
    assert response.status_code == 200
    assert "Ada" in text(response)
    assert 'value="Half"' in text(response)
    assert not PlaybookTask.objects.exists()


@BOTH
def test_a_refused_form_keeps_what_was_typed_and_says_why(client, csm, kind):
    foreign = make_objective(account=make_account(name="Other"), name="Elsewhere")
    make_account(name="Acme")
    url = reverse(f"{kind}:create")
    data = form_data(
        client.get(url), name="Typed", account="Acme", objective="Elsewhere", end_date="2026-02-03"
    )
    response = client.post(url, data)
    assert response.status_code == 422
    assert response.context["form"].errors["objective"] == [
        f"“{foreign}” is an objective of Other. Choose an objective of Acme, or none."
    ]
    for typed in ('value="Typed"', 'value="Acme"', 'value="Elsewhere"', "2026-02-03"):
        assert typed in text(response)
    assert not KINDS[kind][1].objects.exists()


@pytest.mark.parametrize("typed", ["abc", "101", "-1", "12.5"])
def test_r_num_1_a_percent_that_cannot_be_says_what_would_be_right(client, csm, typed):
    task = make_task(percent_complete=20)
    url = page_of("tasks", task, "edit")
    response = client.post(url, edit_data(client, url, percent_complete=typed))
    assert response.status_code == 422
    said = response.context["form"].errors["percent_complete"]
    assert said == ["Write a whole number from 0 to 100, for example 40."]
    assert f'value="{typed}"' in text(response)


# Editing


@BOTH
def test_an_edit_saves_only_what_changed(client, csm, kind):
    one = record(kind, name="As shown", description="<b>Why</b>")
    url = page_of(kind, one, "edit")
    data = edit_data(client, url, name="Mine")
    type(one).objects.update(description="Theirs")
    assert client.post(url, data).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.description) == ("Mine", "Theirs")


@BOTH
def test_one_field_changed_by_two_people_is_409_with_both_values(client, csm, kind):
    one = record(kind, name="As shown")
    url = page_of(kind, one, "edit")
    data = edit_data(client, url, name="Mine")
    type(one).objects.update(name="Theirs")
    response = client.post(url, data)
    assert response.status_code == 409
    assert "Theirs" in text(response)
    assert 'value="Mine"' in text(response)
    one.refresh_from_db()
    assert one.name == "Theirs"
    assert client.post(url, form_data(response)).status_code == 302
    one.refresh_from_db()
    assert one.name == "Mine"


def test_r_pb_1_a_task_outside_of_its_playbook_is_refused_beside_the_field(client, csm):
    task = make_task(make_playbook(name="Launch", end_date=dt.date(2026, 3, 1)))
    url = page_of("tasks", task, "edit")
    response = client.post(url, edit_data(client, url, end_date="2026-03-02"))
    assert response.status_code == 422
    assert response.context["form"].errors["end_date"] == [
        "The end (2 Mar 2026) is after the end of the playbook “Launch” (1 Mar 2026)."
    ]


def test_r_date_1_a_playbook_that_would_exclude_a_task_is_refused(client, csm):
    playbook = make_playbook()
    make_task(playbook, name="Train", end_date=dt.date(2026, 3, 9))
    url = page_of("playbooks", playbook, "edit")
    response = client.post(url, edit_data(client, url, end_date="2026-03-01"))
    assert response.status_code == 422
    assert "“Train”" in response.context["form"].errors["end_date"][0]


def test_r_obj_5_completing_on_the_page_makes_the_task_whole(client, csm):
    task = make_task()
    url = page_of("tasks", task, "edit")
    assert client.post(url, edit_data(client, url, status="completed")).status_code == 302
    task.refresh_from_db()
    assert task.completed_at is not None
    assert "100%" in text(client.get(page_of("tasks", task)))


def test_unticking_the_last_assignee_takes_them_off(client, csm):
    task, resource = make_task(), make_resource()
    TaskAssignment.objects.create(task=task, resource=resource)
    url = page_of("tasks", task, "edit")
    data = edit_data(client, url)
    assert data.pop("resources") == [str(resource.pk)]
    assert client.post(url, data).status_code == 302
    assert not task.assignments.exists()


def test_r_obj_2_the_save_says_what_moved_with_it(client, csm):
    playbook = make_playbook()
    make_activity(task=make_task(playbook))
    target = make_objective(account=playbook.account, name="Adopt")
    url = page_of("playbooks", playbook, "edit")
    asked = client.post(url, edit_data(client, url, objective="Adopt"))
    assert "1 task and 1 activity will move to Adopt." in text(asked)
    response = client.post(url, form_data(asked), follow=True)
    assert "1 task and 1 activity moved to Adopt." in text(response)
    assert PlaybookTask.objects.get().objective == target


def test_sharing_is_not_offered_to_who_may_not(client):
    client.force_login(make_participant())
    task = make_task()
    url = page_of("tasks", task, "edit")
    data = edit_data(client, url, name="Renamed", is_shared="on")
    assert 'name="is_shared"' not in text(client.get(url))
    assert client.post(url, data).status_code == 302
    task.refresh_from_db()
    assert (task.name, task.is_shared) == ("Renamed", False)


# Deleting


@pytest.mark.parametrize("with_tasks", [False, True])
def test_r_del_1_the_page_names_what_stays_and_offers_to_delete_the_tasks(client, csm, with_tasks):
    playbook = make_playbook(make_objective(name="Adopt"))
    task = make_task(playbook, name="Call")
    activity = make_activity(playbook=playbook)
    url = page_of("playbooks", playbook, "delete")
    page = text(client.get(url))
    assert "1 task and 1 activity: kept with “Adopt”." in page
    assert page_of("tasks", task) in page
    assert "Delete its 1 task too" in page
    assert client.post(url, {"with_tasks": "1"} if with_tasks else {}).status_code == 302
    assert not Playbook.objects.exists()
    assert PlaybookTask.objects.exists() is not with_tasks
    activity.refresh_from_db()
    assert activity.objective == playbook.objective


def test_r_del_1_a_task_goes_with_its_assignments(client, csm):
    task = make_task(make_playbook(name="Launch"))
    TaskAssignment.objects.create(task=task, resource=make_resource(name="Jo"))
    make_activity(task=task)
    url = page_of("tasks", task, "delete")
    page = text(client.get(url))
    assert "Assigned to Jo" in page
    assert "1 activity: kept with “Launch”" in page
    assert client.post(url).url == reverse("tasks:list")
    assert not PlaybookTask.objects.exists()


# Who may, and who sees


PAGES = ("create", "edit", "delete")


@BOTH
@pytest.mark.parametrize("person", [make_csm, make_participant, make_administrator])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_for_those_who_may(client, kind, person, name):
    client.force_login(person())
    one = record(kind)
    url = reverse(f"{kind}:{name}", args=[] if name == "create" else [one.pk])
    allowed = person is make_csm or (person is make_participant and name != "delete")
    response = client.get(url)
    assert response.status_code == (200 if allowed else 403)
    assert client.get(page_of(kind, one)).status_code == 200
    if not allowed:
        assert "permission set" in text(response)
        assert client.post(url, {"name": "Sneaky"}).status_code == 403
        assert list(type(one).objects.values_list("name", flat=True)) == [one.name]


@BOTH
def test_buttons_are_for_those_who_may(client, kind):
    client.force_login(make_participant())
    one = record(kind)
    page = text(client.get(page_of(kind, one)))
    assert page_of(kind, one, "edit") in page
    assert page_of(kind, one, "delete") not in page


@BOTH
def test_without_a_permission_set_nothing_is_seen(client, kind):
    client.force_login(make_user(None))
    one = record(kind)
    assert client.get(page_of(kind, one)).status_code == 404
    assert client.get(reverse(f"{kind}:list")).status_code == 403
    assert one.name not in text(client.get(reverse(f"{kind}:options")))


@BOTH
def test_r_vis_1_another_teams_record_is_404_and_in_no_list_or_choice(client, csm, kind):
    hidden = record(kind, name="Hidden one")
    shown = record(kind, name="Shown one")
    make_account_role(shown.account, csm.resource)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    for name in ("detail", "edit", "delete"):
        assert client.get(page_of(kind, hidden, name)).status_code == 404
        assert client.get(page_of(kind, shown, name)).status_code == 200
    for address in (f"{reverse(f'{kind}:list')}?", f"{reverse(f'{kind}:options')}?q=one"):
        page = text(client.get(address))
        assert "Hidden one" not in page
        assert "Shown one" in page
    assert text(client.get(f"{reverse(f'{kind}:list')}?count=1")) == "of 1"
    field = "playbook" if kind == "playbooks" else "objective"
    foreign = hidden if kind == "playbooks" else make_objective(account=hidden.account)
    url = reverse("tasks:create")
    data = form_data(client.get(url), name="Sneaky", **{field: f"#{foreign.pk}"})
    assert client.post(url, data).status_code == 422
    assert not PlaybookTask.objects.filter(name="Sneaky").exists()


@BOTH
def test_r_tpl_1_what_lies_in_a_template_is_never_shown(client, csm, kind):
    one = record(kind, account=None, name="In a template")
    assert client.get(page_of(kind, one)).status_code == 404
    assert "In a template" not in text(client.get(reverse(f"{kind}:list")))


# Lists


PLAYBOOK_SORTS = [
    "name",
    "account",
    "objective",
    "stage",
    "status",
    "owner",
    "start_date",
    "end_date",
    "progress",
    "plan",
    "updated_at",
]
TASK_SORTS = [
    "name",
    "account",
    "playbook",
    "status",
    "priority",
    "end_date",
    "progress",
    "objective",
    "plan",
    "start_date",
    "completed_at",
    "updated_at",
]


def pair(kind):
    """Two records that differ in every column, the first one lower."""
    for number, (stage, health, status, priority) in enumerate(
        [("planned", "green", "planned", "high"), ("canceled", "red", "in_progress", "low")], 1
    ):
        objective = make_objective(
            make_plan(make_account(name=f"A{number}"), name=f"P{number}"), name=f"O{number}"
        )
        dates = {"start_date": dt.date(2026, 1, number), "end_date": dt.date(2026, 2, number)}
        owner = make_resource(name=f"R{number}")
        playbook = make_playbook(
            objective,
            name=f"Row {number}" if kind == "playbooks" else f"B{number}",
            stage=stage,
            status=health,
            owner=owner,
            **dates,
        )
        task = make_task(
            playbook,
            name=f"Row {number}" if kind == "tasks" else f"T{number}",
            status=status,
            priority=priority,
            percent_complete=number * 10,
            completed_at=dt.datetime(2026, 3, number, tzinfo=dt.UTC),
            **dates,
        )
        if kind == "playbooks" and number == 2:
            PlaybookTask.objects.filter(pk=task.pk).update(status="completed")


@pytest.mark.parametrize(
    ("kind", "column"),
    [*(("playbooks", name) for name in PLAYBOOK_SORTS), *(("tasks", name) for name in TASK_SORTS)],
)
def test_lists_sort_by_every_column_both_ways(client, csm, kind, column):
    pair(kind)
    for sort, names in ((column, ("Row 1", "Row 2")), (f"-{column}", ("Row 2", "Row 1"))):
        body = str(client.get(reverse(f"{kind}:list"), {"sort": sort}).context["table"]["body"])
        first, second = (body.index(name) for name in names)
        assert first < second, sort


def names_in(client, kind, **query):
    soup = BeautifulSoup(client.get(reverse(f"{kind}:list"), query).content, "html.parser")
    return {link.get_text() for link in soup.select("td.col-name a")}


def test_playbooks_are_filtered(client, csm):
    today = dt.date.today()
    objective = make_objective(make_plan(), name="Adopt")
    late = make_playbook(
        objective,
        name="Late",
        status="red",
        stage="in_progress",
        owner=csm.resource,
        end_date=today - dt.timedelta(days=3),
    )
    make_playbook(
        name="Over", stage="completed", end_date=today - dt.timedelta(days=3), description="audit"
    )
    for query, found in (
        ({"q": "aud"}, {"Over"}),
        ({"stage": "open"}, {"Late"}),
        ({"stage": "completed"}, {"Over"}),
        ({"status": "red"}, {"Late"}),
        ({"due": "overdue"}, {"Late"}),
        ({"account": late.account_id}, {"Late"}),
        ({"plan": late.plan_id}, {"Late"}),
        ({"objective": objective.pk}, {"Late"}),
        ({"owner": csm.resource.pk}, {"Late"}),
        ({"mine": "1"}, {"Late"}),
        ({"mine": "0"}, {"Over"}),
        ({}, {"Late", "Over"}),
    ):
        assert names_in(client, "playbooks", **query) == found, query
    assert "3 days overdue" in text(client.get(reverse("playbooks:list")))


def test_tasks_are_filtered(client, csm):
    today = dt.date.today()
    playbook = make_playbook(make_objective(make_plan()))
    mine = make_task(playbook, name="Mine", priority="high", is_flagged=True)
    TaskAssignment.objects.create(task=mine, resource=csm.resource)
    other = make_resource()
    for name, days in (("Late", -1), ("Now", 0), ("Soon", 7), ("Later", 8)):
        TaskAssignment.objects.create(
            task=make_task(name=name, end_date=today + dt.timedelta(days=days)), resource=other
        )
    make_task(name="Done", status="completed", end_date=today - dt.timedelta(days=9))
    rest = {"Late", "Now", "Soon", "Later"}
    for query, found in (
        ({"q": "soo"}, {"Soon"}),
        ({"status": "open"}, rest | {"Mine"}),
        ({"status": "completed"}, {"Done"}),
        ({"priority": "high"}, {"Mine"}),
        ({"due": "overdue"}, {"Late"}),
        ({"due": "today"}, {"Now"}),
        ({"due": "week"}, {"Now", "Soon"}),
        ({"due": "later"}, {"Later"}),
        ({"due": "none"}, {"Mine"}),
        ({"account": playbook.account_id}, {"Mine"}),
        ({"plan": playbook.plan_id}, {"Mine"}),
        ({"objective": playbook.objective_id}, {"Mine"}),
        ({"playbook": playbook.pk}, {"Mine"}),
        ({"assignee": other.pk}, rest),
        ({"mine": "1"}, {"Mine"}),
        ({"mine": "0"}, rest | {"Done"}),
        ({"flagged": "1"}, {"Mine"}),
    ):
        assert names_in(client, "tasks", **query) == found, query


def test_options_are_narrowed_by_what_was_chosen(client, csm):
    objective = make_objective(make_plan(), name="Adopt")
    playbook = make_playbook(objective, name="Launch here")
    make_task(playbook, name="Call here")
    make_playbook(name="Launch there")
    make_task(name="Call there")
    where = {
        "account": str(objective.account_id),
        "plan": f"{objective.plan} #{objective.plan_id}",
        "objective": "Adopt",
    }
    for name, value in where.items():
        page = text(client.get(reverse("playbooks:options"), {name: value, "q": "launch"}))
        assert "Launch here" in page
        assert "Launch there" not in page
    for name, value in {**where, "playbook": "Launch here"}.items():
        page = text(client.get(reverse("tasks:options"), {name: value, "q": "call"}))
        assert "Call here" in page
        assert "Call there" not in page


@BOTH
def test_an_empty_list_offers_the_next_step(client, csm, kind):
    page = text(client.get(reverse(f"{kind}:list")))
    assert f"No {kind} yet." in page
    assert reverse(f"{kind}:create") in page


# Pages and parts


@BOTH
@pytest.mark.parametrize("tab", ["details", "related", "history"])
def test_every_tab_shows_its_records(client, csm, kind, tab):
    playbook = make_playbook(name="Launch", description="Why we do it")
    task = make_task(playbook, name="Call the sponsor", description="Why we do it")
    make_activity(task=task, subject="Kick-off")
    one = playbook if kind == "playbooks" else task
    page = text(client.get(f"{page_of(kind, one)}?tab={tab}"))
    assert ("Kick-off" in page) == (tab == "related")
    assert ("Why we do it" in page) == (tab == "details")
    if kind == "playbooks":
        assert ("Call the sponsor" in page) == (tab != "history")
    new = reverse("tasks:create" if kind == "playbooks" else "activities:create")
    if tab == "related":
        assert f"{new}?{kind[:-1]}={one.pk}" in page


def test_notes_are_marked_internal(client, csm):
    task = make_task(notes="They may churn")
    page = BeautifulSoup(client.get(page_of("tasks", task)).content, "html.parser")
    heading = next(h for h in page.find_all("h2") if h.get_text().strip().startswith("Notes"))
    assert heading.select_one(".internal")
    assert "They may churn" in heading.find_next_sibling().get_text()
    assert "Internal: never shown to the customer." in text(
        client.get(page_of("tasks", task, "edit"))
    )


def test_rich_text_is_cleaned_when_it_is_saved_and_when_it_is_shown(client, csm):
    task = make_task()
    url = page_of("tasks", task, "edit")
    evil = "<b>Do</b><script>alert(1)</script>"
    client.post(url, edit_data(client, url, description=evil))
    task.refresh_from_db()
    assert task.description == "<b>Do</b>"
    PlaybookTask.objects.update(description=evil)
    assert "alert(1)" not in text(client.get(page_of("tasks", task)))


@BOTH
def test_the_panel_is_one_element_that_replaces_the_panel(client, csm, kind):
    one = record(kind)
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    response = client.get(page_of(kind, one), headers=headers)
    parts = BeautifulSoup(response.content, "html.parser").find_all(recursive=False)
    assert [(part.name, part["id"]) for part in parts] == [("aside", "panel")]
    assert "HX-Target" in response.headers["Vary"]


@BOTH
def test_the_list_fragment_is_the_list_of_the_page(client, csm, kind):
    record(kind, name="Only one")
    url = reverse(f"{kind}:list")
    headers = {"HX-Request": "true", "HX-Target": "list"}
    part = BeautifulSoup(client.get(url, headers=headers).content, "html.parser")
    whole = BeautifulSoup(client.get(url).content, "html.parser").find(id="list")
    assert [element["id"] for element in part.find_all(recursive=False)] == ["list"]
    assert part.find(id="list").get_text() == whole.get_text()


# Numbers of queries


def many(count, playbook=None):
    for _ in range(count):
        here = playbook or make_playbook(make_objective(make_plan()), owner=make_resource())
        task = make_task(here)
        for number in range(2):
            TaskAssignment.objects.create(task=task, resource=make_resource(name=f"N{number}"))
        make_activity(task=task, owner=make_resource())
    return here, task


@BOTH
def test_lists_need_the_same_queries_at_1_and_8_rows(client, csm, kind):
    many(1)
    one = queries(client, reverse(f"{kind}:list"))
    many(7)
    assert queries(client, reverse(f"{kind}:list")) == one <= 12


@pytest.mark.parametrize("page", ["detail", "detail?tab=related", "edit", "delete"])
@BOTH
def test_pages_need_the_same_queries_at_1_and_8_rows(client, csm, kind, page):
    name, _, query = page.partition("?")
    counts = []
    for count in (1, 8):
        playbook, task = many(count, make_playbook(make_objective(make_plan())))
        for _ in range(count):
            TaskAssignment.objects.create(task=task, resource=make_resource())
            make_contact(playbook.account)
        one = playbook if kind == "playbooks" else task
        counts.append(queries(client, f"{page_of(kind, one, name)}?{query}"))
    assert counts[0] == counts[1] <= 20


@BOTH
def test_saving_an_edit_needs_at_most_12_queries(client, csm, kind):
    playbook, task = many(1)
    one = playbook if kind == "playbooks" else task
    url = page_of(kind, one, "edit")
    statements = saving(client, url, edit_data(client, url, name="Renamed"))
    one.refresh_from_db()
    assert one.name == "Renamed"
    assert len(statements) <= 12, "\n".join(statements)


def test_r_obj_5_a_task_is_completed_and_reopened_in_one_step(client, csm):
    task = make_task(percent_complete=40)
    url = reverse("tasks:complete", args=[task.pk])
    page = client.get(reverse("tasks:detail", args=[task.pk])).content.decode()
    assert f'action="{url}"' in page
    for _ in range(2):  # pressed twice, it is still completed
        client.post(url)
        task.refresh_from_db()
        assert (task.status, task.percent_complete) == ("completed", 100)
        assert task.completed_at is not None
    client.post(url, {"reopen": "1"})
    task.refresh_from_db()
    assert (task.status, task.percent_complete, task.completed_at) == ("in_progress", 0, None)
    assert client.get(url).status_code == 405


def test_completing_a_task_is_refused_to_those_who_may_only_view(client, csm):
    task = make_task()
    viewer = make_user(None)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__in=["view_playbooktask", "view_account"])
    )
    client.force_login(viewer)
    refused = client.post(reverse("tasks:complete", args=[task.pk]))
    assert refused.status_code == 403
    assert "does not let you edit tasks" in refused.content.decode()
    task.refresh_from_db()
    assert task.status != "completed"
