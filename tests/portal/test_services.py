"""Sharing as services: links, contacts, renewing and revoking, and who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from apps.core.access import Refused
from apps.core.history import finished
from apps.core.services import Conflict
from apps.core.undo_services import undo
from apps.portal.models import Share, ShareContact
from apps.portal.rules import hashed
from apps.portal.selectors.seen import key_of
from apps.portal.selectors.shares import opened_by
from apps.portal.services import (
    share_create,
    share_renew,
    share_revoke,
    share_update,
    token_of,
)
from tests.factories import (
    make_account,
    make_contact,
    make_csm,
    make_participant,
    make_plan,
    make_share,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm():
    return make_csm()


def test_r_ext_4_of_a_link_only_a_hash_is_stored(csm):
    share = share_create(actor=csm, values={"account": make_account()})
    token = token_of(share)
    assert len(token) == 43
    assert opened_by(token) == share
    stored = Share.objects.filter(pk=share.pk).values().get()
    assert token not in map(str, stored.values())
    assert stored["token_hash"] == hashed(token)


def test_a_link_made_with_another_secret_opens_and_is_not_shown(csm, settings):
    share = make_share()
    token = token_of(share)
    settings.SECRET_KEY = "another secret"  # noqa: S105 - of a test
    assert token_of(share) == ""
    assert opened_by(token) == share
    assert opened_by(token_of(share_renew(actor=csm, share=share))) == share


def test_r_ext_5_records_are_named_by_words_that_tell_nothing():
    names = {key_of(kind, pk) for kind in ("task", "plan") for pk in range(1, 50)}
    assert len(names) == 98
    assert {len(name) for name in names} == {22}


def test_a_share_of_a_plan_belongs_to_its_account_and_opens_to_nobody_by_itself(csm):
    plan = make_plan()
    share = share_create(actor=csm, values={"plan": plan, "account": make_account()})
    assert share.account == plan.account
    assert (share.anyone, share.domains, share.may_complete) == (False, "", False)
    assert not share.contacts.exists()


@pytest.mark.parametrize(
    ("values", "name"),
    [({}, "account"), ({"domains": "acme"}, "domains"), ({"contacts": ()}, "contacts")],
)
def test_what_makes_no_share_is_refused_and_nothing_is_left(csm, values, name):
    if name != "account":
        values = {"account": make_account(), **values}
    if name == "contacts":
        values["contacts"] = [make_contact(make_account())]
    with pytest.raises(ValidationError) as refused:
        share_create(actor=csm, values=values)
    assert set(refused.value.message_dict) == {name}
    assert not Share.objects.exists()


def test_contacts_are_exactly_those_that_were_chosen(csm):
    account = make_account()
    kim, jo = make_contact(account), make_contact(account)
    share = make_share(account, contacts=[kim])
    kept = ShareContact.objects.get().pk
    share_update(actor=csm, share=share, changes={"contacts": [kim, jo]})
    assert set(share.contacts.all()) == {kim, jo}
    assert ShareContact.objects.filter(pk=kept).exists()
    share_update(actor=csm, share=share, changes={"contacts": [jo]})
    assert list(share.contacts.all()) == [jo]


def test_changing_nothing_of_the_contacts_keeps_them(csm):
    account = make_account()
    kim = make_contact(account)
    share = make_share(account, contacts=[kim])
    share_update(actor=csm, share=share, changes={"domains": " @Acme.com; acme.de ,acme.com"})
    share.refresh_from_db()
    assert share.domains == "acme.com, acme.de"
    assert list(share.contacts.all()) == [kim]


def test_what_somebody_else_changed_meanwhile_is_a_conflict(csm):
    share = make_share(domains="acme.com")
    changes, shown = {"domains": "acme.de"}, {"domains": ""}
    with pytest.raises(Conflict):
        share_update(actor=csm, share=share, changes=changes, shown=shown)
    share.refresh_from_db()
    assert share.domains == "acme.com"


def test_a_renewed_link_is_another_and_the_one_before_is_dead(csm):
    share = make_share(last_day=dt.date(2020, 1, 1))
    before = token_of(share)
    share = share_renew(actor=csm, share=share, changes={"last_day": None})
    assert token_of(share) != before
    assert opened_by(before) is None
    assert opened_by(token_of(share)) == share


@pytest.mark.parametrize("change", [share_renew, share_revoke])
def test_r_ext_4_undo_opens_no_link_that_was_closed(csm, change):
    share = make_share()
    closed = token_of(share)
    change(actor=csm, share=share)
    with pytest.raises((Refused, ValidationError)):
        undo(actor=csm, done=finished())
    assert opened_by(closed) is None


def test_r_ext_4_a_superuser_who_undoes_a_renewal_wakes_no_closed_link_either():
    chief = make_csm(is_superuser=True)
    share = make_share()
    closed = [token_of(share)]
    share = share_renew(actor=chief, share=share)
    closed.append(token_of(share))
    undo(actor=chief, done=finished())
    share.refresh_from_db()
    share = share_renew(actor=chief, share=share)
    assert opened_by(token_of(share)) == share
    assert [opened_by(token) for token in closed] == [None, None]


def test_revoking_twice_keeps_the_first_moment(csm):
    share = share_revoke(actor=csm, share=make_share())
    first = share.revoked_at
    assert first is not None
    assert share_revoke(actor=csm, share=share).revoked_at == first
    assert opened_by(token_of(share)) is None


def test_participants_do_none_of_it():
    share, who = make_share(), make_participant()
    calls = (
        lambda: share_create(actor=who, values={"account": share.account}),
        lambda: share_update(actor=who, share=share, changes={"anyone": True}),
        lambda: share_renew(actor=who, share=share),
        lambda: share_revoke(actor=who, share=share),
    )
    for call in calls:
        with pytest.raises(Refused):
            call()
    fresh = Share.objects.get()
    assert (fresh.anyone, fresh.round, fresh.revoked_at) == (False, 1, None)


def test_a_share_that_is_gone_is_refused_in_words(csm):
    share = make_share()
    Share.objects.all().delete()
    with pytest.raises(Refused, match="not there any more"):
        share_renew(actor=csm, share=share)
