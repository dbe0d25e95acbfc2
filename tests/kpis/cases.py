"""The worked cases of R-KPI-2 and R-KPI-4, as they stand in the file."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "kpi_status_cases.csv"


@dataclass(frozen=True)
class Case:
    """One line of the file."""

    name: str
    baseline: Decimal | None
    current: Decimal | None
    target: Decimal | None
    direction: str
    start: dt.date | None
    target_date: dt.date | None
    today: dt.date
    percent: int
    status: str

    def values(self) -> dict[str, Decimal | str | dt.date | None]:
        """The fields of a KPI in this case."""
        names = ("baseline", "current", "target", "direction", "target_date")
        return {name: getattr(self, name) for name in names}


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def read() -> list[Case]:
    """All lines of the file."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [
            Case(
                name=row["case"],
                baseline=_number(row["baseline"]),
                current=_number(row["current"]),
                target=_number(row["target"]),
                direction=row["direction"],
                start=_day(row["objective_start"]),
                target_date=_day(row["target_date"]),
                today=dt.date.fromisoformat(row["today"]),
                percent=int(row["progress_percent"]),
                status=row["status"],
            )
            for row in csv.DictReader(lines)
        ]


CASES = read()
