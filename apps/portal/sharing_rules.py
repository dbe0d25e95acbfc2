"""Who opens a share, whether it opens, and what a tick does to others: pure decisions and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from apps.portal import rules

OPEN, EXPIRED, REVOKED = "open", "expired", "revoked"
STATES: Final[dict[str, tuple[str, str]]] = {
    OPEN: ("Open", "green"),
    EXPIRED: ("Expired", "amber"),
    REVOKED: ("Revoked", "grey"),
}
# What a new share offers as its last day.
OPEN_FOR: Final = dt.timedelta(days=365)
NOBODY: Final = "Nobody yet"
ANYONE: Final = "Anyone with the link"


def state(revoked_at: dt.datetime | None, last_day: dt.date | None, today: dt.date) -> str:
    """Whether a share opens today, or why it does not any more (R-EXT-4)."""
    if revoked_at is not None:
        return REVOKED
    return OPEN if rules.is_live(revoked_at, last_day, today) else EXPIRED


def day_error(last_day: dt.date | None, today: dt.date) -> str:
    """Why a share cannot be given this last day; empty when it can."""
    if last_day is None or last_day >= today:
        return ""
    return "This day is over already. Choose today or a later day, or revoke the share instead."


def openers(names: Sequence[str], domains: Sequence[str], *, anyone: bool) -> str:
    """Who opens a share, in words."""
    if anyone:
        return ANYONE
    found = [*names, *(f"everybody at {domain}" for domain in domains)]
    if not found:
        return NOBODY
    words = _joined(found)
    return words[0].upper() + words[1:]


def counted(numbers: Mapping[str, int]) -> str:
    """How much of each kind, in words: "2 objectives, 1 KPI and 5 tasks"; empty for nothing."""
    found = [
        f"{number} {word if number == 1 else f'{word}s'}"
        for word, number in numbers.items()
        if number
    ]
    return _joined(found)


def _joined(words: Sequence[str]) -> str:
    *most, last = words or [""]
    return f"{', '.join(most)} and {last}" if most else last


def below(key: str, parents: Mapping[str, str]) -> list[str]:
    """The keys of all that lies below one, given the parent of each."""

    def lies_below(one: str) -> bool:
        above = parents.get(one, "")
        return bool(above) and (above == key or lies_below(above))

    return [one for one in parents if lies_below(one)]


def ticked(on: Collection[str], key: str, parents: Mapping[str, str]) -> set[str]:
    """The ticks after "all below" was pressed for one: all, or none when all were ticked already."""
    wanted = {key, *below(key, parents)}
    return set(on) - (wanted - {key}) if wanted <= set(on) else set(on) | wanted


def turned(on: Iterable[str], was: Iterable[str]) -> dict[str, bool]:
    """What somebody changed: each key whose tick is another than it was when it was shown."""
    now, before = set(on), set(was)
    return dict.fromkeys(sorted(now - before), True) | dict.fromkeys(sorted(before - now), False)
