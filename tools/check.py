"""`make test`: every check and every test; the tests' own summary is the last line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PRODUCTION = {
    "SECRET_KEY": "only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    "ALLOWED_HOSTS": "success.example.com",
    "DATABASE_URL": "postgres://nobody@localhost/nothing",
}
DEMO = {"SUCCESSCLOUD_DEMO": "1", "DATABASE_URL": "postgres://nobody@localhost/nothing"}

CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "format": (["ruff", "format", "--check", "-q", "."], {}),
    "lint": (["ruff", "check", "-q", "."], {}),
    "templates": (["djlint", "templates", "--lint", "--quiet"], {}),
    "imports": (["lint-imports", "--no-cache"], {}),
    "types": (["mypy"], DEMO),
    "vendored files": (["python", "tools/vendor.py", "--check"], {}),
    "deploy check": (
        ["python", "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        PRODUCTION,
    ),
}


def chromium() -> bool:
    """Whether there is a real Chromium: Debian's when root can install it, else Playwright's."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return True
    print("Getting Chromium ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    ways: list[list[list[str]]] = [[[str(BIN / "playwright"), "install", "chromium"]]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
        ways.insert(0, apt)
    for way in ways:
        if all(_quietly(command, quiet) for command in way):
            return True
    print(
        "No Chromium could be installed. Install Debian's package chromium, then try again.",
        file=sys.stderr,
    )
    return False


def _quietly(command: list[str], env: dict[str, str]) -> bool:
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def run(name: str) -> tuple[str, int, str]:
    command, extra = CHECKS[name]
    base = {k: v for k, v in os.environ.items() if k not in ("SUCCESSCLOUD_DEMO",)}
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**base, "DJANGO_SETTINGS_MODULE": "successcloud.settings", **extra},
    )
    return name, done.returncode, done.stdout + done.stderr


def main() -> int:
    if not chromium():
        return 1
    failed = False
    with ThreadPoolExecutor(2) as pool:
        for name, code, output in pool.map(run, CHECKS):
            print(f"{name}: {'ok' if code == 0 else 'FAILED'}", flush=True)
            if code:
                failed = True
                print(output, flush=True)
    # The migrations check needs a database: it is one of the tests (tests/core/test_setup.py).
    workers = str(max(2, min(8, os.cpu_count() or 2)))
    tests = subprocess.run(
        [BIN / "pytest", "-q", "-n", workers, "--dist", "worksteal", *sys.argv[1:]],
        cwd=ROOT,
        check=False,
    )
    if failed:
        print("Some checks before the tests FAILED; see above.", file=sys.stderr)
    return 1 if failed else tests.returncode


if __name__ == "__main__":
    sys.exit(main())
