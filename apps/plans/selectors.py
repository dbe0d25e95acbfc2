"""Reads of success plans and business challenges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import Account
from apps.plans.models import BusinessChallenge, SuccessPlan


def plans(user: Any) -> QuerySet[SuccessPlan]:
    """The success plans this person sees, with account and owner.

    Their progress is that of their objectives: see `objectives.selectors.plans_with_progress`.
    """
    rows: QuerySet[SuccessPlan] = SuccessPlan.objects.visible_to(user)
    return rows.select_related("account", "owner")


def challenges(user: Any) -> QuerySet[BusinessChallenge]:
    """The business challenges this person sees, with account and category."""
    rows: QuerySet[BusinessChallenge] = BusinessChallenge.objects.visible_to(user)
    return rows.select_related("account", "category")


def challenges_of(user: Any, account: Account | int | None) -> QuerySet[BusinessChallenge]:
    """The challenges that can be linked to records of an account (R-CAS-2)."""
    return challenges(user).filter(account=account).order_by("title", "pk")


def foreign_challenges(
    wanted: Iterable[BusinessChallenge], account_id: int | None
) -> list[BusinessChallenge]:
    """Those of the challenges that belong to another account (R-CAS-2)."""
    return [challenge for challenge in wanted if challenge.account_id != account_id]
