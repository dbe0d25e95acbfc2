"""Backup and restore as docs/production.md says: the documented commands, run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from apps.accounts.models import Account
from successcloud.postgres import binaries
from tests.factories import make_kpi, make_objective, make_plan

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "production.md"


def address(name: str) -> str:
    given = connection.settings_dict
    user, word = quote(given["USER"] or ""), quote(given["PASSWORD"] or "")
    who = f"{user}:{word}" if word else user
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgres://{who}@{quote(given['HOST'], safe='')}{port}/{name}"


def documented(begin: str) -> str:
    return re.search(rf"^{begin} .*$", GUIDE.read_text(), re.M)[0]


@pytest.mark.django_db(transaction=True)
def test_what_was_backed_up_comes_back_whole(tmp_path):
    kpi = make_kpi(make_objective(make_plan(name="Kept")), baseline=0, current=4, target=10)
    source = connection.settings_dict["NAME"]
    copy = f"{source}_restored"

    def shell(command: str, name: str) -> None:
        environment = {"PATH": f"{binaries()}:/usr/bin:/bin", "DATABASE_URL": address(name)}
        done = subprocess.run(
            ["/bin/sh", "-ec", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    with psycopg.connect(address(source), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{copy}"')
        admin.execute(f'CREATE DATABASE "{copy}"')
    try:
        shell(documented("pg_dump"), source)
        shell(documented("pg_restore"), copy)
        with psycopg.connect(address(copy)) as restored:
            found = restored.execute(
                "SELECT p.name, k.title, v.current, k.percent_complete FROM kpis_kpivalue v"
                " JOIN kpis_objectivekpi k ON k.id = v.kpi_id"
                " JOIN objectives_objective o ON o.id = k.objective_id"
                " JOIN plans_successplan p ON p.id = o.plan_id"
            ).fetchall()
            assert found == [("Kept", kpi.title, 4, 40)]
            # The triggers came back too: the restored history cannot be rewritten either.
            with pytest.raises(psycopg.Error, match="Cannot update or delete"):
                restored.execute("DELETE FROM kpis_kpivalue")
    finally:
        with psycopg.connect(address(source), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
    assert Account.objects.count() == 1
