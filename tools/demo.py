"""`make demo`: database, demo data, web server and job worker, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from successcloud import postgres

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def manage(*args: str) -> None:
    subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, check=True)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def reset() -> None:
    """Throw the demo's own database, mails and files away."""
    server = postgres.own_server()
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)
    for name in ("mail", "private"):
        shutil.rmtree(ROOT / "var" / name, ignore_errors=True)
    print("The demo's data is gone. `make demo` starts afresh.")


def serve(port: int) -> int:
    """Run until a signal or until one of the programs ends; stop everything."""
    if not port_is_free(port):
        print(f"Port {port} is taken. Choose another: make demo PORT={port + 1}", file=sys.stderr)
        return 1
    os.environ["SUCCESSCLOUD_DEMO"] = "1"
    postgres.ensure_database_url()
    manage("migrate", "-v0")
    manage("createcachetable")
    manage("collectstatic", "--noinput", "-v0")
    manage("load_demo")
    programs = [
        subprocess.Popen(
            [
                BIN / "gunicorn",
                "successcloud.wsgi",
                "--workers",
                "2",
                "--bind",
                f"127.0.0.1:{port}",
                "--log-level",
                "warning",
                "--worker-tmp-dir",
                "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp",
            ],
            cwd=ROOT,
            start_new_session=True,
        ),
        subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker"],
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ),
    ]
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    wait_until_ready(port)
    print(
        f"\nSuccessCloud runs on http://127.0.0.1:{port}  (Ctrl-C stops everything)\n\n"
        "  Customer success manager   mara.koch@demo.example      demo\n"
        "  Participant                paula.stein@demo.example    demo\n"
        "  Administrator              admin@demo.example          demo\n",
        flush=True,
    )
    while not stopping and all(program.poll() is None for program in programs):
        time.sleep(0.2)
    for program in programs:
        if program.poll() is None:
            program.terminate()
    for program in programs:
        try:
            program.wait(15)
        except subprocess.TimeoutExpired:
            program.kill()
    return 0 if stopping else 1


def wait_until_ready(port: int) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reset", action="store_true")
    options = parser.parse_args()
    if options.reset:
        reset()
        return 0
    return serve(options.port)


if __name__ == "__main__":
    sys.exit(main())
