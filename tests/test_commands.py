"""The two commands: what they refuse, what they leave behind, and what they run."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from successcloud import postgres
from tools import check, demo, prepare

ROOT = Path(__file__).resolve().parents[1]


def run(*command, **env):
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_port_that_is_taken_is_named_with_another_to_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("-m", "tools.demo", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Port {port} is taken. Choose another: make demo PORT={port + 1}"
    )


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """A place of its own for the demo's data, so that a running demo is left alone."""
    monkeypatch.setattr(postgres, "home", lambda name="postgres": tmp_path / name)
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    return tmp_path


def test_starting_over_throws_the_data_away(own_home, capsys):
    for place in ("postgres/data", "var/mail", "var/private", "var/static"):
        (own_home / place).mkdir(parents=True)
    assert demo.reset() == 0
    assert not (own_home / "postgres").exists()
    assert [path.name for path in (own_home / "var").iterdir()] == ["static"]
    assert "`make demo` starts afresh" in capsys.readouterr().out


def test_starting_over_waits_until_the_demo_has_ended(own_home, capsys):
    (own_home / "postgres/data").mkdir(parents=True)
    with open(own_home / "users.lock", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        assert demo.reset() == 1
    assert (own_home / "postgres/data").exists()
    assert "Stop it with Ctrl-C first" in capsys.readouterr().err


def ended(pid):
    """Whether a process is gone, or dead and only not buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_programs_end_when_the_demo_is_killed():
    code = (
        "from tools import demo; import time;"
        "print(demo.start('sleep', '300').pid, flush=True); time.sleep(300)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not ended(child)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while not ended(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert ended(child)


def test_programs_are_stopped_kindly_and_waited_for():
    program = demo.start("sleep", "300")
    demo.end([program])
    assert program.returncode == -signal.SIGTERM


def test_waiting_ends_when_a_program_ended():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = demo.start("true")
    program.wait()
    began = time.monotonic()
    assert not demo.wait_until_ready(port, [program])
    assert time.monotonic() - began < 20


def test_static_files_are_collected_anew_only_when_one_changed(tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    (tmp_path / "requirements.txt").write_text("x")
    (tmp_path / "static/a.css").write_text("a")
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    first = prepare.fingerprint()
    assert prepare.fingerprint() == first
    (tmp_path / "static/b.css").write_text("b")
    assert prepare.fingerprint() != first


def test_make_test_runs_every_check_and_hides_none():
    assert set(check.CHECKS) == {
        "format",
        "lint",
        "templates",
        "imports",
        "types",
        "vendored files",
        "deploy check",
    }
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("exec make test")
    source = "\n".join(
        path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)
    )
    assert not re.findall(r"mark\.(?:skip|xfail)|pytest\.(?:skip|xfail|importorskip)\(", source)


def test_a_failing_check_is_told_with_its_output(monkeypatch):
    monkeypatch.setitem(
        check.CHECKS, "broken", (["python", "-c", "import sys; sys.exit('a reason')"], {})
    )
    assert check.run("broken") == ("broken", 1, "a reason\n")


def test_manage_outside_the_demo_needs_its_database():
    env = {"SECRET_KEY": "k" * 50, "DATABASE_URL": "", "SUCCESSCLOUD_DEMO": ""}
    done = run("manage.py", "check", **env)
    assert done.returncode != 0
    assert re.search(r"The environment variable \w+ is missing", done.stderr)


def test_no_file_names_a_registry_or_holds_a_secret():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = [name for name in listed.stdout.split("\0") if name]
    registry = re.compile("pypi" + r"\.org|files\.python" + r"hosted|registry\." + "npmjs")
    faults = []
    for name in names:
        path = ROOT / name
        if path.suffix in (".png", ".woff2", ".csv") or not path.is_file():
            continue
        if registry.search(path.read_text(errors="replace")):
            faults.append(name)
    assert not faults
    assert not [name for name in names if name.endswith((".pem", ".key", ".env", ".sqlite3"))]
