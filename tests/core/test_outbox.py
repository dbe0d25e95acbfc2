"""The mails that a demo writes to its folder."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.core import mail

from apps.core.outbox_selectors import FILES
from tests.factories import make_administrator, make_csm, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES, tmp_path
    return tmp_path


def links(client):
    soup = BeautifulSoup(client.get("/outbox/").content, "html.parser")
    return [(a.get_text(), f"/outbox/{a['href']}") for a in soup.select("tbody a")]


def test_there_is_none_where_mails_are_sent(client):
    client.force_login(make_administrator())
    assert client.get("/outbox/").status_code == 404
    assert "/outbox/" not in client.get("/notifications/").content.decode()


def test_it_is_for_administrators(client, folder):
    for other in (make_csm(), make_user(None)):
        client.force_login(other)
        assert client.get("/outbox/").status_code == 404
        assert "/outbox/" not in client.get("/notifications/").content.decode()
    client.force_login(make_administrator(is_staff=False))
    assert client.get("/outbox/").status_code == 404
    client.force_login(make_administrator())
    assert "No mail was written yet" in client.get("/outbox/").content.decode()
    assert "/outbox/" in client.get("/notifications/").content.decode()


def test_the_newest_mail_comes_first_and_shows_its_text(client, folder):
    client.force_login(make_administrator(time_zone="Asia/Tokyo"))
    with mail.get_connection() as connection:
        # Two of one connection lie in one file.
        for n, text in enumerate(["Text “it”", "More <b>text</b>"], 1):
            address = f"p{n}@example.com"
            mail.EmailMessage(f"Mail {n}", text, to=[address], connection=connection).send()
    mail.send_mail("Mail 3", "Last", None, ["c@example.com"])
    found = links(client)
    assert [subject for subject, _ in found] == ["Mail 3", "Mail 2", "Mail 1"]
    page = client.get(found[1][1]).content.decode()
    assert "p2@example.com" in page
    assert "More &lt;b&gt;text&lt;/b&gt;" in page
    assert "Text “it”" in client.get(found[2][1]).content.decode()


def test_a_mail_keeps_its_address_when_others_follow(client, folder):
    client.force_login(make_administrator())
    mail.send_mail("First", "Of old", None, ["a@example.com"])
    ((_, address),) = links(client)
    mail.send_mail("Second", "New", None, ["a@example.com"])
    assert "Of old" in client.get(address).content.decode()


@pytest.mark.parametrize("wrong", ["99", "../../../etc/passwd", "a\0b", "secret.1"])
def test_only_what_the_list_names_is_read(client, folder, wrong):
    client.force_login(make_administrator())
    mail.send_mail("First", "Text", None, ["a@example.com"])
    (folder / "secret.txt").write_text("Subject: secret\n\nnot a mail")
    assert client.get("/outbox/", {"mail": wrong}).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe\x00 no mail at all",
        b"Subject: odd\nContent-Type: text/plain; charset=nonsense\n\n\xe4",
        b"Subject: only html\nContent-Type: text/html\nDate: yesterday\n\n<p>x</p>",
        b"Subject: parts\nContent-Type: multipart/mixed; boundary=x\n\nno part",
        b"Content-Transfer-Encoding: base64\n\n!!!",
    ],
)
def test_a_broken_file_is_no_fault(client, folder, raw):
    client.force_login(make_administrator())
    (folder / "20260101-1.log").write_bytes(raw)
    ((_, address),) = links(client)
    assert client.get(address).status_code == 200
