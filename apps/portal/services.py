"""Sharing: making a link for a customer, changing who it is for, renewing and revoking it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Contact
from apps.core.access import Refused, require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import apply, set_links
from apps.portal import rules
from apps.portal.models import Share, ShareContact
from apps.portal.selectors.shares import shares

PLAIN: Final = ("anyone", "domains", "may_complete", "last_day")


def token_of(share: Share) -> str:
    """The token of a share's link, made again; it is stored nowhere.

    Empty when the program's secret is another one by now: the link that was given goes on
    opening, and a renewed one can be read here.
    """
    token = rules.derived(settings.SECRET_KEY, "share", share.key, share.round)
    return token if rules.hashed(token) == share.token_hash else ""


def share_create(*, actor: User, values: Mapping[str, Any]) -> Share:
    """A new share of a plan or of an account, with its `contacts`; everything in it stays internal
    until it is marked shared itself.

    Raises Refused without the permission to share, ValidationError for contacts of another account
    and words that are no e-mail domain.
    """
    plan, account = values.get("plan"), values.get("account")
    require(actor, "plan.share" if plan else "account.share")
    if plan is not None:
        account = plan.account
    if account is None:
        raise ValidationError({"account": "A share belongs to an account. Choose one."})
    share = Share(account=account, plan=plan, created_by=actor)
    share.token_hash = _hash(share)
    with operation(actor):
        _fill(share, values)
        share.save()
        _admit(share, values.get("contacts", ()))
    return share


def share_update(
    *,
    actor: User,
    share: Share,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> Share:
    """Change who may open a share, until when, and whether contacts complete their tasks.

    `shown` holds the values that the person saw: raises Conflict where somebody else changed one
    of them meanwhile. Of contacts only those change that were ticked or unticked.
    """
    with operation(actor):
        share = _locked(actor, share)
        plain = {name: changes[name] for name in PLAIN if name in changes}
        if "domains" in plain:
            plain["domains"] = _domains(plain["domains"])
        apply(share, plain, shown)
        if "contacts" in changes:
            _admit(share, changes["contacts"], (shown or {}).get("contacts"))
    return share


def share_renew(*, actor: User, share: Share, changes: Mapping[str, Any] | None = None) -> Share:
    """Give a share a new link, revoked or not; the one before opens nothing from now on."""
    with operation(actor):
        share = _locked(actor, share)
        # A new key too: whoever takes the round back by Undo wakes no link that was closed.
        share.key = uuid.uuid4()
        share.round += 1
        share.token_hash = _hash(share)
        share.revoked_at = None
        _fill(share, changes or {})
        share.save()
    return share


def share_revoke(*, actor: User, share: Share) -> Share:
    """Close a share at once, for everybody. Nothing happens to one that is closed already."""
    with operation(actor):
        share = _locked(actor, share)
        if share.revoked_at is None:
            share.revoked_at = timezone.now()
            share.save()
    return share


def _hash(share: Share) -> str:
    return rules.hashed(rules.derived(settings.SECRET_KEY, "share", share.key, share.round))


def _locked(actor: User, share: Share) -> Share:
    """The share as it is now. Raises Refused unless this person may share it."""
    require(actor, "plan.share" if share.plan_id else "account.share")
    found = (
        shares(actor)
        .select_related(None)
        .select_for_update(of=("self",))
        .filter(pk=share.pk)
        .first()
    )
    if found is None:
        raise Refused("This share is not there any more, or you may not see its account.")
    return found


def _fill(share: Share, values: Mapping[str, Any]) -> None:
    for name in PLAIN:
        if name in values:
            setattr(share, name, values[name])
    share.domains = _domains(share.domains)


def _domains(text: str) -> str:
    domains, wrong = rules.domains_in(text)
    if wrong:
        raise ValidationError(
            {"domains": f"“{wrong[0]}” is no e-mail domain. Write it like acme.com."}
        )
    return ", ".join(domains)


def _admit(
    share: Share, contacts: Iterable[Contact], shown: Iterable[Contact] | None = None
) -> None:
    wanted = {contact.pk: contact for contact in contacts}
    foreign = [one for one in wanted.values() if one.account_id != share.account_id]
    if foreign:
        raise ValidationError(
            {"contacts": f"“{foreign[0]}” is a contact of another account. Choose one of this."}
        )
    set_links(
        ShareContact, owner={"share": share}, target="contact", wanted=wanted.values(), shown=shown
    )
