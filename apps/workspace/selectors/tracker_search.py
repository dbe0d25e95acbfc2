"""Searching Success Tracker: what matches, in its hierarchy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Value
from django.db.models.fields import BigIntegerField, CharField

from apps.workspace.selectors.tracker import (
    KINDS,
    MODELS,
    UNPLANNED,
    Key,
    Node,
    Scope,
    attach,
    kinds_above,
    node_of,
    order_of,
    parent_key,
    rows_of,
)

FOUND: Final = 200


def _matches(scope: Scope, kind: str, words: Iterable[str]) -> QuerySet[Any]:
    rows = (
        scope.accounts()
        if kind == "account"
        else MODELS[kind].objects.visible_to(scope.user).filter(_inside(scope, kind))
    )
    for word in words:
        rows = rows.filter(name__icontains=word)
    above = kinds_above(kind)
    nothing = Value(0, output_field=BigIntegerField())
    columns = {
        f"of_{name}": F("pk") if name == kind else F(f"{name}_id") if name in above else nothing
        for name in KINDS
    }
    return (
        rows.order_by()
        .annotate(of_kind=Value(kind, output_field=CharField()), **columns)
        .values_list("of_kind", *columns)
    )


def _inside(scope: Scope, kind: str) -> Q:
    if scope.plan is not None:
        return Q(pk=scope.plan.pk) if kind == "plan" else Q(plan=scope.plan.pk)
    return Q(account__in=scope.accounts().order_by().values("pk"))


def search(scope: Scope, text: str, *, limit: int = FOUND) -> tuple[list[Node], int, bool]:
    """The rows whose name holds each typed word, in their hierarchy.

    Returns the tree, how many rows match, and whether there are more than `limit`.
    """
    words = text.split()
    first, *others = (
        _matches(scope, kind, words) for kind in KINDS if kind != "account" or not scope.plan
    )
    matches = list(first.union(*others, all=True)[: limit + 1])
    more, matches = len(matches) > limit, matches[:limit]
    wanted: dict[str, set[int]] = {kind: set() for kind in KINDS}
    for _, *ids in matches:
        for kind, pk in zip(KINDS, ids, strict=True):
            if pk:
                wanted[kind].add(pk)
    if scope.plan:
        wanted["account"].clear()
    hits = {(kind, ids[KINDS.index(kind)]) for kind, *ids in matches}
    loaded: dict[Key, list[Node]] = {}
    top: list[Node] = []
    for kind in KINDS:
        if not wanted[kind]:
            continue
        rows = rows_of(scope.user, kind).filter(pk__in=wanted[kind])
        for record in rows.order_by(*order_of(kind, scope.sort)):
            node = node_of(kind, record, found=(kind, record.pk) in hits)
            parent = parent_key(kind, record)
            if kind == scope.top_kind:
                top.append(node)
            elif parent is not None:
                loaded.setdefault(parent, []).append(node)
                if parent[0] == UNPLANNED:
                    loaded.setdefault(("account", parent[1]), [])
    for node in top:
        attach(node, loaded)
        _only_found(node, loaded)
    return top, len(matches), more


def _only_found(node: Node, loaded: Mapping[Key, list[Node]]) -> None:
    """In a search a branch shows what matches: no empty group, nothing said to be missing."""
    node.more = {}
    node.children = [c for c in node.children if c.kind != UNPLANNED or c.key in loaded]
    for child in node.children:
        _only_found(child, loaded)
