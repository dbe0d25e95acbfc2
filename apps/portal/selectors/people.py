"""Who comes: the address that a browser proved, and which shares it opens (R-EXT-3, R-EXT-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from apps.accounts.models import Contact
from apps.portal import rules
from apps.portal.models import PortalCode, PortalSession, Share, ShareContact, ShareVisit
from apps.portal.selectors.shares import live, shares


@dataclass(frozen=True)
class Visitor:
    """Somebody who proved an address that this share admits.

    `contacts` are the contacts of its account with this address whom the share names; none for
    who comes in by an allowed domain.
    """

    email: str
    contacts: tuple[Contact, ...]
    session_id: int


def session_of(key: str) -> PortalSession | None:
    """The session that a browser's key belongs to, if it still lives."""
    if not key:
        return None
    rows = PortalSession.objects.filter(
        key_hash=rules.hashed(key), revoked_at=None, expires_at__gt=timezone.now()
    )
    return rows.first()


def waits_for(key: str) -> str:
    """The address that a mailed link proves, while it waits to be used; else empty."""
    rows = PortalCode.objects.filter(
        link_hash=rules.hashed(key), used_at=None, expires_at__gt=timezone.now()
    )
    return rows.values_list("email", flat=True).first() or ""


def named() -> QuerySet[ShareContact]:
    """Who is on a share: not a contact who went on to another account, as long as they are there."""
    return ShareContact._default_manager.filter(contact__account=F("share__account"))


def contacts_at(email: str) -> QuerySet[Contact]:
    """The contacts with a normalised address.

    In lower case: `iexact` compares in upper case, where "ı" is "i" and "ſ" is "s", and who owns
    such an address is somebody else.
    """
    return Contact._default_manager.alias(address=Lower("email")).filter(address=email)


def admitted(share: Share, email: str) -> tuple[Contact, ...] | None:
    """The contacts by whom a share admits an address, none of them for a domain; else None.

    A contact who is not active any more is shut out, by the domain of the company they left too.
    """
    email = rules.normalised(email)
    on_it = named().filter(share=share, contact=OuterRef("pk"))
    rows = contacts_at(email).filter(account=share.account_id)
    known = list(rows.annotate(is_named=Exists(on_it)).order_by("pk"))
    active = [contact for contact in known if contact.is_active]
    if known and not active:
        return None
    contacts = tuple(contact for contact in active if contact.is_named)
    domains, _ = rules.domains_in(share.domains)
    opens = rules.admits(email, contacts=[one.email for one in contacts], domains=domains)
    return contacts if opens else None


def visitor(key: str, share: Share) -> Visitor | None:
    """Who a browser's key proves, if the share admits them now."""
    session = session_of(key)
    contacts = None if session is None else admitted(share, session.email)
    if session is None or contacts is None:
        return None
    return Visitor(session.email, contacts, session.pk)


def opened_with(email: str) -> list[Share]:
    """The live shares that a proven address opens, the newest first; a constant number of queries."""
    email = rules.normalised(email)
    domain = email.rpartition("@")[2]
    if "@" not in email or not domain:
        return []
    mine = contacts_at(email)
    of_account = mine.filter(account=OuterRef("account"))
    is_named = Exists(
        named().filter(share=OuterRef("pk"), contact__in=mine.filter(is_active=True).values("pk"))
    )
    shut_out = Exists(of_account) & ~Exists(of_account.filter(is_active=True))
    rows = Share._default_manager.filter(live()).annotate(is_named=is_named)
    rows = rows.filter(Q(is_named=True) | Q(domains__icontains=domain)).exclude(shut_out)
    return [
        share
        for share in rows.select_related("account", "plan").order_by("-pk")
        if rules.admits(
            email,
            contacts=[email] if share.is_named else [],
            domains=rules.domains_in(share.domains)[0],
        )
    ]


def sessions(user: Any) -> QuerySet[PortalSession]:
    """The living sessions of people who are on, or opened, a share that this person may see."""
    rows = PortalSession.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    return of_shares(rows, shares(user)).order_by("-last_at")


def of_shares(sessions: QuerySet[PortalSession], which: QuerySet[Share]) -> QuerySet[PortalSession]:
    """Those of some sessions whose address is a contact's on one of these shares, or opened one."""
    ids = which.order_by().values("pk")
    addressed = named().alias(address=Lower("contact__email"))
    by_contact = addressed.filter(share__in=ids, address=OuterRef("email"))
    by_visit = ShareVisit.objects.filter(share__in=ids, email=OuterRef("email"))
    return sessions.filter(Exists(by_contact) | Exists(by_visit))
