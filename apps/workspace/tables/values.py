"""The rows of Value Tracker: one KPI a row, its values always there to be typed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.choices import Direction, ProgressStatus
from apps.core.layouts import ROOMY
from apps.core.list_rules import sort_keys, sort_marks
from apps.core.person import Person
from apps.core.rules import percent_shown, schedule_status
from apps.core.tables import Cell, Column, Table, date, link
from apps.core.ui import escape
from apps.kpis.selectors import Group
from apps.kpis.tables import blocked_cell, progress_cell, status_cell, target_date_cell
from apps.workspace.rules import exact
from apps.workspace.selectors.values import SORTS

NUMBERS: Final = ("baseline", "current", "target")
# Fields whose editor is fetched into the cell when it is asked for.
FETCHED: Final = ("title", "category", "unit", "direction", "target_date")
EDITABLE: Final = (*NUMBERS, *FETCHED)


@dataclass(frozen=True)
class Problem:
    """Why a typed value was not saved; `theirs` is the other value when somebody else was faster."""

    text: str
    theirs: str | None = None


@dataclass(frozen=True)
class May:
    """What the person may do with the rows."""

    edit: bool = False
    create: bool = False
    delete: bool = False
    note: bool = False


@dataclass(frozen=True)
class ValuesView:
    """How one person sees the tracker: columns, and what its address says."""

    person: Person
    columns: list[str]
    state: Mapping[str, str]
    may: May
    # Which of account and plan must be named, because the rows are of several.
    spans: tuple[str, ...] = ()
    closed: frozenset[int] = frozenset()
    csrf: str = ""
    widths: Mapping[str, int] = field(default_factory=dict)

    def address(self, **changes: Any) -> str:
        """The tracker's own address with some of its parts changed; None takes one away."""
        return f"{reverse('workspace:value-tracker')}{self.query(**changes)}"

    def query(self, **changes: Any) -> str:
        """What the address says after its path."""
        said = {**self.state, **changes}
        kept = {name: value for name, value in said.items() if value not in (None, "", False)}
        return f"?{urlencode(kept, safe=',')}" if kept else ""

    def back(self) -> str:
        """The part of another address that leads back here."""
        return urlencode({"next": self.address()})


@dataclass
class Row:
    """One KPI with its trend, and what was typed into it but not saved."""

    kpi: Any
    view: ValuesView
    typed: Mapping[str, str] = field(default_factory=dict)
    # What stood there when it was typed; after a conflict, what stands there now.
    before: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)
    # Editors that stand in their cells, by field.
    editors: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> str:
        """The id of the row's form; its inputs stand in other cells."""
        return f"v{self.kpi.pk}"

    @property
    def path(self) -> str:
        """Where the row is saved and fetched."""
        return f"{reverse('workspace:value-tracker')}kpis/{self.kpi.pk}/"


@dataclass(frozen=True)
class Section:
    """An objective and its rows."""

    objective: Any
    group: Group
    rows: list[Row]


def number_cell(name: str, label: str) -> Cell:
    """A number that looks like text until one points at it, with what stood there beside."""

    def cell(row: Row, person: Person) -> str:
        value: Decimal | None = getattr(row.kpi, name)
        if not row.view.may.edit:
            return ui.NONE if value is None else escape(person.number(value))
        now = "" if value is None else person.number(value)
        was = escape(row.before.get(name, now))
        shown = escape(row.typed.get(name, now))
        wrong = (
            f' aria-invalid="true" aria-describedby="{row.form}-{name}-problem"'
            if name in row.problems
            else ""
        )
        return (
            f'<input class="v-input" id="{row.form}-{name}" name="{name}" value="{shown}"'
            f' form="{row.form}" inputmode="decimal" autocomplete="off" placeholder="—"'
            f' aria-label="{label} of {escape(row.kpi.title)}"{wrong}>'
            f'<input type="hidden" name="initial-{name}" value="{was}" form="{row.form}">'
            f"{problem_text(row, name)}"
        )

    return cell


def problem_text(row: Row, name: str) -> str:
    """The sentence under a value that was not saved, and the choice after a conflict."""
    problem = row.problems.get(name)
    if problem is None:
        return ""
    text = (
        f'<p class="v-problem" id="{row.form}-{name}-problem" role="alert">'
        f"{escape(problem.text)}</p>"
    )
    if problem.theirs is None:
        return text
    return (
        f'{text}<span class="v-choice">'
        f'<button class="btn btn-outline btn-sm" form="{row.form}" data-mine>Keep mine</button>'
        f'<a class="btn btn-outline btn-sm" href="{escape(row.view.address())}" data-theirs>'
        "Take theirs</a></span>"
    )


def opener(row: Row, name: str, label: str, text: str) -> str:
    """A value that opens its editor in the cell; without JavaScript it leads to the form."""
    if name in row.editors:
        return f"{row.editors[name]}{problem_text(row, name)}"
    if not row.view.may.edit:
        return text
    return (
        f'<a class="v-open" href="/kpis/{row.kpi.pk}/edit/?{escape(row.view.back())}"'
        f' hx-get="{row.path}cell/{name}/" hx-target="closest [data-slot]" hx-select="unset"'
        f' title="Change the {label}"><span class="visually-hidden">Change {label}: </span>'
        f"{text}</a>"
    )


