"""The rows of Value Tracker: one KPI a row, its values always there to be typed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.html import escape

from apps.core import ui
from apps.core.person import Person
from apps.kpis.tables import NONE

EDITABLE: Final = ("title", "category", "unit", "baseline", "current", "target", "target_date")


@dataclass(frozen=True)
class Problem:
    """Why a typed value was not saved; with `theirs` when somebody else changed it meanwhile."""

    text: str
    theirs: str | None = None


@dataclass
class Row:
    """One KPI with its trend, and what was typed into it but not saved."""

    kpi: Any
    points: list[Decimal]
    may_edit: bool
    typed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    # The address that saves the row, without JavaScript too.
    url: str = ""
    csrf: str = ""

    @property
    def form(self) -> str:
        """The id of the row's form; its inputs stand in other cells."""
        return f"values-{self.kpi.pk}"


def stored(row: Row, name: str, person: Person) -> str:
    """A value as the person would type it."""
    value = getattr(row.kpi, name)
    if value is None:
        return ""
    if name == "target_date":
        return str(value.isoformat())
    return person.number(value) if isinstance(value, Decimal) else str(value)


def _problem(row: Row, name: str, person: Person) -> str:
    problem = row.problems.get(name)
    if problem is None:
        return ""
    mark = f"{row.form}-{name}-problem"
    text = f'<p class="value-problem" id="{mark}" role="alert">{escape(problem.text)}</p>'
    if problem.theirs is None:
        return text
    theirs = escape(stored(row, name, person))
    return (
        f'{text}<span class="value-choice">'
        f'<button class="btn btn-outline" form="{row.form}">Keep mine</button>'
        f'<button class="btn btn-outline" type="button" data-take="{theirs}"'
        f' data-for="{name}">Take theirs</button></span>'
    )


def value_input(name: str, label: str, kind: str = "text") -> Callable[[Row, Person], str]:
    """A value that looks like text until it is hovered or focused, and what stood there."""

    def cell(row: Row, person: Person) -> str:
        was = escape(stored(row, name, person))
        shown = escape(row.typed.get(name, stored(row, name, person)))
        if not row.may_edit:
            return (escape(person.date(row.kpi.target_date)) if kind == "date" else shown) or NONE
        wrong = (
            f' aria-invalid="true" aria-describedby="{row.form}-{name}-problem"'
            if name in row.problems
            else ""
        )
        how = 'type="date"' if kind == "date" else 'inputmode="decimal"'
        return (
            f'<input class="value-input" {how} autocomplete="off" name="{name}" value="{shown}"'
            f' form="{row.form}" aria-label="{label} of {escape(row.kpi.title)}"{wrong}>'
            f'<input type="hidden" name="initial-{name}" value="{was}" form="{row.form}">'
            f"{_problem(row, name, person)}"
        )

    return cell


def _opener(row: Row, name: str, label: str, text: str) -> str:
    if not row.may_edit:
        return f'<span class="muted">{text}</span>'
    said = f"Change {label} of {row.kpi.title}"
    return (
        f'<button type="button" class="value-open" aria-label="{escape(text)}. {escape(said)}"'
        f' hx-get="{row.url}cell/{name}/" hx-target="this" hx-swap="outerHTML">{text}</button>'
        f"{_problem(row, name, Person(row.kpi) if False else _NOBODY)}"
        if name not in row.problems
        else f"{text}"
    )


def title_cell(row: Row, person: Person) -> str:
    kpi = row.kpi
    category = escape(kpi.category.label) if kpi.category_id else ""
    shared = f" {ui.shared_mark()}" if kpi.is_external else ""
    form = (
        f'<form id="{row.form}" method="post" action="{row.url}" hx-post="{row.url}"'
        ' hx-trigger="submit, change from:closest tr" hx-target="closest tr" hx-swap="outerHTML"'
        ' hx-sync="this:queue last">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{row.csrf}">'
        '<button class="btn btn-outline no-js">Save</button></form>'
        if row.may_edit
        else ""
    )
    return (
        f'<a class="value-title" href="/kpis/{kpi.pk}/" data-open="{kpi.pk}" hx-get="/kpis/{kpi.pk}/"'
        f' hx-target="#panel" hx-swap="outerHTML">{escape(kpi.title)}</a>{shared}'
        f'<span class="value-category muted">{category}</span>{form}'
    )
