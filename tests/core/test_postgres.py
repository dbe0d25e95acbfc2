"""The program's own PostgreSQL: it starts, is shared, survives being killed, leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from successcloud import postgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server():
    """A real server of our own, removed afterwards."""
    made = postgres.throw_away_server()
    yield made
    made.stop()


def ask(server, sql):
    with psycopg.connect(
        host=str(server.socket), user="successcloud", dbname="successcloud"
    ) as connection:
        row = connection.execute(sql).fetchone()
        return row[0] if row else None


def test_it_starts_once_and_answers_on_its_socket_only(server):
    assert not server.running()
    assert server.start()
    assert not server.start()
    assert server.running()
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SELECT lower('É')") == "é"
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert len(str(server.socket / ".s.PGSQL.5432")) < 107
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700


def test_nobody_else_can_read_the_data(server):
    server.start()
    assert stat.S_IMODE(server.data.stat().st_mode) & 0o077 == 0


def test_root_drops_its_privileges(server):
    server.start()
    pid = server._pid()
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0
    if os.geteuid() != 0:
        assert owner == os.geteuid()


def test_stopping_a_throw_away_server_leaves_nothing(server):
    server.start()
    pid, folder, socket = server._pid(), server.folder, server.socket
    server.stop()
    assert not postgres._serves(pid, folder / "data")
    assert not folder.exists()
    assert not socket.exists()
    assert not folder.with_name(f"{folder.name}.lock").exists()


def test_two_starters_do_not_fight(server):
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: server.start(), range(4)))
    assert sorted(started) == [False, False, False, True]
    assert server.running()


def test_it_survives_kill_9_and_keeps_what_was_committed(server):
    kept = postgres.Server(server.folder)
    kept.start()
    with psycopg.connect(
        host=str(kept.socket), user="successcloud", dbname="successcloud"
    ) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = kept._pid()
    os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        if not kept.running():
            break
        time.sleep(0.1)
    assert (kept.data / "postmaster.pid").exists()
    assert kept.start()
    assert ask(kept, "SELECT answer FROM kept") == 42
    kept.stop()


def test_a_pid_file_that_names_another_program_is_no_hindrance(server):
    server.start()
    pg_ctl_stop(server)
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert server.start()
    assert server.running()


def pg_ctl_stop(server):
    """Stop without removing the throw-away data."""
    postgres.Server(server.folder).stop()


def test_the_last_of_two_users_stops_it(tmp_path):
    code = (
        "import sys, os; from pathlib import Path; from successcloud import postgres;"
        "postgres.home = lambda name='postgres': Path(sys.argv[1]) / name;"
        "postgres.ensure_database_url();"
        "print(postgres.own_server().socket, flush=True); sys.stdin.readline()"
    )
    where = postgres.throw_away_server().folder
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}

    def user():
        return subprocess.Popen(
            [sys.executable, "-c", code, str(where)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    shared = postgres.Server(where / "postgres")
    try:
        first, second = user(), user()
        sockets = {first.stdout.readline(), second.stdout.readline()}
        assert sockets == {f"{shared.socket}\n"}
        leave(first)
        assert shared.running()
        leave(second)
        assert not shared.running()
    finally:
        postgres.Server(where / "postgres", throw_away=True).stop()
        postgres.Server(where, throw_away=True).stop()


def leave(process):
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def test_without_binaries_one_sentence_says_how_to_get_them(monkeypatch):
    monkeypatch.setattr(postgres, "_version", lambda program: 14)
    with pytest.raises(postgres.PostgresMissing, match=r"PostgreSQL 15 or newer.*DATABASE_URL"):
        postgres.binaries.__wrapped__()


def test_without_postgresql_on_the_machine_the_wheels_own_is_used(monkeypatch):
    monkeypatch.setattr(postgres, "_of_the_machine", list)
    found = postgres.binaries.__wrapped__()
    assert postgres._version(found / "postgres") >= 15
    monkeypatch.setattr(postgres, "binaries", lambda: found)
    server = postgres.throw_away_server()
    try:
        assert server.start()
        assert ask(server, "SELECT lower('É')") == "é"
        assert "PostgreSQL" in ask(server, "SELECT version()")
    finally:
        server.stop()


def test_a_folder_that_somebody_else_put_there_is_refused(server, tmp_path):
    server.socket.symlink_to(tmp_path)
    try:
        with pytest.raises(RuntimeError, match="belongs to somebody else"):
            server.start()
    finally:
        server.socket.unlink()


def test_postgres_that_cannot_start_says_why(server, monkeypatch):
    monkeypatch.setattr(postgres, "TRIES", 1)
    server.start()
    pg_ctl_stop(server)
    (server.data / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(RuntimeError, match=r"did not start\. Its log ends:[\s\S]*nonsense"):
        server.start()


def test_programs_in_a_closed_home_are_copied_with_their_libraries(tmp_path):
    """A wheel's programs find their libraries in a folder beside the package."""
    closed = tmp_path / "closed"
    folder = closed / "package" / "install" / "bin"
    folder.mkdir(parents=True)
    (closed / "package.libs").mkdir()
    (closed / "package.libs" / "word").write_text("found")
    program = folder / "postgres"
    program.write_text('#!/bin/sh\ncat "$(dirname "$0")/../../../package.libs/word"\n')
    program.chmod(0o755)
    closed.chmod(0o700)
    try:
        usable = postgres._within_reach(9999, folder)
        # Only root has to step down to another user, who cannot look into a closed home.
        assert (usable == folder) is (os.geteuid() != 0)
        user, group = postgres._servant() or (None, None)
        said = subprocess.run(
            [usable / "postgres"], capture_output=True, text=True, cwd="/", user=user, group=group
        )
        assert said.stdout == "found", said.stderr
    finally:
        shutil.rmtree(postgres.home("programs-9999"), ignore_errors=True)
