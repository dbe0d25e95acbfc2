"""The form of the templates that come with the program, and what is wrong with one.

A template is a tree of parts. Days are counted from the template's start, which is day 0; the
start itself is a Monday, so that days 5, 6, 12, 13 and so on are weekends (data/README.md).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from apps.core.choices import Direction, Level
from apps.library.choices import TemplateKind

START: Final = dt.date(2025, 1, 6)

# What may hang on what, by the key of the list that holds it.
HOLDS: Final[Mapping[str, Mapping[str, str]]] = {
    "plan": {"objectives": "objective"},
    "objective": {"playbooks": "playbook", "tasks": "task"},
    "playbook": {"tasks": "task"},
    "task": {},
}
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "plan": frozenset({"owner"}),
    "objective": frozenset({"owner", "category", "priority", "kpis"}),
    "playbook": frozenset({"owner"}),
    "task": frozenset({"roles", "priority"}),
}
COMMON: Final = frozenset({"name", "description", "days"})
KPI_KEYS: Final = frozenset(
    {"title", "description", "category", "unit", "direction", "baseline", "target", "day"}
)


class Unreadable(ValueError):
    """A file that is no template; `str()` says what is wrong with it."""


@dataclass(frozen=True)
class Kpi:
    """What an objective is measured by; without a baseline it is measured first."""

    title: str
    description: str
    category: str
    unit: str
    direction: str
    baseline: Decimal | None
    target: Decimal
    day: int


@dataclass(frozen=True)
class Part:
    """A plan, objective, playbook or task, from its first to its last day."""

    kind: str
    name: str
    description: str
    first: int
    last: int
    owner: str = ""
    roles: tuple[str, ...] = ()
    category: str = ""
    priority: str = Level.MEDIUM
    kpis: tuple[Kpi, ...] = ()
    parts: tuple[Part, ...] = ()


def day(number: int) -> dt.date:
    """The date of a day of a template."""
    return START + dt.timedelta(days=number)


def read(raw: Any) -> Part:
    """A template from the content of its file; Unreadable when it is none."""
    if not isinstance(raw, dict) or raw.get("kind") not in TemplateKind.values:
        raise Unreadable(f"“kind” must be one of {', '.join(TemplateKind.values)}.")
    return _part(raw["kind"], {key: value for key, value in raw.items() if key != "kind"})


def _part(kind: str, raw: Mapping[str, Any]) -> Part:
    where = f"The {kind} “{raw.get('name', '')}”"
    _known(where, raw, COMMON | KEYS[kind] | set(HOLDS[kind]), {"name", "days"})
    days = raw["days"]
    if not isinstance(days, list) or [type(one) for one in days] != [int, int]:
        raise Unreadable(f"{where} needs its first and last day as “days”, for example [0, 4].")
    return Part(
        kind=kind,
        name=raw["name"],
        description=raw.get("description", ""),
        first=days[0],
        last=days[1],
        owner=raw.get("owner", ""),
        roles=tuple(raw.get("roles", ())),
        category=raw.get("category", ""),
        priority=raw.get("priority", Level.MEDIUM),
        kpis=tuple(_kpi(one) for one in raw.get("kpis", ())),
        parts=tuple(
            _part(child, one) for key, child in HOLDS[kind].items() for one in raw.get(key, ())
        ),
    )


def _kpi(raw: Mapping[str, Any]) -> Kpi:
    where = f"The KPI “{raw.get('title', '')}”"
    _known(where, raw, KPI_KEYS, {"title", "direction", "target", "day"})
    try:
        baseline, target = (
            None if raw.get(key) is None else Decimal(str(raw[key]))
            for key in ("baseline", "target")
        )
    except InvalidOperation as error:
        raise Unreadable(f"{where} has a value that is no number.") from error
    if target is None:
        raise Unreadable(f"{where} needs a target.")
    return Kpi(
        title=raw["title"],
        description=raw.get("description", ""),
        category=raw.get("category", ""),
        unit=raw.get("unit", ""),
        direction=raw["direction"],
        baseline=baseline,
        target=target,
        day=raw["day"],
    )


def _known(where: str, raw: Mapping[str, Any], known: frozenset[str], needed: set[str]) -> None:
    if missing := sorted(needed - set(raw)):
        raise Unreadable(f"{where} needs “{missing[0]}”.")
    if unknown := sorted(set(raw) - known):
        raise Unreadable(f"{where} cannot have “{unknown[0]}”; it can have {_listed(known)}.")


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def walk(part: Part) -> Iterator[Part]:
    """A part and all below it, parents first."""
    yield part
    for below in part.parts:
        yield from walk(below)


def problems(template: Part) -> list[str]:
    """What is wrong with a template, as sentences; nothing when it is good."""
    found = []
    if template.first != 0:
        found.append(f"“{template.name}” must start on day 0.")
    for part in walk(template):
        found += _of_days(part) + _of_names(part)
        found += [sentence for kpi in part.kpis for sentence in _of_kpi(part, kpi)]
        if part.priority not in Level.values:
            found.append(f"“{part.name}” has the unknown priority “{part.priority}”.")
    return found


def _of_days(part: Part) -> list[str]:
    found = []
    if part.first > part.last:
        found.append(f"“{part.name}” starts on day {part.first}, after its end on day {part.last}.")
    if any(day(one).weekday() > 4 for one in (part.first, part.last)):
        found.append(f"“{part.name}” starts or ends at a weekend.")
    found += [
        f"“{below.name}” (days {below.first} to {below.last}) lies outside “{part.name}”"
        f" (days {part.first} to {part.last})."
        for below in part.parts
        if below.first < part.first or below.last > part.last
    ]
    return found


def _of_names(part: Part) -> list[str]:
    names: Sequence[str] = [below.name for below in part.parts] + [kpi.title for kpi in part.kpis]
    found = [f"“{part.name}” has “{name}” twice." for name, n in Counter(names).items() if n > 1]
    if not part.name.strip() or len(part.name) > 200:
        found.append(f"“{part.name}” needs a name of 1 to 200 characters.")
    return found


def _of_kpi(part: Part, kpi: Kpi) -> list[str]:
    found = []
    if kpi.direction not in Direction.values:
        found.append(f"“{kpi.title}” has the unknown direction “{kpi.direction}”.")
    elif kpi.baseline is not None:
        gain = kpi.target - kpi.baseline
        if gain < 0 if kpi.direction == Direction.HIGHER else gain > 0:
            found.append(
                f"“{kpi.title}” goes from {kpi.baseline} to {kpi.target}: that is not {kpi.direction}."
            )
    if not part.first <= kpi.day <= part.last or day(kpi.day).weekday() > 4:
        found.append(
            f"“{kpi.title}” must be reached on a weekday within “{part.name}”, not on day {kpi.day}."
        )
    return found
