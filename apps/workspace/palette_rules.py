"""What the palette can do besides opening records, and which of it a text asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from apps.core.search_rules import words

# What may be filled in where one is.
CONTEXT: Final = ("account", "plan", "objective", "kpi", "playbook", "task", "challenge")


@dataclass(frozen=True)
class Action:
    """One thing to do: a page to go to, a button to press, or an act of the page itself."""

    label: str
    icon: str
    url: str = ""
    # The name and value that are sent; without them the address is a page.
    post: tuple[str, str] | None = None
    act: str = ""
    key: str = ""
    # Other words that people look for.
    also: str = ""

    @property
    def keys(self) -> list[str]:
        """The single keys that do the same."""
        return self.key.split()


@dataclass(frozen=True)
class Group:
    """Things to do of one sort."""

    name: str
    label: str
    actions: list[Action]


def asked(groups: Sequence[Group], text: str, most: int) -> list[Group]:
    """What a text asks for: each of its words begins a word of the label; all, when it is empty."""
    wanted = [word.lower() for word in words(text)]
    if not wanted and text:
        return []
    found = []
    for group in groups:
        matching = [action for action in group.actions if _has(action, wanted)][:most]
        if matching:
            found.append(Group(group.name, group.label, matching))
    return found


def _has(action: Action, wanted: Sequence[str]) -> bool:
    own = [word.lower() for word in words(f"{action.label} {action.also}")]
    return all(any(word.startswith(one) for word in own) for one in wanted)


def context(said: str) -> str:
    """Where the person is, as far as it is understood: "account=1&plan=2"."""
    return urlencode(
        [
            (name, value)
            for name, value in parse_qsl(said)
            if name in CONTEXT and re.fullmatch(r"[0-9]{1,18}", value)
        ]
    )


def at(address: str, query: str) -> str:
    """An address with more in its query."""
    if not query:
        return address
    return f"{address}{'&' if '?' in address else '?'}{query}"
