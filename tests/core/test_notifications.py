"""The notification centre, how people wish to be told, and the link that ends mails."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from apps.core.choices import Channel, NotificationKind
from apps.core.digest_rules import change, due, headline, merged
from apps.core.models import MailStop, Notification
from apps.core.notify_selectors import wishes_of
from apps.core.notify_services import Note, notify, wishes_set
from apps.core.tasks import mail_notifications
from apps.core.unsubscribe_services import SALT, unsubscribe_token
from tests.factories import make_csm
from tests.pages import queries

pytestmark = pytest.mark.django_db
LIST = "/notifications/"


def tell(user=None, email="", kind="allocated", text="Told.", path="/plans/", data=None):
    note = Note(kind, text, path, user.pk if user else None, email, data or {})
    notify(actor=make_csm(), notes=[note])
    return Notification.objects.order_by("-pk").first()


# Digests ------------------------------------------------------------------------------------------
def digest(path="/objectives/1/", by="Jo", name="A", **changes):
    return {
        "records": [
            {
                "path": path,
                "name": name,
                "place": "Acme",
                "by": [by],
                "changes": [
                    {"key": key, **change("text", key.title(), *values)}
                    for key, values in changes.items()
                ],
            }
        ]
    }


def test_two_digests_become_one_from_first_to_last():
    found = merged(digest(status=("a", "b"), health=(1, 2)), digest(by="Al", status=("b", "c")))
    (record,) = found["records"]
    assert record["by"] == ["Jo", "Al"]
    assert [(c["before"], c["after"]) for c in record["changes"]] == [("a", "c"), (1, 2)]


def test_what_came_back_is_left_out_and_nothing_remains_of_a_whole_way_back():
    first = digest(status=("a", "b"), health=(1, 2))
    found = merged(first, digest(status=("b", "a")))
    assert [one["key"] for one in found["records"][0]["changes"]] == ["health"]
    assert merged(found, digest(health=(2, 1))) == {"records": []}


def test_the_headline_names_who_what_and_where():
    assert headline(digest(status=(1, 2))) == "Jo changed “A” in Acme: status."
    many = digest(a=(1, 2), b=(1, 2), c=(1, 2), d=(1, 2), e=(1, 2))
    assert headline(many) == "Jo changed “A” in Acme: a, b, c and 2 more."
    two = merged(digest(a=(1, 2)), digest(path="/objectives/2/", by="Al", name="B", a=(1, 2)))
    assert headline(two) == "Jo and Al changed 2 objectives: “A” and “B”."
    long = digest(name="x" * 300, a=(1, 2))
    long["records"][0]["place"] = "y " * 200
    assert len(headline(long)) < 300


def test_a_digest_waits_for_quiet_but_not_for_ever():
    first = dt.datetime(2026, 1, 1, 12, 0, tzinfo=dt.UTC)
    seconds = [(due(first, first + dt.timedelta(seconds=n)) - first).seconds for n in (0, 60, 119)]
    assert seconds == [30, 90, 120]


# The centre ---------------------------------------------------------------------------------------
def test_one_is_marked_read_and_new_again_and_the_list_is_narrowed(client):
    user = make_csm()
    client.force_login(user)
    tell(user, text="First told.")
    row = tell(user, kind="mention", text="Second told.", data={"quote": "What do you think?"})
    page = client.get(LIST).content.decode()
    assert "What do you think?" in page
    assert page.count("notification-new") == 2
    back = {"next": "/notifications/?unread=1"}
    mark = reverse("core:notification-mark", args=[row.pk])
    assert client.post(mark, back).url == back["next"]
    unread = client.get(LIST, {"unread": "1"}).content.decode()
    assert "First told." in unread
    assert "Second told." not in unread
    mentions = client.get(LIST, {"kind": "mention"}).content.decode()
    assert "Second told." in mentions
    assert "First told." not in mentions
    assert (
        "Nothing of this kind is new"
        in client.get(LIST, {"kind": "mention", "unread": "1"}).content.decode()
    )
    client.post(mark)
    assert client.get(LIST).content.decode().count("notification-new") == 2
    client.post(reverse("core:notifications-read"), {"next": LIST})
    assert "notification-new" not in client.get(LIST).content.decode()


def test_nobody_marks_somebody_elses(client):
    row = tell(make_csm())
    client.force_login(make_csm())
    assert client.post(reverse("core:notification-mark", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_pages_of_a_narrowed_list_stay_narrowed(client):
    user = make_csm()
    client.force_login(user)
    rows = [Note("mention", f"N{n}", "/plans/", user.pk) for n in range(31)]
    notify(actor=make_csm(), notes=rows)
    page = BeautifulSoup(client.get(LIST, {"kind": "mention"}).content, "html.parser")
    assert page.select_one(".pager a")["href"] == "?kind=mention&page=2"


def test_as_many_queries_for_8_digests_as_for_1(client):
    user = make_csm()
    client.force_login(user)
    tell(user, kind="objective", data=digest(status=("a", "b")))
    one = queries(client, LIST)
    for _ in range(7):
        tell(user, kind="objective", data=digest(status=("a", "b"), health=(1, 2)))
    assert queries(client, LIST) == one <= 12


# Wishes -------------------------------------------------------------------------------------------
def test_each_kind_is_told_as_the_person_chooses(client):
    user = make_csm()
    client.force_login(user)
    url = reverse("core:notification-wishes")
    page = BeautifulSoup(client.get(url).content, "html.parser")
    chosen = {box["name"]: box["value"] for box in page.select("input[checked]")}
    assert chosen == dict.fromkeys(NotificationKind.values, "both")
    assert client.post(url, {**chosen, "mention": "mail", "allocated": "none"}).status_code == 302
    assert wishes_of([user.pk]) == {user.pk: {"mention": "mail", "allocated": "none"}}
    tell(user, kind="mention")
    assert Notification.objects.filter(in_app=False, by_mail=True).count() == 1
    notify(actor=make_csm(), notes=[Note("allocated", "Yours.", "/plans/", user.pk)])
    assert Notification.objects.count() == 1
    assert "Told." not in client.get(LIST).content.decode()
    refused = client.post(url, {**chosen, "mention": "by pigeon"})
    assert refused.status_code == 422
    assert "Choose one of the four ways for: You are mentioned" in refused.content.decode()
    assert wishes_of([user.pk])[user.pk]["mention"] == "mail"


# The link in the mail -----------------------------------------------------------------------------
def ending():
    """The path of the link in the last mail, as its headers and its text carry it."""
    message = mail.outbox[-1]
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in message.body
    assert link in message.alternatives[0][0]
    return "/" + link.split("/", 3)[3]


def test_a_users_link_ends_the_mails_of_its_kind_without_signing_in(client):
    user = make_csm()
    wishes_set(actor=user, wanted={"mention": "mail"})
    tell(user)
    mail_notifications()
    url = ending()
    page = client.get(url)
    assert page.status_code == 200
    assert len(BeautifulSoup(page.content, "html.parser").select("button")) == 1
    # Looking changes nothing: mail programs look at every link.
    assert wishes_of([user.pk])[user.pk] == {"mention": "mail"}
    done = client.post(url, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert "No more mails" in done.content.decode()
    assert wishes_of([user.pk])[user.pk] == {"mention": "mail", "allocated": "app"}
    tell(user)
    mail_notifications()
    assert len(mail.outbox) == 1
    client.post(url, {"again": "1"})
    assert wishes_of([user.pk])[user.pk] == {"mention": "mail"}
    client.post(url, {"everything": "1"})
    wishes = wishes_of([user.pk])[user.pk]
    assert wishes["mention"] == Channel.NONE
    assert set(wishes.values()) == {Channel.NONE, Channel.APP}


def test_an_addresss_link_ends_mails_about_one_objective_or_all(client):
    about = {"email": "Cleo@Example.com", "kind": "objective", "path": "/objectives/1/"}
    tell(**about, data=digest(name="Adopt", status=("a", "b")))
    mail_notifications()
    url = ending()
    assert "cleo@example.com gets mails about “Adopt”" in client.get(url).content.decode()
    client.post(url, {"List-Unsubscribe": "One-Click"})
    tell(**about, data=digest(status=("b", "c")))
    mail_notifications()
    assert len(mail.outbox) == 1
    tell(**(about | {"path": "/objectives/2/"}), data=digest("/objectives/2/", status=("b", "c")))
    mail_notifications()
    assert len(mail.outbox) == 2
    client.post(url, {"everything": "1"})
    tell(email="cleo@example.com")
    mail_notifications()
    assert len(mail.outbox) == 2
    assert "Send them again" in client.get(url).content.decode()
    client.post(url, {"again": "1"})
    assert not MailStop.objects.exists()


def test_who_ends_the_mails_while_one_waits_does_not_get_it(client):
    user = make_csm()
    waiting = [tell(user), tell(email="x@example.com")]
    for row in waiting:
        client.post(reverse("core:unsubscribe", args=[unsubscribe_token(row)]))
    mail_notifications()
    assert mail.outbox == []
    assert not Notification.objects.filter(mailed_at=None).exists()


@pytest.mark.parametrize("how", ["cut", "foreign", "odd"])
def test_a_wrong_link_is_a_calm_page_and_does_nothing(client, how):
    user = make_csm()
    token = unsubscribe_token(tell(user))
    told = {"u": user.pk, "k": "allocated"}
    wrong = {
        "cut": token[:-4],
        "foreign": signing.dumps(told, salt="something else", compress=True),
        "odd": "x" * 2000,
    }[how]
    url = reverse("core:unsubscribe", args=[wrong])
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 404
        assert "This link does not work" in answer.content.decode()
    assert wishes_of([user.pk]) == {}
    user.is_active = False
    user.save()
    assert client.get(reverse("core:unsubscribe", args=[token])).status_code == 404
    assert signing.loads(token, salt=SALT) == told


def test_the_page_needs_no_token_of_ours():
    user = make_csm()
    strict = Client(enforce_csrf_checks=True)
    url = reverse("core:unsubscribe", args=[unsubscribe_token(tell(user))])
    assert strict.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert wishes_of([user.pk])[user.pk] == {"allocated": "app"}
