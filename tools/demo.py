"""`make demo`: database, demo data, web server and job worker, until Ctrl-C."""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NoReturn

from successcloud import postgres

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 60
LOGINS = """
SuccessCloud runs on http://127.0.0.1:{port}  (Ctrl-C stops everything)

  Customer success manager   mara.koch@demo.example      demo
  Participant                paula.stein@demo.example    demo
  Administrator              admin@demo.example          demo
"""


class Stopped(SystemExit):
    """Somebody wants the demo to end, at whatever moment."""


def _stop(*_: object) -> NoReturn:
    raise Stopped(0)


def _end_with_parent() -> None:
    """Run in a new program: when the demo is killed, the kernel ends this program too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(*command: str, quiet: bool = False) -> subprocess.Popen[bytes]:
    """A program in a session of its own: Ctrl-C reaches the demo alone, which then stops it."""
    out = subprocess.DEVNULL if quiet else None
    return subprocess.Popen(
        command,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 (the demo has no threads)
        stdout=out,
        stderr=out,
    )


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def reset() -> int:
    """Throw the demo's own database, mails and files away."""
    server = postgres.own_server()
    server.folder.parent.mkdir(parents=True, exist_ok=True)
    with open(server.folder.parent / "users.lock", "w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("The demo is running. Stop it with Ctrl-C first.", file=sys.stderr)
            return 1
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
    for name in ("mail", "private"):
        shutil.rmtree(ROOT / "var" / name, ignore_errors=True)
    print("The demo's data is gone. `make demo` starts afresh.")
    return 0


def prepare() -> None:
    """Everything the programs need: quick when it is there already."""
    os.environ["SUCCESSCLOUD_DEMO"] = "1"
    postgres.ensure_database_url()
    subprocess.run([sys.executable, "-m", "tools.prepare"], cwd=ROOT, check=True)


def serve(port: int) -> int:
    """Run until a signal or until one of the programs ends; stop everything."""
    if not port_is_free(port):
        print(f"Port {port} is taken. Choose another: make demo PORT={port + 1}", file=sys.stderr)
        return 1
    programs: list[subprocess.Popen[bytes]] = []
    try:
        prepare()
        # Links in mails lead to this very demo.
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
        web = [
            str(BIN / "gunicorn"),
            "successcloud.wsgi",
            "--workers",
            "2",
            # As long as the page of a long report waits.
            "--timeout",
            "120",
            "--log-level",
            "warning",
        ]
        web += ["--bind", f"127.0.0.1:{port}", "--worker-tmp-dir", memory]
        programs.append(start(*web))
        worker = [sys.executable, "manage.py", "procrastinate", "worker"]
        programs.append(start(*worker, quiet=True))
        if wait_until_ready(port, programs):
            print(LOGINS.format(port=port), flush=True)
        while all(program.poll() is None for program in programs):
            time.sleep(0.2)
        print("One of the demo's programs ended; its last words stand above.", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"The demo could not be set up ({error.returncode}); see above.", file=sys.stderr)
    except (postgres.PostgresMissing, RuntimeError) as error:
        print(error, file=sys.stderr)
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        end(programs)
    return 1


def end(programs: list[subprocess.Popen[bytes]]) -> None:
    """Stop the programs, kindly first."""
    for program in programs:
        program.terminate()
    for program in programs:
        try:
            program.wait(15)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def wait_until_ready(port: int, programs: list[subprocess.Popen[bytes]]) -> bool:
    """Whether the page answers; not when a program ended or the patience did."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and all(program.poll() is None for program in programs):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reset", action="store_true")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    return reset() if options.reset else serve(options.port)


if __name__ == "__main__":
    sys.exit(main())
