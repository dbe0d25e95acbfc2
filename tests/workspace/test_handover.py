"""A person leaves: what is theirs goes to others by a rule (R-OWN-1, R-OWN-2)."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import AccountRole, Role, TeamPool
from apps.core import access, history, undo_services
from apps.core.access import Refused
from apps.core.choices import RowScope
from apps.core.models import Notification, Organisation
from apps.plans.models import SuccessPlan
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


def seen(client, url, data):
    """What a preview of this says, to be sent with the deed."""
    return {"seen": form_data(client.post(url, data))["seen"]}


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


def test_in_turn_a_pool_stands_for_those_of_it_who_can_be_allocated():
    actor, leaver = make_csm(), make_resource(name="Leaver")
    busy, idle = make_resource(name="Busy"), make_resource(name="Idle")
    make_plan(make_account(), owner=busy)
    pool, empty = (TeamPool.objects.create(name=name) for name in "AB")
    gone, psa = make_resource(is_active=False), make_resource(kind="psa")
    for person in (busy, idle, leaver, gone, psa):
        pool.members.create(resource=person)
    for person in (gone, leaver):
        empty.members.create(resource=person)
    plans = [make_plan(make_account(), owner=leaver, end_date=day(9 - n)) for n in range(4)]
    keys = [f"plan-{one.pk}" for one in plans]
    # Somebody who is named beside their pool has one turn, not two.
    rule = Rule(rules.ROUND, (f"pool-{pool.pk}", f"resource-{idle.pk}"))
    hand_over(actor=actor, person=leaver, keys=keys, rule=rule)
    for one in plans:
        one.refresh_from_db()
    # The one that ends first goes to the one who has the least to do.
    assert [one.owner for one in reversed(plans)] == [idle, busy, idle, busy]
    rule = Rule(rules.ROUND, (f"pool-{empty.pk}",))
    make_plan(make_account(), owner=leaver)
    with pytest.raises(ValidationError, match="Nobody of this team pool"):
        handover_plan(actor=actor, person=leaver, keys=all_keys(actor, leaver), rule=rule)


def test_r_own_3_of_several_who_hold_the_role_the_best_ranked_gets_it():
    actor, leaver, account = make_csm(), make_resource(), make_account()
    role, other = Role.objects.all()[:2]
    busy, other_role, best = (
        make_resource(name="A", role=role),
        make_resource(name="B", role=other),
        make_resource(name="C", role=role),
    )
    make_plan(make_account(), owner=busy)
    for person in (busy, other_role, best):
        make_account_role(account, person, role)
    inactive = make_resource(name="0", role=role, is_active=False)
    make_account_role(account, inactive, role)
    plan = make_plan(account, owner=leaver)
    rule = Rule(rules.ROLE, (), role.pk)
    hand_over(actor=actor, person=leaver, keys=[f"plan-{plan.pk}"], rule=rule)
    plan.refresh_from_db()
    assert plan.owner == best


def test_by_its_own_role_what_has_none_stays_and_is_said():
    actor, leaver, heir, account = make_csm(), make_resource(), make_resource(), make_account()
    role, unheld = Role.objects.all()[:2]
    make_account_role(account, heir, role)
    owned = make_objective(account=account, owner=leaver, owner_role=role)
    stays = make_objective(account=account, owner=leaver, owner_role=unheld)
    TaskAssignment.objects.create(task=make_task(account=account), resource=leaver)
    keys = all_keys(actor, leaver)
    plan = hand_over(actor=actor, person=leaver, keys=keys, rule=Rule(rules.ROLE))
    for one in (owned, stays):
        one.refresh_from_db()
    assert (owned.owner, owned.owner_role) == (heir, role)
    assert (stays.owner, stays.owner_role) == (leaver, unheld)
    assert plan.left_lines == [
        f"Nobody else holds their role at {account} (1 record): these stay where they are.",
        "1 task has no role of its own and stays.",
    ]


def test_r_own_2_who_is_chosen_by_hand_is_nobodys_role():
    actor, leaver, heir = make_csm(), make_resource(), make_resource()
    plan = make_plan(make_account(), owner=leaver, owner_role=Role.objects.all()[0])
    rule = Rule(rules.ONE, (f"resource-{heir.pk}",))
    hand_over(actor=actor, person=leaver, keys=[f"plan-{plan.pk}"], rule=rule)
    plan.refresh_from_db()
    assert (plan.owner, plan.owner_role) == (heir, None)


def test_r_own_2_no_team_member_is_told_of_a_playbook_that_only_lost_its_co_owner():
    actor, account, ours = make_csm(), make_account(), make_csm().resource
    leaver = make_contact(account)
    make_playbook(account=account, is_shared=True, co_owner=leaver)
    rule = Rule(rules.ONE, (f"resource-{ours.pk}",))
    keys = all_keys(actor, leaver)
    plan = hand_over(actor=actor, person=leaver, keys=keys, rule=rule)
    assert plan.lines == ["1 playbook has no co-owner at the customer any more."]
    assert all_keys(actor, leaver) == set()
    assert not Notification.objects.exists()


@pytest.mark.parametrize(("number", "said"), [(2, "A0 (1 record) and A1 (1 record)"), (7, None)])
def test_a_sentence_names_a_few_accounts(number, said):
    items = [item(n, n) for n in range(number)]
    (line,) = rules.left_sentences(items, Rule(rules.ROLE, (), 5))
    places = said or ", ".join(f"A{n} (1 record)" for n in range(5)) + " and 2 more accounts"
    assert line == f"Nobody else holds the role at {places}: these stay where they are."


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
    assert plan.left_lines == [
        f"Nobody else holds the role at {second['account']} (5 records): these stay where they are."
    ]
    assert first["objective"].owner_role == role


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
    response = client.post(url, form_data(shown) | {"confirmed": "1"})
    assert response.url == url
    rows["plan"].refresh_from_db()
    done.refresh_from_db()
    assert (rows["plan"].owner, done.owner) == (heir, leaver)
    nothing = client.post(url, {"rule": "one", "to": ""})
    assert nothing.status_code == 422
    assert url in client.get(reverse("resources:detail", args=[leaver.pk])).content.decode()


def test_who_may_edit_none_of_it_is_told_who_can(client):
    contact = make_contact()
    client.force_login(make_administrator())
    url = reverse("contacts:hand-over", args=[contact.pk])
    for send in (client.get, client.post):
        response = send(url)
        assert response.status_code == 403
        assert "“CSC - Customer Success”" in unescape(response.content.decode())


def test_an_administrator_gives_account_roles_and_reads_who_gives_the_rest(client):
    leaver = make_resource()
    client.force_login(make_administrator())
    world(leaver)
    page = client.get(reverse("resources:hand-over", args=[leaver.pk]))
    assert {key.split("-")[0] for key in form_data(page)["item"]} == {"account"}
    assert "“CSC - Customer Success”" in unescape(page.content.decode())


def test_who_may_edit_some_of_it_gives_that_and_reads_why_the_rest_stays(client):
    participant, leaver, heir = make_participant(), make_resource(), make_resource()
    client.force_login(participant)
    rows = world(leaver)
    url = reverse("resources:hand-over", args=[leaver.pk])
    page = client.get(url)
    assert access.may(participant, "plan.edit").reason in page.content.decode()
    data = form_data(page, to=f"resource-{heir.pk}")
    assert {key.split("-")[0] for key in data["item"]} == {"objective", "playbook", "task"}
    response = client.post(url, data | {"confirmed": "1"} | seen(client, url, data))
    assert response.status_code == 302
    for name, owner in (("plan", leaver), ("objective", heir), ("playbook", heir)):
        rows[name].refresh_from_db()
        assert rows[name].owner == owner
    # What is sent all the same is refused, and nothing moves.
    data["item"] = [f"plan-{rows['plan'].pk}"]
    assert client.post(url, data | {"confirmed": "1"} | seen(client, url, data)).status_code == 403
    rows["plan"].refresh_from_db()
    assert rows["plan"].owner == leaver


def test_as_many_queries_for_8_records_as_for_1(client):
    client.force_login(make_csm())
    counts = []
    for number in (1, 8):
        leaver = make_resource()
        for _ in range(number):
            world(leaver)
        counts.append(queries(client, reverse("resources:hand-over", args=[leaver.pk])))
    assert counts[0] == counts[1]


def test_what_was_not_seen_is_not_done(client):
    actor, leaver, heir = make_csm(), make_resource(), make_resource()
    client.force_login(actor)
    rows = world(leaver)
    url = reverse("resources:hand-over", args=[leaver.pk])
    shown = client.post(url, form_data(client.get(url), to=f"resource-{heir.pk}"))
    # Ticks were taken away after the preview; and without any preview nothing is done either.
    data = form_data(shown) | {"item": [f"plan-{rows['plan'].pk}"], "confirmed": "1"}
    for sent in (data, data | {"seen": ""}):
        response = client.post(url, sent)
        assert response.status_code == 409
        assert "Something changed since you looked" in response.content.decode()
        assert f"{heir} gets 1 success plan." in response.content.decode()
        rows["plan"].refresh_from_db()
        assert rows["plan"].owner == leaver
    again = client.post(url, form_data(response) | {"confirmed": "1"})
    assert again.status_code == 302
    rows["plan"].refresh_from_db()
    rows["objective"].refresh_from_db()
    assert (rows["plan"].owner, rows["objective"].owner) == (heir, leaver)


def test_an_error_keeps_what_was_chosen(client):
    leaver, heir, role = make_resource(), make_resource(), Role.objects.all()[1]
    client.force_login(make_csm())
    world(leaver)
    url = reverse("resources:hand-over", args=[leaver.pk])
    sent = {
        "rule": "round",
        "turn": [f"resource-{heir.pk}"],
        "to": f"resource-{heir.pk}",
        "role": str(role.pk),
    }
    page = client.post(url, sent)
    assert page.status_code == 422
    assert "Tick what shall be handed over." in page.content.decode()
    kept = form_data(page)
    assert (kept["rule"], kept["turn"]) == (["round"], sent["turn"])
    assert (kept["to"], kept["role"]) == ([sent["to"]], [sent["role"]])
    assert "item" not in kept


def test_more_than_a_page_names_goes_by_one_tick(client, monkeypatch):
    monkeypatch.setattr(rules, "LISTED", 2)
    actor, leaver, heir = make_csm(), make_resource(), make_resource()
    client.force_login(actor)
    plans = [make_plan(make_account(), owner=leaver, name=f"P{n}") for n in range(5)]
    over = [make_plan(make_account(), owner=leaver, status="completed") for _ in range(3)]
    url = reverse("resources:hand-over", args=[leaver.pk])
    page = client.get(url)
    assert "and 3 more, together" in page.content.decode()
    data = form_data(page, to=f"resource-{heir.pk}")
    assert data["item"] == [f"plan-{plans[0].pk}", f"plan-{plans[1].pk}", "plan-rest"]
    data["item"] = data["item"][1:]
    client.post(url, data | {"confirmed": "1"} | seen(client, url, data))
    names = set(SuccessPlan.objects.filter(owner=heir).values_list("name", flat=True))
    assert names == {"P1", "P2", "P3", "P4"}
    data["item"] = ["plan-over-rest"]
    client.post(url, data | {"confirmed": "1"} | seen(client, url, data))
    assert SuccessPlan.objects.filter(owner=heir, pk__in=[one.pk for one in over]).count() == 1


def test_who_owns_something_has_a_button_and_who_is_inactive_a_word(client):
    csm, administrator = make_csm(), make_administrator()
    idle, leaver = make_resource(), make_resource(is_active=False)
    contact = make_contact(is_active=False)
    world(leaver)
    make_objective(account=contact.account, owner_contact=contact)
    words = {
        "resources": (leaver, "is no longer active and still owns"),
        "contacts": (contact, "has left the company and still owns"),
    }
    for kind, (person, said) in words.items():
        url = reverse(f"{kind}:hand-over", args=[person.pk])
        client.force_login(csm)
        page = client.get(reverse(f"{kind}:detail", args=[person.pk])).content.decode()
        assert page.count(url) == 2
        assert said in page
    client.force_login(administrator)
    page = client.get(reverse("contacts:detail", args=[contact.pk])).content.decode()
    assert reverse("contacts:hand-over", args=[contact.pk]) not in page
    assert "“CSC - Customer Success”" in unescape(page)
    client.force_login(csm)
    page = client.get(reverse("resources:detail", args=[idle.pk])).content.decode()
    assert "Hand over" not in page


def test_a_contact_who_leaves_is_handed_over_next(client):
    contact = make_contact()
    objective = make_objective(account=contact.account, owner_contact=contact)
    client.force_login(make_participant())
    url = reverse("contacts:edit", args=[contact.pk])
    data = form_data(client.get(url))
    data.pop("is_active")
    response = client.post(url, data, follow=True)
    assert response.redirect_chain[-1][0] == reverse("contacts:hand-over", args=[contact.pk])
    page = response.content.decode()
    assert "still owns or is assigned 1 record, listed here" in page
    assert objective.name in page


def test_the_administrator_who_deactivates_somebody_is_led_to_it(client):
    leaver = make_resource()
    world(leaver)
    client.force_login(make_administrator())
    url = reverse("admin:accounts_resource_change", args=[leaver.pk])
    data = form_data(client.get(url), "resource_form")
    data.pop("is_active")
    page = client.post(url, data, follow=True).content.decode()
    assert reverse("resources:hand-over", args=[leaver.pk]) in page


@pytest.mark.django_db(transaction=True)
def test_two_hand_overs_at_once_are_one_and_only_who_got_it_is_told():
    leaver, account = make_resource(), make_account()
    plans = [make_plan(account, owner=leaver) for _ in range(2)]
    keys = [f"plan-{plan.pk}" for plan in plans]
    barrier = Barrier(2)
    givers = [(make_csm(), make_csm().resource) for _ in range(2)]

    def give(pair):
        giver, taker = pair
        try:
            barrier.wait(timeout=10)
            rule = Rule(rules.ONE, (f"resource-{taker.pk}",))
            hand_over(actor=giver, person=leaver, keys=keys, rule=rule)
        except ValidationError as error:
            return error.messages[0]
        else:
            return taker.user_id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = set(pool.map(give, givers))
    assert rules.GONE in said
    (got,) = said - {rules.GONE}
    assert set(SuccessPlan.objects.values_list("owner__user", flat=True)) == {got}
    assert [note.user_id for note in Notification.objects.all()] == [got]
