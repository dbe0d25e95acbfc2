"""The worked examples of the docs are what the rules say (R-TPL-4)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from apps.library import rules
from apps.library.rules import Node

DOCS = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
FIRST, SECOND = dt.date(2028, 1, 31), dt.date(2028, 2, 14)
# What the first column of the tables calls each row.
ROWS = {
    "plan Onboarding": "plan-1",
    "objective Go live": "objective-1",
    "task Book the room": "task-1",
    "task Switch over": "task-2",
    "KPI of Go live": "kpi-1",
}
ABOVE = {"objective-1": "plan-1", "task-1": "plan-1", "task-2": "plan-1"}


def table(name):
    """The rows of a table of the docs, by their first cell."""
    _, _, rest = DOCS.read_text().partition(f"<!-- {name} -->\n")
    lines = rest.split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


def days(cell):
    found = [part.strip() for part in cell.split("–")]
    return [dt.date.fromisoformat(part) if part else None for part in found]


def template():
    cells = {ROWS[name]: row[0] for name, row in table("example 1").items()}
    nodes = [
        Node(key, key.split("-")[0], ABOVE.get(key), key, *days(cell))
        for key, cell in cells.items()
        if key != "kpi-1"
    ]
    return nodes, {"kpi-1": ("objective-1", days(cells["kpi-1"])[0])}


def written(dated, kpis):
    rows = {key: f"{one.start} – {one.end or ''}".strip() for key, one in dated.items()}
    return rows | {key: str(day) for key, day in kpis.items()}


def expected(name, column):
    return {ROWS[row]: cells[column] for row, cells in table(name).items()}


@pytest.mark.parametrize(
    ("name", "column", "start", "follow"),
    [
        ("example 1", 1, FIRST, False),
        ("example 2", 0, FIRST, False),
        ("example 2", 1, SECOND, False),
        ("example 2", 2, SECOND, True),
    ],
)
def test_r_tpl_4_the_worked_examples_of_the_docs(name, column, start, follow):
    nodes, kpis = template()
    dated = rules.dates(nodes, start, {})
    edits = rules.kpis_moved(kpis, dated, {}) if follow else {}
    own = {key: day for key, (_, day) in kpis.items()}
    found = written(dated, rules.kpi_dates(own, nodes, FIRST, edits))
    assert len(found) == len(ROWS)
    assert found == expected(name, column)
