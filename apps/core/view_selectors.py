"""Saved views of a list: those a person can choose, and the one everybody sees first."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from apps.core.models import SavedView


def views_offered(user: Any, key: str) -> list[SavedView]:
    """A person's own views of a list and those that are shared, by name; whose they are is known."""
    mine = Q(owner=user) | Q(is_shared=True)
    rows = SavedView.objects.filter(mine, key=key).select_related("owner")
    return list(rows.order_by("name", "pk"))


def views_of(user: Any, most: int = 100) -> list[SavedView]:
    """All views that a person can choose, of any list."""
    mine = Q(owner=user) | Q(is_shared=True)
    return list(SavedView.objects.filter(mine).order_by("name", "pk")[:most])


def one_view(user: Any, pk: int) -> SavedView | None:
    """A view that this person may see."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), pk=pk).first()
