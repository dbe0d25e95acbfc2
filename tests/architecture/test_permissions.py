"""permissions.csv against the table in the code, the groups, every page and every service."""

from __future__ import annotations

import csv
import inspect
import re
from html import escape

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.accounts import services as account_services
from apps.activities import services as activity_services
from apps.core import access, setup
from apps.core.choices import RowScope
from apps.core.kinds import KINDS
from apps.core.models import Organisation
from apps.core.permissions import (
    ADMINISTRATOR,
    CUSTOMER_SUCCESS,
    GRANTS,
    LIBRARY_KINDS,
    OWN,
    PARTICIPANT,
    group_permissions,
    permission_name,
)
from apps.kpis import services as kpi_services
from apps.objectives import services as objective_services
from apps.plans import services as plan_services
from apps.playbooks import services as playbook_services
from tests import factories
from tests.architecture import source, world
from tests.pages import edit_data

pytestmark = pytest.mark.django_db

with (source.ROOT / "tests/data/permissions.csv").open(newline="") as file:
    LINES = list(csv.DictReader(file))
SERVICES = {
    "account": account_services,
    "contact": account_services,
    "plan": plan_services,
    "challenge": plan_services,
    "objective": objective_services,
    "kpi": kpi_services,
    "playbook": playbook_services,
    "task": playbook_services,
    "activity": activity_services,
}
RECORDS = tuple(SERVICES)
NAMES = {"challenge": "title", "kpi": "title", "activity": "subject"}
PEOPLE = {
    "customer_success": factories.make_csm,
    "participant_user": factories.make_participant,
    "administrator": factories.make_administrator,
    "nobody": lambda: factories.make_user(None),
}
GROUPS = {
    "customer_success": CUSTOMER_SUCCESS,
    "participant_user": PARTICIPANT,
    "administrator": ADMINISTRATOR,
}


def allowed(group, record, action):
    """What permissions.csv says; administrators see all, delete accounts and keep the library."""
    if group == "nobody":
        return False
    if group == "administrator":
        keeps = record in LIBRARY_KINDS and action == "save_as_template"
        return action == "view" or (record, action) == ("account", "delete") or keeps
    (line,) = [row for row in LINES if (row["record"], row["action"]) == (record, action)]
    return line[group] == "yes"


def test_the_table_in_the_code_is_permissions_csv():
    wanted = {
        (row["record"], row["action"], row["customer_success"], row["participant_user"])
        for row in LINES
    }

    def word(line, granted):
        own = (line.record, line.action) in OWN
        return ("own" if own else "yes") if granted else "no"

    held = {
        (line.record, line.action, word(line, line.customer_success), word(line, line.participant))
        for line in GRANTS
    }
    # Readings are facts: nobody edits or deletes one, so the file has no line for it.
    never = {("attribute_value", action, "no", "no") for action in ("edit", "delete")}
    assert held - never == wanted


@pytest.mark.parametrize("group", GROUPS)
def test_the_groups_are_filled_from_the_table(group):
    found = Group.objects.get(name=GROUPS[group]).permissions.values_list(
        "content_type__app_label", "codename"
    )
    assert {f"{app}.{name}" for app, name in found} == group_permissions()[GROUPS[group]]


@pytest.mark.parametrize("group", PEOPLE)
def test_everybody_may_what_the_table_says_and_nothing_else(group):
    user = PEOPLE[group]()
    for row in LINES:
        what = f"{row['record']}.{row['action']}"
        decision = access.may(user, what)
        if group in row:
            assert bool(decision) is (row[group] in ("yes", "own")), what
        elif group == "nobody":
            assert not decision, what
        assert decision or decision.reason.startswith("Your permission set does not let you")


def test_an_action_that_is_not_in_the_table_is_a_fault_of_the_program():
    with pytest.raises(KeyError, match=r"plan\.paint"):
        access.may(factories.make_csm(), "plan.paint")


