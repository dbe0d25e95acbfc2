"""The one thing that a customer writes: their own task is done, and within a minute it is not.

Everything is asked again under a lock on the share and the task: whether the share still opens
and allows it, whether it shows the task, and whether the task is theirs (R-EXT-3).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import AccountRole, Contact, Resource
from apps.accounts.sight_selectors import who_sees
from apps.activities.models import Comment
from apps.core.choices import Door, NotificationKind
from apps.core.history import operation, through
from apps.core.kinds import KINDS
from apps.core.models import Notification
from apps.core.notify_services import Note, notify, withdrawn
from apps.core.services import apply, create, lock
from apps.playbooks.choices import OVER_STATUSES, TaskStatus
from apps.playbooks.models import PlaybookTask
from apps.playbooks.rules import completion
from apps.portal import rules
from apps.portal.models import Completion, Share
from apps.portal.selectors import people, shown
from apps.portal.selectors.completed import is_as_left
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.seen import key_of
from apps.portal.selectors.shares import live

# As long as a word to the team may be.
LONGEST: Final = 2000


class Nothing(Exception):
    """There is no such task here for this person, for whatever reason."""


class Answer(enum.StrEnum):
    """What became of it."""

    DONE = "done"
    ALREADY = "already"
    # Somebody completed it first, so what was written with it has no place.
    UNSAID = "unsaid"
    BACK = "back"
    LATE = "late"


def task_of(share: Share, visitor: Visitor, key: str) -> PlaybookTask:
    """The task that a customer's page names by `key`, if the share shows it and it is theirs.

    Raises Nothing for any other, and where the share lets nobody complete.
    """
    if share.may_complete and visitor.contacts:
        for pk in _theirs(share, visitor.contacts).values_list("pk", flat=True):
            if key_of("task", pk) == key:
                return PlaybookTask._default_manager.get(pk=pk)
    raise Nothing


def task_complete(
    *, actor: None = None, share: Share, visitor: Visitor, task: PlaybookTask, text: str = ""
) -> Answer:
    """Complete a task of one's own, with a word to the team if there is one; its owner is told.

    A task that is completed already stays as it is. Raises Nothing for what is not there or not
    theirs (any more), ValidationError when others write the same at this moment.
    """
    said = text.strip()[:LONGEST]
    if task.status in OVER_STATUSES and not said:
        return Answer.ALREADY
    try:
        with through(Door.PORTAL), operation(actor, by=_name(visitor)) as mine:
            contact, locked = _hold(share, visitor, task)
            if locked.status in OVER_STATUSES:
                known = not said or _is_said(contact, locked, said)
                raise _Stays(Answer.ALREADY if known else Answer.UNSAID)
            _complete(mine, contact, locked, said)
    except _Stays as stays:
        return stays.answer
    return Answer.DONE


def task_undo(*, actor: None = None, share: Share, visitor: Visitor, task: PlaybookTask) -> Answer:
    """Take back what one completed within the last minute: all of it, or nothing.

    Not when anybody changed the task or answered since. Raises Nothing as `task_complete` does.
    """
    if task.status != TaskStatus.COMPLETED:
        return Answer.BACK
    try:
        with through(Door.PORTAL), operation(actor, by=_name(visitor)):
            contact, locked = _hold(share, visitor, task)
            if locked.status != TaskStatus.COMPLETED:
                raise _Stays(Answer.BACK)
            rows = Completion.objects.select_related("comment").order_by("-pk")
            done = rows.filter(task=locked, contact=contact).first()
            if done is None or not _may_go_back(done):
                raise _Stays(Answer.LATE)
            _put_back(contact, locked, done)
    except _Stays as stays:
        return stays.answer
    return Answer.BACK


class _Stays(Exception):
    """Ends an operation in which nothing is to be written, so that nothing of it is kept."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer)


def _complete(mine: UUID, contact: Contact, task: PlaybookTask, said: str) -> None:
    now = timezone.now()
    wanted = {"status": TaskStatus.COMPLETED}
    follows, _ = completion(before=task.status, wanted=wanted, now=now)
    Completion.objects.create(
        task=task,
        contact=contact,
        comment=_say(contact, task, said) if said else None,
        operation=mine,
        at=now,
        status=task.status,
        percent_complete=task.percent_complete,
    )
    apply(task, {**wanted, **follows})
    _tell(contact, task, f"{contact} completed the task", said)


