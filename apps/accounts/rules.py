"""Rules about customers and the people who look after them."""

from __future__ import annotations

from collections.abc import Mapping

from apps.accounts.choices import ResourceKind


def allocation_error(name: str, *, is_active: bool, kind: str) -> str | None:
    """Why this resource cannot be allocated, or None (R-OWN-1)."""
    if not is_active:
        return f"{name} is inactive. Choose an active resource."
    if kind == ResourceKind.PSA:
        return f"{name} is a PSA resource and cannot be allocated here. Choose another one."
    return None


def ancestor_error(account_id: int | None, parent_path: list[int], name: str) -> str | None:
    """Why the parent cannot be chosen, or None: an account is not its own ancestor (R-ACT-1).

    `parent_path` holds the ids of the parent and of all above it.
    """
    if account_id is not None and account_id in parent_path:
        return f"{name} would be its own ancestor. Choose an account that is not below it."
    return None


def deletion_error(name: str, counts: Mapping[str, int]) -> str | None:
    """Why an account cannot be deleted, or None: what must go or move first (R-ACT-1)."""
    there = [f"{count} {what}" for what, count in counts.items() if count]
    if not there:
        return None
    return f"{name} still has {', '.join(there)}. Delete or move them first."
