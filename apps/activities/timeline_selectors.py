"""What was said and done about one record and all that lies below it (R-CAS-2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Account
from apps.activities.models import ActivityContact, ActivityResource, CsActivity
from apps.core.scope import zone
from apps.core.search_selectors import matching

# How many stand on a page at first, and how many more each step shows.
STEP: Final = 20
MOST: Final = 500
# The kinds of records that have a timeline: activities name each of these by a field.
KINDS: Final = ("account", "plan", "objective", "kpi", "playbook", "task")


@dataclass(frozen=True)
class Filters:
    """What a person wants to see of a timeline; nothing set is all of it."""

    q: str = ""
    type: int | None = None
    person: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    # Of an account: also what belongs to the accounts below it.
    children: bool = False
    show: int = STEP

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return replace(self, children=False, show=STEP) != Filters()


@dataclass(frozen=True)
class Timeline:
    """Activities, the newest first; `more` is how many to ask for next, 0 when these are all."""

    activities: list[CsActivity]
    more: int


def timeline(user: Any, kind: str, record: Any, filters: Filters) -> Timeline:
    """The activities of a record and of what lies below it, with who was present.

    A link of an activity names all above it too, so that what lies below is one plain filter. Three
    statements, however many there are.
    """
    rows = _filtered(user, _of(user, kind, record, filters.children), filters)
    rows = rows.select_related("type", "account", "owner", "author", "task", "kpi", "playbook")
    rows = rows.select_related("objective", "plan").defer(
        "task__description",
        "task__notes",
        "kpi__description",
        "playbook__description",
        "objective__description",
        "plan__description",
        "account__summary",
    )
    shown = rows.prefetch_related("contacts", "resources").order_by("-happened_at", "-pk")
    size = min(max(filters.show, STEP), MOST)
    found = list(shown[: size + 1])
    more = size + STEP if len(found) > size and size < MOST else 0
    return Timeline(found[:size], more)


def _of(user: Any, kind: str, record: Any, children: bool) -> QuerySet[CsActivity]:
    if kind not in KINDS:
        raise KeyError(f"“{kind}” has no timeline.")
    rows: QuerySet[CsActivity] = CsActivity.objects.visible_to(user)
    if kind == "account" and children:
        seen = Account.objects.visible_to(user).order_by()
        return rows.filter(account__in=seen.below([record.pk]))
    return rows.filter(**{kind: record})


def _filtered(user: Any, rows: QuerySet[CsActivity], filters: Filters) -> QuerySet[CsActivity]:
    if filters.q:
        rows = rows.filter(pk__in=matching("activity", filters.q))
    if filters.type is not None:
        rows = rows.filter(type=filters.type)
    if filters.person:
        named = {"activity": OuterRef("pk")}
        contacts = ActivityContact.objects.filter(contact__name__icontains=filters.person, **named)
        resources = ActivityResource.objects.filter(
            resource__name__icontains=filters.person, **named
        )
        owner = Q(owner__name__icontains=filters.person)
        rows = rows.filter(owner | Q(Exists(contacts)) | Q(Exists(resources)))
    if filters.since:
        rows = rows.filter(happened_at__gte=_begins(user, filters.since))
    if filters.until:
        rows = rows.filter(happened_at__lt=_begins(user, filters.until + dt.timedelta(days=1)))
    return rows


def _begins(user: Any, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone(user))
