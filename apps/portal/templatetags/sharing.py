"""What our own pages say of sharing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from apps.core.access import may
from apps.core.kinds import KINDS
from apps.portal.selectors.marks import mark_of

register = template.Library()


@register.inclusion_tag("shares/_mark.html", takes_context=True)
def customer_mark(context: dict[str, Any], kind: str, record: Any) -> dict[str, Any]:
    """Whether the customer sees a record, and why not: {% customer_mark kind.name record %}.

    Whoever may share is led to the tick itself.
    """
    mark = mark_of(kind, record)
    url = ""
    if mark and may(context["request"].user, "plan.share"):
        url = f"{_board(kind, record)}?{urlencode({'next': _page(kind, record)})}#on-{kind}-{record.pk}"
    return {"mark": mark, "url": url}


def _board(kind: str, record: Any) -> str:
    holder = record.objective if kind == "kpi" else record
    plan = record.pk if kind == "plan" else holder.plan_id
    if plan:
        return reverse("shares:what-plan", args=[plan])
    return reverse("shares:what-account", args=[holder.account_id])


def _page(kind: str, record: Any) -> str:
    return reverse(f"{KINDS[kind].namespace}:detail", args=[record.pk])
