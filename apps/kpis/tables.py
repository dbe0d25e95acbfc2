"""The list of KPIs, and the cells that other grids share with it."""

from __future__ import annotations

from typing import Any

from apps.core import ui
from apps.core.person import Person
from apps.core.rules import worse_than_baseline
from apps.core.tables import Column, Table, date, last_touch, link, number, text
from apps.core.touch_selectors import touched_at
from apps.kpis.due_selectors import kpi_goes_on
from apps.kpis.rules import blocked_reasons, overdue_words


def title_cell(kpi: Any, person: Person) -> str:
    shared = f" {ui.shared_mark()}" if kpi.is_external else ""
    return f"{link('/kpis/')(kpi, person)}{shared}"


def progress_cell(kpi: Any, person: Person) -> str:
    """A bar with whole percent, rounded down, and a word when the value fell back (R-KPI-2)."""
    bar = ui.progress_bar(kpi.percent_complete, ui.tone_of(kpi.kpi_status))
    fell = worse_than_baseline(kpi.baseline, kpi.current, kpi.direction)
    return f'{bar}<span class="worse"> worse than baseline</span>' if fell else bar


def status_cell(kpi: Any, person: Person) -> str:
    """The status, and beside it whether and by whom it is blocked (R-KPI-4, R-KPI-8)."""
    return f"{ui.status(kpi.kpi_status)}{blocked_mark(kpi)}"


def blocked_mark(kpi: Any) -> str:
    """The badge of a blocked KPI with its reasons; nothing for another."""
    reasons = blocked_reasons(kpi.is_blocked, kpi.blocked_by_status)
    return f" {ui.blocked_badge(' and '.join(reasons))}" if reasons else ""


def blocked_cell(kpi: Any, person: Person) -> str:
    return blocked_mark(kpi) or ui.NONE


def target_date_cell(kpi: Any, person: Person) -> str:
    """The target date, and how long it is overdue."""
    shown = f'<span class="date">{person.date(kpi.target_date)}</span>'
    if kpi.kpi_status == "overdue":
        late = overdue_words(kpi.target_date, person.today)
        return f'{shown} <span class="worse date">{late}</span>'
    return shown


class KpiTable(Table):
    """All KPIs a person sees."""

    record = "kpi"
    talked_about = True
    reads = (
        "title",
        "is_external",
        "is_blocked",
        "direction",
        "baseline",
        "current",
        "target",
        "percent_complete",
        "target_date",
        "measured_on",
    )

    title = Column(title_cell, verbose_name="KPI", order_by="title")
    objective = Column(
        link("/objectives/", "objective.name", key="objective_id"),
        order_by="objective__name",
        reads=["objective__name"],
        groups=True,
    )
    account = Column(
        link("/accounts/", "objective.account.name", key="objective.account_id"),
        order_by="objective__account__name",
        reads=["objective__account__name"],
        groups=True,
    )
    plan = Column(
        link("/plans/", "objective.plan.name", key="objective.plan_id"),
        verbose_name="Success plan",
        order_by="objective__plan__name",
        reads=["objective__plan__name"],
        default=False,
    )
    category = Column(
        text("category.label"),
        order_by="category__position",
        reads=["category__label"],
        default=False,
        edits="category",
        groups=True,
    )
    baseline = Column(number("baseline"), numeric=True, default=False, edits="baseline")
    current = Column(
        number("current", "unit.symbol"), numeric=True, reads=["unit__symbol"], edits="current"
    )
    target = Column(
        number("target", "unit.symbol"), numeric=True, reads=["unit__symbol"], edits="target"
    )
    progress = Column(progress_cell, order_by="percent_complete")
    target_date = Column(target_date_cell, edits="target_date")
    status = Column(status_cell, order_by="kpi_status", groups=True)
    blocked = Column(blocked_cell, order_by="is_blocked", default=False)
    measured_on = Column(date("measured_on"), verbose_name="Measured on", default=False)
    touched_at = Column(
        last_touch("kpi", kpi_goes_on),
        verbose_name="Last touch",
        default=False,
        adds={"touched_at": touched_at("kpi")},
        reads=["objective__status__kind"],
    )
