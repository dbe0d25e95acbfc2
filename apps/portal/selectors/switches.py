"""What of a plan or an account is for the customer: one switch for each record, and its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import QuerySet

from apps.accounts.models import Account
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from apps.portal.rules import Link, why_hidden
from apps.portal.selectors import shown

MODELS: Final[dict[str, type[Any]]] = {
    "plan": SuccessPlan,
    "objective": Objective,
    "kpi": ObjectiveKpi,
    "playbook": Playbook,
    "task": PlaybookTask,
}
WORDS: Final = {
    "plan": "success plan",
    "objective": "objective",
    "kpi": "KPI",
    "playbook": "playbook",
    "task": "task",
}
FLAGS: Final = {
    "plan": "is_shared",
    "objective": "is_external",
    "kpi": "is_external",
    "playbook": "is_shared",
    "task": "is_shared",
}


@dataclass
class Switch:
    """One record with its tick, at its place in the tree."""

    kind: str
    pk: int
    name: str
    link: Link
    # The status in words, as our own pages say it.
    label: str
    was: bool
    parent: str = ""
    level: int = 0
    why: str = ""
    has_below: bool = False
    all_below: bool = False

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.kind}-{self.pk}"

    @property
    def on(self) -> bool:
        """Whether it is ticked."""
        return self.link.shared

    @property
    def turned(self) -> bool:
        """Whether its tick is not saved yet."""
        return self.on != self.was

    @property
    def is_seen(self) -> bool:
        """Whether a customer sees it."""
        return not self.why

    @property
    def is_held(self) -> bool:
        """Whether it is ticked, and something else hides it."""
        return self.on and not self.is_seen


@dataclass
class Board:
    """All switches of a plan or an account, each below its parent."""

    rows: list[Switch]
    # The parent of each, as far as it lies in the tree.
    parents: dict[str, str] = field(default_factory=dict)

    @property
    def on(self) -> set[str]:
        """The keys that are ticked."""
        return {row.key for row in self.rows if row.on}

    @property
    def was(self) -> set[str]:
        """The keys that are ticked in the database."""
        return {row.key for row in self.rows if row.was}

    @property
    def turned(self) -> int:
        """How many ticks are not saved yet."""
        return sum(row.turned for row in self.rows)

    @property
    def held(self) -> int:
        """How many are ticked and hidden all the same."""
        return sum(row.is_held for row in self.rows)

    @property
    def seen(self) -> dict[str, int]:
        """How much of each kind a customer sees."""
        found = Counter(WORDS[row.kind] for row in self.rows if row.is_seen)
        return {word: found[word] for word in WORDS.values() if found[word]}


def link_of(kind: str, record: Any) -> Link:
    """One record as the rule of sharing asks about it (R-EXT-1, R-EXT-2)."""
    name = record.title if kind == "kpi" else record.name
    return Link(WORDS[kind], name, bool(getattr(record, FLAGS[kind])), _never(kind, record))


def _never(kind: str, record: Any) -> str:
    """The status of a record that is never shown, in words; empty for all others."""
    if kind == "plan" and record.status in shown.NEVER_PLANS:
        return str(record.get_status_display()).lower()
    if kind == "objective" and record.status and record.status.kind in shown.NEVER_OBJECTIVES:
        return str(record.status.get_kind_display()).lower()
    if kind == "playbook" and record.stage in shown.NEVER_STAGES:
        return str(record.get_stage_display()).lower()
    if kind == "task" and record.status in shown.NEVER_TASKS:
        return str(record.get_status_display()).lower()
    return ""


def _label(kind: str, record: Any) -> str:
    if kind == "kpi":
        return ""
    if kind == "objective":
        return record.status.label if record.status else ""
    return str(record.get_stage_display() if kind == "playbook" else record.get_status_display())


def chain_of(kind: str, record: Any) -> list[Link]:
    """A record and all above it, the plan last, as `why_hidden` asks."""
    playbook = record.playbook if kind == "task" else record if kind == "playbook" else None
    if kind == "kpi":
        objective = record.objective
    elif kind == "objective":
        objective = record
    else:
        objective = None if kind == "plan" else record.objective
    holder = objective if kind == "kpi" else record
    plan = record if kind == "plan" else holder.plan
    places = {"task": None, "playbook": playbook, "objective": objective, "plan": plan}
    above = [(name, one) for name, one in places.items() if one is not None and name != kind]
    return [link_of(kind, record), *(link_of(name, one) for name, one in above)]


def board(
    user: Any,
    *,
    account: Account | None = None,
    plan: SuccessPlan | None = None,
    on: Collection[str] | None = None,
) -> Board:
    """The switches of one plan, or of a whole account, that this person sees.

    `on` are the ticks as somebody left them on the page; without it, those of the database. A
    constant number of queries, however large the tree.
    """
    within = {"plan": plan.pk} if plan else {"account": account.pk if account else 0}
    found = {
        kind: {row.pk: row for row in _rows(user, kind, within, of_plan=plan is not None)}
        for kind in MODELS
    }
    tree = _Tree(found, on)
    return tree.board()


def _rows(user: Any, kind: str, within: dict[str, int], *, of_plan: bool) -> QuerySet[Any]:
    rows: QuerySet[Any] = MODELS[kind].objects.visible_to(user)
    if kind == "plan":
        own = {"pk": within["plan"]} if of_plan else within
        return rows.filter(**own).order_by("name", "pk")
    if kind == "kpi":
        inside = {f"objective__{name}": pk for name, pk in within.items()}
        return rows.filter(**inside).order_by("title", "pk")
    rows = rows.filter(**within)
    if kind == "objective":
        return rows.select_related("status").order_by("start_date", "name", "pk")
    if kind == "playbook":
        return rows.order_by("start_date", "name", "pk")
    return rows.order_by("position", "start_date", "pk")


class _Tree:
    """Records put below each other: tasks below their playbook, else their objective, else the plan."""

    def __init__(self, found: dict[str, dict[int, Any]], on: Collection[str] | None) -> None:
        self.found = found
        self.on = None if on is None else set(on)
        self.children: dict[str, list[Switch]] = {}
        self.links: dict[str, Link] = {}

    def board(self) -> Board:
        """All of it, parents before what is below them."""
        for kind, rows in self.found.items():
            for record in rows.values():
                self._place(kind, record)
        ordered: list[Switch] = []
        self._walk("", 0, ordered)
        return Board(ordered, {row.key: row.parent for row in ordered})

    def _place(self, kind: str, record: Any) -> None:
        link = link_of(kind, record)
        key = f"{kind}-{record.pk}"
        was = link.shared
        if self.on is not None:
            link = Link(link.what, link.name, key in self.on, link.never)
        self.links[key] = link
        above = self._above(kind, record)
        why = why_hidden([link, *(self.links[one] for one in above)])
        parent = above[0] if above else ""
        switch = Switch(kind, record.pk, link.name, link, _label(kind, record), was, parent)
        switch.why = why
        self.children.setdefault(parent, []).append(switch)

    def _above(self, kind: str, record: Any) -> list[str]:
        """The keys of what a record hangs on, the nearest first."""
        holder = self.found["objective"].get(record.objective_id) if kind == "kpi" else record
        ids = {
            "playbook": record.playbook_id if kind == "task" else None,
            "objective": record.objective_id if kind in ("kpi", "playbook", "task") else None,
            "plan": holder.plan_id if kind != "plan" and holder is not None else None,
        }
        return [f"{name}-{pk}" for name, pk in ids.items() if pk and pk in self.found[name]]

    def _walk(self, parent: str, level: int, ordered: list[Switch]) -> bool:
        """Add all below one; whether all of it is ticked."""
        all_on = True
        for switch in self.children.get(parent, ()):
            switch.level = level
            ordered.append(switch)
            switch.has_below = switch.key in self.children
            switch.all_below = self._walk(switch.key, level + 1, ordered)
            all_on = all_on and switch.on and switch.all_below
        return all_on
