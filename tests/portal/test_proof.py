"""R-EXT-3 and R-EXT-4: proving an address, and what the answers tell."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.core.access import Refused
from apps.portal import proof_services, rules, services
from apps.portal.models import PortalCode, PortalSession
from apps.portal.selectors import people
from apps.portal.tasks import mail_code, mail_invitation, proofs_purge
from apps.portal.views.proof import ASKED, COOKIE
from tests.factories import (
    make_account,
    make_contact,
    make_csm,
    make_participant,
    make_plan,
    make_share,
)

pytestmark = pytest.mark.django_db
MAIL = "kim@acme.com"


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


@pytest.fixture
def kim():
    return make_contact(make_account(), name="Kim Lee", email="Kim@Acme.com")


@pytest.fixture
def share(kim):
    plan = make_plan(kim.account, is_shared=True)
    return make_share(plan=plan, contacts=[kim])


def url(name, share, *args):
    return reverse(f"share:{name}", args=[services.token_of(share), *args])


def asked(client, share, email=MAIL):
    response = client.post(url("who", share), {"email": email})
    return response, PortalCode.objects.latest("pk")


def signed_in(client, share, email=MAIL):
    _, code = asked(client, share, email)
    return client.post(url("code", share), {"code": proof_services.digits_of(code)})


def key_for(email=MAIL):
    """A session as it is made by proving an address."""
    code = proof_services.code_ask(email=email, share=None)
    return proof_services.link_use(key=proof_services.link_of(code)).key


def test_r_ext_3_a_code_that_was_mailed_opens_the_share(client, share):
    response, code = asked(client, share)
    assert response.status_code == 302
    assert response.url == url("code", share)
    page = client.get(response.url)
    assert MAIL in page.text
    mail_code(code.pk)
    [sent] = mail.outbox
    digits = re.search(r"\b\d{6}\b", sent.body)[0]
    assert sent.to == [MAIL]
    opened = client.post(url("code", share), {"code": f" {digits[:3]} {digits[3:]} "})
    assert (opened.status_code, opened.url) == (302, url("view", share))
    cookie = opened.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/share/", True, "Lax")
    assert cookie["max-age"] == 30 * 24 * 3600
    session = PortalSession.objects.get()
    assert session.key_hash == rules.hashed(cookie.value)
    assert people.visitor(cookie.value, share) == people.Visitor(
        MAIL, tuple(share.contacts.all()), session.pk
    )
    assert client.get(url("view", share)).status_code == 200


def test_r_ext_3_the_cookie_is_secure_where_the_program_is(client, share, settings):
    settings.SESSION_COOKIE_SECURE = True
    assert signed_in(client, share).cookies[COOKIE]["secure"]


def test_r_ext_3_the_mailed_link_asks_first_and_signs_in_once(client, share):
    _, code = asked(Client(), share)
    mail_code(code.pk)
    link = re.search(r"/share/in/\S+", mail.outbox[0].body)[0]
    for _ in range(3):
        page = client.get(link)
        assert page.status_code == 200
        assert COOKIE not in page.cookies
    assert not PortalSession.objects.exists()
    opened = client.post(link)
    assert opened.url == url("view", share)
    assert client.get(opened.url).status_code == 200
    again = Client().post(link)
    assert again.status_code == 404
    assert again.content == Client().get(link).content
    assert PortalSession.objects.count() == 1


def test_r_ext_3_code_and_link_are_one_proof(client, share):
    _, code = asked(client, share)
    assert client.post(url("code", share), {"code": proof_services.digits_of(code)}).url
    assert proof_services.link_use(key=proof_services.link_of(code)) is None


def test_r_ext_3_a_proof_is_over_after_fifteen_minutes(client, share):
    _, code = asked(client, share)
    past = timezone.now() - dt.timedelta(minutes=15, seconds=1)
    PortalCode.objects.update(created_at=past, expires_at=past + rules.CODE_LIVES)
    digits = proof_services.digits_of(code)
    assert client.post(url("code", share), {"code": digits}).url == url("view", share)
    assert proof_services.code_use(nonce=code.nonce, typed=digits) is None
    assert proof_services.link_use(key=proof_services.link_of(code)) is None
    mail_code(code.pk)
    assert not mail.outbox
    assert not PortalSession.objects.exists()


def test_r_ext_3_after_five_wrong_codes_the_right_one_proves_nothing(client, share):
    _, code = asked(client, share)
    digits = proof_services.digits_of(code)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    for _ in range(rules.TRIES):
        assert client.post(url("code", share), {"code": wrong}).status_code == 422
    assert client.post(url("code", share), {"code": digits}).status_code == 422
    assert not PortalSession.objects.exists()
    # Somebody who guesses takes the way in by the mail from nobody.
    assert proof_services.link_use(key=proof_services.link_of(code))


def test_r_ext_3_a_code_is_typed_where_it_was_asked_for(client, share):
    _, code = asked(client, share)
    elsewhere = Client()
    response = elsewhere.post(url("code", share), {"code": proof_services.digits_of(code)})
    assert (response.status_code, response.url) == (302, url("view", share))
    other = make_share(share.account)
    client.post(url("code", other), {"code": proof_services.digits_of(code)})
    assert not PortalSession.objects.exists()


def blotted(response, email):
    """An answer without what differs from one request to the next, whoever asks."""
    text = re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", response.text)
    cookies = sorted(
        (name, *map(str, morsel.values())) for name, morsel in response.cookies.items()
    )
    cookies = [
        tuple(
            part for part in one if " GMT" not in part and not re.search(r"[0-9a-zA-Z]{32}", part)
        )
        for one in cookies
    ]
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    return response.status_code, text.replace(email, "…"), headers, cookies


@pytest.mark.parametrize("of_share", [True, False])
def test_r_ext_4_no_answer_tells_whether_an_address_is_known(share, of_share):
    def steps(email):
        client = Client()
        ask_at = url("who", share) if of_share else reverse("share:door")
        first = client.post(ask_at, {"email": email})
        page = client.get(first.url)
        wrong = client.post(first.url, {"code": "1"})
        return [blotted(one, email) for one in (first, page, wrong)]

    assert steps("kim@acme.com") == steps("nat@acme.net")
    jobs = ProcrastinateJob.objects.values_list("task_name", "queue_name")
    assert set(jobs) == {("portal.mail_code", "mail")}
    assert PortalCode.objects.count() == 2


def test_r_ext_4_asking_costs_the_same_for_every_address(share):
    counts = []
    for email in ("kim@acme.com", "nat@acme.net"):
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            asked(Client(), share, email)
        counts.append([re.sub(r"'[^']*'|\d+", "", one["sql"])[:60] for one in queries])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("of_share", [True, False])
def test_r_ext_4_nobody_unknown_is_mailed_or_let_in(share, of_share):
    code = proof_services.code_ask(email="nat@acme.net", share=share if of_share else None)
    mail_code(code.pk)
    assert not mail.outbox
    assert proof_services.link_use(key=proof_services.link_of(code)) is None
    assert not PortalSession.objects.exists()


def test_r_ext_4_an_allowed_domain_lets_in_without_a_contact(client, share):
    share.domains = "acme.net, acme.org"
    share.save()
    opened = signed_in(client, share, "Nat@ACME.org")
    key = opened.cookies[COOKIE].value
    assert people.visitor(key, share).contacts == ()
    assert [one.pk for one in people.opened_with("nat@acme.org")] == [share.pk]
    # The end of a domain, or a longer one, is another domain.
    for email in ("nat@me.org", "nat@acme.org.evil.com", "nat@evil-acme.org", "acme.org", "@"):
        assert people.admitted(share, email) is None
        assert people.opened_with(email) == []


@pytest.mark.parametrize(
    "twin", ["k\u0131ms@acme.com", "kims@\u0131acme.com", "kim\u017f@acme.com"]
)
def test_r_ext_4_an_address_that_only_looks_alike_is_somebody_elses(kim, share, twin):
    kim.email = twin.replace("\u0131", "i").replace("\u017f", "s")
    kim.save()
    assert people.opened_with(kim.email) == [share]
    assert people.opened_with(twin) == []
    share.domains = twin.rpartition("@")[2] if twin.endswith("@acme.com") else ""
    share.save()
    assert not people.admitted(share, twin)


def test_an_address_that_grows_in_lower_case_is_refused(client, share):
    response = client.post(url("who", share), {"email": "\u0130" * 200 + "@acme.com"})
    assert response.status_code == 422


def test_r_ext_4_a_mail_is_sent_once(share):
    code = proof_services.code_ask(email=MAIL, share=share)
    mail_code(code.pk)
    mail_code(code.pk)
    assert len(mail.outbox) == 1


def test_r_ext_4_a_used_code_is_not_mailed_any_more(share):
    code = proof_services.code_ask(email=MAIL, share=share)
    assert proof_services.link_use(key=proof_services.link_of(code))
    mail_code(code.pk)
    assert not mail.outbox


def test_r_ext_4_jobs_and_tables_hold_no_secret(client, share):
    opened = signed_in(client, share)
    code = PortalCode.objects.get()
    proof_services.invite(actor=make_csm(), share=share, contacts=list(share.contacts.all()))
    secrets = {
        services.token_of(share),
        proof_services.link_of(code),
        proof_services.digits_of(code),
        opened.cookies[COOKIE].value,
    }
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "core_cache":
                continue
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            kept = cursor.fetchone()[0]
            words = set(re.findall(r"[\w-]{20,}|\b\d{6}\b", kept))
            assert not words & secrets, table
    assert all(len(secret) == 43 for secret in secrets - {proof_services.digits_of(code)})


@pytest.mark.parametrize("email", ["", "kim", "kim@", "a b@acme.com", f"{'k' * 250}@acme.com"])
def test_what_is_no_address_is_said_and_kept(client, share, email):
    response = client.post(url("who", share), {"email": email})
    assert response.status_code == 422
    assert "is no e-mail address" in response.text
    assert not PortalCode.objects.exists()


def test_r_ext_4_asking_is_throttled_for_an_address(share):
    answers = []
    for number in range(6):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        # Written in another way it is the same address.
        email = MAIL.upper() if number % 2 else MAIL
        answers.append(client.post(url("who", share), {"email": email}).status_code)
    assert answers == [302] * 5 + [429]
    other = Client().post(url("who", share), {"email": "nat@acme.net"})
    assert other.status_code == 302


def test_r_ext_4_asking_is_throttled_for_a_client(client, share):
    for number in range(20):
        assert client.post(reverse("share:door"), {"email": f"a{number}@b.com"}).status_code == 302
    response = client.post(reverse("share:door"), {"email": "kim@acme.com"})
    assert response.status_code == 429
    assert "Too many tries" in response.text
    assert PortalCode.objects.count() == 20


def test_r_ext_4_codes_are_throttled_for_an_address(share):
    """New codes from new clients do not give more tries than twenty a day."""
    answers = []
    for number in range(5):
        client = Client(REMOTE_ADDR=f"10.0.1.{number}")
        asked(client, share)
        answers += [client.post(url("code", share), {"code": "1"}).status_code for _ in range(5)]
    assert answers == [422] * 20 + [429] * 5


def test_r_ext_4_a_session_ends_when_it_is_ended_or_over(share):
    key = key_for()
    assert people.visitor(key, share)
    PortalSession.objects.update(expires_at=timezone.now())
    assert people.visitor(key, share) is None
    PortalSession.objects.update(expires_at=timezone.now() + dt.timedelta(days=1))
    proof_services.session_end(actor=make_csm(), session=PortalSession.objects.get())
    assert people.visitor(key, share) is None


def test_r_ext_4_only_who_shares_ends_sessions(share):
    key_for()
    session = PortalSession.objects.get()
    with pytest.raises(Refused):
        proof_services.session_end(actor=make_participant(), session=session)
    session.refresh_from_db()
    assert session.revoked_at is None


def test_r_ext_4_a_contact_who_left_is_shut_out_by_the_domain_too(client, kim, share):
    share.domains = "acme.com"
    share.save()
    signed_in(client, share)
    kim.is_active = False
    kim.save()
    page = client.get(url("view", share))
    assert "Who are you?" in page.text
    assert PortalSession.objects.get().revoked_at is not None
    kim.is_active = True
    kim.save()
    assert "Who are you?" in client.get(url("view", share)).text
    assert people.opened_with("nat@acme.com")


def test_r_ext_4_who_is_taken_off_a_share_is_out_at_once(client, share):
    signed_in(client, share)
    services.share_update(actor=make_csm(), share=share, changes={"contacts": []})
    assert "Who are you?" in client.get(url("view", share)).text


def test_r_ext_4_a_session_opens_no_share_of_others(client, share):
    signed_in(client, share)
    account = make_account()
    foreign = make_share(
        account, contacts=[make_contact(account, email="nat@other.com")], domains="other.com"
    )
    page = client.get(url("view", foreign))
    assert "Who are you?" in page.text
    assert account.name not in page.text


def test_r_ext_4_the_same_address_at_two_companies_opens_both(kim, share):
    account = make_account()
    other = make_share(account, contacts=[make_contact(account, email=MAIL)])
    assert [one.pk for one in people.opened_with(MAIL)] == [other.pk, share.pk]
    twin = make_contact(share.account, email=MAIL, is_active=False)
    key = key_for()
    assert people.visitor(key, share).contacts == (kim,)
    assert twin not in people.visitor(key, other).contacts


def test_r_ext_3_leaving_ends_the_session(client, share):
    key = signed_in(client, share).cookies[COOKIE].value
    response = client.post(reverse("share:leave"))
    assert response.url == reverse("share:door")
    assert response.cookies[COOKIE].value == ""
    assert people.session_of(key) is None


def test_r_ext_3_a_staff_sign_in_is_no_proof(client, share):
    client.force_login(make_csm(email=MAIL))
    assert "Who are you?" in client.get(url("view", share)).text


def test_r_ext_3_the_door_opens_all_that_is_shared(client, share):
    response = client.post(reverse("share:door"), {"email": MAIL})
    code = PortalCode.objects.get()
    opened = client.post(response.url, {"code": proof_services.digits_of(code)})
    assert opened.url == reverse("share:mine")
    assert client.get(reverse("share:door")).url == reverse("share:mine")


def test_posts_need_the_token_of_their_form_and_browsers_without_referrer_have_it(share):
    client = Client(enforce_csrf_checks=True)
    form = client.get(url("view", share))
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', form.text)[1]
    there, typed = url("who", share), {"email": MAIL}
    refused = client.post(there, typed)
    assert refused.status_code == 403
    assert "Once more, please" in refused.text
    typed["csrfmiddlewaretoken"] = token
    told = {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "cross-site"}
    assert client.post(there, typed, **told).status_code == 403
    told = {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "same-origin"}
    assert client.post(there, typed, **told).status_code == 403
    assert not PortalCode.objects.exists()
    told = {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}
    assert client.post(there, typed, **told).status_code == 302
    # Over https a browser that tells neither would need a referrer, which these pages forbid.
    assert client.post(there, typed, secure=True).status_code == 302


def test_an_invitation_holds_the_link_and_goes_to_who_may_open_it(kim, share):
    actor = make_csm()
    proof_services.invite(actor=actor, share=share, contacts=[kim])
    job = ProcrastinateJob.objects.get()
    assert job.args == {"share_id": share.pk, "contact_id": kim.pk, "actor_id": actor.pk}
    mail_invitation(**job.args)
    [sent] = mail.outbox
    assert sent.to == [kim.email]
    assert url("view", share) in sent.body
    services.share_revoke(actor=actor, share=share)
    mail_invitation(**job.args)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("case", ["nobody", "stranger", "no address", "left", "revoked"])
def test_an_invitation_is_refused_with_a_reason(kim, share, case):
    actor, chosen = make_csm(), [kim]
    if case == "nobody":
        chosen = []
    elif case == "stranger":
        chosen = [make_contact(share.account, email="nat@acme.com")]
    elif case == "no address":
        kim.email = ""
        kim.save()
    elif case == "left":
        kim.is_active = False
        kim.save()
    else:
        services.share_revoke(actor=actor, share=share)
    with pytest.raises(ValidationError):
        proof_services.invite(actor=actor, share=share, contacts=chosen)
    with pytest.raises(Refused):
        proof_services.invite(actor=make_participant(), share=share, contacts=[kim])
    assert not ProcrastinateJob.objects.exists()


def test_what_is_over_is_forgotten_at_night(share):
    key_for()
    PortalCode.objects.update(expires_at=timezone.now() - dt.timedelta(days=2))
    proofs_purge(0)
    assert not PortalCode.objects.exists()
    assert PortalSession.objects.exists()


@pytest.mark.parametrize("rows", [1, 8])
def test_who_comes_is_asked_in_few_queries(share, rows, django_assert_num_queries):
    key = key_for()
    for _ in range(rows):
        make_share(share.account, contacts=list(share.contacts.all()))
    with django_assert_num_queries(2):
        people.visitor(key, share)
    with django_assert_num_queries(2):
        people.opened_with(MAIL)


# At the same moment -------------------------------------------------------------------------------
def at_once(*calls):
    """Run calls at the same moment, each in a thread with a connection of its own."""
    gate, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            gate.wait(10)
            answers[place] = call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.mark.django_db(transaction=True)
def test_r_ext_3_a_code_typed_twice_at_once_is_used_once(share):
    code = proof_services.code_ask(email=MAIL, share=share)
    digits, link = proof_services.digits_of(code), proof_services.link_of(code)
    answers = at_once(
        *[lambda: proof_services.code_use(nonce=code.nonce, typed=digits)] * 3,
        *[lambda: proof_services.link_use(key=link)] * 3,
    )
    assert sum(answer is not None for answer in answers) == 1
    assert PortalSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_r_ext_3_wrong_codes_at_once_are_all_counted(share):
    code = proof_services.code_ask(email=MAIL, share=share)
    at_once(*[lambda: proof_services.code_use(nonce=code.nonce, typed="1")] * 8)
    code.refresh_from_db()
    assert code.tries == rules.TRIES
    digits = proof_services.digits_of(code)
    assert proof_services.code_use(nonce=code.nonce, typed=digits) is None


def test_a_browser_that_asked_holds_nothing_that_proves(client, share):
    response, code = asked(client, share)
    assert response.cookies[ASKED].value == code.nonce.hex
    key = response.cookies[ASKED].value
    assert people.session_of(key) is None
    assert people.waits_for(key) == ""
