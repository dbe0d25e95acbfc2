"""Our pages about sharing: making a link, changing, renewing and revoking it, previews, mails."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.accounts.models import Contact
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.portal.models import PortalSession, Share, ShareVisit
from apps.portal.rules import hashed
from apps.portal.selectors.people import opened_with
from apps.portal.selectors.shares import opened_by
from apps.portal.services import token_of
from apps.portal.views.proof import COOKIE
from tests.factories import (
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_share,
    make_task,
)

pytestmark = pytest.mark.django_db
SOON = dt.timedelta(days=30)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def plan():
    return make_plan(make_account(name="Acme"), name="Onboarding", is_shared=True)


@pytest.fixture
def kim(plan):
    return make_contact(plan.account, name="Kim Lee", title="CIO", email="kim@acme.example")


@pytest.fixture
def share(plan, kim):
    return make_share(plan=plan, contacts=[kim])


def to(name, *args):
    return reverse(f"shares:{name}", args=args)


def words(response):
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.get_text(" ").split())


def edit_data(client, share):
    """What the browser sends of the edit form when nothing was changed."""
    form = client.get(to("edit", share.pk)).context["form"]
    data = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False or value == "":
            shown = ""
        elif isinstance(value, dt.date):
            shown = value.isoformat()
        else:
            shown = value
        if bound.name == "contacts":
            data["contacts"] = [getattr(one, "pk", one) for one in value or []]
            data[bound.html_initial_name] = list(data["contacts"])
            continue
        data[bound.html_initial_name] = "False" if value is False else str(shown)
        if value:
            data[bound.name] = "on" if value is True else str(shown)
            if value is True:
                data[bound.html_initial_name] = "True"
    return data


def session(email):
    now = timezone.now()
    return PortalSession.objects.create(
        email=email,
        key_hash=hashed(email),
        created_at=now,
        last_at=now,
        expires_at=now + SOON,
    )


# Making one -------------------------------------------------------------------------------------
def test_a_plan_is_shared_from_its_page_in_three_steps(client, csm, plan, kim):
    page = BeautifulSoup(client.get(f"/plans/{plan.pk}/").content, "html.parser")
    (start,) = [a["href"] for a in page.select("a") if "New link for the customer" in a.text]
    form = client.get(start).context["form"]
    assert not form["anyone"].value()
    assert not form["may_complete"].value()
    assert form["last_day"].value() == timezone.localdate() + dt.timedelta(days=365)
    response = client.post(start, {"contacts": [kim.pk], "last_day": "2099-01-31"})
    share = Share.objects.get()
    assert response.url.split("?")[0] == to("what-plan", plan.pk)
    assert to("detail", share.pk) in response.url.replace("%2F", "/")
    assert (share.plan, share.account, share.created_by) == (plan, plan.account, csm)
    assert list(share.contacts.all()) == [kim]
    assert not share.anyone
    page = client.get(to("detail", share.pk))
    assert f"/share/{token_of(share)}/" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_an_account_is_chosen_where_no_page_said_it(client, csm, plan):
    assert client.get(to("create")).status_code == 200
    response = client.get(to("create"), {"account": "Acme"})
    assert response.url == f"{to('create')}?account={plan.account_id}"
    assert client.get(to("create"), {"account": "Nobody knows"}).status_code == 422
    assert client.post(response.url, {"domains": "@Acme.example"}).status_code == 302
    assert Share.objects.get().domains == "acme.example"
    assert Share.objects.get().plan is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"domains": "acme"}, "“acme” is no e-mail domain"),
        ({"last_day": "2001-01-01"}, "This day is over already"),
        ({"last_day": "someday"}, "date"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(client, csm, plan, kim, data, said):
    url = f"{to('create')}?plan={plan.pk}"
    response = client.post(url, {"contacts": [kim.pk], **data})
    assert response.status_code == 422
    assert said in words(response)
    assert str(next(iter(data.values()))) in response.content.decode()
    assert not Share.objects.exists()


def test_a_contact_of_another_account_is_refused(client, csm, plan):
    response = client.post(
        f"{to('create')}?plan={plan.pk}", {"contacts": [make_contact(make_account()).pk]}
    )
    assert response.status_code == 422
    assert not Share.objects.exists()


# Changing ---------------------------------------------------------------------------------------
def test_two_people_change_different_things_of_a_share(client, csm, share, kim):
    data = edit_data(client, share)
    jo = make_contact(share.account, name="Jo", email="jo@acme.example")
    share.share_contacts.create(contact=jo)
    Share.objects.filter(pk=share.pk).update(domains="acme.example")
    data["may_complete"] = "on"
    assert client.post(to("edit", share.pk), data).status_code == 302
    share.refresh_from_db()
    assert share.may_complete
    assert share.domains == "acme.example"
    assert set(share.contacts.all()) == {kim, jo}


def test_the_same_field_changed_by_two_is_asked_about(client, csm, share):
    data = edit_data(client, share)
    Share.objects.filter(pk=share.pk).update(domains="acme.example")
    response = client.post(to("edit", share.pk), {**data, "domains": "acme.de"})
    assert response.status_code == 409
    assert "acme.example" in words(response)
    assert 'value="acme.de"' in response.content.decode()
    share.refresh_from_db()
    assert share.domains == "acme.example"


def test_a_contact_taken_off_does_not_open_it_any_more(client, csm, share):
    data = edit_data(client, share) | {"contacts": []}
    assert client.post(to("edit", share.pk), data).status_code == 302
    assert not share.contacts.exists()
    assert "Nobody yet" in words(client.get(to("detail", share.pk)))


def test_r_ext_4_revoked_is_closed_at_once_and_a_new_link_opens_again(client, csm, share):
    before = token_of(share)
    response = client.post(to("revoke", share.pk), follow=True)
    assert opened_by(before) is None
    assert "Revoked" in words(response)
    # What opens nothing is not offered for copying.
    assert b'data-copy="link"' not in response.content
    client.post(to("renew", share.pk))
    share.refresh_from_db()
    assert opened_by(before) is None
    assert opened_by(token_of(share)) == share


def test_r_ext_4_a_share_that_is_over_opens_for_another_year_when_renewed(client, csm, share):
    Share.objects.filter(pk=share.pk).update(last_day=dt.date(2020, 1, 1))
    assert "Its last day was" in words(client.get(to("detail", share.pk)))
    client.post(to("renew", share.pk))
    share.refresh_from_db()
    assert share.last_day > timezone.localdate()
    assert opened_by(token_of(share)) == share


@pytest.mark.parametrize("name", ["renew", "revoke", "mail"])
def test_looking_changes_nothing(client, csm, share, name):
    assert client.get(to(name, share.pk)).status_code == 405


# What they see ----------------------------------------------------------------------------------
def test_the_page_says_what_they_see_and_why_nothing(client, csm, share, plan):
    assert "Nothing yet but the plan's name" in words(client.get(to("detail", share.pk)))
    make_kpi(make_objective(plan, is_external=True), is_external=True)
    assert "1 objective and 1 KPI." in words(client.get(to("detail", share.pk)))
    type(plan).objects.update(is_shared=False)
    assert "the plan itself is internal" in words(client.get(to("detail", share.pk)))


def test_a_preview_is_the_customers_page_and_no_visit(client, csm, share, plan, kim):
    make_objective(plan, name="Go live", is_external=True)
    make_objective(plan, name="Win them back")
    for query, who in (("", "the customer"), (f"?contact={kim.pk}", "Kim Lee")):
        text = words(client.get(to("preview", share.pk) + query))
        assert f"This is what {who} sees" in text
        assert "Go live" in text
        assert "Win them back" not in text
    assert not ShareVisit.objects.exists()


def test_a_preview_as_somebody_who_is_not_on_the_share_is_not_found(client, csm, share):
    other = make_contact(share.account, email="jo@acme.example")
    for wrong in (other.pk, "0", "x", "99999999999999999999"):
        assert client.get(to("preview", share.pk), {"contact": wrong}).status_code == 404


def test_a_preview_needs_no_link(client, csm, plan):
    make_objective(plan, name="Go live", is_external=True)
    for url in (to("preview-plan", plan.pk), to("preview-account", plan.account_id)):
        assert "Go live" in words(client.get(url))
    assert not Share.objects.exists()


@pytest.mark.parametrize(
    ("shared", "with_link", "said"),
    [
        ((True, True), True, "The customer sees this"),
        ((True, True), False, "For the customer, as soon as a link is open"),
        ((False, True), True, "Marked shared, but hidden: its success plan “Plan” is internal."),
        ((True, False), True, "Internal: the customer does not see this"),
    ],
)
def test_record_pages_say_what_the_customer_sees(client, csm, shared, with_link, said):
    plan = make_plan(name="Plan", is_shared=shared[0])
    task = make_task(plan=plan, account=plan.account, is_shared=shared[1])
    if with_link:
        make_share(plan=plan)
    for headers in ({}, {"HX-Request": "true", "HX-Target": "panel"}):
        assert said in words(client.get(f"/tasks/{task.pk}/", headers=headers))


# Mail -------------------------------------------------------------------------------------------
def test_the_link_is_mailed_to_whom_was_ticked(client, csm, share, kim):
    response = client.post(to("mail", share.pk), {"contacts": [kim.pk]}, follow=True)
    assert "The link is on its way to Kim Lee." in words(response)
    (job,) = ProcrastinateJob.objects.filter(task_name="portal.mail_invitation")
    assert job.args["contact_id"] == kim.pk
    assert token_of(share) not in str(job.args)


def test_nobody_ticked_and_strangers_get_no_mail(client, csm, share):
    other = make_contact(share.account, email="jo@acme.example")
    for contacts, said in (([], "Choose who is to get the link."), ([other.pk], "Select a valid")):
        response = client.post(to("mail", share.pk), {"contacts": contacts})
        assert response.status_code == 422
        assert said in words(response)
    assert not ProcrastinateJob.objects.filter(task_name="portal.mail_invitation").exists()


def test_a_revoked_share_is_not_mailed(client, csm, share, kim):
    client.post(to("revoke", share.pk))
    assert "Make a new one first" in words(client.get(to("detail", share.pk)))
    response = client.post(to("mail", share.pk), {"contacts": [kim.pk]})
    assert response.status_code == 422
    assert not ProcrastinateJob.objects.filter(task_name="portal.mail_invitation").exists()


# Who came ---------------------------------------------------------------------------------------
def test_the_list_says_who_opened_a_share_last_and_its_state(client, csm, share, plan):
    now = timezone.now()
    for email, age in (("kim@acme.example", 1), ("", 2)):
        at = now - dt.timedelta(hours=age)
        ShareVisit.objects.create(share=share, email=email, first_at=at, last_at=at)
    gone = make_share(plan.account, revoked_at=now)
    over = make_share(plan.account, last_day=dt.date(2020, 1, 1))
    for state, wanted in (
        ("open", {share}),
        ("revoked", {gone}),
        ("expired", {over}),
        ("all", {share, gone, over}),
    ):
        response = client.get(to("list"), {"state": state})
        assert {line.share for line in response.context["lines"]} == wanted
    text = words(client.get(to("list")))
    assert "Onboarding Acme Open" in text
    assert "Kim Lee" in text
    assert "Somebody with the link" not in text
    assert {line.share for line in client.get(to("list"), {"plan": plan.pk}).context["lines"]} == {
        share
    }


def test_a_session_is_ended_and_asks_for_the_address_again(client, csm, share):
    here, elsewhere = session("kim@acme.example"), session("stranger@else.example")
    text = words(client.get(to("detail", share.pk)))
    assert here.email in text
    assert elsewhere.email not in text
    response = client.post(to("session-end", here.pk), {"next": to("detail", share.pk)})
    assert response.url == to("detail", share.pk)
    here.refresh_from_db()
    assert here.revoked_at is not None
    assert client.post(to("session-end", elsewhere.pk)).status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_at is None


# Who may ----------------------------------------------------------------------------------------
def pages(share):
    plan, account = share.plan_id, share.account_id
    looked = [
        to("list"),
        f"{to('create')}?plan={plan}",
        f"{to('create')}?account={account}",
        *(to(name, share.pk) for name in ("detail", "edit", "preview")),
        *(to(name, plan) for name in ("what-plan", "preview-plan")),
        *(to(name, account) for name in ("what-account", "preview-account")),
    ]
    sent = [
        f"{to('create')}?plan={plan}",
        *(to(name, share.pk) for name in ("edit", "renew", "revoke", "mail")),
        to("session-end", 1),
        to("what-plan", plan),
        to("what-account", account),
    ]
    return looked, sent


def test_participants_share_nothing_and_are_offered_nothing(client, share):
    client.force_login(make_participant())
    looked, sent = pages(share)
    assert {client.get(url).status_code for url in looked} == {403}
    assert {client.post(url).status_code for url in sent} == {403}
    text = client.get(f"/plans/{share.plan_id}/").content.decode()
    assert "/shares/" not in text
    share.refresh_from_db()
    assert share.round == 1
    assert share.revoked_at is None


def test_r_vis_1_shares_of_accounts_that_one_does_not_see_are_not_found(client, share):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    user = make_csm()
    client.force_login(user)
    looked, sent = pages(share)
    assert {client.get(url).status_code for url in looked[1:]} == {404}
    assert {client.post(url).status_code for url in sent} == {404}
    assert not client.get(to("list")).context["lines"]
    make_account_role(share.account, user.resource)
    assert {client.get(url).status_code for url in looked} == {200}


def test_r_vis_1_a_contact_who_went_to_another_account_is_on_the_share_no_more(client, csm, plan):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    make_account_role(plan.account, csm.resource)
    kim, jo = (make_contact(plan.account, name=n, email=f"{n}@acme.example") for n in ("kim", "jo"))
    share = make_share(plan=plan, contacts=[kim, jo])
    for one in (kim, jo):
        session(one.email)
    # Their new account is none of this person's, nor of the customer's they left.
    Contact.objects.filter(pk=kim.pk).update(account=make_account(), name="Elsewhere", title="CEO")
    urls = [to("list"), to("detail", share.pk), to("edit", share.pk), to("preview", share.pk)]
    for url in urls:
        assert "Elsewhere" not in client.get(url).content.decode(), url
    assert client.get(f"{to('preview', share.pk)}?contact={kim.pk}").status_code == 404
    assert client.post(to("mail", share.pk), {"contacts": [kim.pk]}).status_code == 422
    assert [one.email for one in client.get(urls[1]).context["sessions"]] == [jo.email]
    client.cookies[COOKIE] = jo.email
    seen = client.get(reverse("share:view", args=[token_of(share)])).content.decode()
    assert "jo" in seen
    assert "Elsewhere" not in seen
    client.cookies[COOKIE] = kim.email
    assert "Acme" not in client.get(reverse("share:mine")).content.decode()
    assert "Acme" not in client.get(reverse("share:view", args=[token_of(share)])).content.decode()
    assert PortalSession.objects.get(email=kim.email).revoked_at
    # Saving the form meanwhile takes nobody off: who comes back opens it again.
    client.post(to("edit", share.pk), edit_data(client, share) | {"domains": "partner.example"})
    Contact.objects.filter(pk=kim.pk).update(account=plan.account)
    assert share in opened_with(kim.email)


# How many queries -------------------------------------------------------------------------------
def test_queries_do_not_grow_with_shares_visits_and_people(client, csm):
    counts: dict[str, set[int]] = {"list": set(), "detail": set()}
    for number in (1, 8):
        account = make_account()
        contacts = [make_contact(account, email=f"a{n}@x{number}.example") for n in range(number)]
        rows = [make_share(account, contacts=contacts) for _ in range(number)]
        for contact in contacts:
            now = timezone.now()
            ShareVisit.objects.create(share=rows[0], email=contact.email, first_at=now, last_at=now)
            session(contact.email)
        for name, url in (
            ("list", f"{to('list')}?account={account.pk}"),
            ("detail", to("detail", rows[0].pk)),
        ):
            client.get(url)
            with CaptureQueriesContext(connection) as asked:
                client.get(url)
            counts[name].add(len(asked))
    assert {name: len(found) for name, found in counts.items()} == {"list": 1, "detail": 1}, counts
