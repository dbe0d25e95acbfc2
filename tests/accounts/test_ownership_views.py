"""The chooser, and the forms that name an owner, over HTTP."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.accounts.models import Role, TeamPool, TeamPoolMember
from apps.core.kinds import KINDS
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask
from tests.factories import (
    make_account,
    make_account_role,
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

MAKE = {
    "plan": make_plan,
    "objective": lambda account: make_objective(account=account),
    "playbook": lambda account: make_playbook(account=account),
    "task": lambda account: make_task(account=account),
}
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def account():
    return make_account(name="Acme")


@pytest.fixture
def role():
    return Role.objects.order_by("position")[0]


def allocate(record, kind):
    return reverse(f"{KINDS[kind].namespace}:allocate", args=[record.pk])


def text(response):
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def ticked(response, name="owner"):
    page = BeautifulSoup(response.content, "html.parser")
    return [box["value"] for box in page.select(f"input[name={name}][checked]")]


@pytest.mark.parametrize("kind", MAKE)
def test_r_own_3_the_chooser_ranks_and_shows_the_counts(client, csm, account, role, kind):
    busy = make_resource(name="Busy Bee", role=role)
    make_plan(owner=busy)
    free = make_resource(name="Free Fox")
    record = MAKE[kind](account)
    page = client.get(allocate(record, kind))
    names = [
        tag.get_text()
        for tag in BeautifulSoup(page.content, "html.parser").select(".chooser-name")
        if tag.get_text() in (busy.name, free.name)
    ]
    assert names == ["Free Fox", "Busy Bee"]
    assert f"Busy Bee {role} · 1 active plan, 0 active playbooks" in text(page)
    page = client.get(f"{allocate(record, kind)}?role={role.pk}")
    assert text(page).index("Busy Bee Same role") < text(page).index("Free Fox")


def test_a_plan_is_given_to_a_role_and_its_holder_owns_it(client, csm, account, role):
    holder = make_resource(name="Jo Field")
    make_account_role(account, holder, role)
    plan = make_plan(account, name="Grow")
    data = form_data(client.get(allocate(plan, "plan")), owner=f"role-{role.pk}")
    response = client.post(allocate(plan, "plan"), data, follow=True)
    assert "“Grow” was given to Jo Field." in text(response)
    plan.refresh_from_db()
    assert (plan.owner, plan.owner_role) == (holder, role)
    assert ticked(client.get(allocate(plan, "plan"))) == [f"resource-{holder.pk}"]
    data = form_data(client.get(allocate(plan, "plan")), owner="")
    assert "“Grow” has no owner now." in text(
        client.post(allocate(plan, "plan"), data, follow=True)
    )
    plan.refresh_from_db()
    assert (plan.owner, plan.owner_role) == (None, None)


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
def test_r_own_2_nobody_holds_the_role_is_said_on_every_way(client, csm, account, role, kind):
    said = f"Nobody is {role} at Acme: the {KINDS[kind].noun} is saved without an owner."
    record = MAKE[kind](account)
    chosen = {"owner": f"role-{role.pk}", "shown": ""}
    told = client.post(allocate(record, kind), chosen, follow=True)
    assert said in text(told)
    # A warning alone says what was done: the way back is there too.
    assert len(BeautifulSoup(told.content, "html.parser").select(".notice .notice-undo")) == 1
    page = client.get(reverse(f"{KINDS[kind].namespace}:detail", args=[record.pk]))
    assert f"Nobody is {role} here yet" in text(page)
    for url in (
        f"{reverse(f'{KINDS[kind].namespace}:create')}?account={account.pk}",
        reverse(f"{KINDS[kind].namespace}:edit", args=[MAKE[kind](account).pk]),
    ):
        assert f"{role} · nobody yet" in text(client.get(url))
        data = edit_data(client, url, name="New", owner="", owner_role=str(role.pk))
        response = client.post(url, data, follow=True)
        assert said in text(response)
        record = type(record).objects.order_by("-updated_at")[0]
        assert (record.owner, record.owner_role) == (None, role)


def test_r_own_2_a_task_says_which_of_its_roles_nobody_holds(client, csm, account, role):
    task = make_task(account=account)
    response = client.post(allocate(task, "task"), {"owner": [f"role-{role.pk}"]}, follow=True)
    assert f"Nobody is {role} at Acme: the task waits for whoever gets the role." in text(response)
    url = reverse("tasks:edit", args=[task.pk])
    response = client.post(url, edit_data(client, url, name="Renamed"), follow=True)
    assert f"Nobody is {role} at Acme" in text(response)


def test_a_form_shows_who_holds_a_role_and_resolves_a_chosen_one(client, csm, account, role):
    holder = make_resource(name="Jo Field")
    make_account_role(account, holder, role)
    plan = make_plan(account, owner=make_resource())
    url = reverse("plans:edit", args=[plan.pk])
    assert f"{role} · Jo Field" in text(client.get(url))
    client.post(url, edit_data(client, url, owner_role=str(role.pk)))
    plan.refresh_from_db()
    assert (plan.owner, plan.owner_role) == (holder, role)


def test_a_form_with_a_team_member_and_a_role_is_refused_and_keeps_both(client, csm, account, role):
    jo = make_resource(name="Jo Field")
    url = f"{reverse('plans:create')}?account={account.pk}"
    data = edit_data(client, url, name="Grow", owner="Jo Field", owner_role=str(role.pk))
    response = client.post(url, data)
    assert response.status_code == 422
    assert "A success plan has one owner: a team member or a role. Empty the others." in text(
        response
    )
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("#id_owner")["value"] == jo.name
    assert page.select_one(f"#id_owner_role option[value='{role.pk}']").has_attr("selected")
    assert not SuccessPlan.objects.exists()


def test_an_emptied_team_member_leaves_the_role_to_decide_anew(client, csm, account, role):
    first, second = make_resource(), make_resource()
    plan = make_plan(account, owner=first, owner_role=role)
    make_account_role(account, second, role)
    url = reverse("plans:edit", args=[plan.pk])
    client.post(url, edit_data(client, url, owner=""))
    plan.refresh_from_db()
    assert (plan.owner, plan.owner_role) == (second, role)


def test_a_role_chosen_in_a_form_does_not_overwrite_a_new_owner_unseen(client, csm, account, role):
    plan = make_plan(account, owner=make_resource())
    make_account_role(account, make_resource(), role)
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, owner_role=str(role.pk))
    plan.owner = meanwhile = make_resource(name="Mea Nwhile")
    plan.save()
    response = client.post(url, data)
    assert response.status_code == 409
    assert "Mea Nwhile" in text(response)
    plan.refresh_from_db()
    assert plan.owner == meanwhile


@pytest.mark.parametrize("kind", MAKE)
def test_a_choice_over_the_page_answers_with_a_toast(client, csm, account, kind):
    jo = make_resource(name="Jo Field")
    record = MAKE[kind](account)
    shown = client.get(allocate(record, kind), headers=DIALOG)
    page = BeautifulSoup(shown.content, "html.parser")
    assert page.find("dialog", id="dialog")
    assert not page.find("html")
    data = form_data(shown, owner=[f"resource-{jo.pk}"])
    done = client.post(allocate(record, kind), data, headers=DIALOG)
    assert done.status_code == 204
    assert "was given to Jo Field" in done.headers["HX-Trigger"]
    assert "record-changed" in done.headers["HX-Trigger"]


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
def test_who_was_chosen_meanwhile_by_somebody_else_is_named_not_overwritten(
    client, csm, account, kind
):
    mine, theirs = make_resource(name="Mine"), make_resource(name="Theirs")
    record = MAKE[kind](account)
    data = form_data(client.get(allocate(record, kind)), owner=f"resource-{mine.pk}")
    record.owner = theirs
    record.save()
    response = client.post(allocate(record, kind), data)
    assert response.status_code == 409
    assert "Somebody else gave it to Theirs meanwhile." in text(response)
    assert ticked(response) == [f"resource-{mine.pk}"]
    record.refresh_from_db()
    assert record.owner == theirs
    again = form_data(response)
    assert client.post(allocate(record, kind), again).status_code == 302
    record.refresh_from_db()
    assert record.owner == mine


def test_people_of_a_task_who_were_added_meanwhile_stay(client, csm, account):
    jo, kim, lee = (make_resource(name=name) for name in ("Jo", "Kim", "Lee"))
    task = make_task(account=account)
    task.assignments.create(resource=jo)
    data = form_data(client.get(allocate(task, "task")), owner=[f"resource-{kim.pk}"])
    task.assignments.create(resource=lee)
    assert client.post(allocate(task, "task"), data).status_code == 302
    assert sorted(str(row) for row in task.assignments.all()) == ["Kim", "Lee"]


def test_seeking_keeps_what_is_ticked_and_saves_nothing(client, csm, account):
    jo, kim = make_resource(name="Jo Field"), make_resource(name="Kim Lund")
    pool = TeamPool.objects.create(name="EMEA")
    TeamPoolMember.objects.create(pool=pool, resource=kim)
    task = make_task(account=account)
    sought = {"refresh": "1", "owner": [f"resource-{jo.pk}"], "q": "lund", "pool": str(pool.pk)}
    page = client.post(allocate(task, "task"), sought)
    assert ticked(page) == [f"resource-{jo.pk}"]
    assert "Kim Lund" in text(page)
    part = client.post(
        allocate(task, "task"),
        sought,
        headers={"HX-Request": "true", "HX-Target": "choosers"},
    )
    root = BeautifulSoup(part.content, "html.parser").find(recursive=False)
    assert root["id"] == "choosers"
    assert str(root) == str(BeautifulSoup(page.content, "html.parser").find(id="choosers"))
    assert not task.assignments.exists()
    assert "Nobody matches." in text(client.get(f"{allocate(task, 'task')}?q=xyz"))


def test_a_shared_playbook_is_given_a_co_owner_beside_its_owner(client, csm, account):
    jo, contact = make_resource(name="Jo"), make_contact(account, name="Cy Young")
    playbook = make_playbook(account=account, is_shared=True, owner=jo)
    page = client.get(allocate(playbook, "playbook"))
    data = form_data(page, co_owner=f"contact-{contact.pk}")
    assert client.post(allocate(playbook, "playbook"), data).status_code == 302
    playbook.refresh_from_db()
    assert (playbook.owner, playbook.co_owner) == (jo, contact)
    playbook.is_shared, playbook.co_owner = False, None
    playbook.save()
    assert "Co-owner" not in text(client.get(allocate(playbook, "playbook")))


@pytest.mark.parametrize("word", ["nobody-1", "resource-987654321", "resource-x"])
def test_who_is_gone_is_refused_in_words(client, csm, account, word):
    plan = make_plan(account)
    response = client.post(allocate(plan, "plan"), {"owner": [word]})
    assert response.status_code == 422
    assert "Somebody you chose is gone" in text(response)


def test_r_own_1_two_owners_and_those_who_cannot_be_allocated_are_refused(client, csm, account):
    plan, left = make_plan(account), make_resource(is_active=False, name="Left")
    two = [f"resource-{make_resource().pk}", f"resource-{make_resource().pk}"]
    response = client.post(allocate(plan, "plan"), {"owner": two})
    assert (response.status_code, "There is one owner." in text(response)) == (422, True)
    response = client.post(allocate(plan, "plan"), {"owner": [f"resource-{left.pk}"]})
    assert (response.status_code, "Left is no longer active." in text(response)) == (422, True)
    plan.refresh_from_db()
    assert plan.owner is None


@pytest.mark.parametrize("kind", MAKE)
def test_who_may_not_edit_does_not_allocate(client, account, kind):
    record = MAKE[kind](account)
    jo = make_resource()
    client.force_login(make_participant())
    page = client.get(reverse(f"{KINDS[kind].namespace}:detail", args=[record.pk]))
    offered = allocate(record, kind) in page.content.decode()
    response = client.post(allocate(record, kind), {"owner": [f"resource-{jo.pk}"]})
    # Participants edit all of these but success plans.
    assert offered is (kind != "plan")
    assert response.status_code == (403 if kind == "plan" else 302)
    client.force_login(make_user(None))
    assert client.get(allocate(record, kind)).status_code == 404


@pytest.mark.parametrize("kind", MAKE)
def test_the_chooser_needs_the_same_queries_with_1_and_8_rows(client, csm, account, role, kind):
    counts = []
    for number in (1, 7):
        for _ in range(number):
            resource = make_resource(role=role)
            make_account_role(account, resource, role)
            make_plan(owner=resource)
            make_contact(account)
            TeamPool.objects.create(name=f"Pool {resource.pk}")
        record = MAKE[kind](account)
        if kind == "task":
            record.assignments.create(resource=resource)
        counts.append(queries(client, allocate(record, kind)))
    assert counts[0] == counts[1] <= 20


@pytest.mark.parametrize("kind", MAKE)
def test_giving_a_record_needs_few_statements(client, csm, account, kind):
    resource = make_resource(user=make_user())
    record = MAKE[kind](account)
    data = form_data(client.get(allocate(record, kind)), owner=[f"resource-{resource.pk}"])
    statements = saving(client, allocate(record, kind), data)
    assert len(statements) <= 22, len(statements)


def test_r_own_3_suggestions_come_ranked_with_the_counts(client, csm, account, role):
    busy = make_resource(name="Ann", role=role)
    make_plan(owner=busy)
    make_resource(name="Zoe")
    url = reverse("resources:options")

    def options(query):
        page = BeautifulSoup(client.get(f"{url}?{query}").content, "html.parser")
        return [(one["value"], one.get_text()) for one in page.find_all("option")]

    assert options("q=")[-1] == ("Ann", f"{role} · 1 active plan, 0 active playbooks")
    assert [name for name, _ in options("q=")][-2:] == ["Zoe", "Ann"]
    assert options(f"q=&role={role.pk}")[0][0] == "Ann"
    assert [name for name, _ in options("q=ann")] == ["Ann"]


def test_the_task_form_offers_resources_ranked_with_their_role_here(client, csm, account, role):
    busy = make_resource(name="Ann")
    make_plan(owner=busy)
    make_account_role(account, busy, role)
    make_resource(name="Zoe")
    page = text(client.get(f"{reverse('tasks:create')}?account={account.pk}"))
    assert f"Ann · {role} here · 1 active plan, 0 active playbooks" in page
    assert page.index("Zoe") < page.index("Ann ·")
    assert not PlaybookTask.objects.exists()
