"""What the library holds, and a template with all that is in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from apps.core.kinds import KINDS
from apps.core.models import User
from apps.core.selectors import one
from apps.core.undo_selectors import events_of
from apps.kpis.models import ObjectiveKpi
from apps.library.choices import TemplateKind
from apps.library.models import Draft
from apps.library.rules import Node
from apps.objectives.models import Objective, ObjectiveTag
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

Record = SuccessPlan | Objective | Playbook

MODELS: Final[dict[str, Any]] = {
    TemplateKind.PLAN: SuccessPlan,
    TemplateKind.OBJECTIVE: Objective,
    TemplateKind.PLAYBOOK: Playbook,
}
# What can lie in a template of a kind, by the column that names the template.
INSIDE: Final[dict[str, tuple[tuple[str, Any, str], ...]]] = {
    TemplateKind.PLAN: (
        ("objective", Objective, "plan"),
        ("kpi", ObjectiveKpi, "objective__plan"),
        ("playbook", Playbook, "plan"),
        ("task", PlaybookTask, "plan"),
    ),
    TemplateKind.OBJECTIVE: (
        ("kpi", ObjectiveKpi, "objective"),
        ("playbook", Playbook, "objective"),
        ("task", PlaybookTask, "objective"),
    ),
    TemplateKind.PLAYBOOK: (("task", PlaybookTask, "playbook"),),
}
ENDS: Final[dict[str, str]] = {TemplateKind.OBJECTIVE: "due_date"}


def key_of(record: Any) -> str:
    """How a row names a record: "task-12"."""
    return f"{KIND_OF[type(record)]}-{record.pk}"


KIND_OF: Final[dict[type[Any], str]] = {
    SuccessPlan: "plan",
    Objective: "objective",
    Playbook: "playbook",
    PlaybookTask: "task",
    ObjectiveKpi: "kpi",
}


def days_of(kind: str, record: Any) -> int | None:
    """How many days a template lasts, None when its dates do not tell."""
    end = getattr(record, ENDS.get(kind, "end_date"))
    return (end - record.start_date).days if record.start_date and end else None


def uses_of(record: Any) -> int:
    """How many live records were made from a template, on any account."""
    number: int = record.copies.filter(account__isnull=False).count()
    return number


@dataclass(frozen=True)
class Card:
    """A template as the library shows it."""

    kind: str
    record: Any
    counts: dict[str, int]
    uses: int
    changed_by: str
    changed_at: dt.datetime

    @property
    def days(self) -> int | None:
        """How many days it lasts, None when its dates do not tell."""
        return days_of(self.kind, self.record)


def _name(card: Card) -> tuple[str, int]:
    return card.record.name.lower(), card.record.pk


# In which order the library can be read; what is equal there goes by name.
SORTS: Final[dict[str, Any]] = {
    "uses": lambda card: (-card.uses, *_name(card)),
    "name": _name,
    "changed": lambda card: (-card.changed_at.timestamp(), *_name(card)),
}


def library(user: Any, kind: str = "", q: str = "", sort: str = "uses") -> list[Card]:
    """The templates this person may use, those used most first; a few statements for each kind.

    `q` finds words in their names and descriptions and in the names of what they hold.
    """
    kinds = [kind] if kind in MODELS else list(MODELS)
    found = [card for one_kind in kinds for card in _cards(user, one_kind, q)]
    return sorted(found, key=SORTS[sort])


def _cards(user: Any, kind: str, q: str) -> list[Card]:
    model = MODELS[kind]
    rows = model.objects.in_library(user).filter(is_template=True).select_related("owner_role")
    for word in q.replace("\0", "").split():
        inside = Q()
        for name, child, path in INSIDE[kind]:
            column = "title" if name == "kpi" else "name"
            # Only what lies in templates is read, not every account's records.
            holding = child.objects.in_library(user).filter(**{f"{column}__icontains": word})
            inside |= Q(pk__in=holding.values(path))
        rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word) | inside)
    counts = {f"n_{name}": _count(child, path) for name, child, path in INSIDE[kind]}
    uses = Count("copies", filter=Q(copies__account__isnull=False))
    records = list(rows.annotate(uses=uses, **counts))
    changed = _changed(kind, [record.pk for record in records])
    people = {
        person.pk: str(person)
        for person in User.objects.filter(pk__in={a for a, _ in changed.values()})
    }
    cards = []
    for record in records:
        actor, moment = changed.get(record.pk, (0, record.updated_at))
        numbers = {name: getattr(record, f"n_{name}") for name, _, _ in INSIDE[kind]}
        cards.append(Card(kind, record, numbers, record.uses, people.get(actor, ""), moment))
    return cards


def _count(model: Any, path: str) -> Coalesce:
    rows = model.objects.filter(**{path: OuterRef("pk")}).order_by().values(path)
    numbers = rows.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def _changed(kind: str, ids: list[int]) -> dict[int, tuple[int, dt.datetime]]:
    """Which person changed each template, or anything that lies in it, last, and when."""
    newest: dict[int, tuple[int, dt.datetime]] = {}
    for model, path in ((MODELS[kind], "pk"), *((child, path) for _, child, path in INSIDE[kind])):
        # Of each record the last event: its history is kept by record.
        event = events_of(model)._base_manager.filter(
            pgh_obj=OuterRef("pk"), pgh_actor__isnull=False
        )
        last = event.order_by("-pgh_id")
        rows = model.objects.filter(**{f"{path}__in": ids}).annotate(
            actor=Subquery(last.values("pgh_actor")[:1]),
            moment=Subquery(last.values("pgh_created_at")[:1]),
        )
        named = rows.filter(actor__isnull=False).order_by(path, "-moment").distinct(path)
        for pk, actor, moment in named.values_list(path, "actor", "moment"):
            if pk not in newest or newest[pk][1] < moment:
                newest[pk] = (actor, moment)
    return newest


@dataclass(frozen=True)
class Tree:
    """A template, or what is cloned, with all that hangs on it: parents before their children."""

    kind: str
    record: Any
    rows: dict[str, Any]
    nodes: list[Node]
    kpis: list[ObjectiveKpi] = field(default_factory=list)
    people: dict[int, list[TaskAssignment]] = field(default_factory=dict)
    tags: list[ObjectiveTag] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many records of each kind hang on it."""
        numbers = {name: 0 for name, _, _ in INSIDE[self.kind]}
        for node in self.nodes[1:]:
            numbers[node.kind] += 1
        return numbers | ({"kpi": len(self.kpis)} if "kpi" in numbers else {})


