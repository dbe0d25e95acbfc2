"""The import of accounts, counted in this process and taken back at the end."""

from __future__ import annotations

import csv
import io
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from bench.cases import Case, Limits

ROWS: Final = 1000
CASE: Final = Case(
    "import-accounts", "Import 1,000 accounts", "manage.py import_accounts", Limits(queries=80)
)


def write(path: Path, rows: int) -> None:
    """A file of accounts, each with a contact, as another system would export it."""
    with path.open("w", newline="") as handle:
        sheet = csv.writer(handle, delimiter=";")
        sheet.writerow(["Name", "External id", "Industry", "Country", "ARR", "Contact name"])
        for row in range(rows):
            sheet.writerow(
                [f"Imported {row}", f"I-{row}", "Retail", "Spain", 1000 + row, f"Ana Lima {row}"]
            )


def measure() -> dict[str, Any]:
    """Statements and time of the command for 1,000 new accounts."""
    from django.core.management import CommandError, call_command
    from django.db import connection, transaction

    from apps.accounts.models import Account

    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        before = Account.objects.count()
        path = Path(folder) / "accounts.csv"
        write(path, ROWS)
        started, cpu = time.perf_counter(), time.thread_time()
        try:
            with connection.execute_wrapper(counting):
                call_command("import_accounts", str(path), stdout=io.StringIO())
            made = Account.objects.count() - before
        except CommandError as problem:
            return {"missing": str(problem)}
        finally:
            transaction.set_rollback(True)
        if made != ROWS:
            return {"missing": f"made {made} accounts, not {ROWS}"}
        wall = (time.perf_counter() - started) * 1000
        return {
            "rounds": 1,
            "p50": round(wall, 2),
            "p95": round(wall, 2),
            "cpu": round((time.thread_time() - cpu) * 1000, 2),
            "database": 0.0,
            "queries": count,
            "raw": 0,
            "gzip": 0,
        }
