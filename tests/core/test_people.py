"""Invitations, new addresses and sessions: links that work once, and nothing secret kept."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.core import people_services as services
from apps.core.access import Refused
from apps.core.models import User
from apps.core.people_models import Session
from apps.core.people_rules import device_of, standing
from apps.core.people_selectors import ADDRESS, INVITATION, link_path, sessions_of
from apps.core.tasks import mail_person
from successcloud.logs import blotted
from tests.factories import PASSWORD, make_administrator, make_csm, make_participant

pytestmark = pytest.mark.django_db
NEW = "a short sentence nobody guesses"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def jobs():
    """What waits for users that there are: other tests leave jobs behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'core.mail_person'"
            " AND (args ->> 'user_id')::bigint IN (SELECT id FROM core_user) ORDER BY id"
        )
        return [json.loads(args) for (args,) in cursor.fetchall()]


def run_jobs():
    """Send what waits, as the worker would."""
    for args in jobs():
        mail_person(**args)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'core.mail_person'")


def link_of(message, word):
    return re.search(rf"https?://[^/]+(/{word}/\S+)", message.body)[1]


def invited(email="kim@example.com", **values):
    administrator = make_administrator()
    user = services.user_create(
        actor=administrator, email=email, values={"first_name": "Kim", **values}, groups=[]
    )
    services.user_invite(actor=administrator, user=user)
    user.refresh_from_db()
    return user, administrator


def choose(client, link, password=NEW, again=None):
    data = {"password": password, "again": password if again is None else again}
    return client.post(link, data)


def sign_in(client, email, password=PASSWORD, agent=FIREFOX):
    return client.post(
        "/auth/login/", {"login": email, "password": password}, HTTP_USER_AGENT=agent
    )


def is_in(client):
    return client.get(reverse("core:preferences")).status_code == 200


# Invitations ------------------------------------------------------------------------------------
def test_who_is_invited_chooses_a_password_and_is_in(client):
    user, _ = invited()
    run_jobs()
    (message,) = mail.outbox
    assert message.to == ["kim@example.com"]
    assert "Kim" in message.body
    link = link_of(message, "invitation")
    assert link == link_path(user, INVITATION)
    page = client.get(link)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page.headers["Cache-Control"]
    response = choose(client, link)
    assert (response.status_code, response.url) == (302, "/")
    assert is_in(client)
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_a_link_works_once(client):
    user, _ = invited()
    link = link_path(user, INVITATION)
    choose(client, link)
    client.logout()
    for response in (client.get(link), choose(client, link, "another long sentence")):
        assert response.status_code == 404
        assert "used already" in response.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_looking_at_a_link_does_not_use_it_up(client):
    user, _ = invited()
    link = link_path(user, INVITATION)
    assert [client.get(link).status_code for _ in range(3)] == [200] * 3
    assert choose(client, link).status_code == 302


def test_a_weak_or_mistyped_password_is_refused_and_the_link_still_works(client):
    user, _ = invited()
    link = link_path(user, INVITATION)
    assert choose(client, link, "123").status_code == 422
    assert "not the same" in choose(client, link, NEW, "else").content.decode()
    assert choose(client, link).status_code == 302


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 404)])
def test_an_invitation_lasts_seven_days(client, days, status):
    user, _ = invited()
    User.objects.filter(pk=user.pk).update(invited_at=timezone.now() - dt.timedelta(days=days))
    user.refresh_from_db()
    assert client.get(link_path(user, INVITATION)).status_code == status


def test_a_new_invitation_ends_the_earlier_one(client):
    user, administrator = invited()
    old = link_path(user, INVITATION)
    services.user_invite(actor=administrator, user=user)
    user.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(link_path(user, INVITATION)).status_code == 200


@pytest.mark.parametrize("link", ["x", "1", "0-", "99999999999999999999-a", "٣-a", "1-" + "a" * 40])
def test_an_unknown_link_gets_the_page_that_says_what_to_do(client, link):
    for name in ("core:invitation", "core:address"):
        response = client.get(reverse(name, args=[link]))
        assert response.status_code == 404
        assert "This link does not work" in response.content.decode()


def test_trying_links_is_throttled(client):
    url = reverse("core:invitation", args=["1-none"])
    answers = [client.get(url).status_code for _ in range(25)]
    assert answers[0] == 404
    assert answers[-1] == 429
    # Who has a right link is never shut out because somebody else tried.
    user, _ = invited()
    assert client.get(link_path(user, INVITATION)).status_code == 200


