"""Ending mails by the link that each of them carries, without signing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.choices import NotificationKind
from apps.core.models import MailStop, Notification, User
from apps.core.notify_rules import by_mail, channel_of, with_mail, without_mail
from apps.core.notify_selectors import stopped, wishes_of
from apps.core.notify_services import wishes_set

SALT: Final = "successcloud.unsubscribe"


@dataclass(frozen=True)
class Wish:
    """Whose mails about what can be ended: a user's of one kind, or an address's about one page.

    An address that is told of several things at once, or of none, ends them all.
    """

    kind: str
    user: User | None = None
    email: str = ""
    path: str = ""
    name: str = ""

    @property
    def about(self) -> str:
        """What the mails are about, within a sentence."""
        if self.user is None:
            return f"“{self.name}”" if self.path else "anything"
        label = NotificationKind(self.kind).label
        return f"“{label}”"


def unsubscribe_token(notification: Notification) -> str:
    """What the link in this mail carries: signed, so that it speaks for its reader alone."""
    if notification.user_id:
        told: dict[str, Any] = {"u": notification.user_id, "k": notification.kind}
    else:
        records = notification.data.get("records", ())
        named = records[0]["name"][:80] if len(records) == 1 else ""
        path = notification.path if named else ""
        told = {"e": notification.email.lower(), "k": notification.kind, "p": path, "n": named}
    return signing.dumps(told, salt=SALT, compress=True)


def wish_of(token: str) -> Wish | None:
    """Whose mails a link ends; None for one that was not made here, or whose reader is gone."""
    try:
        told = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    if "u" not in told:
        return Wish(told["k"], None, told["e"], told["p"], told["n"])
    user = User.objects.filter(pk=told["u"], is_active=True).first()
    return Wish(told["k"], user) if user else None


def has_ended(wish: Wish) -> bool:
    """Whether these mails are ended already."""
    if wish.user is not None:
        return not by_mail(channel_of(_wishes(wish.user), wish.kind))
    return bool({(wish.email, ""), (wish.email, wish.path)} & stopped([wish.email]))


def unsubscribe(wish: Wish, *, everything: bool = False) -> None:
    """End the mails of a link; with `everything` all that an address gets."""
    if wish.user is not None:
        wanted = _wishes(wish.user)
        kinds = NotificationKind.values if everything else [wish.kind]
        changed = {kind: without_mail(channel_of(wanted, kind)) for kind in kinds}
        wishes_set(actor=wish.user, wanted={**wanted, **changed})
        return
    path = "" if everything else wish.path
    try:
        validate_email(wish.email)
    except ValidationError:
        return
    MailStop.objects.get_or_create(email=wish.email, path=path)


def resubscribe(wish: Wish) -> None:
    """Send the mails of a link again."""
    if wish.user is not None:
        wanted = _wishes(wish.user)
        changed = {wish.kind: with_mail(channel_of(wanted, wish.kind))}
        wishes_set(actor=wish.user, wanted={**wanted, **changed})
        return
    MailStop.objects.filter(email__iexact=wish.email, path__in={"", wish.path}).delete()


def still_wanted(notification: Notification) -> bool:
    """Whether its reader wants the mail now: they may have ended them while it waited."""
    user = notification.user
    if user is not None:
        wanted = wishes_of([user.pk]).get(user.pk, {})
        return user.is_active and by_mail(channel_of(wanted, notification.kind))
    email = notification.email.lower()
    return not {(email, ""), (email, notification.path)} & stopped([email])


def _wishes(user: User) -> Mapping[str, Any]:
    return wishes_of([user.pk]).get(user.pk, {})
