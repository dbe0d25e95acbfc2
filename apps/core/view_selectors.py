"""Saved views of a list: those a person can choose, and the one everybody sees first."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Q

from apps.core.models import SavedView
from apps.core.rules import record_id

FIRST = "SELECT id, query FROM core_savedview WHERE key = %s AND is_default"


def views_offered(user: Any, key: str) -> list[SavedView]:
    """A person's own views of a list and those that are shared, by name; whose they are is known."""
    mine = Q(owner=user) | Q(is_shared=True)
    rows = SavedView.objects.filter(mine, key=key).select_related("owner")
    return list(rows.order_by("name", "pk"))


def views_of(user: Any, most: int = 100) -> list[SavedView]:
    """All views that a person can choose, of any list."""
    mine = Q(owner=user) | Q(is_shared=True)
    return list(SavedView.objects.filter(mine).order_by("name", "pk")[:most])


def chosen_view(user: Any, key: str, said: str) -> SavedView | None:
    """The view that an address names, when this person may use it."""
    pk = record_id(said)
    if pk is None:
        return None
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), key=key, pk=pk).first()


def first_view(key: str) -> tuple[int, str] | None:
    """The id and the filters of what everybody sees first; asked by every list, so plainly."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [key])
        found: tuple[int, str] | None = cursor.fetchone()
        return found


def one_view(user: Any, pk: int) -> SavedView | None:
    """A view that this person may see."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), pk=pk).first()