def _may_go_back(done: Completion) -> bool:
    # Held, so that nobody answers it before it is gone.
    said = Comment.objects.select_for_update(of=("self",)).filter(pk=done.comment_id or 0)
    is_answered = any(comment.replies.exists() for comment in said)
    is_late = timezone.now() - done.at > rules.UNDO_FOR
    return not is_late and not is_answered and is_as_left(done)


def _put_back(contact: Contact, task: PlaybookTask, done: Completion) -> None:
    before = {"status": done.status, "percent_complete": done.percent_complete}
    apply(task, {**before, "completed_at": None})
    # Held, so that none of them is mailed between the question and its answer.
    told = Notification.objects.select_for_update().filter(operation=done.operation)
    is_known = any(note.mailed_at or note.read_at for note in told.order_by("pk"))
    withdrawn(done=done.operation)
    if is_known:
        _tell(contact, task, f"{contact} took back that they completed the task", "")
    comment = done.comment
    done.delete()
    if comment is not None:
        comment.delete()


def _name(visitor: Visitor) -> str:
    return visitor.contacts[0].name if visitor.contacts else visitor.email


def _theirs(share: Share, contacts: Sequence[Contact]) -> Any:
    return shown.tasks(share).filter(assignments__contact__in=contacts).order_by().distinct()


def _hold(share: Share, visitor: Visitor, task: PlaybookTask) -> tuple[Contact, PlaybookTask]:
    """The contact to whom the task is given, and the task; it and the share are held as they are.

    The share before the task, and the question whether it is shown after both: what is answered
    then is true until all is saved.
    """
    rows = Share._default_manager.select_for_update(of=("self",))
    held = rows.filter(live(), pk=share.pk, round=share.round, may_complete=True).first()
    if held is None:
        raise Nothing
    try:
        locked = lock(task, "playbook", "objective", "plan", "account")
    except PlaybookTask.DoesNotExist as error:
        raise Nothing from error
    contacts = people.admitted(held, visitor.email)
    if not contacts or not _theirs(held, contacts).filter(pk=task.pk).exists():
        raise Nothing
    given = task.assignments.filter(contact__in=contacts).order_by("pk")
    found = given.values_list("contact", flat=True).first()
    return next(contact for contact in contacts if contact.pk == found), locked


def _is_said(contact: Contact, task: PlaybookTask, text: str) -> bool:
    return Comment.objects.filter(task=task, author_contact=contact, text=text).exists()


def _say(contact: Contact, task: PlaybookTask, text: str) -> Comment:
    """A comment of the contact, for both sides."""
    return create(Comment(task=task, author_contact=contact, text=text, is_external=True))


def _tell(contact: Contact, task: PlaybookTask, what: str, text: str) -> None:
    """Tell whose work it is: who owns the playbook, the objective, the plan, or the account."""
    for resources in _responsible(task):
        users = {one.user_id for one in resources if one.user_id}
        seeing = {
            user
            for user, _ in who_sees(
                permission="playbooks.view_playbooktask",
                user_ids=users,
                account_ids=[task.account_id] if task.account_id else [],
            )
        }
        if not seeing:
            continue
        notify(
            actor=None,
            notes=[
                Note(
                    NotificationKind.PORTAL,
                    f"{what} “{task}” in {task.account}.",
                    f"{KINDS['task'].prefix}{task.pk}/",
                    user,
                    data={"quote": text},
                )
                for user in sorted(seeing)
            ],
        )
        return


def _responsible(task: PlaybookTask) -> list[list[Resource]]:
    """Owners, the nearest first; at last the team of the account, by the first of its roles."""
    owners = [
        above.owner
        for above in (task.playbook, task.objective, task.plan)
        if above is not None and above.owner is not None
    ]
    team = AccountRole.objects.filter(account=task.account_id).select_related("resource", "role")
    by_role: dict[int, list[Resource]] = {}
    for row in team.order_by("role__position", "pk"):
        by_role.setdefault(row.role_id, []).append(row.resource)
    return [[owner] for owner in owners] + list(by_role.values())