def test_superusers_may_everything():
    user = factories.make_user(None, is_superuser=True)
    assert all(access.may(user, f"{line.record}.{line.action}") for line in GRANTS)


def test_deactivated_people_may_nothing():
    user = factories.make_csm(is_active=False)
    assert not any(access.may(user, f"{line.record}.{line.action}") for line in GRANTS)


# Pages ------------------------------------------------------------------------------------------
def address(record, part, *args):
    return reverse(f"{KINDS[record].namespace}:{part}", args=args)


def new_record(record):
    """A record that nothing hangs on, so that deleting it is only a question of permission."""
    account = factories.make_account()
    make = getattr(factories, f"make_{record}")
    if record == "account":
        return account
    if record in ("plan", "challenge", "contact"):
        return make(account, owner=None) if record == "plan" else make(account)
    return make() if record != "activity" else make(account=account)


def name_field(record):
    return NAMES.get(record, "name")


def typed_new(record):
    """What somebody types to make a new record."""
    typed = {name_field(record): "Made by hand"}
    if record == "kpi":
        return typed | {"objective": str(factories.make_objective().pk)}
    if record != "account":
        typed["account"] = str(factories.make_account().pk)
    return typed


def refused(response, user, what):
    """The refusal is a page that says why."""
    assert response.status_code == 403, response.status_code
    assert escape(access.may(user, what).reason) in response.content.decode()


MATRIX = [(record, group) for record in RECORDS for group in PEOPLE]


@pytest.mark.parametrize(("record", "group"), MATRIX)
def test_view(client, record, group):
    user, row = PEOPLE[group](), new_record(record)
    client.force_login(user)
    listed = client.get(address(record, "list"))
    shown = client.get(address(record, "detail", row.pk))
    options = client.get(address(record, "options"))
    name = escape(str(row))
    if allowed(group, record, "view"):
        assert (listed.status_code, shown.status_code) == (200, 200)
        assert name in listed.content.decode()
        assert name in shown.content.decode()
        assert name in options.content.decode()
    else:
        refused(listed, user, f"{record}.view")
        assert shown.status_code == 404
        assert name not in options.content.decode()


@pytest.mark.parametrize(("record", "group"), MATRIX)
def test_create(client, record, group):
    user, url = PEOPLE[group](), address(record, "create")
    writer = factories.make_csm()
    client.force_login(writer)
    data = edit_data(client, url, **typed_new(record))
    model = type(new_record(record))
    before = set(model.objects.values_list("pk", flat=True))
    client.force_login(user)
    page, response = client.get(url), client.post(url, data)
    made = set(model.objects.values_list("pk", flat=True)) - before
    if allowed(group, record, "create"):
        assert (page.status_code, response.status_code) == (200, 302)
        assert len(made) == 1
        entry = model.objects.get(pk__in=made).events.get(pgh_label="insert")
        assert (entry.pgh_actor_id, entry.pgh_door) == (user.pk, "page")
    else:
        refused(page, user, f"{record}.create")
        refused(response, user, f"{record}.create")
        assert not made


@pytest.mark.parametrize(("record", "group"), MATRIX)
def test_edit(client, record, group):
    user, row = PEOPLE[group](), new_record(record)
    url, name = address(record, "edit", row.pk), name_field(record)
    client.force_login(factories.make_csm())
    data = edit_data(client, url, **{name: "Changed by hand"})
    before = type(row).objects.filter(pk=row.pk).values().get()
    client.force_login(user)
    page, response = client.get(url), client.post(url, data)
    after = type(row).objects.filter(pk=row.pk).values().get()
    if allowed(group, record, "edit"):
        assert (page.status_code, response.status_code) == (200, 302)
        assert after[name] == "Changed by hand"
        assert row.events.latest("pgh_id").pgh_actor_id == user.pk
        return
    assert after == before
    if allowed(group, record, "view"):
        refused(page, user, f"{record}.edit")
        refused(response, user, f"{record}.edit")
    else:
        assert (page.status_code, response.status_code) == (404, 404)


