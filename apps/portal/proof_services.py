"""Proving an e-mail address: a code or a link, mailed, used once, then a session (R-EXT-3).

Nothing here tells whether an address is known: a code is made for any, and only the job that
mails it looks whether there is something to open.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from procrastinate.contrib.django import app

from apps.accounts.models import Contact
from apps.core.access import Refused, require
from apps.core.models import User
from apps.core.scope import today
from apps.portal import rules
from apps.portal.models import PortalCode, PortalSession, Share
from apps.portal.selectors import people
from apps.portal.selectors.shares import shares
from apps.portal.services import token_of

CODE_TASK: Final = "portal.mail_code"
INVITE_TASK: Final = "portal.mail_invitation"
# A session's last use is written down this often, not at each page.
SEEN_EVERY: Final = dt.timedelta(hours=1)
# Letters and digits in a session's key: 43 of them are 256 bits.
KEY_LENGTH: Final = 43
KEPT_FOR: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class Proven:
    """An address was proven: the key of the new session, known here only, and what to open."""

    key: str
    share: Share | None


def link_of(code: PortalCode) -> str:
    """The key of a code's one-time link, made again; it is stored nowhere."""
    return rules.derived(settings.SECRET_KEY, "link", code.nonce)


def digits_of(code: PortalCode) -> str:
    """The six digits of a code, made again; they are stored nowhere."""
    return rules.code(settings.SECRET_KEY, "code", code.nonce)


def code_ask(*, email: str, share: Share | None) -> PortalCode:
    """Make a code for any address and let the job queue look whether it is to be mailed."""
    now = timezone.now()
    code = PortalCode(
        email=rules.normalised(email),
        share=share,
        created_at=now,
        expires_at=now + rules.CODE_LIVES,
    )
    code.link_hash = rules.hashed(link_of(code))
    with transaction.atomic():
        code.save(force_insert=True)
        app.configure_task(CODE_TASK, queue="mail").defer(code_id=code.pk)
    return code


def is_for_somebody(code: PortalCode) -> bool:
    """Whether a code opens anything now: its share, or any share, admits its address."""
    if code.share is None:
        return bool(people.opened_with(code.email))
    return code.share in people.opened_with(code.email)


def code_use(*, nonce: UUID, typed: str) -> Proven | None:
    """Prove an address by the code that was mailed; None for any code that does not.

    After a few wrong ones no digits prove anything; the link goes on doing so. Whoever is second
    at the same moment waits for the first, so tries are counted and a code is used once.
    """
    with transaction.atomic():
        code = _locked(nonce=nonce, tries__lt=rules.TRIES)
        if code is None:
            return None
        digits = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
        if not hmac.compare_digest(digits, digits_of(code)):
            code.tries += 1
            code.save(update_fields=["tries"])
            return None
        return _session_begin(code)


def link_use(*, key: str) -> Proven | None:
    """Prove an address by the link that was mailed; None for one that is used, old or wrong."""
    with transaction.atomic():
        code = _locked(link_hash=rules.hashed(key))
        return None if code is None else _session_begin(code)


def session_leave(*, key: str) -> None:
    """End the session of a browser that leaves."""
    PortalSession.objects.filter(key_hash=rules.hashed(key), revoked_at=None).update(
        revoked_at=timezone.now()
    )


def session_end(*, actor: User, session: PortalSession) -> None:
    """End somebody's session, at once and for every share.

    Raises Refused unless this person shares with them.
    """
    require(actor, "account.share")
    if not people.sessions(actor).filter(pk=session.pk).exists():
        raise Refused("This session is over already, or you may not see its account.")
    PortalSession.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=timezone.now())


def session_seen(*, key: str) -> None:
    """Remember that a session was used; one whose address nothing admits any more ends for good."""
    session = people.session_of(key)
    if session is None:
        return
    now = timezone.now()
    row = PortalSession.objects.filter(pk=session.pk, revoked_at=None)
    if not people.opened_with(session.email):
        row.update(revoked_at=now)
    elif now - session.last_at > SEEN_EVERY:
        row.update(last_at=now)


def invite(*, actor: User, share: Share, contacts: Sequence[Contact]) -> None:
    """Mail a share's link to contacts who may open it.

    Raises Refused without the permission to share, ValidationError for a share that does not
    open, and for somebody who is not on it or cannot be mailed.
    """
    require(actor, "plan.share" if share.plan_id else "account.share")
    found = shares(actor).filter(pk=share.pk).first()
    if found is None:
        raise Refused("This share is not there any more, or you may not see its account.")
    if not contacts:
        raise ValidationError("Nobody was chosen. Choose who is to get the link.")
    unfit = [one for one in contacts if people.admitted(found, one.email) is None]
    missing = [one for one in contacts if not one.email]
    if missing:
        raise ValidationError(f"{missing[0]} has no e-mail address. Enter it with the contact.")
    named = set(people.named().filter(share=found).values_list("contact", flat=True))
    strange = unfit or [one for one in contacts if one.pk not in named]
    if strange:
        raise ValidationError(f"{strange[0]} may not open this share. Add them to it first.")
    if not is_open(found):
        raise ValidationError("This share does not open: it is over or revoked. Renew it first.")
    with transaction.atomic():
        for contact in contacts:
            app.configure_task(INVITE_TASK, queue="mail").defer(
                share_id=found.pk, contact_id=contact.pk, actor_id=actor.pk
            )


def is_open(share: Share) -> bool:
    """Whether the link of a share opens today, and can be told."""
    day = today()
    return rules.is_live(share.revoked_at, share.last_day, day) and bool(token_of(share))


def proofs_purge(*, now: dt.datetime) -> None:
    """Forget codes and sessions that are over for a day."""
    over = {"expires_at__lt": now - KEPT_FOR}
    PortalCode.objects.filter(**over).delete()
    PortalSession.objects.filter(**over).delete()


def _locked(**which: object) -> PortalCode | None:
    """The code, locked, if it can still prove something."""
    rows = PortalCode.objects.select_for_update(of=("self",)).select_related("share")
    return rows.filter(used_at=None, expires_at__gt=timezone.now(), **which).first()


def _session_begin(code: PortalCode) -> Proven | None:
    now = timezone.now()
    code.used_at = now
    code.save(update_fields=["used_at"])
    if not is_for_somebody(code):
        return None
    key = get_random_string(KEY_LENGTH)
    PortalSession.objects.create(
        email=code.email,
        key_hash=rules.hashed(key),
        created_at=now,
        last_at=now,
        expires_at=now + rules.SESSION_LIVES,
    )
    return Proven(key, code.share)