def test_nothing_secret_is_in_jobs_history_or_logs():
    user, _ = invited()
    link = link_path(user, INVITATION)
    proof = link.rstrip("/").rpartition("-")[2]
    assert jobs() == [{"user_id": user.pk, "what": "invitation"}]
    assert proof not in str(list(user.events.values()))
    assert proof not in str(User.objects.filter(pk=user.pk).values())
    assert proof not in blotted(f"GET {link} 200")
    assert "MQ-abc" not in blotted("GET /auth/password/reset/key/MQ-abc/ 302")


def test_an_invitation_that_does_not_count_any_more_is_not_mailed(client):
    user, administrator = invited()
    services.user_deactivate(actor=administrator, user=user)
    run_jobs()
    assert not mail.outbox


def test_deactivated_while_the_page_was_open(client):
    user, administrator = invited()
    link = link_path(user, INVITATION)
    assert client.get(link).status_code == 200
    services.user_deactivate(actor=administrator, user=user)
    assert choose(client, link).status_code == 404
    user.refresh_from_db()
    assert not user.has_usable_password()
    services.user_reactivate(actor=administrator, user=user)
    # The old link stays dead; a new one is on its way.
    assert client.get(link).status_code == 404
    run_jobs()
    assert client.get(link_of(mail.outbox[-1], "invitation")).status_code == 200


def test_who_has_a_password_is_not_invited():
    administrator, user = make_administrator(), make_csm()
    with pytest.raises(ValidationError, match="has a password already"):
        services.user_invite(actor=administrator, user=user)


def test_an_address_is_given_once_whatever_its_case():
    make_csm(email="mara@example.com")
    with pytest.raises(ValidationError, match="Another user has this"):
        services.user_create(
            actor=make_administrator(), email="Mara@Example.com", values={}, groups=[]
        )


@pytest.mark.parametrize("make", [make_csm, make_participant])
def test_only_administrators_change_users(make):
    actor, other = make(), make_csm()
    for act in (
        lambda: services.user_create(actor=actor, email="n@example.com", values={}, groups=[]),
        lambda: services.user_invite(actor=actor, user=other),
        lambda: services.user_deactivate(actor=actor, user=other),
        lambda: services.user_reactivate(actor=actor, user=other),
        lambda: services.user_update(
            actor=actor, user=other, email=other.email, values={}, groups=[]
        ),
    ):
        with pytest.raises(Refused, match="permission set does not let you"):
            act()


def test_an_administrator_changes_no_superuser():
    boss = make_csm(is_superuser=True)
    for act in (services.user_deactivate, services.user_invite, services.user_reactivate):
        with pytest.raises(Refused, match="Only a superuser"):
            act(actor=make_administrator(), user=boss)


def test_who_forgot_the_password_gets_a_mail_in_our_words(client):
    make_csm(email="mara@example.com")
    for email in ("mara@example.com", "nobody@example.com"):
        client.post("/auth/password/reset/", {"email": email})
    first, second = mail.outbox
    assert (first.subject, second.subject) == ("Choose a new password", "No user has this address")
    assert "/auth/password/reset/key/" in first.body
    assert "ask your administrator for an invitation" in second.body


def test_asking_for_new_passwords_is_throttled(client):
    make_csm(email="mara@example.com")
    answers = [
        client.post("/auth/password/reset/", {"email": "mara@example.com"}).status_code
        for _ in range(7)
    ]
    assert answers[:5] == [302] * 5
    assert answers[-1] == 429
    assert len(mail.outbox) == 5


