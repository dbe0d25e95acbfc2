"""Playbooks that run on an account: custom with tasks, cloned, from a template (R-TPL-7, R-TPL-8)."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.library.services import create_from
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.services import playbook_update, task_create, task_delete, task_update
from tests.factories import (
    make_account,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)
from tests.pages import form_data

pytestmark = pytest.mark.django_db

NEW = reverse("playbooks:create")
START = dt.date(2026, 3, 2)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def row(place, **typed):
    return {f"tasks-{place}-{name}": value for name, value in typed.items()}


def rows(*names):
    return {"tasks-TOTAL_FORMS": str(len(names))} | {
        name: value
        for place, task in enumerate(names)
        for name, value in row(place, name=task, priority="medium").items()
    }


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.parametrize("person", [make_csm, make_participant])
def test_r_tpl_8_a_custom_playbook_is_made_with_its_tasks_in_one_operation(client, person):
    client.force_login(person())
    objective = make_objective(make_plan(), name="Adopt")
    url = f"{NEW}?objective={objective.pk}"
    data = form_data(
        client.get(url), name="Recover", start_date="2026-03-02", end_date="2026-03-31"
    )
    data |= rows("Call", "Plan") | row(0, start_date="2026-03-02", end_date="2026-03-04")
    assert client.post(url, data).status_code == 302
    playbook = Playbook.objects.get()
    tasks = list(playbook.tasks.all())
    assert [(task.name, task.position) for task in tasks] == [("Call", 1), ("Plan", 2)]
    assert tasks[0].end_date == dt.date(2026, 3, 4)
    assert (playbook.created_from, playbook.account) == (None, objective.account)
    assert {(t.account, t.plan, t.objective) for t in tasks} == {
        (objective.account, objective.plan, objective)
    }
    operations = {one.events.get().pgh_operation for one in (playbook, *tasks)}
    assert len(operations) == 1


def test_r_pb_1_is_judged_with_the_dates_typed_in_the_same_form(client, csm):
    account = make_account()
    url = f"{NEW}?account={account.pk}"
    data = form_data(
        client.get(url), name="Recover", start_date="2026-03-02", end_date="2026-03-31"
    )
    data |= rows("Call", "Plan") | row(0, start_date="2026-03-01") | row(1, end_date="2026-04-01")
    response = client.post(url, data)
    assert response.status_code == 422
    said = response.content.decode()
    # Both rows at once, each beside what is wrong.
    assert "The start (1 Mar 2026) is before the start of the playbook “Recover”" in said
    assert "The end (1 Apr 2026) is after the end of the playbook “Recover” (31 Mar 2026)." in said
    assert 'value="2026-04-01"' in said
    assert not Playbook.objects.exists()


def test_a_row_without_a_name_is_refused_and_an_empty_one_is_none(client, csm):
    url = f"{NEW}?account={make_account().pk}"
    data = form_data(client.get(url), name="Recover")
    assert client.post(url, data | row(0, start_date="2026-03-01")).status_code == 422
    assert client.post(url, data).status_code == 302
    assert not PlaybookTask.objects.exists()


def test_a_row_is_added_without_javascript(client, csm):
    data = form_data(client.get(NEW), name="Half") | rows("Call")
    page = soup(client.post(NEW, data | {"add_row": "1"}))
    assert page.find(id="id_tasks-0-name")["value"] == "Call"
    assert page.find(id="id_tasks-1-name")
    assert page.find(id="id_name")["value"] == "Half"
    assert not Playbook.objects.exists()


def test_r_tpl_1_ticked_as_a_template_its_tasks_lie_in_it(client, csm):
    data = form_data(client.get(NEW), name="Recover", is_template="on") | rows("Call")
    assert client.post(NEW, data).status_code == 302
    playbook = Playbook.objects.get()
    task = PlaybookTask.objects.get()
    assert (playbook.is_template, playbook.account, task.account) == (True, None, None)
    assert task.playbook == playbook


def test_the_edit_form_has_no_rows(client, csm):
    page = client.get(reverse("playbooks:edit", args=[make_playbook().pk]))
    assert page.context["formset"] is None


# From a template, and from another playbook


def template():
    made = make_playbook(account=None, name="Save it", is_template=True, start_date=START)
    make_task(made, account=None, name="Call", start_date=START, end_date=START)
    return made


def stored():
    return [list(model.objects.order_by("pk").values()) for model in (Playbook, PlaybookTask)]


def test_r_tpl_7_what_runs_on_an_account_changes_there_and_the_template_does_not(csm):
    source = template()
    before = stored()
    made = create_from(
        actor=csm,
        kind="playbook",
        source=source,
        account=make_account(),
        values={"name": "Save Acme"},
        start=START,
        first_start=START,
    ).record
    (task,) = made.tasks.all()
    task_create(actor=csm, values={"name": "Write", "playbook": made})
    later = {"end_date": START + dt.timedelta(days=9), "resources": [make_resource()]}
    task_update(actor=csm, task=task, changes=later)
    playbook_update(actor=csm, playbook=made, changes={"stage": "in_progress", "status": "red"})
    task_delete(actor=csm, task=task)
    assert made.created_from == source
    Playbook.objects.filter(pk=made.pk).delete()
    PlaybookTask.objects.filter(name="Write").delete()
    assert stored() == before


def test_a_playbook_is_cloned_by_the_wizard_for_its_account(client, csm):
    objective = make_objective(make_plan(), name="Adopt")
    source = make_playbook(objective, name="Recover", start_date=START)
    make_task(source, name="Call", start_date=START)
    page = soup(client.get(reverse("playbooks:detail", args=[source.pk])))
    link = next(a["href"] for a in page.select(".page-actions a") if "Clone" in a.get_text())
    assert f"account={objective.account_id}" in link
    assert f"objective={objective.pk}" in link
    basics = client.get(link)
    assert basics.status_code == 200
    shown = soup(basics)
    assert shown.find(id="id_account")["value"] == objective.account.name
    assert shown.find(id="id_objective")["value"] == "Adopt"


def test_who_may_not_create_from_templates_is_not_offered_clone(client):
    client.force_login(make_participant())
    source = make_playbook()
    page = client.get(reverse("playbooks:detail", args=[source.pk])).content.decode()
    assert "Clone" not in page
    assert client.get(reverse("library:use", args=["playbook", source.pk])).status_code == 403


def test_a_playbook_says_what_it_was_made_from(client, csm):
    made = make_playbook(created_from=template())
    page = soup(client.get(reverse("playbooks:detail", args=[made.pk])))
    assert page.find("a", string="Save it")["href"] == reverse(
        "library:detail", args=["playbook", made.created_from_id]
    )
    client.force_login(make_participant())
    assert "Save it" not in client.get(reverse("playbooks:detail", args=[made.pk])).content.decode()


# Ways to carry something out


@pytest.mark.parametrize(("person", "runs"), [(make_csm, True), (make_participant, False)])
def test_pages_offer_run_playbook_custom_playbook_and_add_task(client, person, runs):
    client.force_login(person())
    objective = make_objective(make_plan())
    places = {
        reverse("objectives:detail", args=[objective.pk]): f"objective={objective.pk}",
        reverse("plans:detail", args=[objective.plan_id]): f"plan={objective.plan_id}",
        reverse("accounts:detail", args=[objective.account_id]): f"account={objective.account_id}",
    }
    for address, context in places.items():
        page = soup(client.get(address))
        menu = page.select_one(".page-actions .dropdown-menu:has([href*='/tasks/new/'])")
        found = {a.get_text(strip=True): a["href"] for a in menu.select("a")}
        assert list(found) == ["Run playbook"] * runs + ["Custom playbook", "Add task"]
        for link in found.values():
            assert context in link
            assert client.get(link).status_code == 200


def test_rows_of_objectives_offer_the_same(client):
    objective = make_objective(make_plan())
    for person, runs in ((make_csm, True), (make_participant, False)):
        client.force_login(person())
        for address in (
            reverse("plans:detail", args=[objective.plan_id]),
            f"{reverse('accounts:detail', args=[objective.account_id])}?tab=objectives",
        ):
            page = soup(client.get(address))
            # In a list the button goes to the row in hand.
            assert page.select_one(
                f"a[data-menu=run-menu][data-row='{objective.pk}'], table[data-menu=run-menu]"
            )
            items = {a.get_text(strip=True): a for a in page.select("#run-menu a")}
            assert list(items) == ["Run playbook"] * runs + ["Custom playbook", "Add task"]
            for item in items.values():
                link = item["data-address"].replace("__row__", str(objective.pk))
                assert client.get(link.replace("__back__", "/")).status_code == 200
