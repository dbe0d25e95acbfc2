"""Every change is kept by the database, with who, door and operation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, connection, transaction

from apps.accounts.models import Account
from apps.core import history, selectors, services
from apps.core.choices import Door, RowScope
from apps.core.models import Organisation, Tag, User
from apps.objectives.models import ObjectiveTag
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_objective,
    make_plan,
)

pytestmark = pytest.mark.django_db


def events(record):
    return list(
        record.events.order_by("pgh_id").values_list("pgh_label", "pgh_door", "pgh_actor_id")
    )


def test_each_path_leaves_one_entry_with_its_door():
    user, account = make_csm(), make_account(name="A")
    with history.through(Door.PAGE), history.operation(user):
        Account.objects.filter(pk=account.pk).update(name="B")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_account SET name = 'C' WHERE id = %s", [account.pk])
    pk = account.pk
    with history.through(Door.ADMIN), history.operation(user):
        account.delete()
    model = Account.events.rel.related_model
    found = model.objects.filter(pgh_obj_id=pk).order_by("pgh_id")
    assert list(found.values_list("pgh_label", "pgh_door", "pgh_actor_id", "name")) == [
        ("insert", "shell", None, "A"),
        ("update", "page", user.pk, "B"),
        ("update", "shell", None, "C"),
        ("delete", "admin", user.pk, "C"),
    ]


def test_an_unchanged_save_leaves_no_entry():
    account = make_account()
    account.save()
    assert [label for label, *_ in events(account)] == ["insert"]


def test_changes_of_one_operation_belong_together_and_inner_ones_join():
    user = make_csm()
    with history.operation(user) as outer:
        plan = make_plan()
        with history.operation(user) as inner:
            objective = make_objective(plan)
    assert inner == outer
    operations = {row.events.get().pgh_operation for row in (plan, objective, plan.account)}
    assert operations == {outer}


def test_history_cannot_be_rewritten():
    account = make_account()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        account.events.update(name="nobody")


def test_the_history_tab_says_it_in_words():
    user, account = make_csm(), make_account(name="Old name")
    with history.through(Door.PAGE), history.operation(user):
        services.apply(services.lock(account), {"name": "New name", "status": "churned"})
    newest, first = selectors.history_of(user, account)
    assert (newest.actor, newest.door, newest.what) == (str(user), "Page", "changed this")
    assert [(c.label, c.before, c.after) for c in newest.changes] == [
        ("name", "Old name", "New name"),
        ("status", "Active", "Churned"),
    ]
    assert (first.actor, first.door, first.what) == ("Somebody", "Shell", "created this")


def test_a_constraint_of_the_database_becomes_a_sentence():
    account = make_account()
    child = make_account(parent=account)
    with pytest.raises(ValidationError, match="own ancestor"), history.operation(None):
        Account.objects.filter(pk=account.pk).update(parent=child)
    account.refresh_from_db()
    assert account.parent_id is None


def test_the_history_tells_what_was_linked_and_unlinked():
    user, objective = make_csm(), make_objective()
    tag = Tag.objects.order_by("position")[0]
    for wanted in ([tag], []):
        with history.through(Door.PAGE), history.operation(user):
            services.set_links(
                ObjectiveTag, owner={"objective": objective}, target="tag", wanted=wanted
            )
    told = [(entry.actor, entry.what) for entry in selectors.history_of(user, objective)]
    assert told == [
        (str(user), f"removed tag “{tag}”"),
        (str(user), f"added tag “{tag}”"),
        ("Somebody", "created this"),
    ]


def test_r_vis_1_the_history_names_no_record_that_the_person_may_not_see():
    user, mine, hidden = make_csm(), make_account(name="Mine"), make_account(name="Hidden")
    make_account_role(mine, user.resource)
    Account.objects.filter(pk=mine.pk).update(parent=hidden)
    everyone = selectors.history_of(user, mine)
    Organisation.objects.update(row_scope=RowScope.ACCOUNT_TEAM)
    team = selectors.history_of(User.objects.get(pk=user.pk), mine)
    for entries, after in ((everyone, "Hidden"), (team, selectors.HIDDEN)):
        assert [change.after for entry in entries for change in entry.changes] == [after]


def test_what_others_delete_at_the_same_moment_is_refused_with_a_sentence():
    """The database says it at the end of the transaction, as it does for two people at once."""
    user, objective = make_csm(), make_objective()
    with pytest.raises(ValidationError, match="this very moment"), history.operation(user):
        ObjectiveTag.objects.create(objective=objective, tag=Tag(pk=10**9))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
def test_people_who_wait_for_each_other_are_told_to_try_again():
    user, records = make_csm(), (make_account(), make_account())
    both_hold = Barrier(2)

    def change(first, second):
        try:
            with history.operation(user):
                services.lock(first)
                both_hold.wait(20)
                services.lock(second)
        except ValidationError as refusal:
            return refusal.messages[0]
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(change, records, reversed(records)))
    assert "changed the same records at this very moment" in said[0]
    assert said[1] == "done"
