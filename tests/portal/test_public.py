"""The page of a share as a customer opens it, and who gets to see it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.portal.models import PortalSession, ShareVisit
from apps.portal.rules import SESSION_LIVES, hashed
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.seen import key_of
from apps.portal.services import token_of
from apps.portal.views.public import show
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_share,
    make_task,
)
from tests.pages import queries

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


def test_our_own_sign_in_opens_nothing_and_changes_nothing(client, share):
    share.anyone = True
    share.save()
    as_anyone = view(client, share).content
    client.force_login(make_csm())
    assert view(client, share).content == as_anyone
    share.anyone = False
    share.save()
    assert "Digital onboarding" not in view(client, share).content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"last_day": dt.date(2020, 1, 1)},
        {"token_hash": "another"},
    ],
)
def test_r_ext_4_a_link_that_opens_nothing_is_gone(client, share, change):
    token = token_of(share)
    sign_in(client, "kim@acme.com")
    type(share).objects.filter(pk=share.pk).update(**change)
    page = client.get(reverse("share:view", args=[token]))
    assert page.status_code == 404
    assert "Digital onboarding" not in page.content.decode()


def test_a_plan_with_nothing_in_it_says_so_kindly(client):
    plan = make_plan(make_account(name="Acme"), name="Digital onboarding", is_shared=True)
    page = view(client, make_share(plan=plan, anyone=True)).content.decode()
    assert "Nothing is shared here yet" in page
    plan.is_shared = False
    plan.save()
    page = view(client, make_share(plan=plan, anyone=True)).content.decode()
    assert "Nothing is shared here yet" in page
    assert "Digital onboarding" not in page


def test_descriptions_keep_their_formatting_and_lose_what_could_harm(client, share):
    make_objective(
        share.plan,
        is_external=True,
        description='<p>We <strong>grow</strong></p><img src=x onerror="alert(1)"><script>x</script>',
    )
    share.anyone = True
    share.save()
    page = view(client, share).content.decode()
    assert "<strong>grow</strong>" in page
    assert "onerror" not in page
    assert "<script" not in page


def test_names_are_text(client, share):
    make_objective(share.plan, is_external=True, name="<b>Grow</b> & more")
    share.anyone = True
    share.save()
    assert "&lt;b&gt;Grow&lt;/b&gt; &amp; more" in view(client, share).content.decode()


def test_a_task_of_theirs_can_be_completed_from_the_page(client, share):
    task = make_task(plan=share.plan, account=share.account, is_shared=True, name="Sign")
    assign(task, share.contacts.get())
    address = reverse("share:complete", args=[token_of(share), key_of("task", task.pk)])
    sign_in(client, "kim@acme.com")
    assert address not in view(client, share).content.decode()
    share.may_complete = True
    share.save()
    assert address in view(client, share).content.decode()
    answer = client.post(address)
    assert answer.status_code == 302
    page = client.get(answer.url.partition("#")[0]).content.decode()
    assert address not in page
    assert reverse("share:undo", args=[token_of(share), key_of("task", task.pk)]) in page


def test_a_visit_is_remembered_and_what_is_new_is_told_at_the_next(client, share):
    sign_in(client, "kim@acme.com")
    assert "New since" not in view(client, share).content.decode()
    ShareVisit.objects.update(last_at=timezone.now() - dt.timedelta(days=2))
    make_objective(share.plan, is_external=True, name="Grow")
    assert "New since your last visit" in view(client, share).content.decode()


def test_a_preview_is_what_they_see_and_no_visit(rf, share):
    make_objective(share.plan, is_external=True, name="Grow")
    contact = share.contacts.get()
    task = make_task(plan=share.plan, account=share.account, is_shared=True, name="Sign")
    assign(task, contact)
    share.may_complete = True
    share.save()
    request = rf.get("/")
    request.user = make_csm()
    visitor = Visitor(contact.email, (contact,), 0)
    page = show(request, share, visitor, preview=True, back="/shares/1/").content.decode()
    assert "This is what Kim Lee sees" in page
    assert 'href="/shares/1/"' in page
    assert "Grow" in page
    assert token_of(share) not in page
    assert not ShareVisit.objects.exists()


def test_all_plans_of_an_address_stand_on_one_page_with_what_is_theirs_to_do(client, share):
    kim = share.contacts.get()
    for name, who in (("Sign", kim), ("Not theirs", make_contact(share.account))):
        assign(make_task(plan=share.plan, account=share.account, is_shared=True, name=name), who)
    hidden = make_task(plan=share.plan, account=share.account, name="Internal task")
    assign(hidden, kim)
    second = make_account(name="Beta Group")
    make_share(second, contacts=[make_contact(second, email="KIM@acme.com")])
    make_share(tree(account=make_account(name="Stranger")).account)
    assert client.get(reverse("share:mine")).url == reverse("share:door")
    sign_in(client, "kim@acme.com")
    page = client.get(reverse("share:mine")).content.decode()
    assert f'href="{reverse("share:view", args=[token_of(share)])}"' in page
    assert "Digital onboarding" in page
    assert "Beta Group" in page
    assert "Sign" in page
    for never in ("Not theirs", "Internal task", "Stranger"):
        assert never not in page


def test_an_address_that_nothing_is_shared_with_is_told_so(client):
    sign_in(client, "nobody@acme.com")
    page = client.get(reverse("share:mine")).content.decode()
    assert "Nothing is shared with you at the moment" in page


def test_a_page_takes_as_many_queries_however_much_it_shows(client):
    found = []
    for many in (1, 8):
        share = make_share(plan=tree(many), anyone=True)
        view(client, share)
        found.append(queries(client, reverse("share:view", args=[token_of(share)])))
    assert found[0] == found[1] <= 20


def test_all_plans_take_as_many_queries_however_many_there_are(client):
    sign_in(client, "kim@acme.com")
    found = []
    for many in (1, 8):
        for _ in range(many):
            plan = tree(many)
            contact = make_contact(plan.account, email="kim@acme.com")
            assign(make_task(plan=plan, account=plan.account, is_shared=True), contact)
            make_share(plan=plan, contacts=[contact])
        found.append(queries(client, reverse("share:mine")))
    assert found[0] == found[1] <= 12