def title_cell(row: Row, person: Person) -> str:
    """Title, which opens the details, and category; both can be changed."""
    kpi = row.kpi
    shared = f" {ui.shared_mark()}" if kpi.is_external else ""
    if "title" in row.editors:
        title = opener(row, "title", "title", "")
    else:
        pencil = (
            f'<a class="v-pencil" href="/kpis/{kpi.pk}/edit/?{escape(row.view.back())}"'
            f' hx-get="{row.path}cell/title/" hx-target="closest [data-slot]" hx-select="unset"'
            f' aria-label="Rename {escape(kpi.title)}" title="Rename">{ui.icon("pencil")}</a>'
            if row.view.may.edit
            else ""
        )
        title = (
            f'<a class="v-title" href="/kpis/{kpi.pk}/" hx-get="/kpis/{kpi.pk}/"'
            f' hx-target="#panel" hx-swap="outerHTML" hx-select="unset">{escape(kpi.title)}</a>'
            f"{shared}{pencil}"
        )
    category = escape(kpi.category.label) if kpi.category_id else ""
    beneath = (
        opener(row, "category", "category", category or "No category")
        if category or row.view.may.edit
        else ""
    )
    quiet = "" if category or "category" in row.editors else " v-quiet"
    return (
        f'<div data-slot="title" class="v-name">{title}</div>'
        f'<div data-slot="category" class="v-category{quiet}">{beneath}</div>'
    )


def unit_cell(row: Row, person: Person) -> str:
    unit = row.kpi.unit
    shown = escape(unit.symbol or unit.label) if unit else "—"
    return opener(row, "unit", "unit", f'<span class="unit">{shown}</span>')


def direction_cell(row: Row, person: Person) -> str:
    label = Direction(row.kpi.direction).label.split()[0]
    return opener(row, "direction", "direction", escape(label))


def date_cell(row: Row, person: Person) -> str:
    return opener(row, "target_date", "target date", target_date_cell(row.kpi, person))


def trend_cell(row: Row, person: Person) -> str:
    """The shape of the newest values, oldest first."""
    return ui.sparkline(row.kpi.points[::-1], ui.tone_of(row.kpi.kpi_status))


def menu_cell(row: Row, person: Person) -> str:
    """The row's form and its menu."""
    kpi, view = row.kpi, row.view
    page, back = f"/kpis/{kpi.pk}/", escape(view.back())
    query = escape(view.query())
    entries = [f'<a href="{page}">Open</a>']
    form = ""
    if view.may.edit:
        form = (
            f'<form id="{row.form}" method="post" action="{row.path}{query}">'
            f'<input type="hidden" name="csrfmiddlewaretoken" value="{view.csrf}">'
            '<button class="btn btn-outline btn-sm no-js">Save</button></form>'
        )
        entries.append(f'<a href="{page}edit/?{back}">Edit</a>')
    entries.append(f'<a href="{page}?tab=history">History</a>')
    if view.may.note:
        entries.append(
            f'<a href="{reverse("activities:create")}?kpi={kpi.pk}&amp;note=1&amp;{back}">'
            "Add CS Activity Note</a>"
        )
    if view.may.edit:
        block = f"{row.path}block/{query}"
        word, value = ("Unblock", "0") if kpi.is_blocked else ("Block", "1")
        entries.append(
            f'<button form="{row.form}" formaction="{block}" hx-post="{block}" hx-params="blocked"'
            f' name="blocked" value="{value}">{word}</button>'
        )
    if view.may.delete:
        entries.append(f'<a class="v-danger" href="{page}delete/?{back}">Delete</a>')
    return (
        f'{form}<button type="button" class="icon-button" popovertarget="m{kpi.pk}"'
        f' aria-label="Actions for {escape(kpi.title)}">{ui.icon("dots-vertical")}</button>'
        f'<div id="m{kpi.pk}" popover class="v-menu">{"".join(entries)}</div>'
    )


def of_kpi(cell: Cell) -> Cell:
    """A cell of the list of KPIs, for a row of the tracker."""
    return lambda row, person: cell(row.kpi, person)


_account = link("/accounts/", "objective.account.name", "objective.account_id")
_plan = link("/plans/", "objective.plan.name", "objective.plan_id")


class ValueTable(Table):
    """The columns that a person can choose; title and menu always stand at the ends."""

    record = "kpi"

    account = Column(of_kpi(_account), default=False, orderable=False)
    plan = Column(of_kpi(_plan), verbose_name="Success plan", default=False, orderable=False)
    unit = Column(unit_cell)
    direction = Column(direction_cell, verbose_name="Better", default=False)
    baseline = Column(number_cell("baseline", "Baseline"), numeric=True)
    current = Column(number_cell("current", "Current"), numeric=True)
    target = Column(number_cell("target", "Target"), numeric=True)
    progress = Column(of_kpi(progress_cell))
    trend = Column(trend_cell, orderable=False)
    target_date = Column(date_cell)
    status = Column(of_kpi(status_cell))
    blocked = Column(of_kpi(blocked_cell), default=False, orderable=False)
    measured_on = Column(of_kpi(date("measured_on")), verbose_name="Measured on", default=False)


