"""Many success plans or business challenges changed or deleted at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apps.accounts.bulk_services import owner_follows, owners_told
from apps.core.access import require
from apps.core.bulk_rules import Bulk
from apps.core.bulk_services import change_rows, delete_rows, held
from apps.core.history import operation
from apps.core.models import User
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.services import plan_problems


def plans_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many plans these values; one that would break a rule stays as it is, with the reason."""
    require(actor, "plan.edit")
    if "is_shared" in changes:
        require(actor, "plan.share")
    with operation(actor):
        rows = held(SuccessPlan, ids, "account", "owner")
        bulk = change_rows(rows, changes, problems=plan_problems, follows=owner_follows)
        if "owner" in changes:
            given = {row.pk for row in bulk.changed if "owner" in [name for name, *_ in row.fields]}
            told = [row for row in rows if row.pk in given]
            owners_told(actor=actor, kind="plan", owner=changes["owner"], rows=told)
        return bulk


def plans_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete plans; what hung on them stays with the accounts (R-PLAN-1)."""
    require(actor, "plan.delete")
    with operation(actor):
        return delete_rows(held(SuccessPlan, ids), {})


def challenges_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many challenges these values."""
    require(actor, "challenge.edit")
    with operation(actor):
        return change_rows(held(BusinessChallenge, ids), changes)


def challenges_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete challenges; plans and objectives lose the link and stay (R-DEL-1)."""
    require(actor, "challenge.delete")
    with operation(actor):
        return delete_rows(held(BusinessChallenge, ids), {})