def template(user: Any, kind: str, pk: int) -> Any:
    """A template of a kind. Raises Http404 when there is none that the person may see."""
    if kind not in MODELS:
        raise Http404("There are templates of success plans, objectives and playbooks.")
    rows = MODELS[kind].objects.in_library(user).filter(is_template=True)
    return one(rows.select_related("owner", "owner_role", "created_from"), pk)


def source(user: Any, kind: str, pk: int) -> Any:
    """What a new record can be made from: a template, or a live playbook to be cloned (R-TPL-8)."""
    if kind == TemplateKind.PLAYBOOK:
        seen = Playbook.objects.visible_to(user).filter(pk=pk)
        playbook = seen.select_related("account", "owner", "owner_role", "objective").first()
        if playbook is not None:
            return playbook
    return template(user, kind, pk)


def tree(user: Any, kind: str, pk: int) -> Tree:
    """A template or a live playbook with all that is in it; seven statements at most."""
    return tree_of(source(user, kind, pk))


def tree_of(record: Any) -> Tree:
    """A plan, objective or playbook that the caller may see, with all that hangs on it."""
    kind = KIND_OF[type(record)]
    people = ("owner", "owner_role")
    objectives: list[Any] = []
    playbooks: list[Any] = []
    if kind == "plan":
        rows = Objective.objects.filter(plan=record).select_related(*people)
        objectives = list(rows.order_by("start_date", "pk"))
    elif kind == "objective":
        objectives = [record]
    if kind != "playbook":
        held = Playbook.objects.filter(**{kind: record}).select_related(*people)
        playbooks = list(held.order_by("start_date", "pk"))
    else:
        playbooks = [record]
    tasks = list(
        PlaybookTask.objects.filter(**{kind: record}).order_by("position", "start_date", "pk")
    )
    kpis = list(
        ObjectiveKpi.objects.filter(objective__in=[row.pk for row in objectives])
        .select_related("unit", "category")
        .order_by("objective", "title", "pk")
        if objectives
        else []
    )
    tags = list(
        ObjectiveTag.objects.filter(objective__in=[row.pk for row in objectives])
        if objectives
        else []
    )
    given: dict[int, list[TaskAssignment]] = {}
    if tasks:
        assigned = TaskAssignment.objects.filter(task__in=[task.pk for task in tasks])
        for row in assigned.select_related("resource", "role", "pool", "contact").order_by("pk"):
            given.setdefault(row.task_id, []).append(row)
    below: dict[str | None, list[Any]] = {}
    for row in [*objectives, *playbooks, *tasks]:
        if row is not record:
            below.setdefault(_above(record, row), []).append(row)
    rows_by_key: dict[str, Any] = {}
    nodes: list[Node] = []

    def walk(row: Any, parent: str | None) -> None:
        key = key_of(row)
        rows_by_key[key] = row
        end = row.due_date if isinstance(row, Objective) else row.end_date
        nodes.append(Node(key, KIND_OF[type(row)], parent, row.name, row.start_date, end))
        for child in below.get(key, ()):
            walk(child, key)

    walk(record, None)
    return Tree(kind, record, rows_by_key, nodes, kpis, given, tags)