def test_asking_for_another_address_is_throttled(client):
    client.force_login(make_csm())
    data = {"email": "new@example.com", "password": "guessed"}
    answers = [client.post(reverse("core:address-change"), data).status_code for _ in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 429


# Addresses --------------------------------------------------------------------------------------
def test_a_new_address_counts_when_its_mailbox_has_confirmed_it(client):
    user = make_csm(email="old@example.com")
    client.force_login(user)
    page = reverse("core:address-change")
    data = {"email": "New@example.com", "password": PASSWORD}
    assert client.post(page, data | {"password": "wrong"}).status_code == 422
    assert client.post(page, data).status_code == 302
    user.refresh_from_db()
    assert (user.email, user.new_email) == ("old@example.com", "new@example.com")
    run_jobs()
    (message,) = mail.outbox
    assert message.to == ["new@example.com"]
    link = link_of(message, "confirm-address")
    client.logout()
    assert client.get(link).status_code == 200
    user.refresh_from_db()
    assert user.email == "old@example.com"
    assert "new@example.com" in client.post(link).content.decode()
    run_jobs()
    assert mail.outbox[-1].to == ["old@example.com"]
    assert client.post(link).status_code == 404
    sign_in(client, "old@example.com")
    assert not is_in(client)
    sign_in(client, "new@example.com")
    assert is_in(client)


def test_an_address_that_somebody_took_meanwhile_is_refused(client):
    user = make_csm(email="old@example.com")
    services.address_ask(actor=user, email="new@example.com")
    make_csm(email="new@example.com")
    user.refresh_from_db()
    response = client.post(link_path(user, ADDRESS))
    assert response.status_code == 409
    assert "Another user has this" in response.content.decode()


def test_who_keeps_the_old_address_ends_the_link(client):
    user = make_csm()
    services.address_ask(actor=user, email="new@example.com")
    user.refresh_from_db()
    link = link_path(user, ADDRESS)
    client.force_login(user)
    client.post(reverse("core:address-change"), {"forget": "1"})
    assert client.get(link).status_code == 404


def test_addresses_change_on_no_other_page(client):
    user = make_csm(email="old@example.com")
    client.force_login(user)
    response = client.post("/auth/email/", {"email": "x@example.com", "action_add": ""})
    assert response.url == reverse("core:address-change")


# Sessions ---------------------------------------------------------------------------------------
def test_one_sees_where_one_is_signed_in_and_ends_the_others(client):
    user = make_csm(email="mara@example.com")
    other = client.__class__()
    sign_in(other, "mara@example.com", agent=CHROME)
    sign_in(client, "mara@example.com")
    page = client.get(reverse("core:sessions")).content.decode()
    assert "Firefox on Linux" in page
    assert "Chrome on Windows" in page
    assert "127.0.0.1" in page
    assert not any(row.session_key in page for row in Session.objects.filter(user=user))
    client.post(reverse("core:sessions"))
    assert is_in(client)
    assert not is_in(other)


def test_one_session_is_ended_by_its_mark(client):
    user = make_csm(email="mara@example.com")
    others = [client.__class__() for _ in range(2)]
    for one in others:
        sign_in(one, "mara@example.com")
    sign_in(client, "mara@example.com")
    mark = Session.objects.get(session_key=others[0].session.session_key).mark
    client.post(reverse("core:sessions"), {"end": mark})
    assert [is_in(one) for one in (client, *others)] == [True, False, True]
    assert len(sessions_of(user)) == 2


def test_nobody_ends_the_session_of_another(client):
    sign_in(other := client.__class__(), make_csm(email="mara@example.com").email)
    mark = Session.objects.get(session_key=other.session.session_key).mark
    client.force_login(make_csm())
    client.post(reverse("core:sessions"), {"end": mark})
    assert is_in(other)


def test_another_password_signs_out_everywhere_else(client):
    user = make_csm(email="mara@example.com")
    other = client.__class__()
    sign_in(other, "mara@example.com")
    sign_in(client, "mara@example.com")
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/auth/password/change/", data).status_code == 302
    assert is_in(client)
    assert not is_in(other)
    user.refresh_from_db()
    assert len(sessions_of(user)) == 1


def test_deactivated_while_signed_in_is_out_at_once_and_stays_out(client):
    administrator, user = make_administrator(), make_csm(email="mara@example.com")
    sign_in(client, "mara@example.com")
    services.user_deactivate(actor=administrator, user=user)
    assert not is_in(client)
    services.user_reactivate(actor=administrator, user=user)
    assert not is_in(client)
    sign_in(client, "mara@example.com")
    assert is_in(client)


def test_a_session_in_use_is_noted_every_ten_minutes_only(client):
    user = make_csm(email="mara@example.com")
    sign_in(client, "mara@example.com")
    row = Session.objects.get(user=user)
    is_in(client)
    assert Session.objects.get(user=user).seen_at == row.seen_at
    session = client.session
    then = (timezone.now() - dt.timedelta(minutes=11)).isoformat()
    session["told"] = session["told"] | {"seen_at": then}
    session.save()
    is_in(client)
    assert Session.objects.get(user=user).seen_at > row.seen_at


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_told_in_words(agent, device):
    assert device_of(agent) == device


def test_how_a_user_stands():
    now = timezone.now()
    old = now - dt.timedelta(days=8)
    lines = [(False, True, None), (True, True, old), (True, False, None), (True, False, now)]
    told = [
        standing(is_active=a, has_password=p, invited_at=i, now=now)[0]
        for a, p, i in [*lines, (True, False, old)]
    ]
    assert told == ["Deactivated", "Active", "Not invited yet", "Invited", "Invitation expired"]
