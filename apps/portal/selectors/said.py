"""What was said to the customer: comments marked for them, on what they see (R-PLAN-2, R-EXT-5)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from apps.activities.models import Comment
from apps.portal.models import Share
from apps.portal.selectors import shown, things

MOST: Final = 50
ON: Final = ("plan", "objective", "kpi", "playbook", "task")


def comments(share: Share) -> tuple[things.Comment, ...]:
    """The newest comments for the customer too, on the records that a share shows.

    What is said on the account itself is shown where the whole account is shared.
    """
    seen = {
        "plan": shown.plans(share),
        "objective": shown.objectives(share),
        "kpi": shown.kpis(share),
        "playbook": shown.playbooks(share),
        "task": shown.tasks(share),
    }
    about = Q()
    for name, rows in seen.items():
        about |= Q(**{f"{name}__in": rows.order_by().values("pk")})
    if share.plan_id is None:
        about |= Q(**dict.fromkeys((f"{name}__isnull" for name in ON), True), challenge=None)
    rows = (
        Comment._default_manager.filter(about, account=share.account_id, is_external=True)
        .select_related("author", "author_contact", *ON)
        .order_by("-pk")[:MOST]
    )
    return tuple(_said(row) for row in rows)


def _said(row: Comment) -> things.Comment:
    record = next((getattr(row, name) for name in ON if getattr(row, f"{name}_id")), None)
    return things.Comment(
        about=str(record or ""),
        who=str(row.author_contact or row.author),
        ours=row.author_id is not None,
        at=row.created_at,
        text=row.text,
    )
