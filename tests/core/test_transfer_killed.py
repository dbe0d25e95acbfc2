"""An import of a list in a process of its own: killed it leaves nothing, its memory is flat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction

from apps.accounts import import_run_services as runs
from apps.accounts import tasks
from apps.accounts.models import Contact, ImportRun
from tests.accounts.test_imports_killed import ROOT, environment, others, wait_until
from tests.factories import make_account, make_csm

# Does the next step of one file, and says how much memory that took at most, in MB.
WORK = """
import resource, sys
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
from apps.accounts.tasks import work
work(run_id=int(sys.argv[1]))
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.fixture
def _no_jobs():
    yield
    # Their tables belong to no model: what a test committed there stays.
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.IMPORT_ROWS_AT_ONCE = 10
    return tmp_path


def begun(run, files):
    return subprocess.Popen(
        [sys.executable, "-c", WORK, str(run.pk), str(files)],
        cwd=ROOT,
        env=environment() | {"DJANGO_SETTINGS_MODULE": "successcloud.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def chosen(actor, lines):
    text = "\n".join(lines)
    run = runs.run_create(
        actor=actor, file=ContentFile(text.encode()), name="contacts.csv", kind="contact"
    )
    with transaction.atomic():
        tasks.start(run)
    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_jobs")
def test_a_worker_that_is_killed_while_it_imports_leaves_nothing_half(files):
    actor, account = make_csm(), make_account()
    Contact.objects.bulk_create(Contact(account=account, name=f"C{n}") for n in range(2_500))
    ids = Contact.objects.order_by("pk").values_list("pk", flat=True)
    run = chosen(actor, ["Record id,Title", *(f"{pk},Boss" for pk in ids)])
    tasks.work(run_id=run.pk)
    run.refresh_from_db()
    runs.run_confirm(actor=actor, run=run, good_rows=False, check=run.report["check"])
    with transaction.atomic(), connection.cursor() as cursor:
        # Its last rows cannot be had: two thousand are written, and it waits.
        cursor.execute("SELECT FROM accounts_contact WHERE id = %s FOR UPDATE", [max(ids)])
        process = begun(run, files)
        try:
            wait_until(
                lambda: others("granted AND relation = 'accounts_contactevent'::regclass"), process
            )
            wait_until(lambda: others("NOT granted"), process)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
    wait_until(lambda: not others("relation = 'accounts_contact'::regclass"))
    assert not Contact.objects.exclude(title="").exists()
    assert not Contact.events.rel.related_model.objects.filter(pgh_door="import").exists()
    run.refresh_from_db()
    assert run.state == "importing"
    # What was queued is done by the next worker, all of it.
    tasks.work(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    assert not Contact.objects.exclude(title="Boss").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_jobs")
def test_memory_does_not_grow_with_the_rows_of_a_file(files):
    actor, account = make_csm(), make_account(name="Acme")
    Contact.objects.create(account=account, name="C1")
    peaks = {}
    for rows in (1_000, 50_000):
        lines = [f"C{n},Acme,c{n}@example.com,Boss" for n in range(rows)]
        run = chosen(actor, ["Name,Account,E-mail,Title", *lines])
        said, _ = begun(run, files).communicate()
        run = ImportRun.objects.get(pk=run.pk)
        assert run.report["outcome"]["counts"]["create"] == rows - 1, said
        peaks[rows] = int(said.rsplit("PEAK", 1)[1])
    assert peaks[50_000] - peaks[1_000] <= 16, peaks
