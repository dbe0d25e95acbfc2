"""Telling people that they are mentioned or answered in a comment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from apps.accounts.models import Resource
from apps.accounts.sight_selectors import who_sees
from apps.activities.comment_selectors import kind_of, members
from apps.activities.models import Comment, CommentMention
from apps.core.choices import NotificationKind, RowScope
from apps.core.kinds import KINDS
from apps.core.models import User
from apps.core.notify_services import Note, notify
from apps.core.scope import row_scope

# As much of a comment stands in what is told of it.
QUOTED = 2000


@dataclass(frozen=True)
class Answer:
    """Who was told by name, and who cannot be: they do not see the account."""

    told: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def comment_told(*, actor: User, comment: Comment, mentions: Collection[CommentMention]) -> Answer:
    """Tell those whom a comment mentions, each member of a group, and those whom it answers.

    Each once: a mention says more than an answer. Never the author, never whoever does not see
    the account (R-VIS-1). A constant number of statements.
    """
    named = [mention.resource for mention in mentions if mention.resource is not None]
    pools = {mention.pool_id: mention.pool for mention in mentions if mention.pool is not None}
    grouped = members([pk for pk in pools if pk]) if pools else {}
    people: dict[int, tuple[Resource, str]] = {}
    for pool_id, found in grouped.items():
        for person in found:
            people.setdefault(person.pk, (person, str(pools[pool_id])))
    people |= {person.pk: (person, "") for person in named}
    answered = _answered(comment) if comment.parent_id else set()
    users = {person.user_id for person, _ in people.values() if person.user_id} | answered
    account = comment.account_id
    pairs = who_sees(
        permission="activities.view_comment",
        user_ids=users,
        account_ids=[account] if account else [],
    )
    seen = {user for user, _ in pairs}
    # Who does not sign in sees no account of a team of their own.
    outside = row_scope(None) == RowScope.EVERYONE
    notes: list[Note] = []
    told, unseen = [], []
    for person, pool in people.values():
        if person.user_id == actor.pk:
            continue
        by_mail = not person.user_id and bool(person.email) and outside
        if person.user_id in seen or by_mail:
            told.append(person.name)
            notes.append(_mention(actor, comment, person, pool))
        elif not pool:
            unseen.append(person.name)
    mentioned = {person.user_id for person, _ in people.values()}
    notes += [
        _note(NotificationKind.REPLY, f"{actor} answered in a conversation", comment, user_id=pk)
        for pk in sorted((answered & seen) - {*mentioned, actor.pk})
    ]
    notify(actor=actor, notes=notes)
    return Answer(told, unseen)


def _answered(comment: Comment) -> set[int]:
    """The users who take part in a conversation: who wrote in it, and who was named in it."""
    rows = Comment.objects.filter(Q(pk=comment.parent_id) | Q(parent=comment.parent_id))
    others = rows.exclude(pk=comment.pk).filter(author__isnull=False).order_by()
    named = Resource.objects.filter(mentions__comment__in=rows, user__isnull=False).order_by()
    found = others.values_list("author").union(named.values_list("user"))
    return {pk for (pk,) in found if pk is not None}


def _mention(actor: User, comment: Comment, person: Resource, pool: str) -> Note:
    whom = f"your group {pool}" if pool else "you"
    text = f"{actor} mentions {whom} in a comment"
    email = "" if person.user_id else person.email
    return _note(NotificationKind.MENTION, text, comment, user_id=person.user_id, email=email)


def _note(kind: str, text: str, comment: Comment, *, user_id: int | None, email: str = "") -> Note:
    on = kind_of(comment)
    record = getattr(comment, on)
    place = "" if on == "account" else f" in {comment.account}"
    return Note(
        kind,
        f"{text} on the {KINDS[on].noun} “{record}”{place}.",
        comment_path(comment),
        user_id,
        email,
        {"quote": comment.text[:QUOTED]},
    )


def comment_path(comment: Comment) -> str:
    """Where a comment is read and answered."""
    on = kind_of(comment)
    first = comment.parent_id or comment.pk
    record: Any = getattr(comment, f"{on}_id")
    return f"/comments/{on}/{record}/?answer={first}#comment-{comment.pk}"
