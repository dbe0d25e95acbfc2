"""Rows of the table beside a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from apps.core.figures import Figure, cells

register = template.Library()


@register.simple_tag(takes_context=True)
def figure_cells(context: dict[str, Any], figure: Figure, row: Sequence[Any]) -> SafeString:
    """The cells of one row, as the person reads values."""
    return cells(figure, row, context["person"])
