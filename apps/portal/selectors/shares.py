"""Shares, as those see them who share; and the one that a link opens."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet

from apps.core.access import may
from apps.core.scope import today
from apps.portal import rules
from apps.portal.models import Share


def shares(user: Any) -> QuerySet[Share]:
    """The shares of accounts this person sees, when they may share."""
    if not may(user, "account.share"):
        return Share.objects.none()
    rows = Share.objects.filter(_stays(), Share.scope(user))
    return rows.select_related("account", "plan", "created_by")


def live() -> Q:
    """The condition of shares that open today (R-EXT-4)."""
    return _stays() & Q(revoked_at=None) & (Q(last_day=None) | Q(last_day__gte=today()))


def _stays() -> Q:
    """The plan is still that account's: one that went to another is no business of this one's."""
    return Q(plan=None) | Q(plan__account=F("account"))


def opened_by(token: str) -> Share | None:
    """The live share that a token opens; none for a wrong, expired or revoked one."""
    rows = Share._default_manager.filter(live(), token_hash=rules.hashed(token))
    return rows.select_related("account", "plan").first()
