"""What nobody types by hand: the library and the wizard refuse it and go on."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
from django.urls import reverse

from apps.library import rules
from apps.library.models import Draft
from apps.library.rules import Node
from apps.library.views import pages
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from tests.factories import make_account, make_csm, make_objective, make_playbook
from tests.library.test_views import begun, use_url
from tests.library.trees import START, keyed, make_template
from tests.pages import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def grid(client, csm):
    """The address of a draft at its grid."""
    template = make_template()
    return begun(client, template, make_account())


@pytest.mark.parametrize("field", ["start", "end"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_plan_is_dated_in_years_that_people_work_in(client, csm, field, day):
    url = use_url(make_template(), account=make_account().pk)
    page = client.post(url, form_data(client.get(url), **{field: day}))
    assert page.status_code == 422
    assert "Choose a date between the years 1900 and 2999." in page.content.decode()
    assert not Draft.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9" * 5000])
def test_a_confirmed_start_beyond_the_calendar_changes_nothing(client, grid, day):
    root = f"plan-{SuccessPlan.objects.get(is_template=True).pk}"
    client.post(grid, {"action": f"confirm:{root}@{day}"}, follow=True)
    assert client.get(grid).status_code == 200
    assert Draft.objects.get().data["start"] == Draft.objects.get().data["first_start"]


def test_a_template_for_ever_stays_within_the_calendar():
    nodes = [
        Node("plan-1", "plan", None, "Plan", dt.date(2025, 1, 6), dt.date.max),
        Node("task-1", "task", "plan-1", "Task", dt.date.min, None),
    ]
    later = rules.dates(nodes, dt.date(2026, 1, 5), {})
    assert later["plan-1"].end == dt.date.max
    earlier = rules.dates(nodes, dt.date(2024, 1, 8), {})
    assert earlier["task-1"].start == dt.date.min


@pytest.mark.parametrize("word", ["\0", "resource-1\0", "somebody"])
def test_who_does_a_row_is_said_in_owner_notation_or_not_at_all(client, grid, word):
    template = SuccessPlan.objects.get(is_template=True)
    for key in (keyed(template, "Task 1"), keyed(template, "Go live")):
        assert client.post(f"{grid}&people={key}", {"owner": word}).status_code == 302
        assert client.get(f"{grid}&people={key}&q=a%00b").status_code == 200
    edits = Draft.objects.get().data["edits"]
    assert edits[keyed(template, "Task 1")]["people"] == []
    assert edits[keyed(template, "Go live")]["owner"] == ""


@pytest.mark.parametrize("number", ["abc", "²", "9" * 5000, ""])
def test_one_more_kpi_whatever_the_page_counted(client, grid, number):
    key = keyed(SuccessPlan.objects.get(is_template=True), "Go live")
    data = {"kpis-TOTAL_FORMS": number, "kpis-INITIAL_FORMS": "0", "add_row": "1"}
    assert client.post(f"{grid}&kpis={key}", data).status_code == 200


@pytest.mark.parametrize("pk", ["²", "9" * 30, "9" * 5000])
def test_what_is_no_id_is_no_parent(client, csm, pk):
    task = reverse("library:create", args=["task"])
    assert client.get(f"{task}?plan={pk}").status_code == 404
    objective = reverse("library:create", args=["objective"])
    assert client.get(f"{objective}?plan={pk}").status_code == 200


def test_no_task_is_added_below_a_task(client, grid):
    key = keyed(SuccessPlan.objects.get(is_template=True), "Task 1")
    client.post(grid, {"action": f"add:{key}"})
    assert Draft.objects.get().data["added"] == []


def test_a_draft_is_of_the_template_it_was_begun_from(client, grid):
    draft = Draft.objects.get()
    other, playbook = make_template(name="Other"), make_playbook()
    for url in (
        use_url(other, draft=draft.pk),
        use_url(playbook, "playbook", draft=draft.pk),
    ):
        assert client.get(url).status_code == 404
        assert client.post(url, {"action": "create"}).status_code == 404
    assert Draft.objects.get() == draft


def test_what_it_would_belong_to_went_meanwhile_and_another_is_chosen(client, csm):
    account = make_account()
    objective = make_objective(account=account)
    template = Playbook.objects.create(name="Kick-off", is_template=True, start_date=START)
    PlaybookTask.objects.create(playbook=template, name="Invite")
    url = use_url(template, "playbook", objective=objective.pk)
    grid = client.post(url, form_data(client.get(url))).url
    objective.delete()
    refused = client.post(grid, {"action": "create"})
    assert refused.status_code == 422
    assert "The objective that it would belong to is gone" in refused.content.decode()
    basics = f"{grid}&step=basics"
    client.post(basics, form_data(client.get(basics), objective=""))
    assert client.post(grid, {"action": "create"}).status_code == 302
    assert Playbook.objects.get(account=account).objective is None


def test_a_template_that_two_people_delete_is_gone_once(client, csm, monkeypatch):
    template = make_template()
    told = pages.template_delete

    def second(**wanted):
        told(**wanted)
        told(**wanted)

    monkeypatch.setattr(pages, "template_delete", second)
    page = client.post(reverse("library:delete", args=["plan", template.pk]))
    assert page.status_code == 302
    assert not SuccessPlan.objects.filter(pk=template.pk).exists()


def test_where_one_came_from_stays_one_word_in_the_address(client, csm):
    came = "/plans/?q=a&people=b#top"
    url = use_url(make_template(), account=make_account().pk, next=quote(came))
    grid = client.post(url, form_data(client.get(url))).url
    page = client.get(grid)
    assert page.status_code == 200
    assert page.context["next"] == came