def _label(name: str) -> str:
    return ValueTable.base_columns[name].verbose_name or name.replace("_", " ").capitalize()


def headers(view: ValuesView) -> list[dict[str, Any]]:
    """The head of each visible column, with the address that sorts by it."""
    keys = sort_keys(view.state.get("sort", ""), SORTS)
    heads = [("title", "Objective and KPI", False)]
    heads += [(name, _label(name), ValueTable.base_columns[name].numeric) for name in view.columns]
    return [
        {
            "name": name,
            "label": label,
            "numeric": numeric,
            "width": view.widths.get(name, 320 if name == "title" else ROOMY),
            **(sort_marks(name, keys, view.address) if name in SORTS else {}),
        }
        for name, label, numeric in heads
    ]


def row_html(row: Row) -> str:
    """One KPI as one table row."""
    person = row.view.person
    cells = [f'<td class="col-title">{title_cell(row, person)}</td>']
    for name in row.view.columns:
        column = ValueTable.base_columns[name]
        slot = f' data-slot="{name}"' if name in EDITABLE else ""
        num = "num " if column.numeric else ""
        cells.append(
            f'<td class="{num}col-{name}" data-label="{_label(name)}"{slot}>'
            f"{column.cell(row, person)}</td>"
        )
    cells.append(f'<td class="col-menu">{menu_cell(row, person)}</td>')
    return f'<tr id="kpi-{row.kpi.pk}" class="v-row">{"".join(cells)}</tr>'


def group_html(objective: Any, group: Group, view: ValuesView, shown: int = -1) -> str:
    """An objective's row: how many KPIs, their mean progress (R-KPI-6), and "+"."""
    places = [
        f'<a href="{prefix}{record.pk}/">{escape(record.name)}</a>'
        for name, prefix, record in (
            ("account", "/accounts/", objective.account),
            ("plan", "/plans/", objective.plan),
        )
        if name in view.spans and record is not None
    ]
    where = f'<span class="v-where">{" · ".join(places)}</span>' if places else ""
    count = f"{group.count} KPI{'' if group.count == 1 else 's'}"
    if 0 <= shown < group.count:
        count = f"{shown} of {count}"
    is_closed = objective.pk in view.closed
    others = (view.closed - {objective.pk}) if is_closed else (view.closed | {objective.pk})
    toggle = view.address(closed=",".join(map(str, sorted(others))))
    name = escape(objective.name)
    add = (
        f'<a class="icon-button v-add" href="{reverse("kpis:create")}?objective={objective.pk}'
        f'&amp;{escape(view.back())}" aria-label="Add KPI to {name}" title="Add KPI">'
        f"{ui.icon('plus')}</a>"
        if view.may.create
        else ""
    )
    first = (
        f'<a class="v-toggle" role="button" href="{escape(toggle)}"'
        f' aria-expanded="{"false" if is_closed else "true"}"'
        f' aria-label="KPIs of {name}">{ui.icon("chevron-down")}</a>'
        f'{ui.kind_icon("objective")}<a class="v-objective" href="/objectives/{objective.pk}/">'
        f'{name}</a> <span class="v-count">{count}</span>{where}'
    )
    cells = [
        mean_html(objective, group, view)
        if column == "progress"
        else f'<td class="col-{column}"></td>'
        for column in view.columns
    ]
    return (
        f'<tr id="objective-{objective.pk}" class="v-group">'
        f'<td class="col-title"><div class="v-group-name">{first}</div></td>'
        f'{"".join(cells)}<td class="col-menu">{add}</td></tr>'
    )


def mean_html(objective: Any, group: Group, view: ValuesView, *, oob: bool = False) -> str:
    """The cell with an objective's mean, in the colour of where it should be by now."""
    share = exact(group.progress)
    if not group.count:
        tone = "grey"
    elif share == 1:
        tone = ui.tone_of(ProgressStatus.COMPLETED)
    else:
        tone = ui.tone_of(
            schedule_status(objective.start_date, objective.due_date, share, view.person.today)
        )
    swap = ' hx-swap-oob="true"' if oob else ""
    bar = ui.progress_bar(percent_shown(share), tone)
    return f'<td class="col-progress" id="mean-{objective.pk}"{swap}>{bar}</td>'


def body(sections: Iterable[Section], view: ValuesView) -> SafeString:
    """All rows, one table body for each objective."""
    parts = []
    for section in sections:
        closed = ' class="is-closed"' if section.objective.pk in view.closed else ""
        rows = "".join([row_html(row) for row in section.rows])
        head = group_html(section.objective, section.group, view, len(section.rows))
        if not section.rows:
            span = len(view.columns) + 2
            rows = f'<tr class="v-none"><td colspan="{span}">No KPIs yet.</td></tr>'
        parts.append(f"<tbody{closed}>{head}{rows}</tbody>")
    return mark_safe("".join(parts))  # noqa: S308 (cells escape what they show)
