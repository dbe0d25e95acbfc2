"""Who gets what of a person who leaves, as functions of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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

    `role_id` None means each record's own role. People in owner notation.
    """

    kind: str
    takers: tuple[str, ...] = ()
    role_id: int | None = None


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


def counted(items: Sequence[Item]) -> str:
    """How many of each kind, in words: "2 success plans and 5 tasks"."""
    numbers: dict[str, int] = {}
    for item in items:
        numbers[item.kind] = numbers.get(item.kind, 0) + 1
    parts = [f"{numbers[k]} {WORDS[k][numbers[k] != 1]}" for k in WORDS if k in numbers]
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def left_sentence(items: Sequence[Item]) -> str:
    """What stays because nobody holds the role, by account."""
    accounts: dict[str, int] = {}
    for item in items:
        accounts[item.account] = accounts.get(item.account, 0) + 1
    where = ", ".join(
        f"{account} ({n} {'record' if n == 1 else 'records'})" for account, n in accounts.items()
    )
    return f"Nobody holds the role at {where}: these stay where they are."


def takers_error(rule: Rule, problems: Mapping[str, str]) -> str | None:
    """Why a rule cannot be followed, None when it can; `problems` by taker (R-OWN-1)."""
    if rule.kind in (ONE, ROUND) and not rule.takers:
        return "Choose who shall get it."
    said = [problems[word] for word in rule.takers if word in problems]
    return " ".join(said) or None


def fields_of(kind: str, taker: str, pk: int) -> dict[str, Any]:
    """What is written on a plan, objective or playbook that a taker gets."""
    if kind == "objective":
        own = taker == "contact"
        return {"owner_id": None if own else pk, "owner_contact_id": pk if own else None}
    return {"owner_id": pk}
