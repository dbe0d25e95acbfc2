"""Rules of templates: what of them is kept, where it hangs and when it is (R-TPL-2 to R-TPL-4).

A template is a list of nodes, parents before their children, the template itself first. What a
person decides about it is a mapping of a node's key to the values that they changed: `keep`,
`name`, `start`, `end`, `owner`, `people`; what they did not touch is as the template says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

Edit = Mapping[str, Any]
Edits = Mapping[str, Edit]

STANDS: Final = dt.timedelta(0)
DATES: Final = ("start", "end")


@dataclass(frozen=True)
class Node:
    """One plan, objective, playbook or task of a template; `key` is "task-12"."""

    key: str
    kind: str
    parent: str | None
    name: str
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True)
class Dated:
    """When a node will be, and by how much it and what hangs on it moves."""

    start: dt.date | None
    end: dt.date | None
    moved: dt.timedelta


def grown(nodes: Sequence[Node], added: Sequence[Node]) -> list[Node]:
    """The rows of a template and those that were added to it.

    What the template lost meanwhile takes no added row along: that one hangs on the template then.
    """
    there = {node.key for node in nodes}
    return [
        *nodes,
        *(node if node.parent in there else replace(node, parent=nodes[0].key) for node in added),
    ]


def anchors(nodes: Sequence[Node]) -> dict[str, dt.date]:
    """The day of each node that its new start is measured from (R-TPL-4).

    Its own start, else the earliest date at or below it; a node without any date has none.
    """
    earliest: dict[str, dt.date] = {}
    for node in reversed(nodes):
        days = [day for day in (node.start, node.end, earliest.get(node.key)) if day]
        if days:
            earliest[node.key] = first = min(days)
            if node.parent is not None:
                earliest[node.parent] = min(first, earliest.get(node.parent, first))
    return earliest | {node.key: node.start for node in nodes if node.start}


def later(day: dt.date, moved: dt.timedelta) -> dt.date:
    """A date that moves along; it stays within the calendar, as "for ever" does."""
    try:
        return day + moved
    except OverflowError:
        return dt.date.max if moved > STANDS else dt.date.min


def dates(nodes: Sequence[Node], start: dt.date, edits: Edits) -> dict[str, Dated]:
    """When each node will be, with the template itself starting at `start` (R-TPL-4).

    All move by the days between the template's anchor and `start`; durations are kept. A node
    whose start was edited moves what hangs on it; an edited end moves nothing else.
    """
    anchor = anchors(nodes)
    result: dict[str, Dated] = {}
    for node in nodes:
        edit = edits.get(node.key, {})
        first = edit.get("start") if node.parent is not None else start
        moved = result[node.parent].moved if node.parent is not None else STANDS
        if first is not None and node.key in anchor:
            moved = first - anchor[node.key]
        begin, end = (day and later(day, moved) for day in (node.start, node.end))
        if node.parent is None:
            begin = start
        result[node.key] = Dated(edit.get("start", begin), edit.get("end", end), moved)
    return result


def below(nodes: Sequence[Node], key: str) -> set[str]:
    """The keys of all that hangs on a node, at any depth."""
    found = {key}
    for node in nodes:
        if node.parent in found:
            found.add(node.key)
    return found - {key}


def lost(nodes: Sequence[Node], edits: Edits, key: str) -> list[str]:
    """Below a node, whose dates were edited: what a change of its start would undo (R-TPL-4)."""
    under = below(nodes, key)
    return [
        node.key
        for node in nodes
        if node.key in under and any(name in edits.get(node.key, {}) for name in DATES)
    ]


def with_start(
    nodes: Sequence[Node], start: dt.date, edits: Edits, key: str, wanted: dt.date | None
) -> dict[str, Edit]:
    """The edits once the start of a node is changed: it keeps its duration, those below theirs.

    For the template itself (`key` of the first node) the new start is not an edit; only the edits
    below it are lost.
    """
    gone = set(lost(nodes, edits, key))
    kept = {
        other: {n: v for n, v in edit.items() if other not in gone or n not in DATES}
        for other, edit in edits.items()
    }
    stood = dates(nodes, start, edits)[key]
    own = dict(kept.get(key, {}))
    if "end" in own and own["end"] and stood.start and wanted:
        own["end"] = later(own["end"], wanted - stood.start)
    if key != nodes[0].key:
        own["start"] = wanted
    return {other: edit for other, edit in (kept | {key: own}).items() if edit}


def is_kept(edits: Edits, key: str) -> bool:
    """Whether a node is ticked; every node is until somebody unticks it (R-TPL-3)."""
    return bool(edits.get(key, {}).get("keep", True))


def ticked(nodes: Sequence[Node], edits: Edits, key: str, keep: bool) -> dict[str, Edit]:
    """The edits once a whole branch is ticked or unticked."""
    branch = {key} | below(nodes, key)
    return {**edits} | {other: {**edits.get(other, {}), "keep": keep} for other in branch}


def placed(nodes: Sequence[Node], edits: Edits) -> dict[str, str]:
    """What each kept node hangs on: the nearest one above it that is kept (R-TPL-3).

    The template itself is always kept and hangs on nothing.
    """
    root = nodes[0].key
    nearest = {root: root}
    result = {}
    for node in nodes[1:]:
        above = nearest[node.parent or root]
        kept = is_kept(edits, node.key)
        nearest[node.key] = node.key if kept else above
        if kept:
            result[node.key] = above
    return result


def hanging(nodes: Sequence[Node], edits: Edits) -> dict[str, str]:
    """Kept nodes that lost what they hung on: what they will hang on instead (R-TPL-3)."""
    above = placed(nodes, edits)
    return {
        node.key: above[node.key]
        for node in nodes
        if node.key in above and above[node.key] != node.parent
    }


def kpi_dates(
    kpis: Mapping[str, dt.date | None],
    nodes: Sequence[Node],
    first_start: dt.date,
    edits: Edits,
) -> dict[str, dt.date | None]:
    """The target date of each KPI: it moves with the first start only (R-TPL-4).

    A date that was edited, or moved since by `kpis_moved`, stands.
    """
    anchor = anchors(nodes).get(nodes[0].key)
    moved = first_start - anchor if anchor else STANDS
    return {
        key: edits.get(key, {}).get("target_date", day and later(day, moved))
        for key, day in kpis.items()
    }


def kpis_moved(
    kpis: Mapping[str, tuple[str, dt.date | None]], dated: Mapping[str, Dated], edits: Edits
) -> dict[str, Edit]:
    """The edits of KPIs once they follow their objectives; dates set by hand stay (R-TPL-4).

    `kpis` names for each KPI its objective's key and its date in the template.
    """
    result = dict(edits)
    for key, (objective, day) in kpis.items():
        edit = edits.get(key, {})
        by_hand = "target_date" in edit and not edit.get("moved")
        if day is not None and not by_hand and objective in dated:
            target = later(day, dated[objective].moved)
            result[key] = {**edit, "target_date": target, "moved": True}
    return result


def within_error(
    name: str, day: Dated, playbook: str, outer: Dated, written: Any = "{:%-d %b %Y}".format
) -> str | None:
    """Why a task's dates cannot be, None when they can (R-PB-1, R-DATE-1)."""
    if day.start and day.end and day.start > day.end:
        return f"“{name}” would start on {written(day.start)}, after its end on {written(day.end)}."
    given = [one for one in (day.start, day.end) if one]
    if not playbook or not given:
        return None
    if outer.start and min(given) < outer.start:
        return (
            f"“{name}” ({written(min(given))}) would be before the start of the playbook"
            f" “{playbook}” ({written(outer.start)})."
        )
    if outer.end and max(given) > outer.end:
        return (
            f"“{name}” ({written(max(given))}) would be after the end of the playbook"
            f" “{playbook}” ({written(outer.end)})."
        )
    return None


