"""What our own pages say of sharing."""

from __future__ import annotations

from typing import Any

from django import template

from apps.portal.selectors.marks import Mark, mark_of

register = template.Library()


@register.inclusion_tag("shares/_mark.html")
def customer_mark(kind: str, record: Any) -> dict[str, Mark | None]:
    """Whether the customer sees a record, and why not: {% customer_mark kind.name record %}."""
    return {"mark": mark_of(kind, record)}
