"""A person leaves: what is theirs goes to others by a rule (R-OWN-1, R-OWN-2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import AccountRole, Role
from apps.core import access, history, undo_services
from apps.core.access import Refused
from apps.core.choices import RowScope
from apps.core.models import Notification, Organisation
from apps.playbooks.models import TaskAssignment
from apps.workspace import handover_rules as rules
from apps.workspace import handover_selectors as selectors
from apps.workspace.handover_rules import Item, Rule
from apps.workspace.handover_services import hand_over, handover_plan
from tests.factories import (
    make_account,
    make_account_role,
    make_administrator,
    make_contact,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)
from tests.pages import form_data, queries

pytestmark = pytest.mark.django_db


def item(number, account=1, role=None, end=None):
    return Item("plan", number, number, f"P{number}", account, f"A{account}", end, role)


def day(number):
    return dt.date(2026, 3, number)


@pytest.mark.parametrize(
    ("items", "rule", "holders", "given", "left"),
    [
        ([item(1), item(2)], Rule(rules.ONE, ("resource-9",)), {}, {1: 9, 2: 9}, []),
        (
            [item(1, end=day(9)), item(2, end=day(1)), item(3), item(4, end=day(2))],
            Rule(rules.ROUND, ("resource-8", "resource-9")),
            {},
            {2: 8, 4: 9, 1: 8, 3: 9},
            [],
        ),
        (
            [item(1, 1), item(2, 2), item(3, 3)],
            Rule(rules.ROLE, (), 5),
            {(1, 5): 8, (2, 5): 9, (3, 6): 7},
            {1: 8, 2: 9},
            [3],
        ),
        (
            [item(1, 1, role=5), item(2, 1, role=6), item(3, 1)],
            Rule(rules.ROLE),
            {(1, 5): 8},
            {1: 8},
            [2, 3],
        ),
    ],
)
def test_who_gets_what(items, rule, holders, given, left):
    found, stayed = rules.distributed(items, rule, holders)
    assert found == {f"plan-{pk}": f"resource-{to}" for pk, to in given.items()}
    assert [one.pk for one in stayed] == left


def world(person):
    """Everything that a resource can own or be assigned, of one account."""
    account = make_account()
    objective = make_objective(make_plan(account, owner=person), owner=person)
    playbook = make_playbook(objective, owner=person)
    task = make_task(playbook)
    TaskAssignment.objects.create(task=task, resource=person)
    return {
        "account": account,
        "role": make_account_role(account, person),
        "plan": objective.plan,
        "objective": objective,
        "playbook": playbook,
        "task": task,
    }


def all_keys(user, person):
    return {one.key for one in selectors.held(user, person)}


def test_everything_goes_to_one_person_who_is_told_once_and_it_can_be_undone():
    actor, leaver, heir = make_csm(), make_resource(), make_csm()
    rows = world(leaver)
    before = {one.key: one.name for one in selectors.held(actor, leaver)}
    assert len(before) == 5
    rule = Rule(rules.ONE, (f"resource-{heir.resource.pk}",))
    plan = hand_over(actor=actor, person=leaver, keys=all_keys(actor, leaver), rule=rule)
    done = history.finished()
    assert plan.lines == [
        f"{heir.resource} gets 1 account role, 1 success plan, 1 objective, 1 playbook and 1 task."
    ]
    assert selectors.held(actor, leaver) == []
    assert len(selectors.held(actor, heir.resource)) == 5
    assert AccountRole.objects.get(account=rows["account"]).resource == heir.resource
    (told,) = Notification.objects.all()
    assert told.user == heir
    undo_services.undo(actor=actor, done=done)
    assert {one.key: one.name for one in selectors.held(actor, leaver)} == before


def test_only_what_is_ticked_and_who_has_it_already_keeps_it_once():
    actor, leaver, heir = make_csm(), make_resource(), make_resource()
    rows = world(leaver)
    TaskAssignment.objects.create(task=rows["task"], resource=heir)
    keys = {key for key in all_keys(actor, leaver) if key.startswith("task")}
    rule = Rule(rules.ONE, (f"resource-{heir.pk}",))
    hand_over(actor=actor, person=leaver, keys=keys, rule=rule)
    assert [row.resource for row in rows["task"].assignments.all()] == [heir]
    rows["plan"].refresh_from_db()
    assert rows["plan"].owner == leaver


def test_by_role_what_nobody_holds_stays_and_is_said():
    actor, leaver, heir = make_csm(), make_resource(), make_resource()
    first, second = world(leaver), world(leaver)
    role = Role.objects.exclude(pk=first["role"].role_id)[0]
    make_account_role(first["account"], heir, role)
    plan = hand_over(
        actor=actor,
        person=leaver,
        keys=all_keys(actor, leaver),
        rule=Rule(rules.ROLE, (), role.pk),
    )
    first["objective"].refresh_from_db()
    second["objective"].refresh_from_db()
    assert (first["objective"].owner, second["objective"].owner) == (heir, leaver)
    assert rules.left_sentence(plan.left) == (
        f"Nobody holds the role at {second['account']} (5 records): these stay where they are."
    )


def test_a_contact_hands_over_to_another_contact_or_to_us():
    actor, account, ours = make_csm(), make_account(), make_resource()
    leaver, heir = make_contact(account), make_contact(account)
    objective = make_objective(account=account, owner_contact=leaver)
    playbook = make_playbook(account=account, is_shared=True, co_owner=leaver)
    task = make_task(account=account)
    TaskAssignment.objects.create(task=task, contact=leaver)
    keys = all_keys(actor, leaver)
    assert len(keys) == 3
    hand_over(actor=actor, person=leaver, keys=keys, rule=Rule(rules.ONE, (f"contact-{heir.pk}",)))
    for row in (objective, playbook):
        row.refresh_from_db()
    assert (objective.owner_contact, playbook.co_owner) == (heir, heir)
    assert task.assignments.get().contact == heir
    hand_over(
        actor=actor,
        person=heir,
        keys=all_keys(actor, heir),
        rule=Rule(rules.ONE, (f"resource-{ours.pk}",)),
    )
    for row in (objective, playbook):
        row.refresh_from_db()
    assert (objective.owner, objective.owner_contact) == (ours, None)
    assert playbook.co_owner is None
    assert task.assignments.get().resource == ours


@pytest.mark.parametrize("who", ["inactive", "psa", "self", "foreign contact", "nobody"])
def test_r_own_1_who_cannot_get_it_is_refused_and_nothing_moves(who):
    actor, leaver = make_csm(), make_resource()
    rows = world(leaver)
    word = {
        "inactive": lambda: f"resource-{make_resource(is_active=False).pk}",
        "psa": lambda: f"resource-{make_resource(kind='psa').pk}",
        "self": lambda: f"resource-{leaver.pk}",
        "foreign contact": lambda: f"contact-{make_contact().pk}",
        "nobody": lambda: "resource-99999",
    }[who]()
    for do in (handover_plan, hand_over):
        with pytest.raises(ValidationError):
            do(
                actor=actor,
                person=leaver,
                keys=all_keys(actor, leaver),
                rule=Rule(rules.ONE, (word,)),
            )
    rows["plan"].refresh_from_db()
    assert rows["plan"].owner == leaver


def test_each_kind_needs_its_permission():
    participant, leaver, heir = make_participant(), make_resource(), make_resource()
    world(leaver)
    rule = Rule(rules.ONE, (f"resource-{heir.pk}",))
    keys = all_keys(participant, leaver)
    with pytest.raises(Refused) as caught:
        hand_over(actor=participant, person=leaver, keys=keys, rule=rule)
    assert str(caught.value) == access.may(participant, "account_role.edit").reason
    assert all_keys(participant, leaver) == keys
    own = {key for key in keys if key.startswith(("objective", "task", "playbook"))}
    hand_over(actor=participant, person=leaver, keys=own, rule=rule)
    assert all_keys(participant, leaver) == keys - own


def test_r_vis_1_what_one_does_not_see_is_not_named_and_stays():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    actor, leaver, heir = make_csm(), make_resource(), make_resource()
    seen, hidden = world(leaver), world(leaver)
    make_account_role(seen["account"], actor.resource)
    keys = {f"plan-{seen['plan'].pk}", f"plan-{hidden['plan'].pk}"}
    assert hidden["plan"].name not in {one.name for one in selectors.held(actor, leaver)}
    rule = Rule(rules.ONE, (f"resource-{heir.pk}",))
    hand_over(actor=actor, person=leaver, keys=keys, rule=rule)
    for rows, owner in ((seen, heir), (hidden, leaver)):
        rows["plan"].refresh_from_db()
        assert rows["plan"].owner == owner


def test_as_many_statements_for_60_records_as_for_2():
    def count(number):
        actor, leaver, heir = make_csm(), make_resource(), make_resource()
        for _ in range(number):
            world(leaver)
        keys = all_keys(actor, leaver)
        rule = Rule(rules.ONE, (f"resource-{heir.pk}",))
        with CaptureQueriesContext(connection) as captured:
            hand_over(actor=actor, person=leaver, keys=keys, rule=rule)
        return len(captured)

    assert count(2) == count(60)


# Pages --------------------------------------------------------------------------------------------
def test_the_page_shows_who_gets_what_before_it_is_done(client):
    actor, leaver, heir = make_csm(), make_resource(is_active=False), make_resource(name="Heir")
    client.force_login(actor)
    rows = world(leaver)
    done = make_playbook(rows["objective"], owner=leaver, stage="completed")
    url = reverse("resources:hand-over", args=[leaver.pk])
    page = client.get(url)
    assert "no longer active" in page.content.decode()
    assert done.name in page.content.decode()
    data = form_data(page, to=f"resource-{heir.pk}")
    assert f"playbook-{done.pk}" not in data["item"]
    shown = client.post(url, data)
    assert "Heir gets 1 account role" in shown.content.decode()
    rows["plan"].refresh_from_db()
    assert rows["plan"].owner == leaver
    response = client.post(url, data | {"confirmed": "1"})
    assert response.url == url
    rows["plan"].refresh_from_db()
    done.refresh_from_db()
    assert (rows["plan"].owner, done.owner) == (heir, leaver)
    nothing = client.post(url, {"rule": "one", "to": ""})
    assert nothing.status_code == 422
    assert url in client.get(reverse("resources:detail", args=[leaver.pk])).content.decode()


def test_who_may_not_edit_is_told_why(client):
    leaver, contact = make_resource(), make_contact()
    for user in (make_participant(), make_administrator()):
        client.force_login(user)
        response = client.get(reverse("resources:hand-over", args=[leaver.pk]))
        assert response.status_code == 403
    client.force_login(make_administrator())
    assert client.get(reverse("contacts:hand-over", args=[contact.pk])).status_code == 403
    client.force_login(make_participant())
    assert client.get(reverse("contacts:hand-over", args=[contact.pk])).status_code == 200


def test_as_many_queries_for_8_records_as_for_1(client):
    client.force_login(make_csm())
    counts = []
    for number in (1, 8):
        leaver = make_resource()
        for _ in range(number):
            world(leaver)
        counts.append(queries(client, reverse("resources:hand-over", args=[leaver.pk])))
    assert counts[0] == counts[1]


def test_the_administrator_who_deactivates_somebody_is_led_to_it(client):
    leaver = make_resource()
    world(leaver)
    client.force_login(make_administrator())
    url = reverse("admin:accounts_resource_change", args=[leaver.pk])
    data = form_data(client.get(url), "resource_form")
    data.pop("is_active")
    page = client.post(url, data, follow=True).content.decode()
    assert reverse("resources:hand-over", args=[leaver.pk]) in page
