"""R-EXT-4: one page for every link that opens nothing, and no trace of the links that do."""

from __future__ import annotations

import datetime as dt
import logging
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.portal import proof_services, rules, services
from apps.portal.models import Share
from apps.portal.selectors import seen, shown
from apps.portal.views.proof import COOKIE
from successcloud.logs import BlottedRecord, blotted
from tests.factories import make_account, make_contact, make_csm, make_plan, make_share, make_task

pytestmark = pytest.mark.django_db
MAIL = "kim@acme.com"


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


@pytest.fixture
def share():
    kim = make_contact(make_account(), email=MAIL)
    return make_share(plan=make_plan(kim.account, is_shared=True), contacts=[kim], anyone=True)


def at(share, token=None):
    return f"/share/{token or services.token_of(share)}/"


def wrong(share):
    return at(share, "a" * 43), {}


def truncated(share):
    return at(share, services.token_of(share)[:-1]), {}


def longer(share):
    return at(share, services.token_of(share) + "a"), {}


def other_letters(share):
    return at(share, services.token_of(share).swapcase()), {}


def revoked(share):
    services.share_revoke(actor=make_csm(), share=share)
    return at(share), {}


def expired(share):
    Share.objects.update(last_day=dt.date(2020, 1, 1))
    return at(share), {}


def renewed(share):
    old = at(share)
    services.share_renew(actor=make_csm(), share=share)
    return old, {}


def deleted(share):
    old = at(share)
    share.delete()
    return old, {}


def another_secret(share):
    token = rules.derived("another secret", "share", share.key, share.round)
    return at(share, token), {}


def the_hash(share):
    return at(share, share.token_hash), {}


def the_key(share):
    return at(share, share.key), {}


def the_id(share):
    return at(share, share.pk), {}


def another_host(share):
    return at(share), {"HTTP_HOST": "evil.example"}


def no_host(share):
    return at(share), {"HTTP_HOST": "a b"}


def record_of_another_account(share):
    task = make_task(account=make_account(), is_shared=True)
    Share.objects.update(may_complete=True)
    return f"{at(share)}tasks/{seen.key_of('task', task.pk)}/complete/", {}


def unknown_below(share):
    return f"{at(share)}objectives/", {}


def unknown(share):
    return "/share/a/b/c/d/", {}


def zero(share):
    return "/share/%00/", {}


def mailed_link_that_is_wrong(share):
    return f"/share/in/{services.token_of(share)}/", {}


def mailed_link_that_is_used(share):
    code = proof_services.code_ask(email=MAIL, share=share)
    link = proof_services.link_of(code)
    assert proof_services.link_use(key=link)
    return f"/share/in/{link}/", {}


def where_only_forms_are_sent(share):
    return f"{at(share)}who/", {}


CASES = (
    wrong,
    truncated,
    longer,
    other_letters,
    revoked,
    expired,
    renewed,
    deleted,
    another_secret,
    the_hash,
    the_key,
    the_id,
    another_host,
    no_host,
    record_of_another_account,
    unknown_below,
    unknown,
    zero,
    mailed_link_that_is_wrong,
    mailed_link_that_is_used,
    where_only_forms_are_sent,
)


def told(response):
    return response.status_code, response.content, sorted(response.headers.items())


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "contact"])
@pytest.mark.parametrize("case", CASES, ids=lambda one: one.__name__)
def test_r_ext_4_one_page_for_all_that_opens_nothing(share, case, known):
    """Body and headers, to the last letter; also for who proved an address before."""
    same = told(Client().get("/share/-/nothing/"))
    client = Client()
    if known:
        code = proof_services.code_ask(email=MAIL, share=None)
        client.cookies[COOKIE] = proof_services.link_use(key=proof_services.link_of(code)).key
    assert client.get(at(share)).status_code == 200
    path, extra = case(share)
    response = client.get(path, **extra)
    assert told(response) == same
    assert response.status_code == 404
    # Its form has no token against forgery: that would be another one each time.
    assert b"csrf" not in response.content
    assert not response.cookies


@pytest.mark.parametrize("case", [wrong, revoked, another_host], ids=lambda one: one.__name__)
@pytest.mark.parametrize("what", ["who/", "code/", "tasks/x/complete/", "tasks/x/undo/"])
def test_r_ext_4_forms_to_such_links_get_the_same_page(share, case, what):
    same = told(Client().get("/share/-/nothing/"))
    path, extra = case(share)
    response = Client().post(f"{path}{what}", {"email": MAIL, "code": "1"}, **extra)
    assert told(response) == same


