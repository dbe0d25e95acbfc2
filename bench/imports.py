"""The import of accounts, counted in this process and taken back at the end."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.cases import Case, Limits
from bench.counted import counted

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

    from apps.accounts.models import Account

    before = Account.objects.count()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "accounts.csv"
        write(path, ROWS)

        def load() -> str:
            try:
                call_command("import_accounts", str(path), stdout=io.StringIO())
            except CommandError as problem:
                return str(problem)
            made = Account.objects.count() - before
            return "" if made == ROWS else f"made {made} accounts, not {ROWS}"

        return counted(load)
