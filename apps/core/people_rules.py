"""Invitations, sessions and own groups, as functions of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

INVITATION_DAYS: Final = 7
INVITATION_LASTS: Final = dt.timedelta(days=INVITATION_DAYS)
ADDRESS_LASTS: Final = dt.timedelta(days=3)
DEVICE_LENGTH: Final = 120
# How old "seen last" may be before the next request notes it anew.
SEEN_EVERY: Final = dt.timedelta(minutes=10)

# What a browser says of itself -> its name. The first that fits: others call themselves Safari too.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(agent: str) -> str:
    """What a browser says of itself, in words: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def lasts(since: dt.datetime | None, period: dt.timedelta, now: dt.datetime) -> bool:
    """Whether what was sent then still counts."""
    return since is not None and since <= now < since + period


def standing(
    *, is_active: bool, has_password: bool, invited_at: dt.datetime | None, now: dt.datetime
) -> tuple[str, str]:
    """How a user stands, in two or three words, and the tint of it."""
    if not is_active:
        return "Deactivated", "grey"
    if has_password:
        return "Active", "green"
    if invited_at is None:
        return "Not invited yet", "amber"
    if lasts(invited_at, INVITATION_LASTS, now):
        return "Invited", "blue"
    return "Invitation expired", "red"


def deactivation_error(*, is_self: bool, is_active: bool, name: str) -> str | None:
    """Why a user cannot be deactivated; None when they can."""
    if is_self:
        return "You cannot deactivate yourself. Ask another administrator."
    if not is_active:
        return f"{name} is deactivated already."
    return None


def deviation(has: Collection[str], wanted: Collection[str]) -> tuple[list[str], list[str]]:
    """What a built-in group has too much, and what it lacks."""
    return sorted(set(has) - set(wanted)), sorted(set(wanted) - set(has))
