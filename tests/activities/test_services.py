"""Writes of activities: allowed and refused; how they follow what they are about, by every path."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from apps.accounts.choices import ResourceKind
from apps.accounts.services import account_delete
from apps.activities import services
from apps.activities.models import ActivityContact, CsActivity
from apps.core.access import Refused
from apps.core.services import Conflict
from apps.objectives.services import objective_delete
from tests.factories import (
    make_account,
    make_activity,
    make_administrator,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def refusals(**changes):
    """What the service says to these changes of an activity, by field."""
    activity = changes.pop("activity", None) or make_activity(account=make_account())
    with pytest.raises(ValidationError) as raised:
        services.activity_update(actor=make_csm(), activity=activity, changes=changes)
    return raised.value.message_dict


@pytest.mark.parametrize("person", [make_csm, make_participant])
def test_both_permission_sets_make_change_and_delete_activities(person):
    actor, account = person(), make_account()
    activity = services.activity_create(actor=actor, values={"account": account, "subject": "Call"})
    assert (activity.author, activity.account) == (actor, account)
    changed = services.activity_update(
        actor=actor, activity=activity, changes={"subject": "Long call"}
    )
    assert changed == ["subject"]
    services.activity_delete(actor=actor, activity=activity)
    assert not CsActivity.objects.exists()


@pytest.mark.parametrize("person", [make_administrator, lambda: make_user(None)])
def test_whoever_may_not_write_activities_changes_nothing(person):
    actor, activity = person(), make_activity(subject="As it was")
    with pytest.raises(Refused):
        services.activity_create(actor=actor, values={"subject": "New"})
    with pytest.raises(Refused):
        services.activity_update(actor=actor, activity=activity, changes={"subject": "Changed"})
    with pytest.raises(Refused):
        services.activity_delete(actor=actor, activity=activity)
    assert list(CsActivity.objects.values_list("subject", flat=True)) == ["As it was"]


def test_who_writes_it_owns_it_unless_the_values_say_otherwise():
    actor = make_csm()
    account = make_account()
    mine = services.activity_create(actor=actor, values={"account": account, "subject": "Mine"})
    other = services.activity_create(
        actor=actor, values={"account": account, "subject": "Nobody's", "owner": None}
    )
    assert (mine.owner, other.owner) == (actor.resource, None)


@pytest.mark.parametrize("fields", [{"kind": ResourceKind.PSA}, {"is_active": False}])
def test_r_own_1_only_active_resources_that_are_not_psa_become_owners(fields):
    unfit = make_resource(**fields)
    assert "owner" in refusals(owner=unfit)
    with pytest.raises(ValidationError):
        services.activity_create(actor=make_csm(), values={"subject": "New", "owner": unfit})


def test_r_cas_2_a_link_names_the_account_and_all_above_it():
    plan = make_plan()
    objective = make_objective(plan)
    kpi = make_kpi(objective)
    activity = services.activity_create(actor=make_csm(), values={"subject": "Note", "kpi": kpi})
    assert (activity.account, activity.plan, activity.objective) == (plan.account, plan, objective)


def test_r_cas_2_a_link_of_another_account_is_refused_with_both_names():
    acme, foreign = make_account(name="Acme"), make_plan(make_account(name="Other"), name="Grow")
    said = "“Grow” is a success plan of Other. Choose one of Acme, or none."
    activity = make_activity(account=acme)
    assert refusals(activity=activity, plan=foreign) == {"plan": [said]}
    values = {"account": acme, "subject": "Call", "plan": foreign}
    with pytest.raises(ValidationError) as raised:
        services.activity_create(actor=make_csm(), values=values)
    assert raised.value.message_dict == {"plan": [said]}
    activity.refresh_from_db()
    assert (activity.plan, CsActivity.objects.count()) == (None, 1)


def test_r_cas_2_a_link_that_is_kept_follows_a_new_one_below_it():
    plan = make_plan()
    activity = make_activity(objective=make_objective(make_plan(plan.account)))
    kpi = make_kpi(make_objective(plan))
    services.activity_update(actor=make_csm(), activity=activity, changes={"kpi": kpi})
    activity.refresh_from_db()
    assert (activity.objective, activity.plan) == (kpi.objective, plan)


def test_an_account_is_not_emptied_while_something_of_it_is_linked():
    activity = make_activity(plan=make_plan(name="Grow"))
    assert "“Grow”" in refusals(activity=activity, account=None)["account"][0]
    services.activity_update(
        actor=make_csm(), activity=activity, changes={"account": None, "plan": None}
    )
    activity.refresh_from_db()
    assert (activity.account, activity.plan) == (None, None)


def test_who_was_present_is_of_the_account_and_whoever_is_kept_stays():
    account = make_account()
    jo, ann, foreign = make_contact(account), make_contact(account), make_contact()
    mate = make_resource()
    activity = services.activity_create(
        actor=make_csm(),
        values={"account": account, "subject": "Call", "contacts": [jo], "resources": [mate]},
    )
    assert (list(activity.contacts.all()), list(activity.resources.all())) == ([jo], [mate])
    assert "contacts" in refusals(activity=activity, contacts=[jo, foreign])
    assert "contacts" in refusals(activity=activity, account=make_account())
    changed = services.activity_update(
        actor=make_csm(), activity=activity, changes={"contacts": [ann]}
    )
    assert (changed, list(activity.contacts.all())) == (["contacts"], [ann])


def test_contacts_that_two_people_tick_at_once_are_both_kept():
    account = make_account()
    jo, ann = make_contact(account), make_contact(account)
    activity = make_activity(account=account)
    ActivityContact.objects.create(activity=activity, contact=ann)
    services.activity_update(
        actor=make_csm(),
        activity=activity,
        changes={"contacts": [jo]},
        shown={"contacts": []},
    )
    assert set(activity.contacts.all()) == {jo, ann}


def test_seconds_that_the_page_does_not_show_are_no_conflict():
    moment = dt.datetime(2026, 3, 1, 9, 30, 42, tzinfo=dt.UTC)
    activity = make_activity(account=make_account(), happened_at=moment)
    later = moment.replace(hour=11, second=0)
    services.activity_update(
        actor=make_csm(),
        activity=activity,
        changes={"happened_at": later},
        shown={"happened_at": moment.replace(second=0)},
    )
    activity.refresh_from_db()
    assert activity.happened_at == later
    with pytest.raises(Conflict):
        services.activity_update(
            actor=make_csm(),
            activity=activity,
            changes={"happened_at": moment},
            shown={"happened_at": moment.replace(hour=8)},
        )


def test_one_write_is_one_operation_of_its_author():
    actor, account = make_csm(), make_account()
    activity = services.activity_create(
        actor=actor,
        values={"account": account, "subject": "Call", "contacts": [make_contact(account)]},
    )
    event, link = activity.events.get(), activity.contact_links.get().events.get()
    assert (event.pgh_actor_id, event.pgh_operation) == (actor.pk, link.pgh_operation)


PATHS = ["orm", "sql"]


def move(record, path, **changes):
    """Changes columns of one record, around all services."""
    model = type(record)
    if path == "orm":
        model._base_manager.filter(pk=record.pk).update(**changes)
        return
    columns = {model._meta.get_field(name).column: value for name, value in changes.items()}
    sets = ", ".join(f"{column} = %s" for column in columns)
    values = [getattr(value, "pk", value) for value in columns.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET {sets} WHERE id = %s", [*values, record.pk]
        )


def tree():
    """An objective with a KPI, a playbook and a task, and an activity on each of them."""
    objective = make_objective(make_plan())
    kpi, playbook = make_kpi(objective), make_playbook(objective)
    task = make_task(playbook)
    links = {"objective": objective, "kpi": kpi, "playbook": playbook, "task": task}
    return links, {name: make_activity(**{name: record}) for name, record in links.items()}


@pytest.mark.parametrize("path", PATHS)
def test_r_obj_2_and_3_activities_follow_their_objective(path):
    links, activities = tree()
    target = make_plan()
    move(links["objective"], path, account=target.account, plan=target)
    for activity in activities.values():
        activity.refresh_from_db()
        assert (activity.account_id, activity.plan_id) == (target.account_id, target.pk)
        assert activity.objective_id == links["objective"].pk


@pytest.mark.parametrize("path", PATHS)
def test_r_obj_2_activities_follow_their_objective_out_of_its_plan(path):
    links, activities = tree()
    move(links["objective"], path, plan=None)
    for activity in activities.values():
        activity.refresh_from_db()
        assert (activity.account_id, activity.plan_id) == (links["objective"].account_id, None)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("to", ["objective", "nothing"])
def test_r_cas_2_activities_follow_their_playbook(path, to):
    links, activities = tree()
    objective = make_objective(make_plan()) if to == "objective" else None
    account = objective.account if objective else make_account()
    move(links["playbook"], path, objective=objective, plan=None, account=account)
    for name in ("playbook", "task"):
        activities[name].refresh_from_db()
        wanted = (objective.pk, objective.plan_id) if objective else (None, None)
        assert (activities[name].objective_id, activities[name].plan_id) == wanted
        assert activities[name].account_id == account.pk
    activities["kpi"].refresh_from_db()
    assert activities["kpi"].objective_id == links["objective"].pk


@pytest.mark.parametrize("path", PATHS)
def test_r_cas_2_activities_follow_their_task(path):
    links, activities = tree()
    playbook = make_playbook(make_objective(make_plan()))
    move(links["task"], path, playbook=playbook)
    activities["task"].refresh_from_db()
    found = activities["task"]
    assert (found.playbook_id, found.objective_id) == (playbook.pk, playbook.objective_id)
    assert (found.plan_id, found.account_id) == (playbook.plan_id, playbook.account_id)


@pytest.mark.parametrize("path", PATHS)
def test_r_cas_2_activities_follow_their_kpi_to_another_objective(path):
    links, activities = tree()
    objective = make_objective(make_plan())
    move(links["kpi"], path, objective=objective)
    activities["kpi"].refresh_from_db()
    found = activities["kpi"]
    assert (found.objective_id, found.plan_id) == (objective.pk, objective.plan_id)
    assert found.account_id == objective.account_id


def test_r_del_1_deleting_what_it_is_about_keeps_the_activity_at_the_nearest_parent():
    objective = make_objective(make_plan())
    activity = make_activity(objective=objective)
    objective_delete(actor=make_csm(), objective=objective)
    activity.refresh_from_db()
    assert (activity.objective, activity.plan) == (None, objective.plan)


def test_r_act_1_deleting_an_account_leaves_its_activities_without_account():
    author = make_csm()
    account = make_account()
    activity = services.activity_create(
        actor=author,
        values={"account": account, "subject": "Call", "contacts": [make_contact(account)]},
    )
    account_delete(actor=make_administrator(), account=account)
    activity.refresh_from_db()
    assert (activity.account, activity.contacts.count()) == (None, 0)
    assert list(CsActivity.objects.visible_to(author)) == [activity]
