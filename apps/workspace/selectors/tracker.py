"""The tree of Success Tracker: branches as they are opened, one query for each kind of record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import (
    Case,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

from apps.accounts.models import Account
from apps.accounts.selectors import my_accounts
from apps.core.list_rules import sort_keys
from apps.core.models import User
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.objectives.selectors import objectives, plans_with_progress
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.selectors import playbooks, tasks

# The group under an account for what belongs to no plan; it bears the account's id.
UNPLANNED: Final = "unplanned"
KINDS: Final = ("account", "plan", "objective", "playbook", "task")
TOP: Final = 50
BRANCH: Final = 200
ALL: Final = 500

# From parent to children: how a child of each kind names its parent, and what must be empty.
CHILDREN: Final[dict[str, dict[str, tuple[str, tuple[str, ...]]]]] = {
    "account": {"plan": ("account", ())},
    UNPLANNED: {
        "objective": ("account", ("plan",)),
        "playbook": ("account", ("plan", "objective")),
        "task": ("account", ("plan", "objective", "playbook")),
    },
    "plan": {
        "objective": ("plan", ()),
        "playbook": ("plan", ("objective",)),
        "task": ("plan", ("objective", "playbook")),
    },
    "objective": {"playbook": ("objective", ()), "task": ("objective", ("playbook",))},
    "playbook": {"task": ("playbook", ())},
}
MODELS: Final[dict[str, Any]] = {
    "plan": SuccessPlan,
    "objective": Objective,
    "playbook": Playbook,
    "task": PlaybookTask,
}
SORTS: Final = ("name", "owner", "start", "end", "progress")
PATHS: Final = {
    "account": {"name": "name"},
    "plan": {"end": "end_date"},
    "objective": {"end": "due_date"},
    "playbook": {"end": "end_date"},
    "task": {"end": "end_date", "owner": "name", "progress": "percent_complete"},
}
COMMON: Final = {
    "name": "name",
    "owner": "owner__name",
    "start": "start_date",
    "progress": "progress",
}

Key = tuple[str, int]


@dataclass(frozen=True)
class Scope:
    """What a tracker is opened for: a plan, an account (with those below it), or my accounts."""

    user: User
    account: Account | None = None
    plan: SuccessPlan | None = None
    children: bool = False
    sort: str = ""

    @property
    def top_kind(self) -> str:
        """The kind of the rows at the top."""
        return "plan" if self.plan else "account"

    def accounts(self) -> QuerySet[Account]:
        """The accounts whose rows are in this tracker."""
        if self.account is None:
            return my_accounts(self.user)
        visible = Account.objects.visible_to(self.user)
        if self.children:
            return visible.below([self.account.pk])
        return visible.filter(pk=self.account.pk)


@dataclass
class Node:
    """A row of the tree: a record, or the group of an account's rows without a plan."""

    kind: str
    record: Any
    counts: Mapping[str, int]
    level: int = 1
    expanded: bool = False
    found: bool = False
    children: list[Node] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Names the node within the tree."""
        return self.kind, self.record.pk

    @property
    def size(self) -> int:
        """How many rows open below it."""
        return sum(self.counts.values())

    def walk(self) -> Iterator[Node]:
        """The node and all that is open below it, in the tree's order."""
        yield self
        for child in self.children:
            yield from child.walk()


def _count(rows: QuerySet[Any]) -> Subquery:
    counted = rows.order_by().annotate(n=Func(F("pk"), function="COUNT")).values("n")
    return Subquery(counted, output_field=IntegerField())


def _counts(kind: str) -> dict[str, Subquery]:
    return {
        f"n_{child}": _count(
            MODELS[child].objects.filter(
                **{parent: OuterRef("pk")}, **{f"{name}__isnull": True for name in empty}
            )
        )
        for child, (parent, empty) in CHILDREN.get(kind, {}).items()
    }


def rows_of(user: User, kind: str) -> QuerySet[Any]:
    """The records of one kind that the person sees, with progress, owner and child counts."""
    rows: QuerySet[Any]
    if kind == "account":
        below = {f"u{name}": count for name, count in _counts(UNPLANNED).items()}
        rows = Account.objects.visible_to(user).select_related("parent").annotate(**below)
    elif kind == "plan":
        rows = plans_with_progress(user).select_related("owner")
    elif kind == "objective":
        rows = objectives(user).select_related("owner", "owner_contact", "status")
    elif kind == "playbook":
        rows = playbooks(user).select_related("owner")
    else:
        rows = tasks(user)
    return rows.annotate(**_counts(kind))


