"""Lookup fields: one record out of very many, named as people name it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.accounts.models import Account
from apps.core.fields import LookupField
from apps.plans.models import SuccessPlan
from tests.factories import make_account, make_csm, make_plan

pytestmark = pytest.mark.django_db


def field(rows=None):
    return LookupField(Account.objects.all() if rows is None else rows, url="/options/")


def test_a_record_is_found_by_name_by_id_and_by_both():
    account = make_account(name="Acme")
    for said in ("Acme", "acme ", f"Acme #{account.pk}", str(account.pk), account):
        assert field().clean(said) == account


def test_a_name_that_ends_like_an_id_is_still_a_name():
    first = make_account(name="Acme")
    store = make_account(name=f"Store #{first.pk}")
    assert field().clean(f"Store #{first.pk}") == store


def test_names_that_repeat_are_refused_until_one_is_picked():
    first, second = make_account(name="Acme"), make_account(name="Acme")
    with pytest.raises(ValidationError, match="More than one account is called “Acme”"):
        field().clean("Acme")
    assert field().clean(f"Acme #{second.pk}") == second
    assert field().prepare_value(first) == f"Acme #{first.pk}"


def test_a_name_of_its_own_is_shown_bare_and_counts_as_unchanged():
    account = make_account(name="Acme")
    assert field().prepare_value(account.pk) == "Acme"
    assert not field().has_changed(account, "Acme")


def test_what_cannot_be_chosen_is_refused_with_a_sentence():
    account = make_account(name="Acme")
    with pytest.raises(ValidationError, match="There is no account “Acme” that you can choose"):
        field(Account.objects.exclude(pk=account.pk)).clean("Acme")


def test_options_name_the_account_and_are_narrowed_by_it(client):
    client.force_login(make_csm())
    acme, other = make_account(name="Acme"), make_account(name="Other")
    plan = make_plan(acme, name="Success plan")
    twin = make_plan(other, name="Success plan")
    everywhere = client.get(reverse("plans:options"), {"field": "plan", "plan": "succ"})
    text = everywhere.content.decode()
    assert f'<option value="Success plan #{plan.pk}">Acme</option>' in text
    assert f'<option value="Success plan #{twin.pk}">Other</option>' in text
    for said in ("Acme", f"Acme #{acme.pk}", str(acme.pk)):
        here = client.get(reverse("plans:options"), {"account": said}).content.decode()
        assert here == '<option value="Success plan">Acme</option>'
    assert SuccessPlan.objects.count() == 2
