"""What a customer may see and do, and for how long: pure decisions (R-EXT-1 to R-EXT-5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

# A code and the link that goes with it, and the session of somebody who proved their address.
CODE_LIVES: Final = dt.timedelta(minutes=15)
SESSION_LIVES: Final = dt.timedelta(days=30)
# So many wrong codes, and a new one has to be asked for.
TRIES: Final = 5
# A contact takes back within this time what they completed.
UNDO_FOR: Final = dt.timedelta(seconds=60)
# What comes after so long a pause is another visit.
PAUSE: Final = dt.timedelta(minutes=30)
DOMAIN: Final = re.compile(r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")


def hashed(token: str) -> str:
    """What is stored of a token of 256 bits: nobody comes back from it to the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived(secret: str, *parts: object) -> str:
    """A token of 256 bits that only who holds the secret can make again from its parts."""
    said = "\x1f".join(str(part) for part in parts).encode()
    digest = hmac.new(secret.encode(), said, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def code(secret: str, *parts: object) -> str:
    """Six digits that only who holds the secret can make again from their parts."""
    digest = hmac.new(secret.encode(), repr(parts).encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"


def public_key(secret: str, kind: str, pk: int) -> str:
    """How a page for customers names one record: no id of ours leaves (R-EXT-5)."""
    return derived(secret, "key", kind, pk)[:22]


def normalised(email: str) -> str:
    """An address as it is compared: without blanks around it, in lower case."""
    return email.strip().lower()


def domains_in(text: str) -> tuple[list[str], list[str]]:
    """The e-mail domains that a text names, each once, and the words of it that are none."""
    words = [word.strip().lstrip("@").lower() for word in re.split(r"[\s,;]+", text)]
    named = list(dict.fromkeys(word for word in words if word))
    return [one for one in named if DOMAIN.match(one)], [
        one for one in named if not DOMAIN.match(one)
    ]


def is_live(revoked_at: dt.datetime | None, last_day: dt.date | None, today: dt.date) -> bool:
    """Whether a share opens today: not revoked, and its last day is not over (R-EXT-4)."""
    return revoked_at is None and (last_day is None or today <= last_day)


def admits(email: str, *, contacts: Collection[str], domains: Collection[str]) -> bool:
    """Whether a proven address opens a share: a chosen contact's, or one of an allowed domain."""
    email = normalised(email)
    named = {normalised(one) for one in contacts}
    return "@" in email and (email in named or email.rpartition("@")[2] in domains)


@dataclass(frozen=True)
class Link:
    """One record of a chain from a record up to its plan, as far as sharing asks."""

    what: str
    name: str
    shared: bool
    # Its status, in words, when records of that status are never shown (R-EXT-2).
    never: str = ""


def why_hidden(chain: Sequence[Link]) -> str:
    """Why a customer does not see the first record of a chain; empty when they do (R-EXT-1).

    The record itself stands first, then its parents, the plan last.
    """
    own, *parents = chain
    if own.never:
        return f"Never shown: it is {own.never}."
    if not own.shared:
        return "Internal."
    for parent in parents:
        if parent.never:
            return f"Hidden: its {parent.what} “{parent.name}” is {parent.never}."
        if not parent.shared:
            return f"Hidden: its {parent.what} “{parent.name}” is internal."
    return ""


def is_new_visit(last: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether somebody comes back, rather than going on where they are."""
    return last is None or now - last > PAUSE
