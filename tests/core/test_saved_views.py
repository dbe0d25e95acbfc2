"""Saved views of lists: one's own, shared, and the one that everybody sees first."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.models import SavedView
from tests.factories import make_administrator, make_csm, make_objective, make_plan

pytestmark = pytest.mark.django_db
NEW = "/views/list:objective/new/"


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def administrator():
    return make_administrator()


def saved(owner, **fields):
    return SavedView.objects.create(
        **{
            "owner": owner,
            "key": "list:objective",
            "name": "Urgent",
            "query": "priority=high&sort=due_date",
            "columns": ["name", "due_date"],
            **fields,
        }
    )


def test_a_view_keeps_filters_order_group_and_columns(client, csm):
    data = {
        "name": "Urgent",
        "query": "priority=high&sort=due_date,name&group=status&page=3&view=9",
        "columns": "name,due_date,<script>",
        "next": "/objectives/",
    }
    answer = client.post(NEW, data)
    view = SavedView.objects.get()
    assert answer.url == (
        f"/objectives/?priority=high&sort=due_date,name&group=status&view={view.pk}"
    )
    assert (view.owner, view.columns) == (csm, ["name", "due_date"])
    page = client.get(answer.url).content.decode()
    assert "<title>Urgent · Objectives" in page.replace("\n", "")
    assert 'data-columns="name,due_date"' in page or "No objectives" in page or "matches" in page


def test_a_view_shows_its_rows_and_columns(client, csm):
    plan = make_plan()
    make_objective(plan, name="Now", priority="high")
    make_objective(plan, name="Some day", priority="low")
    view = saved(csm)
    page = client.get(f"/objectives/?{view.query}&view={view.pk}").content.decode()
    assert "Now" in page
    assert "Some day" not in page
    assert 'data-columns="name,due_date"' in page


def test_a_name_is_taken_once(client, csm):
    saved(csm)
    answer = client.post(NEW, {"name": "URGENT", "query": "", "next": "/objectives/"})
    assert answer.status_code == 422
    assert "You have a view of this name already." in answer.content.decode()
    assert SavedView.objects.count() == 1


def test_what_is_shared_everybody_chooses_and_only_its_owner_changes(client, csm, administrator):
    owner = make_csm(first_name="Jo", last_name="Park")
    mine, shared = saved(owner, name="Private"), saved(owner, name="Team", is_shared=True)
    page = client.get("/objectives/").content.decode()
    assert "Team" in page
    assert "Private" not in page
    assert client.get(f"/views/{mine.pk}/").status_code == 404
    refused = client.post(f"/views/{shared.pk}/", {"name": "Mine now", "next": "/objectives/"})
    assert refused.status_code == 403
    assert "belongs to Jo Park" in refused.content.decode()
    client.force_login(administrator)
    client.post(f"/views/{shared.pk}/", {"name": "Ours", "is_shared": "on", "next": "/objectives/"})
    shared.refresh_from_db()
    assert shared.name == "Ours"


def test_administrators_choose_what_everybody_sees_first(client, csm, administrator):
    first, second = saved(administrator, is_shared=True), saved(administrator, name="All")
    for view in (first, second):
        client.force_login(administrator)
        data = {"name": view.name, "is_shared": "on", "is_default": "on", "next": "/objectives/"}
        client.post(f"/views/{view.pk}/", data)
    assert list(SavedView.objects.filter(is_default=True)) == [second]
    client.force_login(csm)
    assert client.get("/objectives/").url == f"/objectives/?{second.query}&view={second.pk}"
    assert client.get("/objectives/?view=none").status_code == 200
    assert client.get("/objectives/?mine=1").status_code == 200
    client.post(NEW, {"name": "Mine", "is_default": "on", "next": "/objectives/"})
    assert not SavedView.objects.get(name="Mine").is_default


def test_what_everybody_sees_first_is_shared_by_that(client, administrator):
    client.force_login(administrator)
    client.post(NEW, {"name": "First", "is_default": "on", "next": "/objectives/"})
    assert SavedView.objects.filter(is_default=True, is_shared=True).exists()


@pytest.mark.parametrize("does", ["save", "overwrite", "delete"])
def test_whose_view_everybody_sees_first_changes_it_no_more(client, csm, administrator, does):
    view = saved(csm, is_shared=True, is_default=True)
    data = {"name": "Mine", "query": "q=x", "next": "/objectives/", "do": does}
    assert client.post(f"/views/{view.pk}/", data).status_code == 403
    assert SavedView.objects.get(pk=view.pk).query == "priority=high&sort=due_date"
    client.force_login(administrator)
    assert client.post(f"/views/{view.pk}/", data).status_code == 302


def test_a_view_is_changed_overwritten_and_forgotten(client, csm):
    view = saved(csm)
    data = {"name": "Late", "query": "due=overdue", "columns": "name", "next": "/objectives/"}
    client.post(f"/views/{view.pk}/", {**data, "do": "save"})
    view.refresh_from_db()
    assert (view.name, view.query) == ("Late", "priority=high&sort=due_date")
    client.post(f"/views/{view.pk}/", {**data, "do": "overwrite"})
    view.refresh_from_db()
    assert (view.query, view.columns) == ("due=overdue", ["name"])
    answer = client.post(f"/views/{view.pk}/", {**data, "do": "delete"})
    assert answer.url == "/objectives/?view=none"
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["sort=nothing", "sort=-", "sort=,,,", "group=secret", "size=7", "view=x", "view=" + "9" * 30],
)
def test_nonsense_in_an_address_is_left_aside(client, csm, query):
    make_objective(make_plan(), name="There")
    assert "There" in client.get(f"/objectives/?{query}").content.decode()


def test_rows_are_grouped_sorted_by_several_and_paged_by_size(client, csm):
    plan = make_plan()
    for number in range(30):
        make_objective(plan, name=f"O {number:02}", priority=("high", "low")[number % 2])
    page = client.get("/objectives/?group=priority&sort=-name&size=25").content.decode()
    assert page.count('class="group-row"') == 2
    assert page.index("O 28") < page.index("O 00") < page.index("O 29")
    assert page.count('name="row"') == 25


def test_a_list_costs_the_same_with_views_groups_and_tags(client, csm):
    plan = make_plan()
    columns = "name,status,tags,priority,health,due_date"
    view = saved(csm, query="", columns=columns.split(","))
    address = f"/objectives/?group=status&sort=tags,-due_date&view={view.pk}"

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    make_objective(plan)
    client.get(address)
    one = cost()
    for _ in range(7):
        make_objective(plan)
    assert cost() == one
