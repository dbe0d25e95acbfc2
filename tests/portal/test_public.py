"""The page of a share as a customer opens it, and who gets to see it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.portal.models import PortalSession
from apps.portal.rules import SESSION_LIVES, hashed
from apps.portal.services import token_of
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_contact,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_share,
    make_task,
)

pytestmark = pytest.mark.django_db


def sign_in(client, email, key="a-key-of-a-browser"):
    """A browser that proved this address."""
    now = timezone.now()
    PortalSession.objects.create(
        email=email,
        key_hash=hashed(key),
        created_at=now,
        last_at=now,
        expires_at=now + SESSION_LIVES,
    )
    client.cookies["sc_portal"] = key


def tree(number=1, **fields):
    """A shared plan with so many of each kind below it."""
    account = fields.pop("account", None) or make_account(name="Acme")
    plan = make_plan(account, name="Digital onboarding", is_shared=True)
    for _ in range(number):
        objective = make_objective(plan, is_external=True)
        make_kpi(objective, is_external=True, baseline=8, current=5, target=3, direction="lower")
        playbook = make_playbook(objective, is_shared=True)
        assign(make_task(playbook, is_shared=True), make_contact(account))
        make_task(plan=plan, account=account, is_shared=True)
        make_account_role(account, make_resource())
    return plan


def view(client, share):
    return client.get(reverse("share:view", args=[token_of(share)]))


@pytest.fixture
def share():
    plan = tree()
    contact = make_contact(plan.account, name="Kim Lee", email="kim@acme.com")
    return make_share(plan=plan, contacts=[contact])


def test_anyone_with_the_link_reads_where_that_is_allowed(client, share):
    share.anyone = True
    share.save()
    page = view(client, share)
    assert page.status_code == 200
    assert "Digital onboarding" in page.content.decode()


def test_without_a_proof_nothing_of_the_plan_is_said(client, share):
    page = view(client, share).content.decode()
    assert "Digital onboarding" not in page
    assert "Acme" not in page


def test_a_contact_who_proved_their_address_reads(client, share):
    sign_in(client, "kim@acme.com")
    page = view(client, share).content.decode()
    assert "Digital onboarding" in page
    assert "Kim Lee" in page


@pytest.mark.parametrize("many", [1, 8])
def test_a_page_takes_as_many_queries_however_much_it_shows(client, many):
    def queries(number):
        plan = tree(number)
        share = make_share(plan=plan, anyone=True)
        view(client, share)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert view(client, share).status_code == 200
        return len(seen)

    assert queries(many) == queries(1) <= 22
