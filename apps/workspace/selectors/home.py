"""What Home shows of a person's accounts, of what is due, and of what was said to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from apps.accounts.models import Account, TeamPoolMember
from apps.accounts.team_selectors import accounts_of
from apps.activities.comment_selectors import comments
from apps.activities.models import Comment, CommentMention
from apps.core.kinds import KINDS, Kind
from apps.core.scope import today
from apps.core.together_selectors import together
from apps.plans.models import SuccessPlan
from apps.reports.health_selectors import with_health


def accounts_at_home(user: Any, whose: str = "1") -> QuerySet[Account]:
    """One's own accounts, the team's or all, those to be renewed next first.

    `plan_count` are their plans; with their health and what it was a month ago (R-HLT-3).
    """
    plans = SuccessPlan.objects.visible_to(user).filter(account=OuterRef("pk")).order_by()
    counted = plans.values("account").annotate(n=Count("pk")).values("n")
    return (
        with_health(accounts_of(user, whose), today(user))
        .select_related("currency")
        .annotate(
            plan_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        )
        .order_by(F("renewal_date").asc(nulls_last=True), "name", "pk")
    )


@dataclass(frozen=True)
class Due:
    """One thing that is due within the next days."""

    kind: Kind
    pk: int
    title: str
    day: dt.date
    account: str
    review: bool

    @property
    def url(self) -> str:
        """The page of the record."""
        return f"{self.kind.prefix}{self.pk}/"


def due_list(parts: Iterable[tuple[str, QuerySet[Any], str, str, str]], most: int) -> list[Due]:
    """The first of what some filtered lists hold, by day, in one statement.

    Each part is a kind, its rows, and the paths of title, day and account.
    """
    names = ("due_kind", "pk", "due_title", "due_day", "due_account", "due_review")
    listed = []
    for kind, rows, title, day, account in parts:
        shown = rows.order_by(day, "pk").annotate(
            due_kind=Value(kind, output_field=CharField()),
            due_title=F(title),
            due_day=F(day),
            due_account=F(account),
            due_review=Value(day == "review_date"),
        )
        listed.append(shown.values(*names)[:most])
    found = together(listed, "(<rows>)")
    entries = [Due(KINDS[kind], *rest) for kind, *rest in found]
    entries.sort(key=lambda one: (one.day, one.kind.name, one.pk))
    return entries[:most]


def said_to(user: Any, most: int) -> list[Comment]:
    """The newest comments that mention a person, or a group of theirs, and are still open."""
    groups = TeamPoolMember.objects.filter(resource__user=user).values("pool")
    mine = CommentMention.objects.filter(comment=OuterRef("pk")).filter(
        Q(resource__user=user) | Q(pool__in=groups)
    )
    rows = comments(user).filter(
        Exists(mine), resolved_at__isnull=True, parent__resolved_at__isnull=True
    )
    found: list[Comment] = list(rows.exclude(author=user).order_by("-pk")[:most])
    return found