def _above(record: Any, row: Any) -> str:
    """The key of what a row hangs on, within the tree of a record."""
    for name in ("playbook", "objective", "plan"):
        pk = getattr(row, f"{name}_id", None)
        if pk is not None:
            return f"{name}-{pk}"
    return key_of(record)


def made_from(user: Any, record: Any) -> QuerySet[Any]:
    """The live records that were made from a template, the newest first."""
    rows: QuerySet[Any] = type(record).objects.visible_to(user)
    return rows.filter(created_from=record).select_related("account", "owner").order_by("-pk")


def inside(user: Any, kind: str, pk: int) -> Any:
    """A record of any kind that lies in a template. Raises Http404 otherwise."""
    model = next((model for model, name in KIND_OF.items() if name == kind), None)
    if model is None:
        raise Http404("There is no such record in a template.")
    return one(model.objects.in_library(user), pk)


def drafts(user: Any) -> list[tuple[Draft, str]]:
    """A person's unfinished drafts with the names of what they are made from, the newest first."""
    kept = list(Draft.objects.filter(user=user)[:20])
    names: dict[tuple[str, int], str] = {}
    for kind, model in MODELS.items():
        ids = {draft.source for draft in kept if draft.kind == kind}
        if ids:
            rows = [model.objects.in_library(user).filter(is_template=True)]
            if kind == TemplateKind.PLAYBOOK:
                # A live one is cloned.
                rows.append(model.objects.visible_to(user))
            for found in rows:
                named = found.filter(pk__in=ids).values_list("pk", "name")
                names |= {(kind, pk): name for pk, name in named}
    return [
        (draft, names[draft.kind, draft.source])
        for draft in kept
        if (draft.kind, draft.source) in names
    ]


def unfinished(user: Any, kind: str, source: int) -> Draft | None:
    """What a person began to make from a template last and did not finish."""
    return Draft.objects.filter(user=user, kind=kind, source=source).first()


def draft(user: Any, pk: int) -> Draft:
    """One of a person's own drafts. Raises Http404 for any other."""
    return one(Draft.objects.filter(user=user), pk)


def names_of(records: Iterable[Any]) -> list[str]:
    """The names of records, with their kind: "Kick-off (playbook)"."""
    return [f"{row} ({KINDS[KIND_OF[type(row)]].noun})" for row in records]