@pytest.mark.parametrize(("record", "group"), MATRIX)
def test_delete(client, record, group):
    user, row = PEOPLE[group](), new_record(record)
    url = address(record, "delete", row.pk)
    client.force_login(user)
    page, response = client.get(url), client.post(url)
    still = type(row).objects.filter(pk=row.pk).exists()
    if allowed(group, record, "delete"):
        assert (page.status_code, response.status_code) == (200, 302)
        assert not still
        return
    assert still
    if allowed(group, record, "view"):
        refused(page, user, f"{record}.delete")
        refused(response, user, f"{record}.delete")
    else:
        assert (page.status_code, response.status_code) == (404, 404)


@pytest.mark.parametrize(("record", "group"), MATRIX)
def test_pages_offer_only_what_is_allowed(client, record, group):
    user, row = PEOPLE[group](), new_record(record)
    if not allowed(group, record, "view"):
        return  # there is no page to offer anything: test_view
    client.force_login(user)
    listed = client.get(address(record, "list")).content.decode()
    shown = client.get(address(record, "detail", row.pk)).content.decode()
    create = f'href="{address(record, "create")}'
    assert (create in listed) is allowed(group, record, "create")
    assert (f'href="{address(record, "edit", row.pk)}' in shown) is allowed(group, record, "edit")
    offers_delete = f'href="{address(record, "delete", row.pk)}' in shown + listed
    assert offers_delete is allowed(group, record, "delete")


# Services ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("action", ["create", "update", "delete"])
@pytest.mark.parametrize(("record", "group"), MATRIX)
def test_services_refuse_and_change_nothing(record, group, action):
    word = {"update": "edit"}.get(action, action)
    if allowed(group, record, word):
        return
    user, row = PEOPLE[group](), new_record(record)
    service = getattr(SERVICES[record], f"{record}_{action}")
    given = {
        "create": {"values": {name_field(record): "By a service"}},
        "update": {record: row, "changes": {name_field(record): "By a service"}},
        "delete": {record: row},
    }[action]
    if action == "create" and "objective" in inspect.signature(service).parameters:
        given["objective"] = row.objective
    before = list(type(row).objects.order_by("pk").values())
    with pytest.raises(access.Refused, match="Your permission set does not let you"):
        service(actor=user, **given)
    assert list(type(row).objects.order_by("pk").values()) == before


def test_fields_that_need_more_than_editing_are_not_offered_and_not_taken(client):
    shared = {"objective": "is_external", "kpi": "is_external"}
    shared |= {"playbook": "is_shared", "task": "is_shared"}
    for make, may_share in ((factories.make_csm, True), (factories.make_participant, False)):
        client.force_login(make())
        for record, field in shared.items():
            row = new_record(record)
            url = address(record, "edit", row.pk)
            assert (field in client.get(url).context["form"].fields) is may_share, record
            client.post(url, edit_data(client, url, **{field: "on", f"initial-{field}": ""}))
            row.refresh_from_db()
            assert getattr(row, field) is may_share, record


# Row scope --------------------------------------------------------------------------------------
@pytest.fixture
def teams(client):
    """A person whose team has one account, and another team's account, both full of records."""
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    user = factories.make_csm()
    mine = factories.make_account(name="Ours of the north")
    factories.make_account_role(mine, user.resource)
    ours = world.populate(mine, author=user)
    theirs = world.populate(factories.make_account(name="Theirs of the south"))
    # Resources are our own people: everybody sees all of them.
    theirs.pop("resource")
    client.force_login(user)
    return ours, theirs


