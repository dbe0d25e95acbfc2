"""`python -m bench.run --size small|large`: build, serve, measure, print, compare."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from bench import bulk, copies, dataset, files, imports, report, trends
from bench.cases import Case, cases
from bench.client import PRODUCTION, WORKERS, Answer, Server, fields_of, serving

ROUNDS: Final = {"tiny": 1, "small": 30, "large": 15}
LEAST: Final = 5
# Seconds that one case may take, as long as it has its least number of rounds.
PATIENCE: Final = 12
LONGEST: Final = 60


class NotThere(Exception):
    """The page does not answer; `str()` says how."""


def setup(url: str) -> None:
    """This process uses the same database and secrets as the server."""
    os.environ.pop("SUCCESSCLOUD_DEMO", None)
    os.environ.update(PRODUCTION | {"DATABASE_URL": url})
    import django

    django.setup()


def session_of(user_id: int) -> str:
    """A session of that person, made directly in the database."""
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.sessions.backends.db import SessionStore

    user: Any = get_user_model().objects.get(pk=user_id)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "apps.core.adapters.SignInBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def asker(server: Server, case: Case) -> Callable[[], Answer]:
    """What makes one request of a case; a form is fetched before it, which is not counted."""
    if case.save is None:

        def look() -> Answer:
            return _expected(server.ask(case.url), 200)

        return look
    save = case.save

    def send() -> Answer:
        page = server.ask(save.form_url)
        fields = fields_of(page.body, save.changed, save.form)
        if page.status != 200 or fields is None:
            raise NotThere(f"no form at {save.form_url} ({page.status})")
        now = dict(fields)[save.changed]
        wanted = save.values[1] if now == save.values[0] else save.values[0]
        data = [(name, wanted if name == save.changed else value) for name, value in fields]
        return _expected(server.ask(case.url, data, save.headers), save.status)

    return send


def _expected(answer: Answer, status: int) -> Answer:
    if answer.status != status or (status == 200 and not answer.body):
        raise NotThere(f"answered {answer.status} with {len(answer.body)} bytes, not {status}")
    return answer


def measure(server: Server, case: Case, rounds: int) -> dict[str, Any]:
    """Warm up, then take turns between the page and its floor."""
    ask = asker(server, case)
    floor_url = f"/-floor/{case.floor}/?{urlencode({'values': json.dumps(dict(case.values))})}"

    def floor() -> Answer:
        return _expected(server.ask(floor_url), 200)

    warm = 1 if rounds == 1 else 2 * WORKERS
    started = time.monotonic()
    for _ in range(warm):
        ask()
        if case.floor:
            floor()
        if time.monotonic() - started > PATIENCE:
            break
    pages: list[Answer] = []
    floors: list[Answer] = []
    started = time.monotonic()
    while len(pages) < rounds:
        pages.append(ask())
        if case.floor:
            floors.append(floor())
        spent = time.monotonic() - started
        if spent > LONGEST or (spent > PATIENCE and len(pages) >= LEAST):
            break
    result = {
        "rounds": len(pages),
        "p50": _p([a.wall for a in pages], 50),
        "p95": _p([a.wall for a in pages], 95),
        "cpu": _p([a.cpu for a in pages], 50),
        "database": _p([a.database for a in pages], 50),
        "queries": max(a.queries for a in pages),
        "raw": max(len(a.body) for a in pages),
        "gzip": max(a.packed for a in pages),
    }
    if floors:
        result |= {
            "floor_cpu": _p([a.cpu for a in floors], 50),
            "floor_database": _p([a.database for a in floors], 50),
        }
        result["ratio"] = round(
            statistics.median(a.total for a in pages) / statistics.median(a.total for a in floors),
            2,
        )
        result["web_ratio"] = round(result["cpu"] / max(result["floor_cpu"], 0.001), 2)
    return result


def _p(values: list[float], percent: int) -> float:
    """A percentile, of few values the nearest one."""
    ordered = sorted(values)
    place = min(len(ordered) - 1, round((len(ordered) - 1) * percent / 100))
    return round(ordered[place], 2)


def run(
    size: str, *, only: str = "", rounds: int = 0, say: Any = print
) -> tuple[dict[str, Any], list[Case]]:
    """Measure the cases of a size whose name begins with `only`."""
    url = dataset.ensure(size, say=say)
    setup(url)
    chosen = [case for case in cases(size, dt.date.today()) if case.name.startswith(only)]  # noqa: DTZ011
    results: dict[str, Any] = {}
    with serving(url, session_of(1)) as server:
        for case in chosen:
            try:
                results[case.name] = measure(server, case, rounds or ROUNDS[size])
            except NotThere as problem:
                results[case.name] = {"missing": str(problem)}
            say(report.line(case, results[case.name]), flush=True)
        for case, counted in (
            (imports.CASE, imports.measure),
            (copies.CASE, copies.measure),
            (bulk.CASE, bulk.measure),
            (files.EXPORT, files.export),
            (files.IMPORT, files.bring),
            (trends.MINE, trends.mine),
            (trends.ALL, trends.everybodys),
        ):
            if case.name.startswith(only):
                chosen.append(case)
                results[case.name] = counted()
                say(report.line(case, results[case.name]), flush=True)
        memory = [round(megabytes, 1) for megabytes in server.memory()]
    return {"memory": memory, "cases": results}, chosen


def explain(size: str, name: str) -> None:
    """Print the statements of one case, each with its time."""
    url = dataset.ensure(size)
    setup(url)
    case = next(c for c in cases(size, dt.date.today()) if c.name == name)  # noqa: DTZ011
    with serving(url, session_of(1)) as server:
        for _ in range(2 * WORKERS):
            server.ask(case.url)
        print(server.ask(case.url, headers={"X-Bench-Explain": "1"}).body.decode())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(dataset.ACCOUNTS), default="small")
    parser.add_argument("--only", default="", help="cases whose name begins like this")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--explain", metavar="CASE", help="print the statements of a case")
    options = parser.parse_args()
    # Told to end, the server ends too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if options.explain:
        explain(options.size, options.explain)
        return 0
    print(report.head())
    results, chosen = run(options.size, only=options.only, rounds=options.rounds)
    print()
    print(report.summary(results, chosen, report.committed().get(options.size, {})))
    if not options.only and options.size != "tiny":
        report.write(options.size, results)
    return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
