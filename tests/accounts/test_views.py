"""Pages of accounts, contacts and resources over HTTP: who may, what is refused, nothing lost."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from apps.accounts.models import Account, AccountTag, Contact, Role
from apps.accounts.views import RESOURCE_TABS
from apps.core.choices import RowScope
from apps.core.models import Organisation, Tag
from tests.factories import (
    make_account,
    make_account_role,
    make_activity,
    make_administrator,
    make_attribute,
    make_challenge,
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
FRAGMENT = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def stranger(csm):
    """With row scope on, an account of another team with everything on it."""
    account = make_account(name="Hidden Ltd")
    make_contact(account, name="Hidden Kim")
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    return account


def text(response):
    return response.content.decode()


# Accounts: create, edit, delete


def test_an_account_is_created_with_tags_and_clean_rich_text(client, csm):
    url = reverse("accounts:create")
    tag = Tag.objects.first()
    parent = make_account(name="Group")
    data = edit_data(
        client,
        url,
        name="Acme",
        parent="Group",
        arr="1,250.50",
        tags=[tag.pk],
        summary="<p>Grow</p><script>alert(1)</script>",
    )
    response = client.post(url, data)
    account = Account.objects.get(name="Acme")
    assert (response.status_code, response.url) == (302, f"/accounts/{account.pk}/")
    assert (account.parent, str(account.arr), account.external_id) == (parent, "1250.50", None)
    assert (account.summary, account.summary_edited_by) == ("<p>Grow</p>", csm)
    assert list(account.tags.all()) == [tag]


def test_a_taken_external_id_is_422_beside_its_field_and_keeps_what_was_typed(client, csm):
    make_account(external_id="A-1")
    url = reverse("accounts:create")
    response = client.post(url, edit_data(client, url, name="Acme", external_id="A-1"))
    assert response.status_code == 422
    assert "external_id" in response.context["form"].errors
    assert 'value="Acme"' in text(response)
    assert 'value="A-1"' in text(response)
    assert Account.objects.count() == 1


def test_r_num_1_a_number_that_is_none_is_refused_with_the_right_form(client, csm):
    url = reverse("accounts:create")
    response = client.post(url, edit_data(client, url, name="Acme", arr="12 apples"))
    assert response.status_code == 422
    assert "12 apples" in text(response)
    assert not Account.objects.exists()


def test_r_act_1_a_circle_is_refused_beside_the_parent(client, csm):
    top = make_account(name="Top")
    make_account(name="Low", parent=top)
    url = reverse("accounts:edit", args=[top.pk])
    response = client.post(url, edit_data(client, url, parent="Low"))
    assert response.status_code == 422
    assert "own ancestor" in response.context["form"].errors["parent"][0]
    assert 'value="Low"' in text(response)


def test_an_edit_saves_only_what_changed_and_keeps_the_summary_stamp(client, csm):
    account = make_account(name="Acme", summary="Kept")
    AccountTag.objects.create(account=account, tag=Tag.objects.first())
    url = reverse("accounts:edit", args=[account.pk])
    assert client.post(url, edit_data(client, url, tier="Gold")).status_code == 302
    account.refresh_from_db()
    assert (account.tier, account.summary, account.summary_edited_by) == ("Gold", "Kept", None)
    assert account.tags.count() == 1


def test_one_field_changed_by_two_people_is_409_with_both_values(client, csm):
    account = make_account(name="Acme", tier="Shown")
    url = reverse("accounts:edit", args=[account.pk])
    data = edit_data(client, url, tier="Mine")
    Account.objects.update(tier="Theirs")
    response = client.post(url, data)
    assert response.status_code == 409
    assert "Theirs" in text(response)
    assert 'value="Mine"' in text(response)
    assert client.post(url, form_data(response)).status_code == 302
    assert Account.objects.get().tier == "Mine"


@pytest.mark.parametrize("name", ["create", "edit", "delete"])
def test_a_participant_sees_accounts_but_changes_none(client, name):
    client.force_login(make_participant())
    account = make_account(name="Acme")
    args = [] if name == "create" else [account.pk]
    for response in (
        client.get(reverse(f"accounts:{name}", args=args)),
        client.post(reverse(f"accounts:{name}", args=args), {"name": "Changed"}),
    ):
        assert response.status_code == 403
        assert "Your permission set" in text(response)
    assert Account.objects.get().name == "Acme"


def test_r_del_1_only_an_administrator_is_offered_to_delete(client, csm):
    account = make_account(name="Acme")
    delete, detail = (
        reverse(f"accounts:{name}", args=[account.pk]) for name in ("delete", "detail")
    )
    assert delete not in text(client.get(detail))
    assert client.post(delete).status_code == 403
    client.force_login(make_administrator())
    assert delete in text(client.get(detail))
    assert client.post(delete).status_code == 302
    assert not Account.objects.exists()


def test_r_act_1_the_question_names_what_goes_and_what_stays(client):
    client.force_login(make_administrator())
    account = make_account(name="Acme")
    make_contact(account, name="Kim")
    make_challenge(account, title="Low adoption")
    make_account_role(account, make_resource(name="Jo"), Role.objects.first())
    account.readings.create(definition=make_attribute(), value=1, measured_on="2026-01-01")
    page = text(client.get(reverse("accounts:delete", args=[account.pk])))
    for named in ("Kim (contact)", "Low adoption (challenge)", "Jo as ", "1 reading of its"):
        assert named in page
    assert "Its activities, without an account" in page


def test_r_act_1_a_refused_deletion_links_what_is_in_the_way(client):
    client.force_login(make_administrator())
    account = make_account(name="Acme")
    make_objective(make_plan(account))
    url = reverse("accounts:delete", args=[account.pk])
    page = text(client.get(url))
    assert "1 success plan" in page
    assert f"/plans/?account={account.pk}" in page
    assert "btn-danger" not in page
    refused = client.post(url)
    assert refused.status_code == 422
    assert "Acme still has 1 success plan, 1 objective" in text(refused)
    assert Account.objects.exists()


# Contacts


def test_a_participant_creates_and_edits_contacts_but_deletes_none(client):
    client.force_login(make_participant())
    account = make_account(name="Acme")
    url = f"{reverse('contacts:create')}?account={account.pk}"
    page = client.get(url)
    assert 'value="Acme"' in text(page)
    assert (
        client.post(url, form_data(page, name="Kim", email="kim@acme.example")).status_code == 302
    )
    contact = Contact.objects.get()
    assert (contact.account, contact.email, contact.is_active) == (
        account,
        "kim@acme.example",
        True,
    )
    edit = reverse("contacts:edit", args=[contact.pk])
    assert client.post(edit, edit_data(client, edit, title="CTO")).status_code == 302
    assert Contact.objects.get().title == "CTO"
    delete = reverse("contacts:delete", args=[contact.pk])
    assert delete not in text(client.get(reverse("contacts:detail", args=[contact.pk])))
    assert client.post(delete).status_code == 403
    assert Contact.objects.exists()


def test_a_contact_without_a_name_is_422_and_keeps_what_was_typed(client, csm):
    make_account(name="Acme")
    url = reverse("contacts:create")
    response = client.post(url, edit_data(client, url, account="Acme", title="CTO"))
    assert response.status_code == 422
    assert 'value="CTO"' in text(response)
    assert not Contact.objects.exists()


def holding(contact):
    """A contact with an objective, a task and a past meeting."""
    make_objective(account=contact.account, name="Adopt more", owner_contact=contact)
    task = make_task(account=contact.account, name="Call back")
    task.assignments.create(contact=contact)
    activity = make_activity(account=contact.account, subject="Kick-off")
    activity.contact_links.create(contact=contact)


def test_who_leaves_the_company_is_off_boarded_with_the_list_of_what_is_theirs(client, csm):
    contact = make_contact(name="Kim")
    holding(contact)
    edit = reverse("contacts:edit", args=[contact.pk])
    data = edit_data(client, edit)
    del data["is_active"]
    response = client.post(edit, data, follow=True)
    page = text(response)
    assert response.redirect_chain == [(f"/contacts/{contact.pk}/hand-over/", 302)]
    assert "still owns or is assigned 2 records" in page
    assert "Adopt more" in page
    assert "Call back" in page
    contact.refresh_from_db()
    assert contact.is_active is False
    options = text(client.get(f"{reverse('contacts:options')}?q=Kim"))
    assert "Kim" not in options


def test_who_leaves_with_nothing_is_simply_saved(client, csm):
    contact = make_contact(name="Kim")
    edit = reverse("contacts:edit", args=[contact.pk])
    data = edit_data(client, edit)
    del data["is_active"]
    assert client.post(edit, data).url == f"/contacts/{contact.pk}/"


def test_r_del_1_a_contact_who_holds_something_is_refused_with_links(client, csm):
    contact = make_contact(name="Kim")
    holding(contact)
    url = reverse("contacts:delete", args=[contact.pk])
    page = text(client.get(url))
    assert "Adopt more (objective)" in page
    assert "Call back (task)" in page
    assert "btn-danger" not in page
    refused = client.post(url)
    assert refused.status_code == 422
    assert "Give them to somebody else first" in text(refused)
    assert Contact.objects.exists()


@pytest.mark.parametrize("tab", ["details", "related", "history"])
def test_a_contact_has_its_tabs(client, csm, tab):
    contact = make_contact(name="Kim", phone="+49 30 1234")
    holding(contact)
    page = text(client.get(f"{reverse('contacts:detail', args=[contact.pk])}?tab={tab}"))
    assert "+49 30 1234" in page
    related = all(name in page for name in ("Adopt more", "Call back", "Kick-off"))
    assert related == (tab == "related")


def test_the_panel_of_a_contact_is_one_element(client, csm):
    contact = make_contact()
    response = client.get(
        reverse("contacts:detail", args=[contact.pk]),
        headers={"HX-Request": "true", "HX-Target": "panel"},
    )
    assert text(response).strip().startswith('<aside id="panel"')


# Resources


def test_a_resource_shows_what_it_looks_after(client, csm):
    jo = make_resource(name="Jo", email="jo@ours.example")
    account = make_account(name="Acme")
    make_account_role(account, jo)
    make_plan(account, name="Grow", owner=jo)
    make_task(account=account, name="Call back").assignments.create(resource=jo)
    make_objective(account=account, name="Adopt more", owner=jo)
    make_playbook(account=account, name="Onboarding run", owner=jo)
    for tab, shown in {
        "": "Acme",
        "accounts": "Acme",
        "plans": "Grow",
        "objectives": "Adopt more",
        "playbooks": "Onboarding run",
        "tasks": "Call back",
        "history": "created",
    }.items():
        page = text(client.get(f"{reverse('resources:detail', args=[jo.pk])}?tab={tab}"))
        for said in (shown, "jo@ours.example", f"/accounts/?team={jo.pk}"):
            assert said in page
        assert "admin/accounts/resource" not in page
    assert "Acme" in text(client.get(f"/accounts/?team={jo.pk}"))


def test_an_administrator_is_led_to_the_administration(client):
    client.force_login(make_administrator())
    jo = make_resource()
    page = text(client.get(reverse("resources:detail", args=[jo.pk])))
    assert reverse("admin:accounts_resource_change", args=[jo.pk]) in page
    assert reverse("admin:accounts_resource_add") in text(client.get(reverse("resources:list")))


# Row scope


def test_r_vis_1_another_teams_records_are_404_and_nowhere(client, stranger):
    contact = stranger.contacts.get()
    for namespace, pk in (("accounts", stranger.pk), ("contacts", contact.pk)):
        for name in ("detail", "edit", "delete"):
            url = reverse(f"{namespace}:{name}", args=[pk])
            assert client.get(url).status_code == 404
            assert client.post(url).status_code in (404, 405)
    for address in (
        "/accounts/",
        "/accounts/?q=Hidden",
        "/contacts/",
        f"/contacts/?account={stranger.pk}",
        "/accounts/options/?q=Hidden",
        "/contacts/options/?q=Hidden",
        f"/contacts/options/?q=&account={stranger.pk}",
    ):
        page = text(client.get(address))
        assert "Hidden Ltd" not in page
        assert "Hidden Kim" not in page
    assert "of 0" in text(client.get("/accounts/?count=1"))
    assert client.get(reverse("accounts:detail", args=[stranger.pk])).status_code == 404
    assert Account.objects.filter(pk=stranger.pk).exists()


def test_r_vis_1_nothing_can_be_put_below_a_hidden_account(client, stranger):
    url = reverse("accounts:create")
    for typed in ("Hidden Ltd", str(stranger.pk), f"Hidden Ltd #{stranger.pk}"):
        response = client.post(url, edit_data(client, url, name="Sneaky", parent=typed))
        assert response.status_code == 422
    url = reverse("contacts:create")
    response = client.post(url, edit_data(client, url, name="Sneaky", account="Hidden Ltd"))
    assert response.status_code == 422
    assert not Account.objects.filter(name="Sneaky").exists()
    assert not Contact.objects.filter(name="Sneaky").exists()


def test_r_vis_1_a_hidden_parent_is_neither_read_nor_lost_in_the_form(client, csm, stranger):
    mine = make_account(name="Mine", parent=stranger)
    make_account_role(mine, csm.resource)
    edit = reverse("accounts:edit", args=[mine.pk])
    for address in (edit, "/accounts/", f"/accounts/{mine.pk}/"):
        page = text(client.get(address))
        assert "Mine" in page
        assert "Hidden Ltd" not in page
    assert client.post(edit, edit_data(client, edit, tier="Gold")).status_code == 302
    mine.refresh_from_db()
    assert (mine.parent, mine.tier) == (stranger, "Gold")


def test_r_vis_1_the_page_of_a_resource_shows_no_hidden_account(client, stranger):
    jo = make_resource(name="Jo")
    make_account_role(stranger, jo)
    make_plan(stranger, name="Hidden plan", owner=jo)
    make_task(account=stranger, name="Hidden task").assignments.create(resource=jo)
    for tab in RESOURCE_TABS:
        page = text(client.get(f"{reverse('resources:detail', args=[jo.pk])}?tab={tab}"))
        assert "Jo" in page
        assert "Hidden" not in page


@pytest.mark.parametrize("name", ["accounts", "contacts", "resources"])
def test_without_a_permission_set_nothing_is_seen(client, name):
    client.force_login(make_user(None))
    record = {
        "accounts": make_account,
        "contacts": make_contact,
        "resources": make_resource,
    }[name]()
    assert client.get(reverse(f"{name}:list")).status_code == 403
    assert client.get(reverse(f"{name}:detail", args=[record.pk])).status_code == 404
    assert str(record) not in text(client.get(f"{reverse(f'{name}:options')}?q={record}"))


# Lists


def many(count):
    for _ in range(count):
        account = make_account(parent=make_account())
        jo = make_resource(role=Role.objects.first())
        make_account_role(account, jo)
        make_plan(account, owner=jo)
        make_contact(account)


@pytest.mark.parametrize("name", ["accounts", "contacts", "resources"])
def test_lists_need_the_same_queries_at_1_and_8_rows(client, csm, name):
    many(1)
    one = queries(client, reverse(f"{name}:list"))
    many(7)
    assert queries(client, reverse(f"{name}:list")) == one <= 12


COLUMNS = {
    "accounts": "name parent csm lifecycle_stage tier industry country segment arr renewal_date"
    " next_review_date status external_id signup_date",
    "contacts": "name account title email phone is_active",
    "resources": "name role email kind account_count plan_count is_active",
}


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        (name, f"{sign}{column}")
        for name, columns in COLUMNS.items()
        for column in columns.split()
        for sign in ("", "-")
    ],
)
def test_lists_sort_by_every_column_both_ways(client, csm, name, sort):
    many(2)
    response = client.get(reverse(f"{name}:list"), {"sort": sort})
    assert response.status_code == 200
    rows = response.context["table"]["body"].count("<tr")
    assert rows == {"accounts": 4, "contacts": 2, "resources": 3}[name]


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("name", {"name": "Aa"}, {"name": "Zz"}),
        ("parent", {"name": "1"}, {"name": "2"}),
        ("arr", {"arr": 5}, {"arr": 40}),
        ("renewal_date", {"renewal_date": "2026-01-01"}, {"renewal_date": "2027-01-01"}),
    ],
)
def test_the_list_of_accounts_is_in_order(client, csm, column, low, high):
    if column == "parent":
        low = low | {"parent": make_account(name="Aa")}
        high = high | {"parent": make_account(name="Zz")}
    first, second = make_account(**low), make_account(**high)
    for sort, wanted in ((column, [first, second]), (f"-{column}", [second, first])):
        body = str(client.get("/accounts/", {"sort": sort}).context["table"]["body"])
        places = [body.index(f'id="account-{account.pk}"') for account in wanted]
        assert places == sorted(places)


def test_the_fragment_of_the_list_is_what_the_page_holds(client, csm):
    many(2)
    page, fragment = (client.get("/accounts/", headers=h) for h in ({}, FRAGMENT))
    # The token that guards a form is masked anew in each answer.
    whole, part = (re.sub(r'value="\w{64}"', "", text(one)).strip() for one in (page, fragment))
    assert part.startswith('<div id="list"')
    assert part in whole
    assert "HX-Target" in fragment.headers["Vary"]


def test_accounts_are_filtered_by_what_the_address_says(client, csm):
    group = make_account(name="Group")
    gold = make_account(name="Gold Ltd", tier="Gold", parent=group, external_id="X-77")
    make_account_role(gold, csm.resource)
    AccountTag.objects.create(account=gold, tag=Tag.objects.first())
    make_account(name="Plain Ltd", status="churned")
    for query in (
        "q=gold",
        "q=x-77",
        "tier=gold",
        "mine=1",
        f"parent={group.pk}",
        f"team={csm.resource.pk}",
        f"tag={Tag.objects.first().pk}",
    ):
        body = client.get(f"/accounts/?{query}").context["table"]["body"]
        assert "Gold Ltd" in body, query
        assert "Plain Ltd" not in body, query
    body = client.get("/accounts/?status=churned").context["table"]["body"]
    assert "Plain Ltd" in body
    assert "Gold Ltd" not in body


def test_contacts_of_an_account_and_of_all_below_it(client, csm):
    group = make_account(name="Group")
    make_contact(group, name="Kim")
    make_contact(make_account(parent=make_account(parent=group)), name="Lee")
    make_contact(name="Max")
    alone = client.get(f"/contacts/?account={group.pk}").context["table"]["body"]
    below = client.get(f"/contacts/?account={group.pk}&children=1").context["table"]["body"]
    assert ("Kim" in alone, "Lee" in alone, "Max" in alone) == (True, False, False)
    assert ("Kim" in below, "Lee" in below, "Max" in below) == (True, True, False)


def test_an_empty_list_says_what_comes_next(client, csm):
    assert "Create the first one" in text(client.get("/accounts/"))
    make_account()
    assert "Nothing matches these filters" in text(client.get("/accounts/?q=nowhere"))


def test_import_is_offered_to_those_who_may(client, csm):
    assert reverse("accounts:import") in text(client.get("/accounts/"))
    client.force_login(make_participant())
    page = text(client.get("/accounts/"))
    assert reverse("accounts:import") not in page
    assert reverse("accounts:create") not in page


# Queries of pages and of saving


@pytest.mark.parametrize("page", ["edit", "detail", "detail?tab=related"])
def test_pages_of_a_contact_need_the_same_queries_at_1_and_8_rows(client, csm, page):
    name, _, query = page.partition("?")
    counts = []
    for number in (1, 8):
        contact = make_contact()
        for _ in range(number):
            holding(contact)
            make_playbook(account=contact.account, is_shared=True, co_owner=contact)
        counts.append(queries(client, f"{reverse(f'contacts:{name}', args=[contact.pk])}?{query}"))
    assert counts[0] == counts[1] <= 20


@pytest.mark.parametrize("tab", RESOURCE_TABS)
def test_the_page_of_a_resource_needs_the_same_queries_at_1_and_8_rows(client, csm, tab):
    counts = []
    for number in (1, 8):
        jo = make_resource()
        for _ in range(number):
            account = make_account()
            make_account_role(account, jo)
            make_objective(make_plan(account, owner=jo), owner=jo)
            make_task(make_playbook(account=account, owner=jo)).assignments.create(resource=jo)
        counts.append(queries(client, f"{reverse('resources:detail', args=[jo.pk])}?tab={tab}"))
    assert counts[0] == counts[1] <= 20


@pytest.mark.parametrize(
    ("name", "typed"), [("accounts", {"external_id": "X-1"}), ("contacts", {"title": "CTO"})]
)
def test_saving_an_edit_needs_at_most_12_queries(client, csm, name, typed):
    account = make_account(parent=make_account())
    record = account if name == "accounts" else make_contact(account)
    url = reverse(f"{name}:edit", args=[record.pk])
    statements = saving(client, url, edit_data(client, url, **typed))
    assert len(statements) <= 12, "\n".join(statements)
