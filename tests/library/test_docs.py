"""The worked examples of docs/rules.md say what the rules compute (R-TPL-4)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from apps.library import rules
from apps.library.rules import Node

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/rules.md").read_text()
KEYS = {
    "plan Onboarding": "plan-1",
    "objective Go live": "objective-1",
    "task Book the room": "task-1",
    "task Switch over": "task-2",
    "KPI of Go live": "kpi-1",
}
PARENTS = {"objective-1": "plan-1", "task-1": "plan-1", "task-2": "objective-1"}


def day(text):
    return dt.date.fromisoformat(text.strip()) if text.strip() else None


def span(text):
    first, _, last = text.partition("–")
    return day(first), day(last)


def table(number):
    """The rows of an example, and its dates by column; the first column is the name."""
    found = TEXT.split(f"<!-- example {number} -->\n")[1].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in found]
    return cells[0], {KEYS[row[0]]: row[1:] for row in cells[2:]}


def template():
    _, rows = table(1)
    nodes = []
    for key, (text, _) in rows.items():
        if not key.startswith("kpi"):
            start, end = span(text)
            nodes.append(Node(key, key.split("-")[0], PARENTS.get(key), key, start, end))
    return nodes, day(rows["kpi-1"][0])


def expected(nodes, kpi, start, first, edits=None):
    dated = rules.dates(nodes, start, {})
    found = {key: (one.start, one.end) for key, one in dated.items()}
    return found, rules.kpi_dates({"kpi-1": kpi}, nodes, first, edits or {})["kpi-1"]


def check(rows, column, dated, kpi):
    for key, cells in rows.items():
        said = cells[column]
        if key.startswith("kpi"):
            assert day(said) == kpi, (key, said)
        else:
            assert span(said) == dated[key], (key, said)


def starts(head):
    return [
        day(re.search(r"\d{4}-\d\d-\d\d", cell)[0]) for cell in head if re.search(r"\d{4}-", cell)
    ]


def test_r_tpl_4_the_first_worked_example():
    head, rows = table(1)
    nodes, kpi = template()
    (start,) = starts(head)
    assert (start - nodes[0].start).days == 1120
    check(rows, 1, *expected(nodes, kpi, start, start))


def test_r_tpl_4_the_second_worked_example():
    head, rows = table(2)
    nodes, kpi = template()
    first, then = starts(head)
    check(rows, 0, *expected(nodes, kpi, first, first))
    check(rows, 1, *expected(nodes, kpi, then, first))
    moved = rules.kpis_moved({"kpi-1": ("objective-1", kpi)}, rules.dates(nodes, then, {}), {})
    check(rows, 2, *expected(nodes, kpi, then, first, moved))
