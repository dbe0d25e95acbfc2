"""A long list exported, and a file of it imported again: counted here and taken back at the end."""

from __future__ import annotations

import csv
import io
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bench.cases import Case, Limits
from bench.counted import counted

EXPORTED: Final = 100_000
IMPORTED: Final = 1000
EXPORT: Final = Case(
    "export-tasks", "Export 100,000 tasks", "/tasks/export/", Limits(queries=2 * EXPORTED // 1000)
)
IMPORT: Final = Case(
    "import-tasks", "Import 1,000 changed tasks", "/tasks/import/", Limits(queries=80)
)


def _sheet(*columns: str) -> Any:
    from django.http import QueryDict

    from apps.core.export_tables import listing_of
    from apps.core.models import User
    from apps.core.transfer_tables import Sheet

    user = User.objects.get(pk=1)
    return Sheet(listing_of("task", user), user, QueryDict(), columns)


def export() -> dict[str, Any]:
    """Statements and time of a list as it is sent, with who is to do each task."""
    from apps.core.export_tables import csv_pieces

    size = 0

    def send() -> str:
        nonlocal size
        sheet = _sheet("name", "account", "playbook", "status", "assigned", "end_date", "progress")
        lines = islice(sheet.lines(), EXPORTED)
        size = sum(len(piece.encode()) for piece in csv_pieces(sheet.header, lines))
        return "" if size > len("Record id") else "nothing was written"

    found = counted(send)
    return found | {"raw": size} if "missing" not in found else found


def bring() -> dict[str, Any]:
    """Statements and time of an import that changes dates and priorities of 1,000 tasks."""
    from apps.core.export_tables import listing_of
    from apps.core.import_tables import Said, understand_list
    from apps.core.models import User
    from apps.core.transfer_report_services import Outputs
    from apps.core.transfer_services import list_check, list_import

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.csv"
        path.write_text(_changed(), encoding="utf-8")
        user = User.objects.get(pk=1)
        listing = listing_of("task", user)
        outputs = Outputs(Path(folder) / "errors.csv", Path(folder) / "changes")
        file = understand_list(listing, user, path, Said()).file
        common = {"actor": user, "transfer": listing.transfer, "file": file, "outputs": outputs}
        shown = list_check(**common)

        def load() -> str:
            done = list_import(**common, good_rows=True, expected=shown.digest)
            return "" if done.written and done.counts["update"] else f"wrote nothing: {done.counts}"

        return counted(load)


def _changed() -> str:
    """Tasks as they are exported, each with another priority and flag."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(["Record id", "Priority", "Flagged"])
    for row in islice(_sheet("priority").lines(), IMPORTED):
        sheet.writerow([row[0], "Low" if row[1] == "High" else "High", "Yes"])
    return written.getvalue()
