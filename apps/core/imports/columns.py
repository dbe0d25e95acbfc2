"""Which column of a file is which field: by the person's word, else by its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

IGNORE: Final = ""


@dataclass(frozen=True)
class Target:
    """A field that a column can fill, and the names that columns for it usually have, best first."""

    key: str
    label: str
    names: tuple[str, ...] = ()
    kind: str = "text"
    group: str = ""

    @property
    def spellings(self) -> list[str]:
        """All names in normal form, best first."""
        return [normal(name) for name in (self.label, *self.names, self.key)]


@dataclass(frozen=True)
class Column:
    """One column of the file: its place, its name, and the field it fills, if any."""

    place: int
    header: str
    key: str = IGNORE
    note: str = ""


@dataclass(frozen=True)
class Match:
    """All columns of a file, and what is wrong with the matching as a whole."""

    columns: list[Column]
    problems: list[str] = field(default_factory=list)

    def filled(self) -> dict[str, Column]:
        """The column that fills each field."""
        return {column.key: column for column in self.columns if column.key}


def normal(name: str) -> str:
    """A column name without case, accents of spelling, or separators: "Account_Name" is "accountname"."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", "", text)


def match(
    headers: Sequence[str], targets: Sequence[Target], chosen: Mapping[str, str] | None = None
) -> Match:
    """Give each column its field.

    `chosen` maps file columns (by name or, as "#3", by place) to fields by key or label; an empty
    field means: ignore this column. The rest is matched by name: for each field, in order, the
    column with the best of its names; no column fills two fields and no field has two columns.
    """
    by_name: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        if header:
            by_name.setdefault(normal(header), []).append(place)
    problems: list[str] = []
    taken: dict[int, str] = {}
    used: set[str] = set()
    for wanted, wish in (chosen or {}).items():
        target = _target(wish, targets)
        places = _places(wanted, by_name, len(headers))
        if not places:
            names = ", ".join(f"“{header}”" for header in headers if header)
            problems.append(f"The file has no column “{wanted}”. It has {names}.")
        elif target is None and wish.strip():
            labels = ", ".join(target.label for target in targets)
            problems.append(f"There is no field “{wish}”. There are: {labels}.")
        elif target is not None and target.key in used:
            problems.append(f"Two columns are mapped to {target.label}. Keep one of them.")
        else:
            taken.update(dict.fromkeys(places, target.key if target else IGNORE))
            if target:
                used.add(target.key)
    for target in targets:
        if target.key in used:
            continue
        for name in target.spellings:
            free = [place for place in by_name.get(name, ()) if place not in taken]
            if len(free) > 1:
                where = " and ".join(str(place + 1) for place in free)
                problems.append(
                    f"Columns {where} are both called “{headers[free[0]]}”."
                    " Rename one of them, or leave it out."
                )
            if free:
                taken[free[0]] = target.key
                used.add(target.key)
                break
    columns = [
        Column(place, header, taken.get(place, IGNORE), "" if header else "has no name")
        for place, header in enumerate(headers)
    ]
    return Match(columns, problems)


def _target(wish: str, targets: Sequence[Target]) -> Target | None:
    wanted = normal(wish)
    return next((t for t in targets if wanted in (normal(t.key), normal(t.label))), None)


def _places(wanted: str, by_name: Mapping[str, list[int]], width: int) -> list[int]:
    if re.fullmatch(r"#\d+", wanted):
        place = int(wanted[1:]) - 1
        return [place] if 0 <= place < width else []
    return by_name.get(normal(wanted), [])[:1]


def knows(targets: Sequence[Target]) -> frozenset[str]:
    """The normal forms of all names that some field answers to."""
    return frozenset(name for target in targets for name in target.spellings)


def looks_like_data(headers: Sequence[str]) -> bool:
    """Whether a header row is more likely a row of values: numbers, dates, addresses."""
    value = re.compile(r"^[\d.,:/\-+ €$£%]*\d[\d.,:/\-+ €$£%]*$|@")
    return any(value.search(header) for header in headers if header)
