"""The mails that a demo writes to its folder instead of sending them."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import email.utils
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from apps.core import access

FILES: Final = "django.core.mail.backends.filebased.EmailBackend"
BETWEEN: Final = b"\n" + b"-" * 79 + b"\n"
MOST: Final = 200


@dataclass(frozen=True)
class Mail:
    """One mail as it was written; `name` is its file's, and its place in there."""

    name: str
    to: str
    subject: str
    moment: dt.datetime | None
    text: str


def has_outbox(user: Any) -> bool:
    """Whether there is an outbox and this person may see it: an administrator of a demo."""
    told = settings.EMAIL_BACKEND == FILES
    return told and bool(user.is_staff and access.may(user, "vocabulary.edit"))


def mails() -> list[Mail]:
    """The newest mails of the folder, the newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    found: list[Mail] = []
    for path in reversed(files):
        if len(found) >= MOST:
            break
        parts = [part for part in path.read_bytes().split(BETWEEN) if part.strip()]
        found += reversed([_mail(f"{path.stem}.{n}", part) for n, part in enumerate(parts, 1)])
    return found[:MOST]


def _mail(name: str, raw: bytes) -> Mail:
    message: Any = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
    return Mail(
        name,
        str(message["to"] or ""),
        str(message["subject"] or "No subject"),
        _moment(str(message["date"] or "")),
        _text(message),
    )


def _moment(text: str) -> dt.datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain",))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):
        return str(body.get_payload())
