"""Who may own what, as functions of values: the table of R-OWN-2 and its sentences.

An owner is written as a word everywhere: "resource-5", "role-2", "contact-9", "pool-3", and ""
for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

# The kind of a record -> the kinds of owners it may have, in the order they are offered (R-OWN-2).
ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "plan": ("resource", "role"),
    "objective": ("resource", "role", "contact"),
    "playbook": ("resource", "role"),
    "task": ("resource", "role", "contact", "pool"),
}
# Who may own a record beside its owner, while the record is shared with the customer.
CO_OWNERS: Final[dict[str, tuple[str, ...]]] = {"playbook": ("contact",)}
# Which records many may be given; the others have one owner (R-OWN-1).
MANY: Final = ("task",)

OWNERS: Final = {
    "resource": "team member",
    "role": "role",
    "contact": "contact",
    "pool": "team pool",
}
RECORDS: Final = {
    "plan": "success plan",
    "objective": "objective",
    "playbook": "playbook",
    "task": "task",
}
# The name of the value that holds each kind of owner of what has one; no record has the last.
COLUMNS: Final = {
    "resource": "owner",
    "role": "owner_role",
    "contact": "owner_contact",
    "pool": "owner_pool",
}
# The name of the values that hold each kind of those who are to do a task.
PEOPLE: Final = {"resource": "resources", "role": "roles", "contact": "contacts", "pool": "pools"}
ONE_ONLY: Final = "There is one owner. Choose one of them."

_NOTATION: Final = re.compile(rf"({'|'.join(OWNERS)})-([1-9]\d{{0,17}})", re.ASCII)


def parse(text: str) -> tuple[str, int] | None:
    """Kind and id of an owner as it is written; None for nobody and for what names nobody."""
    found = _NOTATION.fullmatch(text)
    return (found[1], int(found[2])) if found else None


def written(kind: str, pk: int | None) -> str:
    """An owner as it is written everywhere; empty for nobody."""
    return f"{kind}-{pk}" if pk is not None else ""


def article(noun: str) -> str:
    """A noun with its article: "an objective"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def alternatives(nouns: Iterable[str], word: str = "or") -> str:
    """Nouns in a sentence: "a role, a team member or a contact"."""
    *first, last = list(nouns) or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def kind_error(record: str, owner: str) -> str | None:
    """Why this kind of owner cannot have this kind of record, None when it can (R-OWN-2)."""
    allowed = ALLOWED[record]
    if owner in allowed:
        return None
    verb, preposition = ("is given", "to") if record in MANY else ("is owned", "by")
    others = alternatives(article(OWNERS[kind]) for kind in allowed)
    beside = ""
    if owner in CO_OWNERS.get(record, ()):
        beside = f" {article(OWNERS[owner]).capitalize()} can be co-owner of a shared one."
    return (
        f"{article(RECORDS[record]).capitalize()} {verb} {preposition} {others}, not {preposition}"
        f" {article(OWNERS[owner])}.{beside} Choose one of these."
    )


def co_owner_error(record: str) -> str:
    """Why somebody cannot be co-owner of this kind of record (R-OWN-2)."""
    allowed = CO_OWNERS.get(record)
    if not allowed:
        return f"{article(RECORDS[record]).capitalize()} has no co-owner. Choose nobody beside."
    who = alternatives(article(OWNERS[kind]) for kind in allowed)
    return f"Only {who} can be co-owner of {article(RECORDS[record])}. Choose one."


def given_sentence(name: str, owners: Collection[str], *, many: bool = False) -> str:
    """What an allocation did: who has the record now."""
    if owners:
        return f"“{name}” was given to {alternatives(owners, 'and')}."
    return f"“{name}” is given to nobody now." if many else f"“{name}” has no owner now."


def taken_meanwhile(owners: Collection[str]) -> str:
    """What is said when somebody else gave the record to others at the same time."""
    whom = alternatives(owners, "and") if owners else "nobody"
    return (
        f"Somebody else gave it to {whom} meanwhile. Nothing was saved: save again to keep your"
        " choice, or choose as they did."
    )


def one_owner_error(record: str, owners: Collection[str]) -> str | None:
    """Why several kinds of owners at once cannot be, None for one or none (R-OWN-1)."""
    if len(owners) < 2:
        return None
    names = alternatives(article(OWNERS[kind]) for kind in ALLOWED[record])
    return f"{article(RECORDS[record]).capitalize()} has one owner: {names}. Empty the others."


def unheld_sentence(record: str, role: str, account: str) -> str:
    """What is said when nobody holds the role that a record was given to (R-OWN-2)."""
    noun = RECORDS[record]
    if record in MANY:
        outcome = f"the {noun} waits for whoever gets the role"
    else:
        outcome = f"the {noun} is saved without an owner"
    return f"Nobody is {role} at {account}: {outcome}. Add somebody to the account's team."


def workload(active_plans: int, active_playbooks: int) -> str:
    """The counts that explain a place in the ranking (R-OWN-3): "3 active plans, 1 active playbook"."""
    plans = f"{active_plans} active plan{'' if active_plans == 1 else 's'}"
    playbooks = f"{active_playbooks} active playbook{'' if active_playbooks == 1 else 's'}"
    return f"{plans}, {playbooks}"
