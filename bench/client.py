"""The server under test, and the browser's part: requests, cookies, forms."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

ROOT: Final = Path(__file__).resolve().parent.parent
# Static files stay from run to run: packing them takes longer than many a case.
FILES: Final = ROOT / "var" / "bench"
WORKERS: Final = 2
TOKEN: Final = "b" * 32
# As installed for real: https behind a proxy, no debugging.
PRODUCTION: Final = {
    "DJANGO_SETTINGS_MODULE": "successcloud.settings",
    "SECRET_KEY": "only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    "ALLOWED_HOSTS": "127.0.0.1",
    "BEHIND_PROXY": "1",
    "DEBUG": "0",
    "LOG_LEVEL": "ERROR",
}


@dataclass(frozen=True)
class Answer:
    """An answer and what it cost: milliseconds, of which CPU here and in the database."""

    status: int
    body: bytes
    wall: float
    cpu: float
    database: float
    queries: int

    @property
    def total(self) -> float:
        """All CPU of the answer, in milliseconds."""
        return self.cpu + self.database

    @property
    def packed(self) -> int:
        """Bytes as a proxy sends them."""
        return len(gzip.compress(self.body, 6))


@dataclass
class Server:
    """A running server and the person who is signed in to it."""

    port: int
    pid: int
    session: str

    def ask(
        self,
        url: str,
        data: list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, as the signed-in person's browser makes it."""
        sent = {
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            "X-Forwarded-Proto": "https",
            **(headers or {}),
        }
        body = None
        if data is not None:
            body = urlencode(data)
            sent |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": TOKEN,
                "Referer": f"https://127.0.0.1:{self.port}/",
                "Host": f"127.0.0.1:{self.port}",
            }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        started = time.perf_counter()
        connection.request("GET" if data is None else "POST", url, body, sent)
        response = connection.getresponse()
        read = response.read()
        wall = (time.perf_counter() - started) * 1000
        connection.close()
        cpu, database, queries = response.getheader("X-Bench", "0;0;0").split(";")
        return Answer(response.status, read, wall, float(cpu), float(database), int(queries))

    def memory(self) -> list[float]:
        """Megabytes that each worker holds."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [_resident(pid) for pid in children]


def _resident(pid: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(database_url: str, session: str) -> Iterator[Server]:
    """Run the program on that database until the end."""
    env = {key: value for key, value in os.environ.items() if key != "SUCCESSCLOUD_DEMO"}
    env |= {**PRODUCTION, "DATABASE_URL": database_url, "VAR_DIR": str(FILES)}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=ROOT,
        env=env,
        check=True,
    )
    port = _free_port()
    process = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "gunicorn"),
            "bench.wsgi",
            "--workers",
            str(WORKERS),
            "--bind",
            f"127.0.0.1:{port}",
            "--timeout",
            "600",
            "--log-level",
            "warning",
            "--worker-tmp-dir",
            "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp",
        ],
        cwd=ROOT,
        env=env,
    )
    server = Server(port, process.pid, session)
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            if server.ask("/healthz").status == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")


class _Forms(HTMLParser):
    """The fields of all forms of a page, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self.named: dict[str, list[tuple[str, str]]] = {}
        self.open: list[tuple[str, str]] | None = None
        self.select: tuple[list[tuple[str, str]], str] | None = None
        self.area: tuple[list[tuple[str, str]], str] | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = self.named.setdefault(said.get("id", f"#{len(self.forms)}"), [])
            self.forms.append(self.open)
            return
        owner = self.named.setdefault(said["form"], []) if "form" in said else self.open
        name = said.get("name", "")
        if tag == "option" and self.select and "selected" in said:
            self.select[0].append((self.select[1], said.get("value", "")))
        if owner is None or not name or "disabled" in said:
            return
        if tag == "select":
            self.select = (owner, name)
        elif tag == "textarea":
            self.area, self.text = (owner, name), ""
        elif tag == "input":
            kind = said.get("type", "text")
            ticked = kind not in ("checkbox", "radio") or "checked" in said
            if ticked and kind not in ("submit", "button", "file"):
                owner.append((name, said.get("value", "on" if kind == "checkbox" else "")))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.area:
            # A line break right after the tag is not part of the text.
            self.area[0].append((self.area[1], self.text.removeprefix("\n")))
            self.area = None


def fields_of(page: bytes, field: str, form: str = "") -> list[tuple[str, str]] | None:
    """The fields of the form with that id, or of the last form that has the field."""
    parser = _Forms()
    parser.feed(page.decode())
    found: list[Any] = [parser.named.get(form, [])] if form else parser.forms
    having = [fields for fields in found if any(name == field for name, _ in fields)]
    return having[-1] if having else None