def test_r_ext_4_the_page_offers_a_fresh_way_in(share):
    client = Client(enforce_csrf_checks=True)
    page = client.get(at(share, "a" * 43))
    form = re.search(r'<form method="post" action="([^"]+)"', page.text)[1]
    response = client.post(form, {"email": MAIL})
    assert (response.status_code, response.url) == (302, reverse("share:door-code"))
    assert "csrfmiddlewaretoken" in client.get(response.url).text


def test_r_ext_4_without_its_last_slash_a_link_opens_too(share):
    response = Client().get(at(share)[:-1])
    assert (response.status_code, response.url) == (301, at(share))


def test_r_ext_4_guessing_is_throttled_and_the_right_link_opens_meanwhile(share, settings):
    settings.PORTAL_LIMITS = {**settings.PORTAL_LIMITS, "guess": "3/15m/ip"}
    client = Client(REMOTE_ADDR="10.1.1.1")
    answers = [client.get(at(share, f"{number:043}")).status_code for number in range(5)]
    assert answers == [404] * 3 + [429] * 2
    assert "Too many tries" in client.get("/share/a/b/c/").text
    assert client.get(at(share)).status_code == 200
    assert Client(REMOTE_ADDR="10.1.1.2").get(at(share, "a" * 43)).status_code == 404


def test_r_ext_4_a_token_has_256_bits_and_only_its_hash_is_kept(share):
    token = services.token_of(share)
    assert len(token) == 43
    assert share.token_hash == rules.hashed(token)
    assert rules.hashed(token) not in (token, str(share.key))
    assert shown.plans(share).count() == 1


@pytest.mark.parametrize("path", ["", "brand.css", "code/", "in/x/", "none/at/all/", "{token}/"])
def test_r_ext_4_no_page_is_kept_found_or_told_of(share, path):
    response = Client().get(f"/share/{path.format(token=services.token_of(share))}")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    # The company's colour is the same for everybody, and kept for minutes.
    kept = "public, max-age=300" if path == "brand.css" else "no-store, private"
    assert response.headers["Cache-Control"] == kept
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_our_own_pages_keep_their_headers_and_say_that_a_host_is_wrong():
    response = Client().get("/auth/login/")
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "X-Robots-Tag" not in response.headers
    assert Client().get("/auth/login/", HTTP_HOST="evil.example").status_code == 400


def test_r_ext_4_an_error_of_ours_is_a_plain_page_and_leaves_no_token_in_the_log(
    share, caplog, monkeypatch
):
    token = services.token_of(share)

    def breaks(request, share, visitor, **rest):
        raise RuntimeError(f"at /share/{token}/")

    monkeypatch.setattr("apps.portal.views.public.show", breaks)
    client = Client(raise_request_exception=False)
    with caplog.at_level(logging.DEBUG):
        response = client.get(at(share))
        client.get(at(share, "b" * 43))
        logging.getLogger("gunicorn.access").info('"GET %s HTTP/1.1" 200', at(share))
    assert response.status_code == 500
    assert "Something went wrong" in response.text
    assert token not in response.text
    lines = [logging.Formatter("%(message)s").format(record) for record in caplog.records]
    assert any("RuntimeError" in line for line in lines)
    assert any("/share/…" in line for line in lines)
    assert not [line for line in lines if token in line or "b" * 43 in line]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /share/abc/ HTTP/1.1", "GET /share/… HTTP/1.1"),
        ('"/share/in/abc-_1/"', '"/share/…"'),
        ("https://a.com/share/abc?x=1 and /share/def/who/", "https://a.com/share/… and /share/…"),
        ("next=%2Fshare%2Fabc", "next=%2Fshare%2F…"),
        ("/shares/12/edit/ and /share/", "/shares/12/edit/ and /share/"),
    ],
)
def test_what_follows_share_is_blotted(text, kept):
    assert blotted(text) == kept
    assert logging.getLogRecordFactory() is BlottedRecord


def test_r_ext_4_a_page_that_is_not_asked_in_our_own_way_has_no_other_answer(share):
    same = told(Client().get("/share/-/nothing/"))
    response = Client().get(at(share, "a" * 43), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="main")
    assert told(response) == same
    client = Client()
    client.force_login(make_csm())
    response = client.get(at(share, "a" * 43), HTTP_HX_REQUEST="true")
    assert (response.status_code, response.content) == same[:2]