def test_r_vis_1_another_teams_records_are_404_on_every_page(client, teams):
    ours, theirs = teams
    # What tells "there is no such import" from "not yours" does not exist without an import.
    tried = 0
    for place in world.own_addresses():
        # Templates are the organisation's, not an account team's; a person's own words are no team's.
        if "<int:pk>" not in place.route or place.namespace in ("resources", "library", "core"):
            continue
        path = place.path(ours | theirs)
        for send in (client.get, client.post):
            response = send(path)
            if response.status_code == 302:  # a part of a page, asked for as a whole one
                response = client.get(response.url)
                assert escape(str(theirs["kpi"])) not in response.content.decode()
                continue
            assert response.status_code in (404, 405), (path, response.status_code)
            tried += response.status_code == 404
    assert tried > 40


@pytest.mark.parametrize("record", RECORDS)
def test_r_vis_1_another_teams_records_are_in_no_list_count_or_choice(client, teams, record):
    ours, theirs = (str(found[record]) for found in teams)
    listed = client.get(address(record, "list")).content.decode()
    assert escape(ours) in listed
    assert escape(theirs) not in listed
    assert client.get(address(record, "list"), {"count": "1"}).content == b"of 1"
    searched = client.get(address(record, "list"), {"q": theirs}).content.decode()
    assert f'id="{record}-{teams[1][record].pk}"' not in searched
    options = client.get(address(record, "options")).content.decode()
    assert escape(ours) in options
    assert escape(theirs) not in options


def test_r_vis_1_another_teams_account_narrows_nothing_and_names_nothing(client, teams):
    theirs = teams[1]["account"]
    for record in RECORDS:
        if record == "account":
            continue
        for said in (theirs.pk, theirs.name):
            page = client.get(address(record, "list"), {"account": said})
            assert page.status_code == 200
            assert not re.search(r'id="list".*Theirs of the south', page.content.decode(), re.S)


@pytest.mark.parametrize("record", [r for r in RECORDS if r not in ("account",)])
def test_r_vis_1_another_teams_account_cannot_be_chosen_in_a_form(client, teams, record):
    ours, theirs = teams
    url, model = address(record, "create"), type(ours[record])
    parent = "objective" if record == "kpi" else "account"
    count = model.objects.count()
    for said in (str(theirs[parent].pk), str(theirs[parent]), f"x #{theirs[parent].pk}"):
        data = edit_data(client, url, **{name_field(record): "New", parent: said})
        response = client.post(url, data)
        assert response.status_code == 422, said
        assert parent in response.context["form"].errors
    assert model.objects.count() == count
    typed = {name_field(record): "New", parent: str(ours[parent].pk)}
    assert client.post(url, edit_data(client, url, **typed)).status_code == 302
    assert model.objects.count() == count + 1


def test_r_vis_1_child_accounts_of_the_team_are_seen(client, teams):
    ours, theirs = teams
    child = factories.make_account(name="Child of the north", parent=ours["account"])
    assert client.get(address("account", "detail", child.pk)).status_code == 200
    assert client.get(address("account", "detail", theirs["account"].pk)).status_code == 404


def test_r_vis_1_trackers_and_home_hold_nothing_of_another_team(client, teams):
    _, theirs = teams
    for name in ("workspace:home", "workspace:success-tracker", "workspace:value-tracker"):
        page = client.get(reverse(name))
        assert page.status_code == 200
        text = page.content.decode()
        for record in RECORDS:
            assert escape(str(theirs[record])) not in text, (name, record)
        if "tracker" in name:
            for kind in ("account", "plan"):
                there = client.get(reverse(name), {kind: theirs[kind].pk})
                assert there.status_code == 404


# Groups over the years --------------------------------------------------------------------------
def test_setting_up_again_keeps_what_an_administrator_gave_a_group():
    group = Group.objects.get(name=PARTICIPANT)
    extra = permission_name("plan", "create").split(".")[1]
    permission = group.permissions.model.objects.get(codename=extra)
    group.permissions.add(permission)
    setup._fill_groups()
    assert group.permissions.filter(pk=permission.pk).exists()
