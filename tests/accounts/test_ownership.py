"""Owners by service: a role is resolved, one owner at a time, whoever gets something is told."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.accounts.models import Role
from apps.accounts.services import account_role_add
from apps.core.models import Notification
from apps.core.services import Conflict
from apps.objectives.services import objective_create, objective_update
from apps.plans.services import plan_create, plan_update
from apps.playbooks.services import playbook_create, playbook_update, task_create, task_update
from tests.factories import (
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db

CREATE = {"plan": plan_create, "objective": objective_create, "playbook": playbook_create}
UPDATE = {"plan": plan_update, "objective": objective_update, "playbook": playbook_update}


@pytest.fixture
def roles():
    return list(Role.objects.order_by("position")[:2])


@pytest.fixture
def account():
    return make_account(name="Acme")


def make(kind, account, **fields):
    if kind == "plan":
        return make_plan(account, **fields)
    maker = make_objective if kind == "objective" else make_playbook
    return maker(account=account, **fields)


def update(kind, record, shown=None, actor=None, **changes):
    UPDATE[kind](actor=actor or make_csm(), changes=changes, shown=shown, **{kind: record})
    record.refresh_from_db()
    return record


@pytest.mark.parametrize("kind", CREATE)
def test_r_own_2_a_role_is_resolved_at_creation_to_the_best_ranked_holder(kind, account, roles):
    busy, free = make_resource(name="Busy"), make_resource(name="Free")
    make_plan(owner=busy)
    for resource in (busy, free):
        make_account_role(account, resource, roles[0])
    values = {"name": "New", "account": account, "owner_role": roles[0]}
    record = CREATE[kind](actor=make_csm(), values=values)
    record.refresh_from_db()
    assert (record.owner, record.owner_role) == (free, roles[0])


@pytest.mark.parametrize("kind", CREATE)
def test_r_own_2_when_nobody_holds_it_the_role_stays_without_an_owner(kind, account, roles):
    make_account_role(account, make_resource(is_active=False), roles[0])
    values = {"name": "New", "account": account, "owner_role": roles[0]}
    record = CREATE[kind](actor=make_csm(), values=values)
    record.refresh_from_db()
    assert (record.owner, record.owner_role) == (None, roles[0])
    holder = make_resource()
    make_account_role(account, holder, roles[1])
    record = update(kind, record, owner_role=roles[1])
    assert (record.owner, record.owner_role) == (holder, roles[1])
    record = update(kind, record, owner_role=roles[0])
    assert (record.owner, record.owner_role) == (None, roles[0])


@pytest.mark.parametrize("kind", CREATE)
def test_who_is_chosen_by_hand_ends_the_role(kind, account, roles):
    by_role, by_hand = make_resource(), make_resource()
    record = make(kind, account, owner=by_role, owner_role=roles[0])
    record = update(kind, record, owner=by_role, name="Renamed")
    assert record.owner_role == roles[0]
    record = update(kind, record, owner=by_hand)
    assert (record.owner, record.owner_role) == (by_hand, None)
    record = make(kind, account, owner=by_role, owner_role=roles[0])
    record = update(kind, record, owner=None)
    assert (record.owner, record.owner_role) == (None, None)


@pytest.mark.parametrize("kind", CREATE)
def test_r_own_1_a_role_and_a_team_member_at_once_are_refused(kind, account, roles):
    record = make(kind, account)
    with pytest.raises(ValidationError, match="has one owner") as raised:
        update(kind, record, owner=make_resource(), owner_role=roles[0])
    assert list(raised.value.message_dict) == ["owner_role"]
    record.refresh_from_db()
    assert (record.owner, record.owner_role) == (None, None)


def test_r_own_1_a_contact_excludes_the_others(account, roles):
    contact = make_contact(account)
    objective = make_objective(account=account, owner_contact=contact)
    for changes, field in (
        ({"owner": make_resource()}, "owner_contact"),
        ({"owner_role": roles[0]}, "owner_role"),
    ):
        with pytest.raises(ValidationError, match="has one owner") as raised:
            update("objective", objective, **changes)
        assert list(raised.value.message_dict) == [field]
    objective = update("objective", objective, owner_contact=None, owner_role=roles[0])
    assert (objective.owner_contact, objective.owner_role) == (None, roles[0])
    objective = update("objective", objective, owner_contact=contact)
    assert (objective.owner_contact, objective.owner_role) == (contact, None)


@pytest.mark.parametrize("kind", CREATE)
def test_an_owner_given_meanwhile_is_not_overwritten_unseen_by_a_role(kind, account, roles):
    shown, meanwhile = make_resource(), make_resource()
    make_account_role(account, make_resource(), roles[0])
    record = make(kind, account, owner=meanwhile)
    with pytest.raises(Conflict):
        update(kind, record, shown={"owner": shown}, owner_role=roles[0])
    record.refresh_from_db()
    assert (record.owner, record.owner_role) == (meanwhile, None)


def test_r_own_2_roles_of_a_task_become_their_holders_or_wait(account, roles):
    holder, other = make_resource(name="Holder"), make_resource(name="Other")
    make_account_role(account, holder, roles[0])
    values = {"name": "Call", "account": account, "resources": [other], "roles": roles}
    task = task_create(actor=make_csm(), values=values)

    def people():
        return sorted(str(row) for row in task.assignments.all())

    assert people() == sorted(["Holder", "Other", str(roles[1])])
    make_account_role(account, holder, roles[1])
    changed = task_update(actor=make_csm(), task=task, changes={"roles": [roles[1]]})
    assert people() == ["Holder", "Other"]
    assert changed == ["roles"]


def test_r_own_2_a_role_given_later_adds_its_holder_and_takes_nobody_off(account, roles):
    holder, other = make_resource(name="Holder"), make_resource(name="Other")
    make_account_role(account, holder, roles[0])
    task = make_task(account=account)
    task.assignments.create(resource=other)
    changed = task_update(
        actor=make_csm(), task=task, changes={"roles": [roles[0]]}, shown={"roles": []}
    )
    assert sorted(str(row) for row in task.assignments.all()) == ["Holder", "Other"]
    assert changed == ["resources"]


# Whoever is given something is told


def told(user):
    """What a person was told: the text and the page."""
    return [(row.text, row.path) for row in Notification.objects.filter(user=user)]


@pytest.fixture
def colleague():
    """Somebody of ours who signs in."""
    user = make_user()
    return make_resource(user=user, name="Jo Field")


@pytest.mark.parametrize("kind", CREATE)
def test_r_own_1_an_owner_is_told_once_and_only_of_what_is_new(kind, account, colleague):
    values = {"name": "Grow", "account": account, "owner": colleague}
    record = CREATE[kind](actor=make_csm(), values=values)
    (one,) = told(colleague.user)
    assert "“Grow”" in one[0]
    assert one[1] == f"/{kind}s/{record.pk}/"
    update(kind, record, name="Renamed", owner=colleague)
    assert told(colleague.user) == [one]
    update(kind, record, owner=make_resource())
    update(kind, record, owner=colleague)
    assert len(told(colleague.user)) == 2


@pytest.mark.parametrize("kind", CREATE)
def test_r_own_1_who_holds_the_role_is_told(kind, account, colleague, roles):
    make_account_role(account, colleague, roles[0])
    CREATE[kind](
        actor=make_csm(), values={"name": "Grow", "account": account, "owner_role": roles[0]}
    )
    assert len(told(colleague.user)) == 1


@pytest.mark.parametrize("kind", CREATE)
def test_nobody_is_told_of_what_they_give_themselves(kind, account, colleague):
    CREATE[kind](
        actor=colleague.user, values={"name": "Mine", "account": account, "owner": colleague}
    )
    assert told(colleague.user) == []


def test_r_own_1_each_new_resource_of_a_task_is_told(account, colleague):
    second = make_resource(user=make_user())
    actor = make_csm()
    task = task_create(
        actor=actor, values={"name": "Call", "account": account, "resources": [colleague]}
    )
    assert len(told(colleague.user)) == 1
    task_update(actor=actor, task=task, changes={"resources": [colleague, second]})
    assert [len(told(one.user)) for one in (colleague, second)] == [1, 1]
    task_update(actor=actor, task=task, changes={"resources": []})
    assert Notification.objects.count() == 2


def test_r_own_1_who_joins_an_account_is_told(account, colleague, roles):
    account_role_add(actor=make_csm(), account=account, resource=colleague, role=roles[0])
    ((text, path),) = told(colleague.user)
    assert "Acme" in text
    assert path == f"/accounts/{account.pk}/"


def test_a_refused_change_tells_nobody(account, colleague, roles):
    plan = make_plan(account)
    with pytest.raises(ValidationError):
        update("plan", plan, owner=colleague, owner_role=roles[0])
    assert told(colleague.user) == []
