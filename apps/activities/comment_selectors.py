"""The comments on a record, and who can be mentioned in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Prefetch, Q

from apps.accounts.models import Account, Resource, TeamPool, TeamPoolMember
from apps.activities.comment_rules import Named, handle, parts
from apps.activities.models import Comment, CommentMention
from apps.core.selectors import one
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask

# What can be commented on.
RECORDS: Final[dict[str, type[Any]]] = {
    "account": Account,
    "plan": SuccessPlan,
    "challenge": BusinessChallenge,
    "objective": Objective,
    "kpi": ObjectiveKpi,
    "playbook": Playbook,
    "task": PlaybookTask,
}
# So many conversations a record shows at first.
FIRST: Final = 50


def commented(user: Any, kind: str, pk: int) -> Any:
    """The record that comments are on, if this person sees it. Raises Http404 otherwise."""
    model = RECORDS.get(kind)
    if model is None:
        return one(Comment.objects.none(), pk)
    return one(model.objects.visible_to(user), pk)


def kind_of(comment: Comment) -> str:
    """What kind of record a comment is on."""
    named = (kind for kind in RECORDS if kind != "account" and getattr(comment, f"{kind}_id"))
    return next(named, "account")


def _on(kind: str, ids: Collection[int]) -> Q:
    if kind != "account":
        return Q(**{f"{kind}__in": ids})
    others = {f"{name}__isnull": True for name in RECORDS if name != "account"}
    return Q(account__in=ids, **others)


@dataclass(frozen=True)
class Said:
    """One comment as it is shown."""

    comment: Comment
    own: bool

    @property
    def author(self) -> str:
        """Who wrote it."""
        return str(self.comment.author or self.comment.author_contact)

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """The text in pieces, with whether each is a mention."""
        mentions = list(self.comment.mentions.all())
        names = [str(one.resource or one.pool) for one in mentions]
        asides = [
            f"{one.resource.name} ({one.resource.email or one.resource.pk})"
            for one in mentions
            if one.resource
        ]
        return parts(self.comment.text, [*names, *asides])


@dataclass
class Conversation:
    """A comment with its answers."""

    first: Said
    replies: list[Said] = field(default_factory=list)

    @property
    def resolved(self) -> bool:
        """Whether somebody said that it is settled."""
        return self.first.comment.resolved_at is not None


@dataclass(frozen=True)
class Thread:
    """All that was said on a record: what is open, newest first, and what is resolved."""

    open: list[Conversation]
    resolved: list[Conversation]
    count: int
    more: int

    @property
    def ids(self) -> set[int]:
        """Of all comments in it."""
        conversations = [*self.open, *self.resolved]
        return {said.comment.pk for one in conversations for said in (one.first, *one.replies)}


def thread(user: Any, kind: str, pk: int, *, whole: bool = False) -> Thread:
    """The conversations on a record that this person sees; the newest unless `whole`.

    Five statements, whatever their number.
    """
    rows: Any = Comment.objects.visible_to(user)
    of_record = rows.filter(_on(kind, [pk]))
    firsts = of_record.filter(parent=None)
    total = firsts.count()
    newest = firsts.order_by("-pk")[: total if whole else FIRST]
    ids = list(newest.values_list("pk", flat=True))
    told = _shown(of_record.filter(Q(pk__in=ids) | Q(parent__in=ids)))
    found: dict[int, Conversation] = {}
    for comment in told:
        said = Said(comment, comment.author_id == user.pk)
        if comment.parent_id is None:
            found[comment.pk] = Conversation(said)
        elif comment.parent_id in found:
            found[comment.parent_id].replies.append(said)
    conversations = [found[key] for key in sorted(found, reverse=True)]
    return Thread(
        [one for one in conversations if not one.resolved],
        [one for one in conversations if one.resolved],
        len(told),
        total - len(conversations),
    )


def _shown(rows: Any) -> list[Comment]:
    mentions = CommentMention.objects.select_related("resource", "pool")
    related = ("author", "author_contact", "resolved_by")
    shown = rows.select_related(*related).prefetch_related(Prefetch("mentions", mentions))
    return list(shown.order_by("pk"))


def comments(user: Any) -> Any:
    """The comments this person sees (R-VIS-1), with the record that each is on."""
    rows: Any = Comment.objects.visible_to(user)
    above = [name for name in RECORDS if name != "account"]
    return rows.select_related("account", "parent", "author", *above)


@dataclass(frozen=True)
class Counts:
    """How many comments a record has, and how many of them are open."""

    total: int = 0
    open: int = 0


def comment_counts(user: Any, kind: str, ids: Collection[int]) -> dict[int, Counts]:
    """How many comments these records have that this person sees, for those that have any.

    An answer is open while what it answers is. One statement.
    """
    rows: Any = Comment.objects.visible_to(user)
    is_open = Q(parent=None, resolved_at=None) | Q(parent__isnull=False, parent__resolved_at=None)
    counted = (
        rows.filter(_on(kind, ids))
        .order_by()
        .values_list(f"{kind}_id")
        .annotate(total=Count("pk"), open=Count("pk", filter=is_open))
    )
    return {pk: Counts(total, still) for pk, total, still in counted}


def comments_gone(kind: str, pk: int) -> list[str]:
    """What goes with a deleted record, in words: the comments on it, an account's own and below."""
    if kind not in RECORDS:
        return []
    of = Q(account=pk) if kind == "account" else _on(kind, [pk])
    number = Comment.objects.filter(of).count()
    if not number:
        return []
    return ["The comment on it" if number == 1 else f"{number} comments on it"]


# Mentions -----------------------------------------------------------------------------------------
def mentionable() -> list[Named]:
    """Whom a comment can mention: the active resources, then the groups."""
    people = Resource.objects.filter(is_active=True).order_by("name", "pk")
    pools = TeamPool.objects.order_by("name", "pk")
    return [
        *(
            Named(("resource", pk), name, email)
            for pk, name, email in people.values_list("pk", "name", "email")
        ),
        *(Named(("pool", pk), name) for pk, name in pools.values_list("pk", "name")),
    ]


def written(people: Collection[Named], name: str) -> list[str]:
    """How each of those who share a name is written."""
    return [handle(one, shared=True) for one in people if one.name.lower() == name.lower()]


def suggested(text: str, most: int = 8) -> list[tuple[str, Named]]:
    """Those whose name begins with a text, or has a word that does: how to write them, and who."""
    people = mentionable()
    alike = Counter(one.name.lower() for one in people)
    wanted = text.lower().strip()

    def rank(one: Named) -> int:
        name = one.name.lower()
        if name.startswith(wanted):
            return 0
        return 1 if any(word.startswith(wanted) for word in name.split()) else 2

    fitting = sorted((one for one in people if rank(one) < 2), key=rank)
    return [(handle(one, shared=alike[one.name.lower()] > 1), one) for one in fitting[:most]]


def members(pools: Collection[int]) -> dict[int, list[Resource]]:
    """The active people of these groups, in one statement."""
    rows = TeamPoolMember.objects.filter(pool__in=pools, resource__is_active=True)
    found: dict[int, list[Resource]] = defaultdict(list)
    for row in rows.select_related("resource__user").order_by("pool", "resource__name", "pk"):
        found[row.pool_id].append(row.resource)
    return dict(found)
