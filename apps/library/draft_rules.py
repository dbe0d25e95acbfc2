"""What a person decided in the wizard: kept as JSON, read back as values, changed by what is typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from apps.core.shape_rules import TYPE
from apps.library import rules
from apps.library.rules import Edit, Node

DATE_FIELDS: Final = frozenset({"start", "end", "target_date"})
NUMBER_FIELDS: Final = frozenset({"baseline", "target"})
# Whatever a template is moved by, its dates stay dates.
YEARS: Final = range(1900, 3000)


@dataclass(frozen=True)
class Decided:
    """The basics as typed, the start, and what was decided about the rows."""

    basics: Mapping[str, Any]
    start: dt.date
    first_start: dt.date
    edits: Mapping[str, Edit] = field(default_factory=dict)
    kpis: Mapping[str, Edit] = field(default_factory=dict)
    added: Sequence[Node] = ()

    @property
    def kpis_stayed(self) -> bool:
        """Whether the start was changed by hand, so that KPI target dates stayed (R-TPL-4)."""
        return self.start != self.first_start


@dataclass(frozen=True)
class Pending:
    """A change of start that waits for a word: how many edits below it would be lost."""

    key: str
    start: dt.date | None
    name: str
    count: int

    @property
    def answer(self) -> str:
        """How a button names it: "task-12@2026-11-23"."""
        return f"{self.key}@{self.start.isoformat() if self.start else ''}"


def shown(decided: Decided, root: str) -> Decided:
    """The basics as edits of the template's own row, as the grid shows them."""
    basics = decided.basics
    own: dict[str, Any] = {"name": basics["name"], "owner": basics.get("owner", "")}
    if basics.get(TYPE):
        own[TYPE] = basics[TYPE]
    if basics.get("end"):
        own["end"] = dt.date.fromisoformat(basics["end"])
    return replace(decided, edits={**decided.edits, root: own | dict(decided.edits.get(root, {}))})


def settled(decided: Decided, root: str) -> Decided:
    """The template's own row back in the basics, so that both steps speak of the same values."""
    own = dict(decided.edits.get(root, {}))
    basics = dict(decided.basics)
    for name in ("name", "owner", TYPE):
        if name in own:
            basics[name] = own.pop(name)
    if "end" in own:
        # An end that was emptied is one that the template's length does not set either.
        basics["end"] = own["end"].isoformat() if own["end"] else ""
        if own["end"]:
            del own["end"]
    edits = {key: edit for key, edit in decided.edits.items() if key != root}
    return replace(decided, basics=basics, edits=edits | ({root: own} if own else {}))


def encode(decided: Decided) -> dict[str, Any]:
    """As it is kept in a draft."""
    return {
        "basics": dict(decided.basics),
        "start": decided.start.isoformat(),
        "first_start": decided.first_start.isoformat(),
        "edits": {key: _plain(edit) for key, edit in decided.edits.items()},
        "kpis": {key: _plain(edit) for key, edit in decided.kpis.items()},
        "added": [[node.key, node.parent] for node in decided.added],
    }


def decode(raw: Mapping[str, Any]) -> Decided:
    """As it was kept in a draft."""
    return Decided(
        basics=raw["basics"],
        start=dt.date.fromisoformat(raw["start"]),
        first_start=dt.date.fromisoformat(raw["first_start"]),
        edits={key: _valued(edit) for key, edit in raw["edits"].items()},
        kpis={key: _valued(edit) for key, edit in raw["kpis"].items()},
        added=tuple(Node(key, "task", parent, "") for key, parent in raw["added"]),
    )


def _plain(edit: Edit) -> dict[str, Any]:
    def one(value: Any) -> Any:
        if isinstance(value, dt.date):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    return {name: one(value) for name, value in edit.items()}


