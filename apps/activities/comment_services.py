"""Writes of comments: said, edited, resolved, taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.activities import comment_rules as rules
from apps.activities.comment_notice_services import Answer, comment_path, comment_told
from apps.activities.comment_selectors import commented, kind_of, mentionable, written
from apps.activities.models import Comment, CommentMention
from apps.core.access import Refused, is_known, may, require
from apps.core.history import operation
from apps.core.models import User
from apps.core.notify_services import withdrawn
from apps.core.services import apply, create, lock
from apps.core.undo_selectors import events_of

NOT_YOURS: Final = "Only who wrote a comment may {} it."


@dataclass(frozen=True)
class Saved:
    """A comment that was saved, and who was told of it."""

    comment: Comment
    answer: Answer = field(default_factory=Answer)


def may_mark(actor: Any, kind: str) -> bool:
    """Whether a comment on this kind of record may be marked for the customer (R-PLAN-2)."""
    return is_known(f"{kind}.share") and bool(may(actor, f"{kind}.share"))


def comment_create(
    *,
    actor: User,
    kind: str,
    pk: int,
    text: str,
    parent: int | None = None,
    is_external: bool = False,
) -> Saved:
    """Say something on a record that one sees, or answer a comment on it; whoever is named is told.

    Raises Http404 for a record that one does not see, ValidationError for a name that several
    people share or an answer to a comment that is gone.
    """
    require(actor, "comment.create")
    record = commented(actor, kind, pk)
    if is_external and not may_mark(actor, kind):
        raise Refused("You may not mark comments here for the customer.")
    with operation(actor):
        above = _first_of(kind, pk, parent) if parent else None
        comment = create(
            Comment(
                **{kind: record},
                author=actor,
                text=text,
                parent=above,
                is_external=is_external,
            )
        )
        # The database has filled in the account.
        comment = _whole(comment.pk)
        new = _mention(comment, _named_in(text))
        answer = comment_told(actor=actor, comment=comment, mentions=new)
    return Saved(comment, answer)


def comment_update(
    *,
    actor: User,
    comment: Comment,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> Saved:
    """Change one's own comment: its text, and whether it is for the customer too.

    Who is newly named is told. Raises Refused for somebody else's, and Conflict.
    """
    require(actor, "comment.edit")
    with operation(actor):
        locked = lock(comment)
        if locked.author_id != actor.pk:
            raise Refused(NOT_YOURS.format("edit"))
        if changes.get("is_external", locked.is_external) != locked.is_external and not may_mark(
            actor, kind_of(locked)
        ):
            raise Refused("You may not mark comments here for the customer.")
        if not apply(locked, changes, shown):
            return Saved(locked)
        apply(locked, {"edited_at": timezone.now()})
        locked = _whole(locked.pk)
        new = _mention(locked, _named_in(locked.text))
        answer = comment_told(actor=actor, comment=locked, mentions=new) if new else Answer()
    return Saved(locked, answer)


def comment_resolve(*, actor: User, comment: Comment, resolved: bool) -> bool:
    """Say that a conversation is settled, or open it again; whoever may write may do it.

    Returns whether that changed anything.
    """
    require(actor, "comment.create")
    with operation(actor):
        locked = lock(comment)
        if locked.parent_id is not None:
            raise ValidationError("A conversation is resolved as a whole, not one answer of it.")
        if (locked.resolved_at is not None) == resolved:
            return False
        now, who = (timezone.now(), actor) if resolved else (None, None)
        apply(locked, {"resolved_at": now, "resolved_by": who})
    return True


def comment_delete(*, actor: User, comment: Comment) -> None:
    """Take back one's own comment, and what was told of it.

    Raises Refused for somebody else's, ValidationError while answers stand below it.
    """
    require(actor, "comment.delete")
    with operation(actor):
        locked = lock(comment)
        if locked.author_id != actor.pk:
            raise Refused(NOT_YOURS.format("delete"))
        error = rules.answered_error(locked.replies.count())
        if error:
            raise ValidationError(error)
        events = events_of(Comment)._base_manager.filter(pgh_obj_id=locked.pk)
        told_in = set(events.values_list("pgh_operation", flat=True)) - {None}
        path = comment_path(locked)
        locked.delete()
        withdrawn(done=told_in, path=path)


def _first_of(kind: str, pk: int, parent: int) -> Comment:
    """The comment that begins the conversation, locked so that it stays."""
    rows = Comment.objects.select_for_update(of=("self",)).filter(**{f"{kind}_id": pk})
    found = rows.filter(pk=parent).first()
    if found is not None and found.parent_id is not None:
        found = rows.filter(pk=found.parent_id).first()
    if found is None or kind_of(found) != kind:
        raise ValidationError(
            "The comment that you answer was deleted meanwhile. Copy your text and write it anew."
        )
    return found


def _whole(pk: int) -> Comment:
    above = ("account", "plan", "challenge", "objective", "kpi", "playbook", "task", "parent")
    return Comment.objects.select_related("author", *above).get(pk=pk)


def _named_in(text: str) -> set[rules.Key]:
    if "@" not in text:
        return set()
    people = mentionable()
    keys, unclear = rules.mentioned(text, rules.handles(people))
    if unclear:
        raise ValidationError(
            {"text": [rules.unclear_error(name, written(people, name)) for name in unclear]}
        )
    return set(keys)


def _mention(comment: Comment, keys: Collection[rules.Key]) -> list[CommentMention]:
    """Make the mentions of a comment those of its text; return the new ones with their people."""
    have = {_key(row): row for row in comment.mentions.all()}
    gone = [row.pk for key, row in have.items() if key not in keys]
    if gone:
        CommentMention.objects.filter(pk__in=gone).delete()
    wanted = [key for key in keys if key not in have]
    if not wanted:
        return []
    made = CommentMention.objects.bulk_create(
        CommentMention(comment=comment, **{f"{kind}_id": pk}) for kind, pk in sorted(wanted)
    )
    rows = CommentMention.objects.filter(pk__in=[row.pk for row in made])
    return list(rows.select_related("resource__user", "pool"))


def _key(row: CommentMention) -> rules.Key:
    if row.resource_id is not None:
        return "resource", row.resource_id
    return "pool", row.pool_id or 0
