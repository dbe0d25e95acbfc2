"""Pages of the library and of the wizard."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.core import access
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.kpis.models import ObjectiveKpi
from apps.library.models import Draft
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from tests.factories import (
    make_account,
    make_account_role,
    make_challenge,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)
from tests.library.trees import days, fill, keyed, make_template, role
from tests.pages import form_data, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def use_url(record, kind="plan", **query):
    address = reverse("library:use", args=[kind, record.pk])
    return address + "?" + "&".join(f"{n}={v}" for n, v in query.items())


def begun(client, template, account, **typed):
    """A draft at its grid: the basics are typed."""
    url = use_url(template, account=account.pk)
    response = client.post(url, form_data(client.get(url), **typed))
    assert response.status_code == 302, response.content.decode()
    return response.url


def sent(client, url, **changed):
    """What a browser without JavaScript sends for the whole grid."""
    data = form_data(client.get(url), "grid")
    data = {name: values for name, values in data.items() if changed.get(name, "") is not None}
    return data | {name: value for name, value in changed.items() if value is not None}


def test_cards_and_list_are_remembered_and_search_looks_inside(client, csm):
    template, other = make_template(), make_template(name="Renewal")
    PlaybookTask.objects.filter(plan=other, name="Task 1").update(name="Ask for the price")
    page = client.get(reverse("library:list"))
    assert "template-cards" in page.content.decode()
    assert "1 objective, 1 KPI, 1 playbook and 3 tasks" in page.content.decode()
    client.get(reverse("library:list"), {"view": "list"})
    assert "template-cards" not in client.get(reverse("library:list")).content.decode()
    found = client.get(reverse("library:list"), {"q": "price"}).content.decode()
    assert other.name in found
    assert template.name not in found
    none = client.get(reverse("library:list"), {"q": "zzz"}).content.decode()
    assert "No template holds" in none
    part = client.get(
        reverse("library:list"),
        {"q": "price"},
        headers={"HX-Request": "true", "HX-Target": "library"},
    )
    (root,) = BeautifulSoup(part.content, "html.parser").find_all(recursive=False)
    assert root["id"] == "library"


def test_an_empty_library_says_what_to_do(client, csm):
    assert "The library is empty" in client.get(reverse("library:list")).content.decode()


def test_as_a_picker_it_keeps_for_whom_and_offers_blank_first(client, csm):
    template, account = make_template(), make_account(name="Acme")
    page = client.get(reverse("library:list"), {"kind": "plan", "account": account.pk})
    soup = BeautifulSoup(page.content, "html.parser")
    assert "For Acme" in soup.text
    first = soup.select(".template-card a")[0]
    assert first["href"] == f"{reverse('plans:create')}?account={account.pk}"
    use = soup.find("a", string="Use")
    assert use["href"] == use_url(template, account=account.pk)


def test_from_basics_to_a_plan_in_one_go(client, csm):
    template, account = make_template(), make_account()
    challenge = make_challenge(account)
    url = use_url(template, account=account.pk)
    data = form_data(client.get(url), name="Acme goes live", start="2026-03-02")
    data |= {"challenges": [str(challenge.pk)], "new_challenges": "Too slow\n\nToo dear"}
    response = client.post(url, data | {"create": "1"})
    plan = SuccessPlan.objects.get(account=account)
    assert response.url == reverse("plans:detail", args=[plan.pk])
    assert {c.title for c in plan.challenges.all()} == {challenge.title, "Too slow", "Too dear"}
    page = client.get(response.url).content.decode()
    assert "1 success plan, 1 objective, 1 KPI, 1 playbook and 3 tasks" in page
    assert "notice-undo" in page
    assert not Draft.objects.exists()


def test_the_grid_without_javascript_edits_unticks_and_creates(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account, start="2026-03-02")
    objective, playbook = keyed(template, "Go live"), keyed(template, "Kick-off")
    task = keyed(template, "Task 1")
    data = sent(
        client,
        url,
        **{f"name:{objective}": "Live soon", f"keep:{playbook}": None, f"end:{task}": "2026-03-20"},
        action="create",
    )
    response = client.post(url, data)
    assert response.status_code == 302, response.content.decode()
    plan = SuccessPlan.objects.get(account=account)
    assert plan.objectives.get().name == "Live soon"
    assert not plan.playbooks.exists()
    stored = plan.tasks.get(name="Task 1")
    assert (stored.end_date, stored.objective.name) == (dt.date(2026, 3, 20), "Live soon")


def test_what_was_typed_stays_on_an_error_on_back_and_on_reload(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account, start="2026-03-02")
    task = keyed(template, "Task 1")
    wrong = client.post(url, sent(client, url, **{f"end:{task}": "2027-01-01"}, action="create"))
    assert wrong.status_code == 422
    assert "after the end of the playbook" in wrong.content.decode()
    assert not SuccessPlan.objects.filter(account=account).exists()
    kept = f'name="end:{task}" value="2027-01-01"'
    assert kept in wrong.content.decode()
    back = client.post(url, sent(client, url, **{f"name:{task}": "Mine"}, action="back"))
    assert "step=basics" in back.url
    assert client.get(back.url).status_code == 200
    again = client.get(url).content.decode()
    assert kept in again
    assert 'value="Mine"' in again
    unread = client.post(url, sent(client, url, **{f"end:{task}": "soon"}))
    assert unread.status_code == 422
    assert "is no date" in unread.content.decode()


def test_r_tpl_4_a_start_that_loses_edits_asks_first_and_kpis_stay_until_moved(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account, start="2026-03-02")
    task, plan = keyed(template, "Task 1"), f"plan-{template.pk}"
    client.post(url, sent(client, url, **{f"end:{task}": "2026-03-05"}))
    asked = client.post(url, sent(client, url, **{f"start:{plan}": "2026-03-12"}))
    assert "1 edit of dates will be lost" in asked.content.decode()
    assert 'value="2026-03-12"' not in client.get(url).content.decode()
    button = BeautifulSoup(asked.content, "html.parser").select_one("[data-pending] button")
    done = client.post(url, {"action": button["value"]}, follow=True).content.decode()
    assert f'name="start:{plan}" value="2026-03-12"' in done
    assert f'name="end:{task}" value="2026-03-14"' in done
    assert "KPI target dates stayed" in done
    moved = client.post(url, sent(client, url, action="kpis"), follow=True).content.decode()
    assert "KPI target dates stayed" not in moved
    client.post(url, sent(client, url, action="create"))
    kpi = ObjectiveKpi.objects.get(objective__account=account)
    assert kpi.target_date == dt.date(2026, 4, 11)


def test_r_tpl_3_a_branch_is_unticked_by_one_request_and_a_child_ticked_again(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account)
    objective, task = keyed(template, "Go live"), keyed(template, "Task 2")
    headers = {"HX-Request": "true", "HX-Target": "grid"}
    one = {f"row:{objective}": "1", "branch": "1", "quiet": "1"}
    response = client.post(url, one, headers=headers)
    assert response["HX-Reswap"] == "none"
    assert response.json()["counts"] == "1 success plan and 1 task"
    again = {f"row:{task}": "1", f"keep:{task}": "on", "branch": "1", "quiet": "1"}
    said = client.post(url, again, headers=headers).json()["rows"]
    assert said[task] == [[f"Without its playbook it goes to “{template.name}”.", False]]
    assert said[task][0][0] in client.get(url).content.decode()
    client.post(url, {"action": "create"})
    plan = SuccessPlan.objects.get(account=account)
    assert set(plan.tasks.values_list("name", "objective")) == {("Task 2", None), ("One-off", None)}


def test_people_of_a_row_are_chosen_in_a_dialog(client, csm):
    template, account, person = make_template(), make_account(), make_resource(name="Jo")
    url = begun(client, template, account)
    objective, task = keyed(template, "Go live"), keyed(template, "Task 1")
    headers = {"HX-Request": "true", "HX-Target": "dialog"}
    dialog = client.get(f"{url}&people={objective}", headers=headers).content.decode()
    assert 'id="dialog"' in dialog
    assert "0 active plans" in dialog
    done = client.post(
        f"{url}&people={objective}", {"owner": f"resource-{person.pk}"}, headers=headers
    )
    assert done.status_code == 204
    assert "grid-changed" in done["HX-Trigger"]
    plain = client.post(
        f"{url}&people={task}", {"owner": [f"resource-{person.pk}", f"role-{role().pk}"]}
    )
    assert plain.status_code == 302
    grid = client.get(url).content.decode()
    assert "Jo" in grid
    assert "nobody here" in grid
    client.post(url, {"action": "create"})
    assert Objective.objects.get(account=account).owner == person
    assert PlaybookTask.objects.get(account=account, name="Task 1").assignments.count() == 2


def test_kpis_are_added_changed_and_deleted_in_their_grid(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account)
    address = f"{url}&kpis={keyed(template, 'Go live')}"
    page = client.get(address)
    data = form_data(page, **{"kpis-0-title": "Weekly users", "kpis-1-title": "Tickets"})
    data |= {"kpis-1-baseline": "9", "kpis-1-target": "3"}
    assert client.post(address, data).status_code == 302
    page = client.get(address)
    assert "Weekly users" in page.content.decode()
    wrong = client.post(
        address, form_data(page, **{"kpis-0-direction": "lower", "kpis-0-title": "Kept"})
    )
    assert wrong.status_code == 422
    assert "Kept" in wrong.content.decode()
    gone = form_data(page, **{"kpis-1-DELETE": "on"})
    client.post(address, gone)
    client.post(url, {"action": "create"})
    assert [k.title for k in ObjectiveKpi.objects.filter(objective__account=account)] == [
        "Weekly users"
    ]


def test_a_task_is_added_and_taken_away_before_it_is_created(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account)
    playbook = keyed(template, "Kick-off")
    added = client.post(url, sent(client, url, action=f"add:{playbook}"))
    # Reloading the page adds no second one.
    assert added.status_code == 302
    assert 'name="name:task-new-1"' in client.get(added.url).content.decode()
    client.post(url, sent(client, url, action=f"add:{playbook}"))
    client.post(url, sent(client, url, action="drop:task-new-2"))
    unnamed = client.post(url, sent(client, url, action="create"))
    assert unnamed.status_code == 422
    assert "needs a name" in unnamed.content.decode()
    client.post(url, sent(client, url, **{"name:task-new-1": "Call"}, action="create"))
    assert Playbook.objects.get(account=account).tasks.filter(name="Call").exists()


def test_a_template_without_children_is_created_at_once_with_a_message(client, csm):
    bare = SuccessPlan.objects.create(name="Bare", is_template=True)
    account = make_account()
    url = use_url(bare, account=account.pk)
    page = client.get(url)
    assert "holds no other records" in page.content.decode()
    response = client.post(url, form_data(page))
    assert response.url == reverse(
        "plans:detail", args=[SuccessPlan.objects.get(account=account).pk]
    )


def test_a_live_playbook_is_cloned_through_the_same_steps(client, csm):
    account = make_account()
    playbook = make_playbook(make_objective(account=account), start_date=days(0))
    make_task(playbook, start_date=days(1))
    url = use_url(playbook, "playbook")
    page = client.get(url)
    assert "Cloned from" in page.content.decode()
    response = client.post(url, form_data(page, name="Again") | {"create": "1"})
    assert response.status_code == 302
    assert Playbook.objects.get(name="Again").created_from == playbook


def test_drafts_are_listed_for_their_maker_alone(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account, name="Half done")
    assert "Half done" in client.get(reverse("library:list")).content.decode()
    draft = Draft.objects.get()
    client.force_login(make_csm())
    assert client.get(url).status_code == 404
    assert client.post(url, {"action": "create"}).status_code == 404
    assert client.post(reverse("library:discard", args=[draft.pk])).status_code == 404
    assert "Half done" not in client.get(reverse("library:list")).content.decode()
    client.force_login(csm)
    client.post(reverse("library:discard", args=[draft.pk]))
    assert not Draft.objects.exists()


def test_a_draft_whose_account_is_gone_asks_for_another_and_keeps_the_rest(client, csm):
    template, account = make_template(), make_account()
    url = begun(client, template, account, name="Half done")
    account.delete()
    page = client.get(url)
    assert page.status_code == 200
    other = make_account()
    response = client.post(url, form_data(page, account=str(other.pk)))
    assert response.status_code == 302
    client.post(response.url, sent(client, response.url, action="create"))
    assert SuccessPlan.objects.get(name="Half done").account == other


def test_what_no_database_can_keep_is_refused_or_left_away_and_the_rest_stays(client, csm):
    template = make_template()
    url, task = begun(client, template, make_account()), keyed(template, "Task 1")
    typed = {f"name:{task}": "Bell\0 rung", f"start:{task}": "9999-12-31"}
    refused = client.post(url, sent(client, url, action="save", **typed))
    assert refused.status_code == 422
    assert "9999-12-31” is no date" in refused.content.decode()
    assert "Bell rung" in client.get(url).content.decode()


def test_a_row_that_the_template_lost_meanwhile_does_not_lose_what_was_added(client, csm):
    template = make_template()
    url, playbook = begun(client, template, make_account()), keyed(template, "Kick-off")
    client.post(url, sent(client, url, action=f"add:{playbook}"))
    client.post(url, sent(client, url, action="save", **{"name:task-new-1": "Mine"}))
    Playbook.objects.filter(plan=template).delete()
    assert "Mine" in client.get(url).content.decode()
    client.post(url, sent(client, url, action="create"))
    made = SuccessPlan.objects.get(created_from=template)
    assert made.tasks.get(name="Mine").playbook is None


def test_participants_have_no_button_and_the_pages_say_why(client):
    participant = make_participant()
    client.force_login(participant)
    template = make_template()
    reason = access.may(participant, "template.view").reason
    for url in (reverse("library:list"), reverse("library:detail", args=["plan", template.pk])):
        response = client.get(url)
        assert response.status_code == 403
        assert reason in response.content.decode()
    for response in (client.get(use_url(template)), client.post(use_url(template))):
        assert response.status_code == 403
        assert access.may(participant, "plan.create_from_template").reason in (
            response.content.decode()
        )
    playbook = make_playbook()
    refused = client.post(use_url(playbook, "playbook"), {"create": "1"})
    assert refused.status_code == 403
    assert (
        access.may(participant, "playbook.create_from_template").reason in refused.content.decode()
    )
    home = client.get("/").content.decode()
    assert "/library/" not in home
    for name in ("plan", "objective"):
        live = make_plan() if name == "plan" else make_objective()
        assert client.get(reverse("library:save-as", args=[name, live.pk])).status_code == 403


def test_r_vis_1_an_account_that_one_does_not_see_cannot_be_chosen(client, csm):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    mine, other = make_account(), make_account()
    make_account_role(mine, csm.resource)
    template = make_template()
    url = use_url(template, account=other.pk)
    page = client.get(url)
    assert other.name not in page.content.decode()
    response = client.post(url, form_data(page, account=str(other.pk)) | {"create": "1"})
    assert response.status_code == 422
    assert not SuccessPlan.objects.filter(account=other).exists()
    assert (
        client.get(reverse("library:save-as", args=["plan", make_plan(other).pk])).status_code
        == 404
    )


def test_r_tpl_1_a_live_plan_is_saved_as_a_template(client, csm):
    plan = make_plan()
    make_objective(plan)
    url = reverse("library:save-as", args=["plan", plan.pk])
    response = client.post(url, form_data(client.get(url), name="As we did it"))
    template = SuccessPlan.objects.get(name="As we did it")
    assert response.url == reverse("library:detail", args=["plan", template.pk])
    page = client.get(response.url).content.decode()
    assert "1 objective" in page
    assert (
        reverse("library:save-as", args=["plan", plan.pk])
        in client.get(reverse("plans:detail", args=[plan.pk])).content.decode()
    )


def test_r_tpl_1_the_template_box_makes_a_template_without_an_account(client, csm):
    for kind, model in (("plan", SuccessPlan), ("objective", Objective), ("playbook", Playbook)):
        url = reverse(f"{kind}s:create")
        data = form_data(client.get(url), name=f"Shelf {kind}", is_template="on")
        response = client.post(url, data)
        made = model.objects.get(name=f"Shelf {kind}")
        assert (made.is_template, made.account) == (True, None)
        assert response.url == reverse("library:detail", args=[kind, made.pk])


def test_records_are_made_edited_and_deleted_in_a_template(client, csm):
    template = make_template()
    url = f"{reverse('library:create', args=['objective'])}?plan={template.pk}"
    page = client.get(url)
    assert "In a template" in page.content.decode()
    data = form_data(page, name="Second", **{"kpis-0-title": "Speed", "kpis-0-target": "5"})
    assert client.post(url, data).url == reverse("library:detail", args=["plan", template.pk])
    second = Objective.objects.get(name="Second")
    assert (second.plan, second.account, second.is_template) == (template, None, False)
    assert second.kpis.get().title == "Speed"
    task_url = f"{reverse('library:create', args=['task'])}?objective={second.pk}"
    client.post(task_url, form_data(client.get(task_url), name="Do", roles=[str(role().pk)]))
    task = PlaybookTask.objects.get(name="Do")
    assert (task.objective, task.plan, task.assignments.get().role) == (second, template, role())
    edit = reverse("library:edit", args=["task", task.pk])
    client.post(edit, form_data(client.get(edit), name="Do it"))
    task.refresh_from_db()
    assert task.name == "Do it"
    outside = PlaybookTask.objects.filter(name="Task 1").get()
    edit = reverse("library:edit", args=["task", outside.pk])
    refused = client.post(edit, form_data(client.get(edit), end_date="2030-01-01"))
    assert refused.status_code == 422
    assert "after the end of the playbook" in refused.content.decode()
    gone = reverse("library:delete", args=["objective", second.pk])
    assert "1 KPI and 1 task" in client.get(gone).content.decode()
    client.post(gone)
    assert not Objective.objects.filter(pk=second.pk).exists()
    assert not PlaybookTask.objects.filter(pk=task.pk).exists()
    assert SuccessPlan.objects.filter(pk=template.pk).exists()
    live = make_plan()
    assert client.get(reverse("library:edit", args=["plan", live.pk])).status_code == 404
    assert client.get(reverse("library:delete", args=["plan", live.pk])).status_code == 404


def test_as_many_queries_for_a_thousand_rows_as_for_a_few(client, csm):
    counts = {}
    for size in (1, 1000):
        template, account = make_template(), make_account()
        fill(template, size)
        url = begun(client, template, account)
        counts[size] = (
            queries(client, url),
            queries(client, reverse("library:detail", args=["plan", template.pk])),
        )
    assert counts[1] == counts[1000]
    assert counts[1][0] <= 30


def test_the_library_needs_as_many_queries_for_8_templates_as_for_1(client, csm):
    make_template()
    one = queries(client, reverse("library:list"))
    for number in range(7):
        make_template(name=f"Template {number}")
    assert queries(client, reverse("library:list")) == one


def test_the_create_menu_leads_to_the_library_for_who_may_use_it(client, csm):
    soup = BeautifulSoup(client.get("/accounts/").content, "html.parser")
    links = [a["href"] for a in soup.select(".topbar .dropdown-item[href]")]
    assert any(re.match(r"/library/\?kind=plan", link) for link in links)
    assert reverse("tasks:create") in links


@pytest.mark.django_db(transaction=True)
def test_create_pressed_twice_at_once_makes_it_once(client):
    user = make_csm()
    client.force_login(user)
    template, account = make_template(), make_account()
    url = begun(client, template, account)
    data = sent(client, url, action="create")
    barrier = Barrier(2)

    def press(_):
        browser = Client()
        browser.force_login(user)
        try:
            barrier.wait(timeout=10)
            return browser.post(url, data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(press, range(2))) <= {302, 404}
    assert SuccessPlan.objects.filter(account=account).count() == 1
    assert not Draft.objects.exists()