def _valued(edit: Edit) -> dict[str, Any]:
    def one(name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in DATE_FIELDS:
            return dt.date.fromisoformat(value)
        return Decimal(value) if name in NUMBER_FIELDS else value

    return {name: one(name, value) for name, value in edit.items()}


def begun(raw: Mapping[str, Any], root: str) -> Decided:
    """A draft as the basics begin with it."""
    return settled(shown(decode(raw), root), root)


def typed(
    nodes: Sequence[Node],
    decided: Decided,
    posted: Mapping[str, str],
    *,
    branch: bool = False,
) -> tuple[Decided, list[Pending], dict[str, str]]:
    """What is decided once these boxes are read: `name:task-12`, `start:…`, `end:…`, `type:…`, `keep:…`.

    Only rows that were sent (`row:<key>`) are read, and of them what differs from what was shown.
    With `branch` a tick counts for all below. Changes of start that would undo edits wait. Also:
    what is wrong with a box, by row.
    """
    sent = [node for node in nodes if f"row:{node.key}" in posted]
    stood = rules.dates(nodes, decided.start, decided.edits)
    wrong: dict[str, str] = {}
    for node in sent:
        decided = _simple(nodes, decided, node, posted, stood[node.key].end, wrong, branch)
    pending = []
    ends = {
        node.key: end
        for node in sent
        if (end := decided.edits.get(node.key, {}).get("end", stood[node.key].end))
        != stood[node.key].end
    }
    for node in sent:
        text = posted.get(f"start:{node.key}")
        if text is None:
            continue
        day = _day(text, node, wrong, "start")
        if node.key in wrong or day == stood[node.key].start:
            continue
        if node.parent is None and day is None:
            wrong[node.key] = "It needs a start: everything in it is dated from there."
            continue
        gone = rules.lost(nodes, decided.edits, node.key)
        if gone:
            name = decided.edits.get(node.key, {}).get("name", node.name)
            pending.append(Pending(node.key, day, name, len(gone)))
            continue
        decided = started(nodes, decided, node.key, day)
        if node.key in ends:
            # An end that was typed beside it is meant as it stands.
            decided = edited(decided, node.key, end=ends[node.key])
    return decided, pending, wrong


def started(nodes: Sequence[Node], decided: Decided, key: str, day: dt.date | None) -> Decided:
    """What is decided once the start of a row is changed by hand (R-TPL-4)."""
    edits = rules.with_start(nodes, decided.start, decided.edits, key, day)
    if key == nodes[0].key and day is not None:
        return replace(decided, edits=edits, start=day)
    return replace(decided, edits=edits)


def rebased(before: Decided, basics: Mapping[str, Any], start: dt.date, root: str) -> Decided:
    """What is decided once the basics are typed anew; they are right about the template's row."""
    edits = dict(before.edits)
    if basics.get("end"):
        edits.pop(root, None)
    return replace(before, basics=basics, start=start, edits=edits)


def _simple(
    nodes: Sequence[Node],
    decided: Decided,
    node: Node,
    posted: Mapping[str, str],
    stood: dt.date | None,
    wrong: dict[str, str],
    branch: bool,
) -> Decided:
    key, edits = node.key, dict(decided.edits)
    own = dict(edits.get(key, {}))
    name = posted.get(f"name:{key}", "").replace("\0", "")
    if f"name:{key}" in posted and name != own.get("name", node.name):
        own["name"] = name
    if f"type:{key}" in posted:
        own[TYPE] = posted[f"type:{key}"]
    text = posted.get(f"end:{key}")
    if text is not None:
        day = _day(text, node, wrong, "end")
        if key not in wrong and day != stood:
            own["end"] = day
    if own:
        edits[key] = own
    keep = f"keep:{key}" in posted
    if node.parent is not None and keep != rules.is_kept(edits, key):
        if branch:
            edits = rules.ticked(nodes, edits, key, keep)
        else:
            edits[key] = {**edits.get(key, {}), "keep": keep}
    return replace(decided, edits=edits)


def day_of(text: str) -> dt.date | None:
    """The date that a text names; None for what is no date that a person works with."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _day(text: str, node: Node, wrong: dict[str, str], what: str) -> dt.date | None:
    if not text.strip():
        return None
    day = day_of(text)
    if day is None:
        wrong[node.key] = f"The {what} “{text[:40]}” is no date. Write it like 2026-11-23."
        return None
    return day


def with_task(decided: Decided, parent: str) -> Decided:
    """One more task, which the template does not have, below a row."""
    taken = {node.key for node in decided.added}
    number = next(n for n in range(1, len(taken) + 2) if f"task-new-{n}" not in taken)
    added = [*decided.added, Node(f"task-new-{number}", "task", parent, "")]
    edits = {**decided.edits, f"task-new-{number}": {"name": "", "people": []}}
    return replace(decided, added=added, edits=edits)


def without_task(decided: Decided, key: str) -> Decided:
    """An added task is dropped again."""
    edits = {other: edit for other, edit in decided.edits.items() if other != key}
    added = [node for node in decided.added if node.key != key]
    return replace(decided, added=added, edits=edits)


def edited(decided: Decided, key: str, **values: Any) -> Decided:
    """One row with some more of its values decided."""
    own = {**decided.edits.get(key, {}), **values}
    return replace(decided, edits={**decided.edits, key: own})
