"""What a digest says: what changed in some records, from what to what, told as one word.

A digest is plain data, as it is kept: `{"records": [{"path", "name", "place", "by", "changes"}]}`,
where `changes` are `{"key", "label", "kind", "before", "after", "unit"}` with bare values. So it can
be written for each reader in their own formats, and two digests of one person become one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from textwrap import shorten
from typing import Any, Final

Digest = dict[str, Any]

# How long a word waits for more of the same, after the last change and at most.
QUIET: Final = dt.timedelta(seconds=30)
LONGEST_WAIT: Final = dt.timedelta(minutes=2)

# How many records and fields the headline names, and how long a name may be there.
NAMED: Final = 3
FIELDS: Final = 4
SHORT: Final = 60
NOTHING: Final = "nothing"
# The change of an objective that reached its target: its key, and what it says from then on.
REACHED: Final = "reached"
MISSED: Final = "not reached"


def due(first: dt.datetime, now: dt.datetime) -> dt.datetime:
    """When a digest that began at `first` and grew now is told."""
    return min(now + QUIET, first + LONGEST_WAIT)


def change(kind: str, label: str, before: Any, after: Any, unit: str = "") -> dict[str, Any]:
    """One field from what to what; `kind` is text, date, number or percent."""
    return {
        "label": label,
        "kind": kind,
        "before": _bare(before),
        "after": _bare(after),
        "unit": unit,
    }


def _bare(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def merged(old: Digest, new: Digest) -> Digest:
    """Both as one: each field from its first to its last value; what came back is left out."""
    found: dict[str, dict[str, Any]] = {}
    for record in [*old.get("records", ()), *new.get("records", ())]:
        held = found.setdefault(record["path"], {**record, "by": [], "changes": {}})
        held |= {"name": record["name"], "place": record["place"]}
        held["by"] += [name for name in record["by"] if name not in held["by"]]
        for one in record["changes"]:
            first = held["changes"].get(one["key"], one)
            held["changes"][one["key"]] = {**one, "before": first["before"]}
    for record in found.values():
        told = record["changes"].values()
        record["changes"] = [one for one in told if one["before"] != one["after"]]
    return {"records": [record for record in found.values() if record["changes"]]}


def listed(words: Sequence[str]) -> str:
    """Words as one reads them: "status, health and due date"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def headline(digest: Digest) -> str:
    """One sentence without values: who changed what; the lines below it say from what to what."""
    records = digest["records"]
    by = list(dict.fromkeys(name for record in records for name in record["by"]))
    who = listed(by) if len(by) <= NAMED else listed([*by[:2], f"{len(by) - 2} more"])
    if len(records) > 1:
        names = [_short(record) for record in records[:NAMED]]
        if len(records) > NAMED:
            names.append(f"{len(records) - NAMED} more")
        return f"{_deed(who, records)}: {listed(names)}."
    (record,) = records
    labels = [_within(one["label"]) for one in record["changes"]]
    if len(labels) > FIELDS:
        labels = [*labels[: FIELDS - 1], f"{len(labels) - FIELDS + 1} more"]
    place = f" in {shorten(record['place'], SHORT, placeholder='…')}" if record["place"] else ""
    if _has_reached(record):
        return f"{_short(record)}{place} reached its target and is completed."
    return f"{who} changed {_short(record)}{place}: {listed(labels)}."


def _has_reached(record: dict[str, Any]) -> bool:
    return any(one["key"] == one["after"] == REACHED for one in record["changes"])


def _deed(who: str, records: Sequence[dict[str, Any]]) -> str:
    """What happened to several records, the best of it first."""
    reached = sum(map(_has_reached, records))
    if reached == len(records):
        return f"{reached} objectives reached their targets and are completed"
    also = f", {reached} of them reached the target" if reached else ""
    return f"{who} changed {len(records)} objectives{also}"


def _short(record: dict[str, Any]) -> str:
    return f"“{shorten(record['name'], SHORT, placeholder='…')}”"


def _within(label: str) -> str:
    """A label within a sentence: "due date", but "KPI …"."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


@dataclass(frozen=True)
class Line:
    """One field as its reader reads it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Lines:
    """One record of a digest as its reader reads it."""

    name: str
    path: str
    place: str
    lines: list[Line]


def lines(
    digest: Digest,
    *,
    date: Callable[[dt.date], str],
    number: Callable[[Decimal], str],
) -> list[Lines]:
    """What changed, written with the reader's own formats."""

    def said(kind: str, value: Any, unit: str) -> str:
        if value is None or value == "":
            return NOTHING
        if kind == "date":
            return date(dt.date.fromisoformat(value))
        if kind == "percent":
            return f"{value}%"
        if kind == "number":
            return f"{number(Decimal(str(value)))} {unit}".strip()
        return str(value)

    return [
        Lines(
            record["name"],
            record["path"],
            record["place"],
            [
                Line(
                    one["label"],
                    said(one["kind"], one["before"], one["unit"]),
                    said(one["kind"], one["after"], one["unit"]),
                )
                for one in record["changes"]
            ],
        )
        for record in digest.get("records", ())
    ]
