"""What the database itself refuses about accounts, whatever path a write takes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from apps.accounts.models import Account, AccountRole, AccountTag, Role
from apps.core.models import Tag
from tests.factories import (
    make_account,
    make_account_role,
    make_attribute,
    make_plan,
    make_resource,
)

pytestmark = pytest.mark.django_db


def refused(write):
    """Whether the database refuses a write, its transaction kept alive."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def test_r_act_1_no_account_is_its_own_parent():
    account = make_account()
    assert refused(lambda: Account.objects.filter(pk=account.pk).update(parent=account))


def test_r_act_1_a_circle_is_refused_by_orm_and_by_sql():
    top = make_account()
    middle = make_account(parent=top)
    low = make_account(parent=middle)
    assert refused(lambda: Account.objects.filter(pk=top.pk).update(parent=low))

    def by_sql():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE accounts_account SET parent_id = %s WHERE id = %s", [middle.pk, top.pk]
            )

    assert refused(by_sql)
    assert not refused(lambda: Account.objects.filter(pk=low.pk).update(parent=top))


def test_an_external_id_is_of_one_account_and_may_be_missing_in_many():
    make_account(external_id="A-1")
    assert refused(lambda: make_account(external_id="A-1"))
    make_account(external_id=None)
    make_account(external_id=None)
    assert Account.objects.filter(external_id=None).count() == 2


def test_a_role_and_a_tag_stand_once_on_an_account():
    account, resource = make_account(), make_resource()
    role, tag = Role.objects.first(), Tag.objects.first()
    make_account_role(account, resource, role)
    assert refused(
        lambda: AccountRole.objects.create(account=account, resource=resource, role=role)
    )
    AccountTag.objects.create(account=account, tag=tag)
    assert refused(lambda: AccountTag.objects.create(account=account, tag=tag))


@pytest.mark.parametrize("what", ["parent", "plan", "resource", "role", "definition"])
def test_what_is_used_cannot_be_deleted(what):
    account = make_account()
    resource, definition = make_resource(), make_attribute()
    role = Role.objects.first()
    make_account_role(account, resource, role)
    account.readings.create(definition=definition, value=1, measured_on="2026-01-01")
    plan = make_plan(make_account(parent=account))
    record = {
        "parent": account,
        "plan": plan.account,
        "resource": resource,
        "role": role,
        "definition": definition,
    }[what]
    with pytest.raises(ProtectedError):
        record.delete()
