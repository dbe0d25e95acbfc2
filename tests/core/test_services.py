"""Conflicts are per field: nobody overwrites silently, and different fields get along."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.accounts.models import Account, AccountTag
from apps.core import services
from apps.core.history import operation
from apps.core.models import Tag
from tests.factories import make_account, make_csm

pytestmark = pytest.mark.django_db


def edit(account, changes, shown):
    with operation(None):
        return services.apply(services.lock(account), changes, shown)


def test_the_same_field_changed_by_somebody_else_is_a_conflict_with_both_values():
    account = make_account(name="As shown")
    Account.objects.update(name="Theirs")
    with pytest.raises(services.Conflict) as raised:
        edit(account, {"name": "Mine"}, {"name": "As shown"})
    (clash,) = raised.value.clashes
    assert (clash.name, clash.theirs, clash.mine) == ("name", "Theirs", "Mine")
    assert Account.objects.get().name == "Theirs"


def test_different_fields_are_both_saved():
    account = make_account(name="As shown", tier="Basic")
    Account.objects.update(tier="Pro")
    assert edit(account, {"name": "Mine"}, {"name": "As shown"}) == ["name"]
    account.refresh_from_db()
    assert (account.name, account.tier) == ("Mine", "Pro")


def test_how_a_browser_ends_lines_is_no_conflict():
    account = make_account(summary="One\nTwo")
    assert edit(account, {"summary": "One\r\nTwo"}, {"summary": "One\r\nTwo"}) == []
    assert edit(account, {"summary": "Three"}, {"summary": "One\r\nTwo"}) == ["summary"]


def test_the_same_value_by_both_is_no_conflict():
    account = make_account(name="As shown")
    Account.objects.update(name="Agreed")
    assert edit(account, {"name": "Agreed"}, {"name": "As shown"}) == []


def test_a_value_that_is_not_allowed_is_refused():
    account = make_account()
    with pytest.raises(ValidationError) as raised:
        edit(account, {"status": "nonsense"}, {})
    assert "status" in raised.value.message_dict


def test_links_become_exactly_what_is_wanted_in_two_statements(django_assert_max_num_queries):
    account = make_account()
    first, second, third = Tag.objects.all()[:3]
    AccountTag.objects.create(account=account, tag=first)
    with django_assert_max_num_queries(3):
        services.set_links(
            AccountTag, owner={"account": account}, target="tag", wanted=[second, third]
        )
    assert set(account.tags.all()) == {second, third}
    assert not services.set_links(
        AccountTag, owner={"account": account}, target="tag", wanted=[second, third]
    )


def test_people_change_only_their_personal_fields():
    user = make_csm()
    services.preferences_update(actor=user, changes={"theme": "dark"})
    user.refresh_from_db()
    assert user.theme == "dark"
    with pytest.raises(ValidationError):
        services.preferences_update(actor=user, changes={"is_superuser": True})
