"""How a list is asked for in its address: order, page, page size. Pure functions of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

SIZES: Final = (25, 50, 100, 200)
PAGE_SIZE: Final = 50
LAST_PAGE: Final = 10**7
# More keys than anybody can follow only make a query long.
MOST_KEYS: Final = 4


def page_number(said: str) -> int | None:
    """The page that an address names, the first when it names none; None for nonsense."""
    if not said:
        return 1
    if not re.fullmatch(r"-?[0-9]{1,9}", said) or int(said) > LAST_PAGE:
        return None
    return max(1, int(said))


def page_size(said: str) -> int:
    """How many rows a page has: one of the sizes on offer, else the usual one."""
    return int(said) if said in {str(size) for size in SIZES} else PAGE_SIZE


def sort_keys(said: str, known: Collection[str]) -> list[str]:
    """The columns to sort by, the first one first, each once; a minus turns one round."""
    keys: list[str] = []
    for word in said.split(","):
        name = word.strip().removeprefix("-")
        if name in known and name not in {key.removeprefix("-") for key in keys}:
            keys.append(word.strip())
    return keys[:MOST_KEYS]


def sorted_by(name: str, keys: Sequence[str]) -> str:
    """The order after a click on a column: by it alone; downwards when it was first already."""
    return f"-{name}" if keys and keys[0] == name else name


def sorted_then(name: str, keys: Sequence[str]) -> str:
    """The order after a click with Shift: the column comes after the others, or turns round."""
    if name in keys:
        return ",".join(f"-{key}" if key == name else key for key in keys)
    if f"-{name}" in keys:
        return ",".join(key.removeprefix("-") if key == f"-{name}" else key for key in keys)
    return ",".join([*keys, name])


def sort_marks(name: str, keys: Sequence[str], address: Callable[..., str]) -> dict[str, Any]:
    """What the head of a column says of the order: its links, its direction, its place."""
    key = next((one for one in keys if one.removeprefix("-") == name), "")
    return {
        "sort_url": address(sort=sorted_by(name, keys)),
        "then_url": address(sort=sorted_then(name, keys)),
        "direction": {name: "ascending", f"-{name}": "descending"}.get(key, ""),
        "place": keys.index(key) + 1 if key and len(keys) > 1 else None,
    }
