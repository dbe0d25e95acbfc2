"""All that is shared with one address, and what is theirs to do across plans."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Prefetch, QuerySet

from apps.plans.models import SuccessPlan
from apps.playbooks.choices import OVER_STATUSES
from apps.playbooks.models import PlaybookTask
from apps.playbooks.selectors import assignments
from apps.portal.models import Share
from apps.portal.selectors import seen, shown, things
from apps.portal.selectors.people import contacts_at, named, opened_with


@dataclass(frozen=True)
class Shared:
    """One share that an address opens: what it is called, and what is to be done there."""

    share: Share
    account: str
    # The plans it shows, by name.
    plans: tuple[str, ...]
    todos: tuple[things.Task, ...]

    @property
    def heading(self) -> str:
        """What it is called, for whoever may know its plan."""
        return self.plans[0] if self.share.plan_id and self.plans else self.account


def mine_of(email: str, *, now: dt.datetime) -> list[Shared]:
    """What a proven address opens, with its open tasks; a constant number of queries.

    A task that two shares show stands with the newer one alone.
    """
    shares = opened_with(email)
    if not shares:
        return []
    plans = _plans(shares)
    todos = _todos(shares, email, now)
    return [
        Shared(
            share,
            share.account.name,
            tuple(plan.name for plan in plans if _holds(share, plan.account_id, plan.pk)),
            tuple(sorted(todos[share.pk], key=seen.by_end)),
        )
        for share in shares
    ]


def _holds(share: Share, account: int | None, plan: int | None) -> bool:
    return share.account_id == account and share.plan_id in (None, plan)


def _plans(shares: Sequence[Share]) -> QuerySet[SuccessPlan]:
    return reduce(or_, map(shown.plans, shares)).order_by("name", "pk")


def _todos(shares: Sequence[Share], email: str, now: dt.datetime) -> dict[int, list[things.Task]]:
    readers: dict[int, set[int]] = defaultdict(set)
    on_them = named().filter(
        share__in=shares, contact__in=contacts_at(email).filter(is_active=True).values("pk")
    )
    for share_id, contact_id in on_them.values_list("share", "contact"):
        readers[share_id].add(contact_id)
    rows: QuerySet[PlaybookTask] = reduce(or_, map(shown.tasks, shares))
    everyone = set().union(*readers.values())
    mine = rows.filter(pk__in=assignments().filter(contact__in=everyone).values("task"))
    found: dict[int, list[things.Task]] = defaultdict(list)
    for row in (
        mine.exclude(status__in=OVER_STATUSES)
        .select_related("playbook", "objective")
        .prefetch_related(Prefetch("assignments", assignments()))
    ):
        given = list(row.assignments.all())
        for share in shares:
            theirs = any(one.contact_id in readers[share.pk] for one in given)
            if theirs and _holds(share, row.account_id, row.plan_id):
                place = str(row.playbook or row.objective or "")
                found[share.pk].append(
                    seen.task_of(row, given, place, mine=True, share=share, now=now)
                )
                break
    return found