def problems(
    nodes: Sequence[Node], dated: Mapping[str, Dated], edits: Edits, written: Any = str
) -> dict[str, str]:
    """What is wrong with the rows that are kept, by key: empty names and impossible dates."""
    by_key = {node.key: node for node in nodes}
    result: dict[str, str] = {}
    for key, above in {nodes[0].key: nodes[0].key, **placed(nodes, edits)}.items():
        name = edits.get(key, {}).get("name", by_key[key].name)
        if not name.strip():
            result[key] = "This row needs a name. Write one, or untick the row."
            continue
        parent = by_key[above]
        inside = by_key[key].kind == "task" and parent.kind == "playbook"
        playbook = edits.get(above, {}).get("name", parent.name) if inside else ""
        error = within_error(name, dated[key], playbook, dated[above], written)
        if error:
            result[key] = error
    return result


WORDS: Final = {
    "plan": ("success plan", "success plans"),
    "objective": ("objective", "objectives"),
    "kpi": ("KPI", "KPIs"),
    "playbook": ("playbook", "playbooks"),
    "task": ("task", "tasks"),
}


def counted(counts: Mapping[str, int]) -> str:
    """How many records of each kind, in words: "1 success plan, 3 objectives and 12 tasks"."""
    parts = [
        f"{counts[kind]} {WORDS[kind][counts[kind] != 1]}" for kind in WORDS if counts.get(kind)
    ]
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def listed(names: Iterable[str]) -> str:
    """Names in a sentence."""
    found = list(names)
    return " and ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))