def order_of(kind: str, sort: str) -> list[Any]:
    """How rows of a kind stand below each other; ties are broken by id."""
    keys = sort_keys(sort, SORTS)
    if not keys:
        if kind == "account":
            # What has a plan comes first: that is what a tracker is opened for.
            planned = Case(When(n_plan__gt=0, then=Value(0)), default=Value(1))
            return [planned, F("name").asc(), F("pk").asc()]
        if kind == "task":
            return [F("position").asc(), F("start_date").asc(nulls_last=True), F("pk").asc()]
        return [F("start_date").asc(nulls_last=True), F("name").asc(), F("pk").asc()]
    paths: dict[str, Any] = {}
    for key in keys:
        name = key.removeprefix("-")
        path = PATHS[kind].get(name) or ("name" if kind == "account" else COMMON[name])
        by = F(path)
        # An account has a name only: several keys may lead to one column.
        paths.setdefault(path, by.desc(nulls_last=True) if key != name else by.asc(nulls_last=True))
    return [*paths.values(), F("pk").asc()]


def node_of(kind: str, record: Any, **kwargs: Any) -> Node:
    """The row of a record read by `rows_of`."""
    counts = {child: getattr(record, f"n_{child}") for child in CHILDREN.get(kind, {})}
    if kind == "account":
        counts[UNPLANNED] = int(any(_unplanned_counts(record).values()))
    return Node(kind, record, counts, **kwargs)


def _unplanned_counts(account: Any) -> dict[str, int]:
    return {child: getattr(account, f"un_{child}") for child in CHILDREN[UNPLANNED]}


def parent_key(kind: str, record: Any) -> Key | None:
    """The row under which a record stands: its nearest parent, or what has no plan."""
    if kind == "account":
        return None
    if kind == "plan":
        return "account", record.account_id
    for above in ("playbook", "objective", "plan"):
        found = getattr(record, f"{above}_id", None) if above != kind else None
        if found:
            return above, found
    return UNPLANNED, record.account_id


def roots(scope: Scope, *, after: int = 0, limit: int = TOP) -> tuple[list[Node], bool]:
    """The top rows of a tracker, and whether there are more after these."""
    rows = rows_of(scope.user, scope.top_kind)
    if scope.plan is not None:
        rows = rows.filter(pk=scope.plan.pk)
    else:
        rows = rows.filter(pk__in=scope.accounts().order_by().values("pk"))
    found = list(rows.order_by(*order_of(scope.top_kind, scope.sort))[after : after + limit + 1])
    nodes = [node_of(scope.top_kind, record) for record in found[:limit]]
    return nodes, len(found) > limit


def branches(
    scope: Scope,
    keys: Collection[Key],
    *,
    kinds: Collection[str] = KINDS,
    after: int = 0,
    limit: int = BRANCH,
) -> dict[Key, list[Node]]:
    """The children of some rows by parent: at most one query for each kind, whatever the number.

    Of each kind at most `limit` for each parent, beginning `after` so many.
    """
    ids: dict[str, list[int]] = {}
    for kind, pk in keys:
        ids.setdefault(kind, []).append(pk)
    result: dict[Key, list[Node]] = {key: [] for key in keys}
    for child in KINDS:
        wanted = Q()
        for parent, parent_ids in ids.items():
            if child in CHILDREN.get(parent, {}) and child in kinds:
                path, empty = CHILDREN[parent][child]
                wanted |= Q(
                    **{f"{path}__in": parent_ids}, **{f"{name}__isnull": True for name in empty}
                )
        if not wanted:
            continue
        order = order_of(child, scope.sort)
        above = [F(f"{name}_id") for name in _parents(child)]
        place = Window(RowNumber(), partition_by=above, order_by=order)
        rows = rows_of(scope.user, child).filter(wanted).annotate(place=place)
        rows = rows.filter(place__gt=after, place__lte=after + limit).order_by(*order)
        for record in rows:
            parent_of = parent_key(child, record)
            if parent_of in result:
                result[parent_of].append(node_of(child, record))
    return result


def _parents(kind: str) -> list[str]:
    return [n for n in ("account", "plan", "objective", "playbook") if n in kinds_above(kind)]


def kinds_above(kind: str) -> set[str]:
    """The kinds that a record of this kind may hang on."""
    return {"account", *KINDS[1 : KINDS.index(kind)]}


