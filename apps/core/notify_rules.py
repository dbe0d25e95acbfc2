"""How people want to be told: in the app, by e-mail, both or not at all, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.core.choices import Channel, NotificationKind

# The name under which a person's wishes are kept.
WISHES: Final = "notifications"


def channel_of(wishes: Mapping[str, Any], kind: str) -> Channel:
    """How a person wants to be told of a kind: both ways until they say otherwise."""
    wanted = wishes.get(kind)
    return Channel(wanted) if wanted in Channel.values else Channel.BOTH


def in_app(channel: str) -> bool:
    """Whether the app shows it."""
    return channel in (Channel.BOTH, Channel.APP)


def by_mail(channel: str) -> bool:
    """Whether it is mailed."""
    return channel in (Channel.BOTH, Channel.MAIL)


def without_mail(channel: str) -> Channel:
    """The same wish without mails."""
    return Channel.APP if in_app(channel) else Channel.NONE


def with_mail(channel: str) -> Channel:
    """The same wish with mails."""
    return Channel.BOTH if in_app(channel) else Channel.MAIL


def kept_wishes(wanted: Mapping[str, str]) -> dict[str, str]:
    """Wishes as they are kept: those that differ from both ways, of kinds that there are."""
    return {
        kind: str(channel)
        for kind in NotificationKind.values
        if (channel := channel_of(wanted, kind)) != Channel.BOTH
    }
