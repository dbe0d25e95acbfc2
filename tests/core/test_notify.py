"""Words to people: in the app, and by mail through the job queue (R-OWN-1)."""

from __future__ import annotations

import datetime as dt
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import AccountRole, Role
from apps.accounts.notice_services import Told, allocations_told
from apps.accounts.ownership_services import allocated_told
from apps.accounts.services import account_role_add
from apps.core.history import finished, operation
from apps.core.models import Notification
from apps.core.tasks import mail_notifications, mail_waiting
from apps.core.undo_services import undo
from tests.core.mailbox import mailbox
from tests.factories import make_account, make_csm, make_resource, make_task
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


def test_several_records_are_one_word_that_names_the_first():
    actor, colleague = make_csm(), make_csm()
    told = [Told("task", f"T{n}", "/tasks/1/", "Acme") for n in range(4)]
    tell(actor, colleague.resource, told=[*told, Told("playbook", "P", "/playbooks/1/", "Acme")])
    assert Notification.objects.get().text == (
        f"{actor} gave you 4 tasks and 1 playbook in Acme: “T0”, “T1”, “T2” and 2 more."
    )


def test_a_place_is_named_when_it_is_the_same_for_all():
    actor, colleague = make_csm(), make_csm()
    told = [Told("task", name, "/tasks/1/", name) for name in ("Acme", "Bolt")]
    tell(actor, colleague.resource, told=told)
    assert Notification.objects.get().text == f"{actor} gave you 2 tasks: “Acme” and “Bolt”."


def test_the_longest_names_fit():
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource, told=[Told("plan", "x" * 200, "/plans/1/", "y" * 200)] * 9)
    assert Notification.objects.get().text.endswith("and 6 more.")


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


# Mails --------------------------------------------------------------------------------------------
def waiting():
    return Notification.objects.filter(mailed_at__isnull=True)


def test_mails_go_out_once_with_text_html_and_link_as_the_reader_reads_times(settings):
    actor, colleague = make_csm(), make_csm(time_zone="Asia/Tokyo", date_format="iso")
    settings.SITE_URL = "https://success.example.com"
    tell(actor, colleague.resource, make_resource(email="out@example.com"))
    Notification.objects.update(created_at=dt.datetime(2026, 3, 1, 22, 5, tzinfo=dt.UTC))
    mail_notifications()
    mail_notifications()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [colleague.email, "out@example.com"]
    )
    message = next(one for one in mail.outbox if one.to == [colleague.email])
    assert message.subject == f"{actor} gave you the task “Kick-off”."
    assert "https://success.example.com/tasks/1/" in message.body
    assert "2026-03-02, 07:05 (Asia/Tokyo)" in message.body
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert 'href="https://success.example.com/tasks/1/"' in html
    # Who does not sign in gets no link to a door that stays closed.
    other = next(one for one in mail.outbox if one.to != [colleague.email])
    assert "/tasks/1/" not in other.body
    assert "1 Mar 2026, 22:05 (UTC)" in other.body
    assert not waiting().exists()


def test_names_with_line_ends_and_tags_harm_no_mail():
    actor, colleague = make_csm(), make_csm()
    odd = Told("task", "One\r\nBcc: all@example.com <b>" + "x" * 150, "/tasks/1/")
    tell(actor, colleague.resource, told=[odd])
    mail_notifications()
    (message,) = mail.outbox
    assert message.recipients() == [colleague.email]
    assert len(message.subject) <= 120
    assert "\n" not in message.subject
    assert "&lt;b&gt;" in message.alternatives[0][0]
    assert "<b>" in message.body


def test_who_was_deactivated_gets_no_mail():
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource)
    colleague.is_active = False
    colleague.save()
    mail_notifications()
    assert mail.outbox == []
    assert not waiting().exists()


@pytest.mark.parametrize(("code", "later"), [(550, []), (450, ["p1@example.com"])])
def test_an_address_that_is_refused_holds_nobody_up(settings, code, later):
    actor = make_csm()
    tell(actor, *(make_resource(email=f"p{n}@example.com") for n in range(3)))
    with mailbox(settings) as server:
        server.refused["p1@example.com"] = code
        if later:
            # The job fails, and the queue tries again.
            with pytest.raises(SMTPRecipientsRefused):
                mail_notifications()
        else:
            mail_notifications()
        assert server.addresses == ["p0@example.com", "p2@example.com"]
        assert [row.email for row in waiting()] == later
        server.refused.clear()
        mail_notifications()
        assert server.addresses == ["p0@example.com", "p2@example.com", *later]


def test_a_mail_server_that_is_away_loses_nothing(settings):
    actor = make_csm()
    tell(actor, *(make_resource(email=f"p{n}@example.com") for n in range(2)))
    with mailbox(settings) as server:
        pass
    server.server_close()
    with pytest.raises(OSError, match="refused"):
        mail_notifications()
    assert waiting().count() == 2
    with mailbox(settings) as server:
        mail_waiting(timestamp=0)
        assert server.addresses == ["p0@example.com", "p1@example.com"]
    assert not waiting().exists()


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


def test_the_list_is_paged_and_a_page_that_is_not_there_is_the_last(client):
    actor, colleague = make_csm(), make_csm()
    client.force_login(colleague)
    with operation(actor):
        for n in range(31):
            told = [Told("task", f"Task {n}", "/tasks/1/")]
            allocations_told(actor=actor, allocated={colleague.resource.pk: told})
    assert "“Task 30”" in client.get("/notifications/").content.decode()
    for last in ("2", "99"):
        page = client.get("/notifications/", {"page": last}).content.decode()
        assert "“Task 0”" in page
        assert "“Task 1”" not in page


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


def test_what_is_undone_is_taken_back_and_not_mailed():
    actor, colleague = make_csm(), make_csm()
    account = make_account()
    role = account_role_add(
        actor=actor, account=account, resource=colleague.resource, role=Role.objects.all()[0]
    )
    assert Notification.objects.get().user == colleague
    undo(actor=actor, done=finished())
    assert not AccountRole.objects.filter(pk=role.pk).exists()
    assert not Notification.objects.exists()
    mail_notifications()
    assert mail.outbox == []


def test_one_record_is_told_with_its_account():
    actor, colleague = make_csm(), make_csm()
    task = make_task(account=make_account(name="Acme"), name="Kick-off")
    with operation(actor):
        allocated_told(actor=actor, kind="task", record=task, resource_ids=[colleague.resource.pk])
    assert Notification.objects.get().text == f"{actor} gave you the task “Kick-off” in Acme."
