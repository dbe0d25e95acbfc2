"""What our own pages say of a record: whether a customer sees it, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from apps.portal.models import Share
from apps.portal.rules import why_hidden
from apps.portal.selectors.shares import live
from apps.portal.selectors.switches import MODELS, chain_of

SEEN: Final = "The customer sees this"
READY: Final = "For the customer, as soon as a link is open"
INTERNAL: Final = "Internal: the customer does not see this"


@dataclass(frozen=True)
class Mark:
    """A few words, and how they are drawn."""

    words: str
    icon: str
    tone: str


def mark_of(kind: str, record: Any) -> Mark | None:
    """What a customer sees of a record, in words; none for kinds that are never shared, and templates.

    One query, and those for parents that were not read yet.
    """
    if kind not in MODELS:
        return None
    holder = record.objective if kind == "kpi" else record
    if holder.account_id is None:
        return None
    chain = chain_of(kind, record)
    why = why_hidden(chain)
    if not why:
        return _seen(holder.account_id, record.pk if kind == "plan" else holder.plan_id)
    if not chain[0].shared:
        return Mark(INTERNAL, "lock", "grey")
    return Mark(f"Marked shared, but {why[0].lower()}{why[1:]}", "alert-triangle", "amber")


def _seen(account: int, plan: int | None) -> Mark:
    """A record that is shown is on the shares of its account, and on those of its plan."""
    rows = Share._default_manager.filter(live(), account=account)
    whole = rows.filter(plan__isnull=True)
    if (whole | rows.filter(plan=plan) if plan else whole).exists():
        return Mark(SEEN, "share", "green")
    return Mark(READY, "share", "grey")
