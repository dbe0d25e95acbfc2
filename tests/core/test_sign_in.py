"""The door: closed sign-up, throttled, by e-mail address, and never a way to another host."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache

from apps.core.models import User
from tests.factories import PASSWORD, make_csm

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/auth/login/", {"login": email, "password": password, **more})


def signed_in(client):
    return client.get("/").status_code == 200


def test_the_e_mail_address_in_any_case_and_the_password_open_the_door(client):
    make_csm(email="mara@example.com")
    response = sign_in(client, " Mara@Example.COM ")
    assert (response.status_code, response.url) == (302, "/")
    assert signed_in(client)


def test_addresses_are_unique_whatever_their_case():
    make_csm(email="Mara@Example.com")
    assert User.objects.get(email="mara@example.com") == User.objects.get_by_natural_key(
        "MARA@example.com"
    )


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client):
    make_csm(email="mara@example.com")
    answers = set()
    for email, password in (("mara@example.com", "wrong"), ("nobody@example.com", PASSWORD)):
        response = sign_in(client, email, password)
        assert response.status_code == 200
        answers.add(str(response.context["form"].errors).replace(email, ""))
        assert f'value="{email}"' in response.content.decode()
    assert len(answers) == 1
    assert not signed_in(client)


def test_a_deactivated_person_stays_outside(client):
    make_csm(email="gone@example.com", is_active=False)
    sign_in(client, "gone@example.com")
    assert not signed_in(client)


def test_too_many_failures_close_the_door_even_for_the_right_password(client):
    make_csm(email="mara@example.com")
    for _ in range(5):
        sign_in(client, "mara@example.com", "wrong")
    response = sign_in(client, "mara@example.com")
    assert not signed_in(client)
    assert "Too many failed login attempts" in response.content.decode()
    assert cache.__class__.__name__ == "ConnectionProxy"
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")


def test_somebody_elses_failures_do_not_close_my_door(client):
    make_csm(email="mara@example.com")
    for _ in range(5):
        sign_in(client, "other@example.com", "wrong")
    sign_in(client, "mara@example.com")
    assert signed_in(client)


def test_nobody_signs_up(client):
    data = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    for response in (client.get("/auth/signup/"), client.post("/auth/signup/", data)):
        assert "made by administrators" in response.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()
    assert "signup" not in client.get("/auth/login/").content.decode()


def test_signing_out_needs_a_post(client):
    client.force_login(make_csm())
    page = client.get("/auth/logout/")
    assert page.status_code == 200
    assert signed_in(client)
    assert client.post("/auth/logout/").url == "/auth/login/"
    assert not signed_in(client)


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_other_host(client, elsewhere):
    make_csm(email="mara@example.com")
    assert sign_in(client, "mara@example.com", next=elsewhere).url == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(client):
    make_csm(email="mara@example.com")
    first = client.get("/plans/?status=active")
    assert first.url == "/auth/login/?next=/plans/%3Fstatus%3Dactive"
    assert sign_in(client, "mara@example.com", next="/plans/?status=active").url == (
        "/plans/?status=active"
    )


def test_the_session_is_a_new_one_after_signing_in(client):
    make_csm(email="mara@example.com")
    client.get("/auth/login/")
    session = client.session
    session["before"] = 1
    session.save()
    old = session.session_key
    sign_in(client, "mara@example.com")
    assert client.session.session_key != old
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_forgotten_password_is_set_anew_by_a_link_in_a_mail(client):
    user = make_csm(email="mara@example.com")
    assert client.post("/auth/password/reset/", {"email": "Mara@example.com"}).status_code == 302
    (message,) = mail.outbox
    assert message.to == ["mara@example.com"]
    link = re.search(r"http://testserver(/auth/password/reset/key/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    new = "another horse, another staple"
    weak = client.post(form.request["PATH_INFO"], {"password1": "123", "password2": "123"})
    assert weak.context["form"].errors
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    again = client.get(link, follow=True)
    assert "password1" not in again.content.decode()


def test_an_unknown_address_gets_the_same_answer(client):
    known = make_csm(email="mara@example.com").email
    answers = [
        client.post("/auth/password/reset/", {"email": email}, follow=True)
        for email in (known, "nobody@example.com")
    ]
    assert len({a.request["PATH_INFO"] for a in answers}) == 1
    assert [a.status_code for a in answers] == [200, 200]


def test_the_admin_has_no_door_of_its_own(client):
    response = client.get("/admin/", follow=True)
    assert response.request["PATH_INFO"] == "/auth/login/"
    make_csm(email="mara@example.com")
    data = {"username": "mara@example.com", "password": PASSWORD}
    client.post("/admin/login/", data)
    assert not signed_in(client)


def test_the_admin_is_closed_to_those_who_are_no_staff(client):
    client.force_login(make_csm())
    response = client.get("/admin/", follow=True)
    assert "Site administration" not in response.content.decode()


def test_a_stale_form_token_is_refused_with_a_way_on(client):
    strict = client.__class__(enforce_csrf_checks=True)
    response = strict.post("/auth/login/", {"login": "a@example.com", "password": "x"})
    assert response.status_code == 403
    assert "reload it and try again" in response.content.decode()
