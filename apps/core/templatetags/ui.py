"""The building blocks of `apps.core.ui` and a person's formats, for templates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe

from apps.core import access, htmx, ui
from apps.core.fields import sanitise
from apps.core.freshness_rules import told
from apps.core.kinds import FROM_TEMPLATES, KINDS, LIBRARY
from apps.core.person import Person
from apps.core.rules import percent_shown

register = template.Library()

for _function in (
    ui.icon,
    ui.status,
    ui.own_status,
    ui.blocked_badge,
    ui.progress_bar,
    ui.kind_icon,
    ui.avatar,
    ui.shared_mark,
    ui.flag_mark,
    ui.pin_mark,
    ui.internal_mark,
    ui.level,
    ui.tag,
    ui.sparkline,
):
    register.simple_tag(_function)

register.simple_tag(ui.tone_of, name="tone")
register.filter("initials", ui.initials)
register.filter("percent", percent_shown)


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], what: str) -> access.Decision:
    """Whether the signed-in person may do this: {% may "plan.create" as creating %}."""
    return access.may(context["request"].user, what)


def _person(context: dict[str, Any]) -> Person:
    found: Person = context["person"]
    return found


@register.simple_tag(takes_context=True)
def date(context: dict[str, Any], value: dt.date | None) -> str:
    """A date in the person's format."""
    return _person(context).date(value)


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], value: dt.datetime | None) -> str:
    """A moment in the person's format and time zone."""
    return _person(context).moment(value)


@register.simple_tag(takes_context=True)
def days(context: dict[str, Any], value: dt.date) -> str:
    """How far away a date is: "in 5 days"."""
    return _person(context).days(value)


@register.simple_tag(takes_context=True)
def number(
    context: dict[str, Any], value: Decimal | int | None, decimals: int | None = None
) -> str:
    """A number in the person's format."""
    return _person(context).number(value, decimals)


# Whose records are given to somebody.
OWNED: Final = ("plans", "objectives", "playbooks", "tasks")


@register.simple_tag(takes_context=True)
def row_actions(
    context: dict[str, Any],
    namespace: str,
    row: Any,
    may_edit: Any,
    may_delete: Any,
    menu: str = "",
) -> SafeString:
    """The cell with a row's buttons; they lead back to this page.

    The `menu` of that id opens for the row; without JavaScript its button leads to the record.
    """
    back = quote(context["request"].get_full_path(), safe="/")
    offered = [("edit", "Edit", "pencil", may_edit), ("delete", "Delete", "trash", may_delete)]
    if namespace in OWNED:
        offered.insert(0, ("allocate", "Allocate", "user-plus", may_edit))
    buttons = [
        f'<a class="icon-button" href="{reverse(f"{namespace}:{name}", args=[row.pk])}?next={back}"'
        f' aria-label="{label} {escape(str(row))}" title="{label}">{ui.icon(icon)}</a>'
        for name, label, icon, allowed in offered
        if allowed
    ]
    if menu:
        buttons.insert(
            0,
            f'<a class="icon-button" href="{reverse(f"{namespace}:detail", args=[row.pk])}"'
            f' data-menu="{menu}" data-row="{row.pk}" aria-label="Carry out {escape(str(row))}"'
            f' title="Carry out">{ui.icon("player-play")}</a>',
        )
    return mark_safe(f'<td class="row-actions">{" ".join(buttons)}</td>')  # noqa: S308 (escaped)


@register.simple_tag(takes_context=True)
def shown(context: dict[str, Any], value: Any) -> str:
    """Any value of a history entry as this person reads it."""
    person = _person(context)
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | int):
        return person.number(value)
    if isinstance(value, dt.datetime):
        return person.moment(value)
    if isinstance(value, dt.date):
        return person.date(value)
    return str(value)


@register.simple_tag(takes_context=True)
def health_moved(context: dict[str, Any], change: Any) -> SafeString:
    """By how many points a health score moved; a change too small to show is none."""
    moved = Decimal(int(change * 10)) / 10 if change is not None else Decimal(0)
    if not moved:
        return mark_safe("")
    icon, words, sign = (
        ("trending-up", "Better", "+") if moved > 0 else ("trending-down", "Worse", "−")
    )
    tone = "green" if moved > 0 else "red"
    shown = _person(context).number(abs(moved), 1)
    return mark_safe(  # noqa: S308 (numbers alone)
        f'<span class="health-trend tone-{tone}">{ui.icon(icon, words)} {sign}{shown}</span>'
    )


@register.simple_tag(takes_context=True)
def freshness(context: dict[str, Any], moment: dt.datetime | None, limit: int = 0) -> SafeString:
    """When something was touched last, in days; marked when that is as long as the limit."""
    if moment is None:
        return ui.NONE
    person = _person(context)
    return ui.freshness(*told(moment, person.today, person.zone, limit), person.moment(moment))


@register.filter
def rich(text: str) -> SafeString:
    """Text that may hold simple formatting, cleaned again before it is shown."""
    if "<" in (text or ""):
        return mark_safe(sanitise(text))  # noqa: S308 (nh3 cleans it)
    return mark_safe(linebreaks(escape(text or "")))  # noqa: S308 (escaped before)


@register.filter
def undo_url(message: Any) -> str:
    """The address that undoes what a message speaks of; empty when it offers nothing."""
    tags = message.extra_tags or ""
    for kind in (htmx.UNDO, htmx.REDO):
        if tags.startswith(kind):
            return reverse("core:undo", args=[tags.removeprefix(kind)])
    return ""


@register.filter
def undo_label(message: Any) -> str:
    """What the button of a message is called: to undo an undo is to do it again."""
    return htmx.REDO_LABEL if (message.extra_tags or "").startswith(htmx.REDO) else "Undo"


def making(user: Any, name: str, query: str = "", back: str = "") -> str:
    """Where something new is made: the library first, for those who may use its templates."""
    parts = [query, f"next={quote(back)}" if back else ""]
    if name in FROM_TEMPLATES and access.may(user, f"{name}.create_from_template"):
        address, parts = reverse(LIBRARY), [f"kind={name}", *parts]
    else:
        address = reverse(f"{KINDS[name].namespace}:create")
    said = "&".join(part for part in parts if part)
    return f"{address}?{said}" if said else address


@register.simple_tag(takes_context=True)
def new_url(context: dict[str, Any], name: str, query: str = "") -> str:
    """Where something new is made from this page, and back to it."""
    request = context["request"]
    return making(request.user, name, query, request.get_full_path())
