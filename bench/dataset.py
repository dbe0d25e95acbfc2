"""The reference data set: built once, by the database itself, in a database of its own.

The sizes are those of a large company ("large"), and a hundredth of it ("small"). See
`dataset.sql` for what the rows look like.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import ClientCursor, sql

from successcloud import postgres

ROOT: Final = Path(__file__).resolve().parent.parent
ACCOUNTS: Final = {"large": 20_000, "small": 200, "tiny": 40}
USERS: Final = {"large": 300, "small": 3, "tiny": 2}
# A data set of another version or older than this is built anew: its dates lie around a day.
VERSION: Final = 2
OLDEST: Final = dt.timedelta(days=30)

SQL: Final = Path(__file__).with_name("dataset.sql")
PICK: Final = """
    CREATE OR REPLACE FUNCTION pick(id bigint, salt int, n int) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT mod(hashint8extended(id, salt) & 9223372036854775807, n)::int'
"""
# name of a parameter: the vocabulary whose ids it holds, in their order
VOCABULARIES: Final = {
    "units": "core_unit",
    "tags": "core_tag",
    "challenge_categories": "plans_challengecategory",
    "statuses": "objectives_objectivestatus",
    "objective_categories": "objectives_objectivecategory",
    "kpi_categories": "kpis_kpicategory",
    "activity_types": "activities_activitytype",
}


def database_url(size: str) -> str:
    """The address of a size's database, on DATABASE_URL's server or else on the program's own."""
    postgres.ensure_database_url()
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/successcloud_bench_{size}"))


def manage(url: str, *args: str) -> None:
    """Run manage.py on that database."""
    env = {**os.environ, "DATABASE_URL": url, "SUCCESSCLOUD_DEMO": "1", "LOG_LEVEL": "WARNING"}
    subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, check=True, env=env)


def ensure(size: str, *, say: Any = print) -> str:
    """Make sure that the data set stands and is up to date; return its address."""
    url = database_url(size)
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found and not _usable(url):
            server.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))
            found = None
        if not found:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            # All of a statement's work is then in one process, whose CPU can be read.
            server.execute(
                sql.SQL("ALTER DATABASE {} SET max_parallel_workers_per_gather = 0").format(
                    sql.Identifier(name)
                )
            )
    manage(url, "migrate", "-v0")
    manage(url, "createcachetable")
    if not found:
        started = time.monotonic()
        with psycopg.connect(url, autocommit=True) as connection:
            build(connection, size, say=say)
        # The triggers were off: the search knows nothing of what was loaded.
        manage(url, "reindex_search")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        say(f"The data set “{size}” was built in {time.monotonic() - started:.0f} s.")
    return url


def _usable(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT version, built_on FROM bench_made").fetchone()
    except psycopg.errors.UndefinedTable:
        return False
    return row is not None and row[0] == VERSION and row[1] >= dt.date.today() - OLDEST  # noqa: DTZ011


def parts() -> list[tuple[str, str]]:
    """The parts of dataset.sql: the table and the statement that fills it."""
    found = re.split(r"^-- table: (\w+)\n", SQL.read_text(), flags=re.MULTILINE)[1:]
    return list(zip(found[::2], found[1::2], strict=True))


def build(connection: psycopg.Connection[Any], size: str, *, say: Any = print) -> None:
    """Fill an empty, migrated database."""
    cursor = ClientCursor(connection)
    cursor.execute("SET synchronous_commit = off")
    cursor.execute("SET work_mem = '256MB'")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    cursor.execute(PICK)
    values = _parameters(cursor, size)
    for table, statement in parts():
        started = time.monotonic()
        name = sql.Identifier(table)
        with connection.transaction():
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement, values)
            rows = cursor.rowcount
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
            # Ids were given by hand: the next one follows.
            if table != "core_user_groups":
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
        if rows >= 100_000:
            say(f"  {table:<28} {rows:>10,} rows {time.monotonic() - started:6.1f} s", flush=True)
    cursor.execute("DROP FUNCTION pick")
    cursor.execute("CREATE TABLE bench_made (version int, size text, built_on date)")
    # Written last: an interrupted build is started over.
    cursor.execute("INSERT INTO bench_made VALUES (%s, %s, current_date)", [VERSION, size])


def _parameters(cursor: ClientCursor[Any], size: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "accounts": ACCOUNTS[size],
        "users": USERS[size],
        "today": dt.date.today(),  # noqa: DTZ011 (a day to lay dates around)
    }
    for name, table in VOCABULARIES.items():
        cursor.execute(f"SELECT array_agg(id ORDER BY position) FROM {table}")
        row = cursor.fetchone()
        assert row is not None
        values[name] = row[0]
        values[f"n_{name}"] = len(row[0])
    cursor.execute("SELECT id FROM accounts_role ORDER BY position LIMIT 1")
    values["role"] = (cursor.fetchone() or [None])[0]
    cursor.execute("SELECT id FROM core_unit WHERE kind = 'currency' ORDER BY position LIMIT 1")
    values["currency"] = (cursor.fetchone() or [None])[0]
    return values
