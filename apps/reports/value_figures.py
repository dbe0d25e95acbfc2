"""What was achieved, as figures: by unit, by account within each unit, by category."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from apps.core.chart_ui import Part, part_legend
from apps.core.figures import NUMBER, Figure, Heading, Linked
from apps.core.person import Person
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import UNMEASURED, WORSE
from apps.reports.bar_ui import Bar, bars
from apps.reports.value_rules import (
    Gains,
    Told,
    gain,
    gains_words,
    kpis_counted,
    missing_words,
    told,
)
from apps.reports.value_selectors import NO_UNIT, UnitOf, Value

PARTS: Final = (Part("Better than baseline", (), "teal"), Part("Worse than baseline", (), "red"))
MOST_BARS: Final = 10
# So many rows stand on the page; the files have all.
MOST_ROWS: Final = 100
MOST_NAMED: Final = 50
# What of an address does not choose rows.
BESIDE: Final = ("page", "size", "sort", "group", "csv", "xlsx", "view")
SUMS: Final = (
    "Sums. Gained is of KPIs that are better when higher, saved of those better when lower."
)
MEANS: Final = (
    "Means, rounded down: shares do not add up."
    " Gained is of KPIs that are better when higher, saved of those better when lower."
)
NO_UNIT_NOTE: Final = "Means, rounded down: without a unit nobody knows what the numbers count."


@dataclass(frozen=True)
class Sheet:
    """What all figures of one report are made of; a `whole` one has all rows, for a file."""

    value: Value
    units: Sequence[UnitOf]
    categories: Mapping[int, str]
    query: QueryDict
    person: Person
    whole: bool = False

    def figures(self, rows: QuerySet[ObjectiveKpi]) -> Iterator[Figure]:
        """One after the other, as they are asked for."""
        if not self.units:
            return
        yield by_unit(self)
        for unit in self.units:
            yield by_account(self, unit)
        yield by_category(self)
        yield from named(self, rows)


def kpis_address(query: QueryDict, **more: Any) -> str:
    """The list of KPIs with the filters of the report, and narrower."""
    kept = query.copy()
    for name in (*BESIDE, *more):
        kept.pop(name, None)
    for name, value in more.items():
        kept[name] = "null" if value is None else str(value)
    if "account" in more:
        kept.pop("children", None)
    return f"{reverse('kpis:list')}?{kept.urlencode(safe=',')}"


def amount(value: Decimal | None, unit: UnitOf, person: Person) -> str:
    """A number with its unit, as the person reads it."""
    shown = person.number(value, _decimals(unit, [value]))
    return f"{shown} {unit.symbol}" if unit.symbol and value is not None else shown


def _decimals(unit: UnitOf, values: Iterable[Decimal | None]) -> int | None:
    """As many places as the unit has; None, which is all of them, when a value has more."""
    fine = all(one is None or one == round(one, unit.decimals) for one in values)
    return unit.decimals if fine else None


def _told(of: Gains, unit: UnitOf) -> Told:
    return told(of, adds=unit.adds, places=unit.decimals)


def _counts(sheet: Sheet, of: Gains, **narrow: Any) -> dict[str, Any]:
    """How many KPIs a row is of; each number leads to them."""

    def linked(count: int, gain: str = "") -> Any:
        # What asks for better or worse already is not asked again.
        if not count or (gain and sheet.query.get("gain")):
            return count
        more = {**narrow, **({"gain": gain} if gain else {})}
        return Linked(count, kpis_address(sheet.query, **more))

    return {
        "kpis": linked(of.kpis),
        "worse": linked(of.worse, "worse"),
        "missing": linked(of.missing, "missing"),
    }


def _headings(first: Sequence[Heading], symbol: str, decimals: int | None) -> list[Heading]:
    beside = f" ({symbol})" if symbol else ""
    return [
        *first,
        Heading("KPIs", NUMBER),
        Heading(f"Gained{beside}", NUMBER, decimals),
        Heading(f"Saved{beside}", NUMBER, decimals),
        Heading(f"Achieved{beside}", NUMBER, decimals),
        Heading("Worse", NUMBER),
        Heading(f"Lost{beside}", NUMBER, decimals),
        Heading("Without values", NUMBER),
    ]


def _row(sheet: Sheet, first: Sequence[Any], of: Gains, unit: UnitOf, **narrow: Any) -> list[Any]:
    counts, said = _counts(sheet, of, unit=unit.pk, **narrow), _told(of, unit)
    return [
        *first,
        counts["kpis"],
        said.gained,
        said.saved,
        said.achieved,
        counts["worse"],
        said.lost,
        counts["missing"],
    ]


def unit_note(unit: UnitOf) -> str:
    """How the numbers of a unit are put together."""
    return SUMS if unit.adds else NO_UNIT_NOTE if unit is NO_UNIT else MEANS


def by_unit(sheet: Sheet) -> Figure:
    """One line for each unit; there is no line for all, for units are never added."""
    totals = sheet.value.units
    said = [
        f"{unit.label}: {amount(_told(totals[unit.pk], unit).achieved, unit, sheet.person)}"
        for unit in sheet.units
    ]
    first = (Heading("Unit"), Heading("Told as"))
    return Figure(
        key="value-by-unit",
        title="By unit",
        sentence=f"Achieved against the baseline: {'; '.join(said)}.",
        headings=_headings(first, "", None),
        rows=[
            _row(
                sheet,
                [unit.label, "Sum" if unit.adds else "Mean"],
                totals[unit.pk],
                unit,
            )
            for unit in sheet.units
        ],
        note="Units are never added together, currencies neither."
        " Shares are told as means. What is worse than its baseline is taken off.",
        open=True,
    )


def by_account(sheet: Sheet, unit: UnitOf) -> Figure:
    """What each account achieved in one unit: the largest as bars, all in the table."""
    found = sheet.value.of_unit(unit.pk)
    total = sheet.value.units[unit.pk]
    known = [one for one in found if one[2].measured]
    largest = nlargest(MOST_BARS, known, key=lambda one: _size(one[2], unit))
    drawn = [(_told(gains, unit).achieved or Decimal(0), name) for _, name, gains in largest]
    drawn.sort(key=lambda one: one[0], reverse=True)
    title = f"{unit.label} by account"
    achieved = amount(_told(total, unit).achieved, unit, sheet.person)
    sentence = f"{title}: {achieved} in all, {gains_words(total)}."
    key = f"value-{unit.pk or 'no-unit'}"
    shown = found if sheet.whole else found[:MOST_ROWS]
    rows = [
        _row(
            sheet,
            [Linked(name, kpis_address(sheet.query, account=account, unit=unit.pk))],
            gains,
            unit,
            account=account,
        )
        for account, name, gains in shown
    ]
    last = _row(sheet, ["All"], total, unit)
    numbers = [one for row in [*rows, last] for one in row if isinstance(one, Decimal)]
    notes = [unit_note(unit)]
    if len(drawn) < len(known):
        notes.insert(0, f"The bars are the {len(drawn)} largest of {len(found):,} accounts.")
    if len(shown) < len(found):
        notes.append(f"The table has the first {len(shown):,} of them; the files have all.")
    return Figure(
        key=key,
        title=title,
        sentence=sentence,
        headings=_headings((Heading("Account"),), unit.symbol, _decimals(unit, numbers)),
        rows=rows,
        total=last,
        chart=bars(
            [_bar(name, value, unit, sheet) for value, name in drawn],
            PARTS,
            key=key,
            label=sentence,
        ),
        legend=part_legend(PARTS if total.worse else PARTS[:1], key)
        if drawn
        else part_legend((), key),
        note=" ".join(notes),
        open=len(found) <= MOST_BARS,
    )


def _size(of: Gains, unit: UnitOf) -> Decimal:
    """How large the bar of some KPIs is, to find the largest of very many."""
    achieved = abs(of.gained + of.saved)
    return achieved if unit.adds else achieved / of.measured


def _bar(name: str, value: Decimal, unit: UnitOf, sheet: Sheet) -> Bar:
    sizes = (max(value, Decimal(0)), min(value, Decimal(0)))
    return Bar(name, sizes, amount(value, unit, sheet.person))


def by_category(sheet: Sheet) -> Figure:
    """What each kind of KPI achieved, each unit on a line of its own."""
    units = {unit.pk: unit for unit in sheet.units}
    places = {unit.pk: at for at, unit in enumerate(sheet.units)}
    order = {pk: at for at, pk in enumerate(sheet.categories)}
    found = sorted(
        sheet.value.categories.items(),
        key=lambda item: (order.get(item[0][1] or 0, len(order)), places[item[0][0]]),
    )
    first = (Heading("Category"), Heading("Unit"))
    return Figure(
        key="value-by-category",
        title="By category",
        sentence="What each kind of KPI achieved, each unit apart.",
        headings=_headings(first, "", None),
        rows=[
            _row(
                sheet,
                [sheet.categories.get(category or 0, "No category"), units[unit].label],
                gains,
                units[unit],
                category=category,
            )
            for (unit, category), gains in found
        ],
        open=len(found) <= MOST_BARS,
    )


def named(sheet: Sheet, rows: QuerySet[ObjectiveKpi]) -> Iterator[Figure]:
    """The KPIs that are worse than where they began, and those of which nothing can be said."""
    total = sum(sheet.value.units.values(), Gains())
    rows = rows.order_by("objective__account__name", "title", "pk")
    first = (Heading("KPI"), Heading("Account"))
    if total.worse:
        yield Figure(
            key="value-worse",
            title="Worse than baseline",
            sentence=f"{kpis_counted(total.worse)} worse than at the baseline.",
            headings=(
                *first,
                Heading("Unit"),
                Heading("Baseline", NUMBER),
                Heading("Current", NUMBER),
                Heading("Lost", NUMBER),
            ),
            rows=[
                [
                    *_names(kpi),
                    kpi.unit.label if kpi.unit else "",
                    kpi.baseline,
                    kpi.current,
                    gain(kpi.baseline, kpi.current, kpi.direction),
                ]
                for kpi in _some(sheet, rows.filter(WORSE))
            ],
            note=_cut(sheet, total.worse),
            open=total.worse <= MOST_BARS,
        )
    if total.missing:
        yield Figure(
            key="value-missing",
            title="Without values",
            sentence=f"Nothing can be said of {kpis_counted(total.missing)}.",
            headings=(*first, Heading("Missing")),
            rows=[
                [*_names(kpi), missing_words(kpi.baseline, kpi.current)]
                for kpi in _some(sheet, rows.filter(UNMEASURED))
            ],
            note=_cut(sheet, total.missing)
            or "They are counted as nothing, not as nought: open one and enter what is missing.",
            open=total.missing <= MOST_BARS,
        )


def _some(sheet: Sheet, rows: QuerySet[ObjectiveKpi]) -> Iterable[ObjectiveKpi]:
    return rows if sheet.whole else rows[:MOST_NAMED]


def _names(kpi: ObjectiveKpi) -> list[Any]:
    account = kpi.objective.account
    return [
        Linked(kpi.title, f"/kpis/{kpi.pk}/"),
        Linked(account.name, f"/accounts/{account.pk}/") if account else "",
    ]


def _cut(sheet: Sheet, count: int) -> str:
    if sheet.whole or count <= MOST_NAMED:
        return ""
    return f"The first {MOST_NAMED} of {count:,}; the files have all."
