"""An import in a process of its own: killed in the middle it leaves nothing; its memory is flat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from apps.accounts.models import Account, Contact
from tests.accounts.test_imports_large import write_file

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
# Says how much memory the process had at most, in MB, after the command.
MEASURED = """
import resource, sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_accounts", *sys.argv[1:]])
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def environment():
    """The environment of a process that works on the tests' own database."""
    told = connection.settings_dict
    where = f"host={quote(told['HOST'], safe='')}" if told["HOST"].startswith("/") else ""
    host = "" if where else f"{told['HOST']}:{told['PORT'] or 5432}"
    port = f"&port={told['PORT']}" if where and told["PORT"] else ""
    login = quote(told["USER"]) + (f":{quote(told['PASSWORD'])}" if told["PASSWORD"] else "")
    address = f"postgres://{login}@{host}/{told['NAME']}" + (f"?{where}{port}" if where else "")
    return os.environ | {"DATABASE_URL": address, "SUCCESSCLOUD_DEMO": "1"}


def begun(path, *options):
    return subprocess.Popen(
        [sys.executable, "-c", MEASURED, str(path), *options],
        cwd=ROOT,
        env=environment() | {"DJANGO_SETTINGS_MODULE": "successcloud.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def others(condition):
    """How many locks of other connections there are; locks are told as they are, not cached."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM pg_locks WHERE {condition} AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def wait_until(true, process=None):
    for _ in range(3_000):
        if true():
            return
        assert process is None or process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    raise AssertionError("It never came to that.")


def test_an_import_that_is_killed_while_it_writes_leaves_nothing(tmp_path):
    path = write_file(tmp_path / "customers.csv", rows=2_000, bad={})
    writes_contacts = "NOT granted AND relation = 'accounts_contactevent'::regclass"
    here = transaction.savepoint()
    with connection.cursor() as cursor:
        # It writes the accounts, and then waits here to write the history of the contacts.
        cursor.execute("LOCK TABLE accounts_contactevent IN SHARE MODE")
    process = begun(path, "--good-rows")
    try:
        wait_until(lambda: others(writes_contacts), process)
        assert others("granted AND relation = 'accounts_accountevent'::regclass")
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    transaction.savepoint_rollback(here)
    wait_until(lambda: not others("relation = 'accounts_account'::regclass"))
    assert not Account.objects.exists()
    assert not Contact.objects.exists()
    assert not Account.events.rel.related_model.objects.exists()


def test_memory_does_not_grow_with_the_rows(tmp_path):
    peaks = {}
    for rows in (1_000, 50_000):
        path = write_file(tmp_path / f"{rows}.csv", rows=rows, bad={})
        said, _ = begun(path, "--dry-run").communicate()
        assert f"{rows:,} rows." in said, said
        peaks[rows] = int(said.rsplit("PEAK", 1)[1])
    assert peaks[50_000] - peaks[1_000] <= 12, peaks
