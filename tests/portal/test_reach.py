"""A contact's session reaches nothing but the share pages: every address of the program is asked."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.portal.services import token_of
from tests import factories
from tests.architecture import world
from tests.portal.test_leak import COOKIE, signed_in

pytestmark = pytest.mark.django_db

# What differs between two answers to the very same question.
ONCE = re.compile(r'(csrfmiddlewaretoken" value="|nonce[-=]"?)[\w+/=-]+')


def answer(client, method, path):
    response = getattr(client, method)(path, follow=False)
    body = b"".join(response) if response.streaming else response.content
    plain = ONCE.sub("", body.decode(errors="replace"))
    return response.status_code, response.headers.get("Location", ""), plain


def test_a_contacts_session_reaches_nothing_but_the_share_pages():
    account = factories.make_account()
    records = world.populate(account)
    contact = factories.make_contact(account, email="kim@acme.com")
    share = factories.make_share(account, contacts=[contact], may_complete=True)
    nobody, customer = Client(), signed_in(Client(), contact.email)
    # It is a session: the page that it is for opens.
    assert customer.get(f"/share/{token_of(share)}/").status_code == 200
    assert COOKIE in customer.cookies
    asked = 0
    for address in world.addresses():
        if address.route.startswith("share/"):
            continue
        known = address.namespace and address.namespace not in ("admin", "djdt")
        path = address.path(records) if known else address.filled(lambda *_: "1")
        for method in ("get", "post"):
            asked += 1
            assert answer(customer, method, path) == answer(nobody, method, path), path
    assert asked > 200


def test_a_staff_session_is_nobody_in_the_share_pages(client):
    share = factories.make_share(contacts=[])
    client.force_login(factories.make_csm())
    path = f"/share/{token_of(share)}/"
    assert answer(client, "get", path) == answer(Client(), "get", path)
    assert share.account.name not in answer(client, "get", path)[2]