def attach(node: Node, loaded: Mapping[Key, list[Node]], *, after: int = 0) -> None:
    """Hang loaded children below a node, each with its level and what is still not shown."""
    if node.kind == "account":
        node.expanded = node.key in loaded
        if node.expanded and node.counts[UNPLANNED]:
            group = Node(UNPLANNED, node.record, _unplanned_counts(node.record))
            node.children = [*loaded[node.key], group]
        else:
            node.children = list(loaded.get(node.key, []))
    else:
        node.expanded = node.key in loaded and node.size > 0
        node.children = list(loaded.get(node.key, []))
    shown: dict[str, int] = {}
    for child in node.children:
        child.level = node.level + 1
        shown[child.kind] = shown.get(child.kind, 0) + 1
        attach(child, loaded)
    if node.expanded:
        left = {kind: count - shown.get(kind, 0) - after for kind, count in node.counts.items()}
        node.more = {kind: count for kind, count in left.items() if count > 0}


def tree(
    scope: Scope, expanded: Collection[Key], *, limit: int = TOP, branch: int = BRANCH
) -> tuple[list[Node], bool]:
    """The top rows with the branches that are open, and whether there are more top rows."""
    top, more = roots(scope, limit=limit)
    loaded = branches(scope, expanded, limit=branch) if expanded else {}
    for node in top:
        attach(node, loaded)
    return top, more


def whole(scope: Scope, *, limit: int = ALL) -> tuple[list[Node], bool]:
    """The tree with branches opened level by level as long as `limit` rows have room.

    Returns also whether something had to stay closed.
    """
    top, more = roots(scope, limit=limit)
    room = limit - len(top)
    loaded: dict[Key, list[Node]] = {}
    layer = list(top)
    while layer:
        opened = []
        for node in layer:
            if 0 < node.size <= room:
                opened.append(node)
                room -= node.size
            elif node.size:
                more = True
        keys = [node.key for node in opened]
        found = branches(scope, keys, limit=limit) if keys else {}
        loaded |= found
        layer = [child for children in found.values() for child in children]
        layer += [
            Node(UNPLANNED, node.record, _unplanned_counts(node.record))
            for node in opened
            if node.counts.get(UNPLANNED)
        ]
    for node in top:
        attach(node, loaded)
    return top, more


def level_of(scope: Scope, kind: str, record: Any) -> int:
    """How deep a row stands in this tracker, 1 at the top, told by its own parents alone."""
    if kind == "account":
        return 1
    second = 1 if scope.plan is not None else 2
    if kind in ("plan", UNPLANNED):
        return second
    above = [name for name in ("objective", "playbook") if name in kinds_above(kind)]
    return second + 1 + sum(getattr(record, f"{name}_id") is not None for name in above)


def _holds(scope: Scope, kind: str, record: Any) -> bool:
    if scope.plan is not None:
        plan_id = record.pk if kind == "plan" else getattr(record, "plan_id", None)
        return bool(plan_id == scope.plan.pk)
    account_id = record.pk if kind == "account" else record.account_id
    return scope.accounts().filter(pk=account_id).exists()


def one(scope: Scope, kind: str, pk: int) -> Node | None:
    """One row of the tracker, or None when it is not in there."""
    stored = "account" if kind == UNPLANNED else kind
    record = rows_of(scope.user, stored).filter(pk=pk).first()
    if record is None or not _holds(scope, stored, record):
        return None
    if kind == UNPLANNED:
        return Node(UNPLANNED, record, _unplanned_counts(record), level_of(scope, kind, record))
    return node_of(kind, record, level=level_of(scope, kind, record))


def line(scope: Scope, kind: str, pk: int) -> list[Node]:
    """The rows that a change of a record shows in: its own and those above it, upwards.

    A KPI shows in its objective. Empty when the record is not in this tracker.
    """
    if kind == "kpi":
        kpi = ObjectiveKpi.objects.visible_to(scope.user).filter(pk=pk).first()
        return [] if kpi is None else line(scope, "objective", kpi.objective_id)
    node = one(scope, kind, pk)
    found: list[Node] = []
    while node is not None:
        found.append(node)
        above = parent_key(node.kind, node.record)
        if above is None or node.kind == scope.top_kind:
            break
        stored = "account" if above[0] == UNPLANNED else above[0]
        record = rows_of(scope.user, stored).filter(pk=above[1]).first()
        node = record and node_of(stored, record, level=level_of(scope, stored, record))
    return found
