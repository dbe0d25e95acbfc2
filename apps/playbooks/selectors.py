"""Playbooks and tasks with their progress."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

EXACT = DecimalField(max_digits=40, decimal_places=20)


def playbooks(user: Any) -> QuerySet[Playbook]:
    """The playbooks this person sees, with `progress` 0 to 1: completed over not canceled (R-OBJ-5)."""
    shares = (
        PlaybookTask.objects.filter(playbook=OuterRef("pk"))
        .exclude(status=TaskStatus.CANCELED)
        .order_by()
        .values("playbook")
        .annotate(
            share=Cast(Count("pk", filter=Q(status=TaskStatus.COMPLETED)), EXACT)
            / NullIf(Cast(Count("pk"), EXACT), Value(0, output_field=EXACT))
        )
        .values("share")
    )
    share = Coalesce(Subquery(shares, output_field=EXACT), Value(0, output_field=EXACT))
    return Playbook.objects.visible_to(user).annotate(progress=share)


def tasks(user: Any) -> QuerySet[PlaybookTask]:
    """The tasks this person sees, with `progress` 0 to 1 and who is to do them."""
    assigned = TaskAssignment.objects.select_related("resource", "contact", "role", "pool")
    return (
        PlaybookTask.objects.visible_to(user)
        .annotate(
            progress=Case(
                When(status=TaskStatus.COMPLETED, then=Value(1, output_field=EXACT)),
                default=Cast(F("percent_complete"), EXACT) / Value(100, output_field=EXACT),
                output_field=EXACT,
            )
        )
        .prefetch_related(Prefetch("assignments", assigned))
    )
