"""What is new since somebody looked last: pure decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

NEW, CHANGED, COMPLETED = "New", "Changed", "Completed"
# After the digest of what is completed.
MARK: Final = "+"
LENGTH: Final = 10


def digest(said: Sequence[object], done: bool) -> str:
    """A short word for what was shown of a thing; it tells nothing but whether it is the same."""
    whole = hashlib.sha256("\x1f".join(map(repr, said)).encode()).hexdigest()
    return whole[:LENGTH] + (MARK if done else "")


def news(before: Mapping[str, str] | None, now: Mapping[str, str]) -> dict[str, str]:
    """What is new, changed or completed since, by key; nothing for who never came before."""
    if before is None:
        return {}
    return {
        key: _word(before.get(key), word) for key, word in now.items() if before.get(key) != word
    }


def _word(was: str | None, is_now: str) -> str:
    if was is None:
        return NEW
    return COMPLETED if is_now.endswith(MARK) and not was.endswith(MARK) else CHANGED
