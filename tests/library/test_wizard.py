"""The Select Records grid: what is typed counts once, in both steps, for ten rows and a thousand."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.choices import UnitKind
from apps.core.models import Unit
from apps.kpis.models import ObjectiveKpi
from apps.library.models import Draft
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask
from tests.factories import make_account, make_csm
from tests.library.test_views import begun, sent, use_url
from tests.library.trees import fill, keyed, make_template
from tests.pages import form_data

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "grid"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def template(csm):
    return make_template()


@pytest.fixture
def account(csm):
    return make_account(name="Acme")


def box(client, url, name):
    """What a box of the grid holds."""
    grid = BeautifulSoup(client.get(url).content, "html.parser").find(id="grid")
    return grid.find("input", attrs={"name": name})["value"]


def said(client, url, key):
    """What is said beside a row."""
    found = BeautifulSoup(client.get(url).content, "html.parser").find(id=f"said-{key}")
    return found.get_text(" ") if found else ""


def test_r_tpl_4_the_whole_form_moves_with_its_start_and_no_box_counts_as_an_edit(
    client, template, account
):
    url = begun(client, template, account, start="2026-03-02")
    task = keyed(template, "Task 1")
    client.post(url, sent(client, url, **{f"start:plan-{template.pk}": "2026-03-12"}))
    assert box(client, url, f"start:{task}") == "2026-03-13"
    assert box(client, url, f"end:{task}") == "2026-03-14"
    assert Draft.objects.get().data["edits"] == {}


def test_r_tpl_4_a_start_and_an_end_typed_together_stand_as_typed(client, template, account):
    url = begun(client, template, account, start="2026-03-02")
    playbook = keyed(template, "Kick-off")
    typed = {f"start:{playbook}": "2026-03-04", f"end:{playbook}": "2026-03-30"}
    client.post(url, sent(client, url, **typed))
    assert {name: box(client, url, name) for name in typed} == typed
    assert box(client, url, f"start:{keyed(template, 'Task 1')}") == "2026-03-05"


def test_r_tpl_4_each_start_that_would_lose_edits_is_asked_for_and_none_is_lost(
    client, template, account
):
    url = begun(client, template, account, start="2026-03-02")
    playbook, task = keyed(template, "Kick-off"), keyed(template, "Task 1")
    client.post(url, sent(client, url, **{f"end:{task}": "2026-03-05"}))
    objective = keyed(template, "Go live")
    typed = {f"start:{objective}": "2026-03-04", f"start:{playbook}": "2026-03-06"}
    asked = BeautifulSoup(client.post(url, sent(client, url, **typed)).content, "html.parser")
    question = asked.find("dialog", attrs={"data-pending": True})
    assert "Go live" in question.text
    assert "Kick-off" in question.text
    client.post(url, {"action": question.find("button")["value"]})
    assert box(client, url, f"start:{objective}") == "2026-03-04"
    assert box(client, url, f"start:{playbook}") == "2026-03-06"
    assert box(client, url, f"end:{task}") == "2026-03-08"


def test_name_owner_and_end_are_the_same_in_both_steps(client, csm, template, account):
    url = begun(client, template, account, start="2026-03-02")
    root = f"plan-{template.pk}"
    client.post(url, sent(client, url, **{f"name:{root}": "Grid", f"end:{root}": "2026-07-01"}))
    client.post(f"{url}&people={root}", {"owner": f"resource-{csm.resource.pk}"})
    page = client.get(f"{url}&step=basics")
    shown = form_data(page)
    assert shown["name"] == ["Grid"]
    assert shown["end"] == ["2026-07-01"]
    assert shown["owner"] == [f"resource-{csm.resource.pk}"]
    client.post(f"{url}&step=basics", shown | {"name": "Basics", "end": "2026-08-01"})
    assert box(client, url, f"name:{root}") == "Basics"
    client.post(url, sent(client, url, action="create"))
    plan = SuccessPlan.objects.get(account=account)
    assert (plan.name, plan.end_date, plan.owner) == ("Basics", dt.date(2026, 8, 1), csm.resource)


def test_an_end_that_was_emptied_stays_empty(client, template, account):
    url = begun(client, template, account, start="2026-03-02")
    client.post(url, sent(client, url, **{f"end:plan-{template.pk}": ""}))
    page = client.get(f"{url}&step=basics")
    client.post(f"{url}&step=basics", form_data(page))
    client.post(url, sent(client, url, action="create"))
    assert SuccessPlan.objects.get(account=account).end_date is None


def test_impossible_dates_are_said_beside_their_row_before_anything_is_created(
    client, template, account
):
    url = begun(client, template, account, start="2026-03-02")
    task = keyed(template, "Task 1")
    row = {f"row:{task}": "1", f"keep:{task}": "on", "quiet": "1"}
    told = client.post(url, {**row, f"end:{task}": "2027-01-01"}, headers=HTMX).json()
    assert "after the end of the playbook" in told["rows"][task][0][0]
    assert told["rows"][task][0][1] is True
    assert "after the end of the playbook" in said(client, url, task)
    told = client.post(url, {**row, f"end:{task}": "2026-03-05"}, headers=HTMX).json()
    assert told["rows"] == {}
    assert said(client, url, task) == ""


def test_a_date_that_cannot_be_is_shown_even_when_its_box_expects_no_answer(
    client, template, account
):
    url = begun(client, template, account, start="2026-03-02")
    task = keyed(template, "Task 1")
    row = {f"row:{task}": "1", f"keep:{task}": "on", "quiet": "1"}
    wrong = client.post(url, {**row, f"end:{task}": "0202-01-01"}, headers=HTMX)
    assert wrong.status_code == 422
    assert wrong["HX-Reswap"] == "outerHTML"
    assert "is no date" in wrong.content.decode()


def test_r_tpl_5_money_in_another_currency_is_said_before_it_is_created(client, template):
    account = make_account(currency=Unit.objects.get(label="EUR"))
    dollars = Unit.objects.filter(kind=UnitKind.CURRENCY).exclude(label="EUR").first()
    ObjectiveKpi.objects.update(unit=dollars)
    url = begun(client, template, account)
    assert f"KPIs in {dollars.label} stay in that currency." in client.get(url).content.decode()


def test_r_tpl_6_a_thousand_rows_are_sent_whole_and_kept_one_by_one(client, template, account):
    fill(template, 1000)
    url = begun(client, template, account, start="2026-03-02")
    task = keyed(template, "More 5")
    row = {f"row:{task}": "1", f"keep:{task}": "on", f"name:{task}": "Mine", "quiet": "1"}
    with CaptureQueriesContext(connection) as captured:
        assert client.post(url, row, headers=HTMX).status_code == 200
    assert len(captured) <= 30
    data = sent(client, url, action="create")
    assert len(data) > 5000
    assert client.post(url, data).status_code == 302
    assert PlaybookTask.objects.filter(account=account).count() == 1003
    assert PlaybookTask.objects.filter(account=account, name="Mine").exists()


def test_where_it_came_from_goes_along_through_all_steps(client, template, account):
    came = f"/accounts/{account.pk}/?tab=plans&open=1"
    url = use_url(template, account=account.pk) + "&next=" + came.replace("&", "%26")
    page = client.get(url)
    soup = BeautifulSoup(page.content, "html.parser")
    assert soup.find("a", string="Cancel")["href"] == came
    grid = client.post(url, form_data(page)).url
    soup = BeautifulSoup(client.get(grid).content, "html.parser")
    pick = soup.find("a", string="Pick")["href"]
    assert f"account={account.pk}" in pick
    chosen = BeautifulSoup(client.get(pick).content, "html.parser")
    assert "For Acme" in chosen.text
    assert (
        came.replace("&", "%26").replace("/", "%2F").replace("?", "%3F").replace("=", "%3D")
        in (chosen.find("a", string="Use")["href"])
    )


def test_what_was_begun_and_not_finished_is_offered_where_it_is_begun_again(
    client, template, account
):
    url = use_url(template, account=account.pk)
    assert "You began this" not in client.get(url).content.decode()
    draft = begun(client, template, account, name="Half done")
    soup = BeautifulSoup(client.get(url).content, "html.parser")
    offered = soup.find("a", string=re.compile("Half done"))["href"]
    assert draft.endswith(offered)
    client.force_login(make_csm())
    assert "You began this" not in client.get(url).content.decode()


def test_the_basics_say_how_long_the_template_lasts(client, template, account):
    page = client.get(use_url(template, account=account.pk)).content.decode()
    assert "the template begins on 6 Jan 2025" in page
    assert "day 90, as in the template" in page


def test_the_library_can_be_read_by_name_by_use_and_by_change(client, template):
    first = make_template(name="Adoption")
    used = use_url(template, account=make_account().pk)
    client.post(used, form_data(client.get(used)) | {"create": "1"})

    def names(**query):
        page = client.get(reverse("library:list"), query)
        soup = BeautifulSoup(page.content, "html.parser")
        return [card.get_text(strip=True) for card in soup.select(".template-card h2 a")]

    assert names() == [template.name, first.name]
    assert names(sort="name") == [first.name, template.name]
    SuccessPlan.objects.filter(pk=first.pk).update(description="Changed")
    assert names(sort="changed") == [first.name, template.name]
    assert names(sort="nothing") == names()


def test_a_template_of_an_objective_shows_its_own_kpis(client, template):
    made = reverse("library:save-as", args=["objective", template.objectives.get().pk])
    page = client.get(client.post(made, {"name": "By itself"}).url).content.decode()
    assert "Active users" in page
    assert "higher is better" in page
    assert "#kpis" in page
