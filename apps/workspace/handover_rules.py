"""Who gets what of a person who leaves, as functions of values."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.accounts.ownership_rules import alternatives

ONE: Final = "one"
ROLE: Final = "role"
ROUND: Final = "round"
WORDS: Final = {
    "account": ("account role", "account roles"),
    "plan": ("success plan", "success plans"),
    "objective": ("objective", "objectives"),
    "playbook": ("playbook", "playbooks"),
    "task": ("task", "tasks"),
}
# How many of a kind a page names; the rest is ticked as one. Of accounts, how many a sentence names.
LISTED: Final = 100
PLACES: Final = 5
GONE: Final = "What was ticked is not theirs any more. Look again at what they have."
CHANGED: Final = (
    "Something changed since you looked, so nothing was handed over yet."
    " This is who would get what now."
)


@dataclass(frozen=True)
class Item:
    """One thing that a person owns or is assigned; `pk` is the row that names the person."""

    kind: str
    pk: int
    record: int
    name: str
    account_id: int
    account: str
    end: dt.date | None = None
    role_id: int | None = None
    over: bool = False
    path: str = ""

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.kind}-{self.pk}"


@dataclass(frozen=True)
class Rule:
    """By which rule things are given away: to one, by a role on each account, or in turn.

    `role_id` None means each record's own role. People in owner notation; in turn, a team pool
    stands for its members.
    """

    kind: str
    takers: tuple[str, ...] = ()
    role_id: int | None = None


@dataclass(frozen=True)
class Group:
    """The things of one kind that go on, or those that are over: some by name, the rest as one."""

    kind: str
    over: bool
    listed: Sequence[Item]
    rest: Sequence[Item]

    @property
    def rest_key(self) -> str:
        """How a form names the rest."""
        return f"{self.kind}-{'over-' if self.over else ''}rest"


def groups(items: Iterable[Item]) -> list[Group]:
    """Things by kind, what goes on before what is over."""
    sorted_items: dict[tuple[str, bool], list[Item]] = {}
    for item in items:
        sorted_items.setdefault((item.kind, item.over), []).append(item)
    return [
        Group(kind, over, rows[:LISTED], rows[LISTED:])
        for kind in WORDS
        for over in (False, True)
        if (rows := sorted_items.get((kind, over)))
    ]


def proposed(items: Iterable[Item]) -> set[str]:
    """What is ticked at first: all that goes on."""
    keys: set[str] = set()
    for group in groups(items):
        if not group.over:
            keys |= {item.key for item in group.listed} | (
                {group.rest_key} if group.rest else set()
            )
    return keys


def chosen(items: Iterable[Item], keys: Collection[str]) -> list[Item]:
    """The things that a form ticked, one by one or as the rest of their group."""
    wanted = set(keys)
    found: list[Item] = []
    for group in groups(items):
        found += [item for item in group.listed if item.key in wanted]
        rest = group.rest_key in wanted
        found += [item for item in group.rest if rest or item.key in wanted]
    return found


def distributed(
    items: Sequence[Item], rule: Rule, holders: Mapping[tuple[int, int], int]
) -> tuple[dict[str, str], list[Item]]:
    """For each item who gets it, in owner notation, and those that nobody gets.

    `holders` names for an account and a role the resource that holds it there. In turn, what ends
    first is given first, so that everybody gets early and late work.
    """
    if rule.kind == ONE:
        return {item.key: rule.takers[0] for item in items}, []
    if rule.kind == ROUND:
        order = sorted(items, key=lambda item: (item.end or dt.date.max, item.kind, item.pk))
        count = len(rule.takers)
        return {item.key: rule.takers[n % count] for n, item in enumerate(order)}, []
    given: dict[str, str] = {}
    left: list[Item] = []
    for item in items:
        role = rule.role_id or item.role_id
        holder = holders.get((item.account_id, role)) if role else None
        if holder is None:
            left.append(item)
        else:
            given[item.key] = f"resource-{holder}"
    return given, left


def mark(given: Mapping[str, str], left: Iterable[Item]) -> str:
    """What tells one outcome from another: a preview shows it, the deed compares it."""
    lines = [*(f"{key}>{word}" for key, word in given.items()), *(item.key for item in left)]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:20]


def counted(items: Iterable[Item]) -> str:
    """How many of each kind, in words: "2 success plans and 5 tasks"."""
    numbers = Counter(item.kind for item in items)
    parts = [f"{numbers[k]} {WORDS[k][numbers[k] != 1]}" for k in WORDS if k in numbers]
    return alternatives(parts, "and")


def left_sentences(items: Sequence[Item], rule: Rule) -> list[str]:
    """What stays: because nobody holds the role there, or because it has no role of its own."""
    roleless = [item for item in items if not (rule.role_id or item.role_id)]
    unheld = Counter(item.account for item in items if rule.role_id or item.role_id)
    said = []
    if unheld:
        places = [
            f"{place} ({number} {'record' if number == 1 else 'records'})"
            for place, number in unheld.items()
        ]
        if len(places) > PLACES:
            places[PLACES:] = [f"{len(places) - PLACES} more accounts"]
        where = alternatives(places, "and")
        role = "the role" if rule.role_id else "their role"
        said.append(f"Nobody else holds {role} at {where}: these stay where they are.")
    if roleless:
        one = len(roleless) == 1
        said.append(
            f"{counted(roleless)} {'has' if one else 'have'} no role of"
            f" {'its' if one else 'their'} own and {'stays' if one else 'stay'}."
        )
    return said


def emptied_sentence(number: int) -> str:
    """What is said of playbooks whose co-owner cannot be one of us (R-OWN-2)."""
    playbooks = "1 playbook has" if number == 1 else f"{number} playbooks have"
    return f"{playbooks} no co-owner at the customer any more."


def fields_of(kind: str, taker: str, pk: int, role_id: int | None) -> dict[str, Any]:
    """What is written on a plan, objective or playbook that a taker gets.

    By a role, the role stays with it; who is chosen by hand has it in no role.
    """
    if taker == "contact":
        return {"owner": None, "owner_contact": pk, "owner_role": None}
    values = {"owner": pk, "owner_role": role_id}
    return values | {"owner_contact": None} if kind == "objective" else values
