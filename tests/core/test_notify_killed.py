"""A worker that is killed while it mails: nothing is lost, nobody is told twice."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from django.db import connection

from apps.core.models import Notification
from apps.core.tasks import mail_waiting
from tests.accounts.test_imports_killed import ROOT, environment, others, wait_until
from tests.core.mailbox import mailbox
from tests.core.test_notify import tell
from tests.factories import make_csm, make_resource

ADDRESSES = [f"p{n}@example.com" for n in range(4)]


def worker(port):
    """The real job worker of an installation whose mails go to this port."""
    told = environment() | {
        "SUCCESSCLOUD_DEMO": "",
        "SECRET_KEY": "only-for-this-test-" * 4,
        "ALLOWED_HOSTS": "success.example.com",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(port),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot", "--queues", "mail"],
        cwd=ROOT,
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def _no_jobs():
    yield
    # Their tables belong to no model: what a test committed there stays.
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_jobs")
def test_a_worker_that_is_killed_loses_nothing_and_mails_twice_only_what_it_had_in_hand(settings):
    actor = make_csm()
    tell(actor, *(make_resource(email=address) for address in ADDRESSES))
    with mailbox(settings) as server:
        # It takes the third mail and never says so: just then the worker dies.
        server.silent_for = ADDRESSES[2]
        process = worker(server.port)
        try:
            wait_until(server.holds.is_set, process)
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert server.addresses == ADDRESSES[:3]
        waiting = Notification.objects.filter(mailed_at__isnull=True).order_by("pk")
        assert [row.email for row in waiting] == ADDRESSES[2:]
        wait_until(lambda: not others("relation = 'core_notification'::regclass"))
        server.silent_for = ""
        mail_waiting(timestamp=0)
        assert server.addresses == [*ADDRESSES[:3], *ADDRESSES[2:]]
        assert not waiting.all().exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_jobs")
def test_the_worker_mails_what_an_operation_queued_with_a_link_to_this_installation(settings):
    actor, colleague = make_csm(), make_csm()
    tell(actor, colleague.resource)
    with mailbox(settings) as server:
        said, _ = worker(server.port).communicate(timeout=60)
        assert server.addresses == [colleague.email], said
        text = server.messages[0].get_body(("plain",)).get_content()
        assert "https://success.example.com/tasks/1/" in text
    assert not Notification.objects.filter(mailed_at__isnull=True).exists()
