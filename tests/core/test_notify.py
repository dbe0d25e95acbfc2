"""Words to people: in the app, and by mail through the job queue (R-OWN-1)."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.notice_services import Told, allocations_told
from apps.core.history import operation
from apps.core.models import Notification
from apps.core.tasks import mail_notifications
from apps.core.views.notifications import FILES
from tests.factories import make_administrator, make_csm, make_resource, make_user
from tests.pages import queries

pytestmark = pytest.mark.django_db
TOLD = Told("task", "Kick-off", "/tasks/1/")


def jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'core.mail_notifications'"
        )
        return cursor.fetchone()[0]


def tell(actor, *resources, told=(TOLD,)):
    with operation(actor):
        allocations_told(actor=actor, allocated={one.pk: list(told) for one in resources})


def test_r_own_1_who_is_given_something_is_told_once_and_one_job_is_queued():
    actor, colleague = make_csm(), make_csm()
    outside = make_resource(email="out@example.com")
    nobody = make_resource()
    before = jobs()
    tell(actor, colleague.resource, outside, nobody, actor.resource)
    rows = {(row.user, row.email): row.text for row in Notification.objects.all()}
    assert set(rows) == {(colleague, ""), (None, "out@example.com")}
    assert rows[colleague, ""] == f"{actor} gave you the task “Kick-off”."
    assert jobs() == before + 1


def test_several_records_are_one_word():
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource, told=[TOLD, TOLD, Told("playbook", "P", "/playbooks/1/")])
    assert "2 tasks and 1 playbook" in Notification.objects.get().text


def test_nothing_is_told_when_the_operation_fails():
    actor, colleague = make_csm(), make_csm()
    before = jobs()
    with pytest.raises(RuntimeError), operation(actor):
        allocations_told(actor=actor, allocated={colleague.resource.pk: [TOLD]})
        raise RuntimeError
    assert not Notification.objects.exists()
    assert jobs() == before


def test_as_many_statements_for_50_people_as_for_1():
    def count(number):
        people = [make_resource(email=f"p{number}-{n}@example.com") for n in range(number)]
        actor = make_csm()
        with CaptureQueriesContext(connection) as captured:
            tell(actor, *people)
        return len(captured)

    assert count(1) == count(50)


@pytest.mark.django_db(transaction=True)
def test_mails_go_out_once_with_text_html_and_link(settings):
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource, make_resource(email="out@example.com"))
    mail_notifications()
    mail_notifications()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [colleague.email, "out@example.com"]
    )
    message = next(one for one in mail.outbox if one.to == [colleague.email])
    assert f"{settings.SITE_URL}/tasks/1/" in message.body
    assert "text/html" in message.alternatives[0]
    # Who does not sign in gets no link to a door that stays closed.
    other = next(one for one in mail.outbox if one.to != [colleague.email])
    assert "/tasks/1/" not in other.body
    assert not Notification.objects.filter(mailed_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_middle_sends_the_rest_later_and_nothing_twice(monkeypatch):
    actor = make_csm()
    tell(actor, *(make_resource(email=f"p{n}@example.com") for n in range(3)))
    sent = mail.EmailMultiAlternatives.send

    def dies(self, *args, **kwargs):
        if len(mail.outbox) == 1:
            raise ConnectionError("gone")
        return sent(self, *args, **kwargs)

    monkeypatch.setattr("apps.core.tasks.EmailMultiAlternatives.send", dies)
    with pytest.raises(ConnectionError):
        mail_notifications()
    assert len(mail.outbox) == 1
    monkeypatch.undo()
    mail_notifications()
    addresses = [message.to[0] for message in mail.outbox]
    assert sorted(addresses) == ["p0@example.com", "p1@example.com", "p2@example.com"]


@pytest.mark.django_db(transaction=True)
def test_who_was_deactivated_gets_no_mail():
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource)
    colleague.is_active = False
    colleague.save()
    mail_notifications()
    assert mail.outbox == []


# Pages --------------------------------------------------------------------------------------------
def test_the_bell_counts_and_the_page_opens_and_marks_read(client):
    actor, colleague = make_csm(), make_csm()
    client.force_login(colleague)
    assert "Nobody has told you anything yet" in client.get("/notifications/").content.decode()
    tell(actor, colleague.resource)
    row = Notification.objects.get()
    page = client.get("/notifications/").content.decode()
    assert "Notifications: 1 new" in page
    assert row.text in page
    response = client.post(reverse("core:notification-open", args=[row.pk]))
    assert response.url == "/tasks/1/"
    row.refresh_from_db()
    assert row.read_at
    assert "Notifications: 1 new" not in client.get("/notifications/").content.decode()
    tell(actor, colleague.resource)
    client.post(reverse("core:notifications-read"))
    assert not Notification.objects.filter(read_at__isnull=True).exists()


def test_nobody_opens_or_reads_somebody_elses(client):
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource)
    row = Notification.objects.get()
    client.force_login(actor)
    assert client.post(reverse("core:notification-open", args=[row.pk])).status_code == 404
    client.post(reverse("core:notifications-read"))
    row.refresh_from_db()
    assert row.read_at is None
    assert row.text not in client.get("/notifications/").content.decode()


def test_as_many_queries_for_8_notifications_as_for_1(client):
    actor, colleague = make_csm(), make_csm()
    client.force_login(colleague)
    tell(actor, colleague.resource)
    one = queries(client, "/notifications/")
    for _ in range(7):
        tell(actor, colleague.resource)
    assert queries(client, "/notifications/") == one


def test_the_outbox_is_for_administrators_of_an_installation_that_writes_to_a_folder(
    client, tmp_path
):
    admin = make_administrator()
    client.force_login(admin)
    assert client.get("/outbox/").status_code == 404
    with override_settings(EMAIL_BACKEND=FILES, EMAIL_FILE_PATH=tmp_path):
        assert "No mail was written yet" in client.get("/outbox/").content.decode()
        mail.send_mail("First “one”", "Text of it", "from@example.com", ["a@example.com"])
        mail.send_mail("Second", "More <b>text</b>", "from@example.com", ["b@example.com"])
        page = client.get("/outbox/").content.decode()
        assert "First “one”" in page
        assert "Outbox of the demo" in page
        shown = client.get("/outbox/", {"mail": "2"}).content.decode()
        assert "&lt;b&gt;text" in shown
        for wrong in ("99", "x", "../../etc/passwd"):
            assert client.get("/outbox/", {"mail": wrong}).status_code == 200
        for other in (make_csm(), make_user(None)):
            client.force_login(other)
            assert client.get("/outbox/").status_code == 404
