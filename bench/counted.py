"""What is measured in this process: its statements and its time, taken back at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def counted(work: Callable[[], str]) -> dict[str, Any]:
    """Statements and time of some work; it says what it failed to do, or nothing."""
    from django.db import connection, transaction

    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    with transaction.atomic():
        started, cpu = time.perf_counter(), time.thread_time()
        try:
            with connection.execute_wrapper(counting):
                failed = work()
        finally:
            transaction.set_rollback(True)
        wall, spent = time.perf_counter() - started, time.thread_time() - cpu
    if failed:
        return {"missing": failed}
    return {
        "rounds": 1,
        "p50": round(wall * 1000, 2),
        "p95": round(wall * 1000, 2),
        "cpu": round(spent * 1000, 2),
        "database": 0.0,
        "queries": count,
        "raw": 0,
        "gzip": 0,
    }
