"""What the "+" of a row offers: what can be made below it, from the library or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from apps.core.access import may
from apps.core.kinds import KINDS
from apps.core.templatetags.ui import making
from apps.workspace.selectors.tracker import UNPLANNED

# What can stand below a row; "+" leads to the first of these that the person may create.
BELOW: Final[dict[str, tuple[str, ...]]] = {
    "account": ("plan", "objective", "playbook", "activity", "task"),
    UNPLANNED: ("objective", "playbook", "activity", "task"),
    "plan": ("objective", "playbook", "activity", "task"),
    "objective": ("playbook", "activity", "task"),
    # One thing needs no menu: an activity of a playbook or a task is noted on its page.
    "playbook": ("task",),
    "task": (),
}
# In the addresses of a menu: the row's record, and the way back; the page fills them in.
ROW, BACK = "__row__", "__back__"


@dataclass(frozen=True)
class Item:
    """One thing that can be made."""

    label: str
    icon: str
    address: str


def parent_of(kind: str) -> str:
    """How the address of a new record names the row that it is made below."""
    return "account" if kind == UNPLANNED else kind


def items(user: Any, kind: str) -> list[Item]:
    """What a person may make below a row of this kind."""
    query = f"{parent_of(kind)}={ROW}&next={BACK}"
    found = []
    for name in BELOW[kind]:
        if not may(user, f"{name}.create"):
            continue
        by_hand = f"{reverse(f'{KINDS[name].namespace}:create')}?{query}"
        if name != "playbook":
            address = making(user, name, query) if name != "task" else by_hand
            found.append(Item(f"Add {KINDS[name].noun}", KINDS[name].icon, address))
            continue
        if may(user, "playbook.create_from_template"):
            found.append(Item("Run playbook", "books", making(user, name, query)))
        found.append(Item("Custom playbook", KINDS[name].icon, by_hand))
    return found


def menus(user: Any) -> dict[str, list[Item]]:
    """The menus of all kinds of rows that offer more than one thing."""
    return {kind: found for kind in BELOW if len(found := items(user, kind)) > 1}
