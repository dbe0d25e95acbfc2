"""What the demo's people say to each other on their records, and who follows their objectives."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Final

from django.utils import timezone

from apps.accounts.models import Account, Contact, Resource, TeamPool
from apps.activities.comment_services import comment_create, comment_resolve
from apps.activities.models import Comment
from apps.core import history
from apps.core.choices import Door
from apps.core.models import Notification
from apps.core.undo_selectors import events_of
from apps.kpis.models import ObjectiveKpi
from apps.objectives.choices import StatusKind
from apps.objectives.models import Collaborator, Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask

# kind of record, what is said first, what is answered, whether it is settled. {0} is whom it is
# about, {1} their group.
SAID: Final = (
    ("objective", "@{0}, the sponsor asks whether the go-live can move by two weeks. Can we?",
     "Yes, if the review stays where it is. I will say so in Thursday's call.", False),
    ("objective", "@{1}: has anybody done single sign-on with their identity provider before?",
     "I have, last spring. The notes are in the plan of that account.", True),
    ("objective", "Training for the second site is not booked yet, @{0}. Who asks for the dates?",
     "", False),
    ("kpi", "The value looks too good to be true, @{0}: are test users counted?",
     "They were. From this month on they are left out.", True),
    ("kpi", "@{0}, finance measures this differently. Shall we agree on one source?", "", False),
    ("task", "@{0}, they want to bring their works council. Is an hour enough?",
     "Better an hour and a half. I moved the meeting.", False),
    ("plan", "The new head of operations starts on the first. @{0}, please introduce us.",
     "Will do, I know her from her last company.", False),
    ("account", "Renewal talks begin early this year, says procurement. @{0}, what do we show?",
     "The value of the last two quarters. I prepare the page.", False),
)  # fmt: skip


def load() -> int:
    """Comments with mentions, answers and collaborators; how many comments.

    Once there have been comments, what people said or deleted since is left as it is.
    """
    if events_of(Comment)._base_manager.exists():
        return 0
    chance = random.Random("ravenstack talk")  # noqa: S311 (a demo, not a secret)
    pool = TeamPool.objects.order_by("pk").first()
    people = list(
        Resource.objects.filter(user__isnull=False, is_active=True)
        .exclude(memberships=None)
        .select_related("user")
        .order_by("pk")
    )
    said = []
    with history.through(Door.IMPORT):
        for place, owner in enumerate(people):
            others = people[place + 1 :] + people[:place]
            _follow(owner, others)
            for number, line in enumerate(SAID):
                records = _records(line[0], owner)
                if records:
                    asking = others[number % len(others)]
                    said.append((line, chance.choice(records), asking, owner))
        # What was said last is told last, whoever is asked.
        chance.shuffle(said)
        for line, record, asking, owner in said:
            _say(line, record, asking, owner, str(pool or owner))
    _spread(chance)
    return Comment.objects.count()


def _records(kind: str, owner: Resource) -> list[Any]:
    """Records of a kind that a person works on now, the first ones."""
    plans = SuccessPlan.objects.filter(owner=owner, status=PlanStatus.ACTIVE)
    running = Objective.objects.filter(plan__in=plans, status__kind=StatusKind.IN_PROGRESS)
    rows: Any = {
        "plan": plans,
        "objective": running,
        "kpi": ObjectiveKpi.objects.filter(objective__in=running),
        "task": PlaybookTask.objects.filter(objective__in=running),
        "account": Account.objects.filter(plans__in=plans).distinct(),
    }[kind]
    return list(rows.order_by("pk")[:6])


def _say(
    line: tuple[str, str, str, bool], record: Any, asking: Resource, asked: Resource, group: str
) -> None:
    kind, first, answer, settled = line
    if asking.user is None or asked.user is None:
        return
    said = comment_create(
        actor=asking.user, kind=kind, pk=record.pk, text=first.format(asked.name, group)
    ).comment
    if answer:
        comment_create(actor=asked.user, kind=kind, pk=record.pk, text=answer, parent=said.pk)
    if settled:
        comment_resolve(actor=asking.user, comment=said, resolved=True)


def _follow(owner: Resource, others: list[Resource]) -> None:
    """Two colleagues and a contact follow the first objectives of a person."""
    followed = _records("objective", owner)[:3]
    with history.operation(owner.user):
        rows = [
            Collaborator(objective=objective, resource=other)
            for objective in followed
            for other in others[:2]
        ]
        for objective in followed:
            contact = Contact.objects.filter(account=objective.account, is_active=True)
            first = contact.exclude(email="").order_by("pk").first()
            if first is not None:
                rows.append(Collaborator(objective=objective, contact=first))
        Collaborator.objects.bulk_create(rows)


def _spread(chance: random.Random) -> None:
    """Over the last days, in their order; what is older was read."""
    now = timezone.now().replace(second=0, microsecond=0)
    rows = list(Comment.objects.order_by("pk"))
    ago = [dt.timedelta(days=chance.randint(0, 19), minutes=chance.randint(60, 700)) for _ in rows]
    asked: dict[int, dt.datetime] = {}
    for row, before in zip(rows, sorted(ago, reverse=True), strict=True):
        row.created_at = now - before
        asked[row.pk] = row.created_at
        if row.resolved_at:
            row.resolved_at = min(row.created_at + dt.timedelta(hours=7), now)
    Comment.objects.bulk_update(rows, ["created_at", "resolved_at"])
    told = list(Notification.objects.filter(path__startswith="/comments/"))
    for note in told:
        note.created_at = asked[int(note.path.rsplit("#comment-", 1)[1])]
        note.read_at = now if note.created_at < now - dt.timedelta(days=4) else None
        # What was said weeks ago is not mailed now.
        note.mailed_at = note.created_at
    Notification.objects.bulk_update(told, ["created_at", "read_at", "mailed_at"])
