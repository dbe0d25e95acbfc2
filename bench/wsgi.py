"""The program as it is, and beside it the floor, each answer with what it cost.

The measuring stands around the program, never in it: a header says the CPU time of this worker,
the CPU time of its database process, and the number of statements.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "successcloud.settings")

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.db import connection

FLOOR = "/-floor/"


class BareRequest(WSGIRequest):
    """A request to the floor's own addresses."""

    urlconf = "bench.floor"


class BareHandler(WSGIHandler):
    """Django without any middleware."""

    request_class = BareRequest

    def load_middleware(self, is_async: bool = False) -> None:
        kept, settings.MIDDLEWARE = settings.MIDDLEWARE, []
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = kept


class Statements:
    """Counts the statements of the connection, and keeps them when asked."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.count += 1
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.kept.append(f"{(time.perf_counter() - started) * 1000:9.2f} ms  {sql}")


program = get_wsgi_application()
bare = BareHandler()
statements = Statements()


def database_cpu() -> float:
    """Seconds of CPU that this connection's database process has used; 0 when it is elsewhere."""
    raw = connection.connection
    if raw is None or raw.closed:
        return 0.0
    try:
        used = Path(f"/proc/{raw.info.backend_pid}/schedstat").read_text()
    except OSError:
        return 0.0
    return int(used.split()[0]) / 1e9


def application(environ: WSGIEnvironment, start_response: Any) -> Iterable[bytes]:
    """Answer a request and say what the answer cost."""
    inner: Callable[..., Iterable[bytes]] = program
    if environ["PATH_INFO"].startswith(FLOOR):
        inner = bare
    if statements not in connection.execute_wrappers:
        connection.execute_wrappers.append(statements)
    statements.count = 0
    statements.kept.clear()
    told: list[Any] = []
    before, database_before = time.thread_time(), database_cpu()

    def remember(status: str, headers: list[tuple[str, str]], *more: Any) -> None:
        told[:] = [status, headers]

    answer = inner(environ, remember)
    body = b"".join(answer)
    spent, database = time.thread_time() - before, database_cpu() - database_before
    close = getattr(answer, "close", None)
    if close:
        close()
    status, headers = told
    cost = f"{spent * 1000:.3f};{database * 1000:.3f};{statements.count}"
    if environ.get("HTTP_X_BENCH_EXPLAIN"):
        body = "\n".join(statements.kept).encode()
        headers = [(name, value) for name, value in headers if name != "Content-Length"]
    start_response(status, [*headers, ("X-Bench", cost)])
    return [body]
