"""What templates of pages for customers ask for."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.choices import ProgressStatus
from apps.core.person import Person
from apps.core.rules import percent_shown
from apps.core.scope import organisation
from apps.portal import ui
from apps.portal.news_rules import CHANGED, COMPLETED, NEW
from apps.portal.selectors.things import Kpi

register = template.Library()

STANDING: Final[dict[str, tuple[str, str]]] = {
    ProgressStatus.COMPLETED: ("green", "Reached"),
    ProgressStatus.ON_TRACK: ("green", "On track"),
    ProgressStatus.IN_PROGRESS: ("blue", "In progress"),
    ProgressStatus.NOT_STARTED: ("grey", "Not started"),
    ProgressStatus.NOT_AVAILABLE: ("grey", "No value yet"),
    ProgressStatus.OFF_TRACK: ("amber", "Behind"),
    ProgressStatus.OVERDUE: ("amber", "Past its date"),
}
TONES: Final[dict[str, str]] = {NEW: "green", CHANGED: "blue", COMPLETED: "cyan"}


class Brand(NamedTuple):
    """The company as its customers know it."""

    name: str
    logo: bool


@register.simple_tag(takes_context=True)
def brand(context: template.Context) -> Brand:
    """The name of the company, and whether it has a logo."""
    person = context.get("person")
    found = organisation(person.user if person else None)
    return Brand(found.name, bool(found.logo_type))


@register.simple_tag(takes_context=True)
def amount(context: template.Context, kpi: Kpi, value: Decimal | None) -> str:
    """A value of a KPI with its unit, as many places as the unit has: "8 %"."""
    if value is None:
        return "—"
    person: Person = context["person"]
    rounded = value.quantize(Decimal(1).scaleb(-kpi.decimals), ROUND_HALF_UP)
    return f"{person.number(rounded)}\u00a0{kpi.unit}" if kpi.unit else person.number(rounded)


@register.simple_tag(takes_context=True)
def fresh(context: template.Context, key: str) -> SafeString | str:
    """A mark on what is new, changed or completed since the visit before."""
    word = context["page"].news.get(key, "")
    return format_html('<span class="mark tone-{}">{}</span>', TONES[word], word) if word else ""


@register.simple_tag
def standing(status: str) -> SafeString:
    """Where a KPI stands, in a word and a colour (R-KPI-4)."""
    tone, word = STANDING[status]
    return format_html('<span class="mark tone-{}">{}</span>', tone, word)


@register.simple_tag
def chart(kpi: Kpi) -> SafeString:
    """The values of a KPI over time, with its target."""
    return ui.chart([(one.on, one.value) for one in kpi.values], kpi.target)


@register.simple_tag
def bar(share: Decimal, done: bool) -> SafeString:
    """A bar of a share of 1."""
    return ui.bar(percent_shown(share), done)
