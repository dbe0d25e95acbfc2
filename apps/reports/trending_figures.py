"""The charts of KPI Trending and the tables of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse

from apps.core.chart_ui import Axis, Line, Part, columns, line_legend, lines, part_legend
from apps.core.choices import ProgressStatus
from apps.core.figures import DAY, NUMBER, SHARE, Figure, Heading, Linked
from apps.core.person import Person
from apps.core.rules import percent_shown
from apps.reports.bar_ui import Bar, bars
from apps.reports.trending_rules import BADLY, BY, WELL, Week
from apps.reports.trending_selectors import Standing, Standings

# From the bottom of a column up: what is reached and goes well, then what does not.
MIX: Final = (
    (ProgressStatus.COMPLETED, "cyan"),
    (ProgressStatus.ON_TRACK, "green"),
    (ProgressStatus.IN_PROGRESS, "blue"),
    (ProgressStatus.OFF_TRACK, "amber"),
    (ProgressStatus.OVERDUE, "red"),
    (ProgressStatus.NOT_STARTED, "violet"),
    (ProgressStatus.NOT_AVAILABLE, "grey"),
)
# What an address says of the report, not of the KPIs.
OF_THE_REPORT: Final = ("period", "since", "until", "by", "csv", "xlsx", "embed", "now", "page")
MOST_BARS: Final = 12
MOST_ROWS: Final = 200


def rows_address(query: QueryDict, **more: Any) -> str:
    """The list of KPIs with the filters of the report, and narrower."""
    return f"{reverse('kpis:list')}?{_query(query, OF_THE_REPORT, more)}"


def trend_address(query: QueryDict, **more: Any) -> str:
    """The report itself, narrower."""
    return (
        f"{reverse('reports:kpi-trending')}?{_query(query, ('csv', 'xlsx', 'embed', 'now'), more)}"
    )


def _query(query: QueryDict, without: Sequence[str], more: dict[str, Any]) -> str:
    kept = query.copy()
    for name in without:
        kept.pop(name, None)
    if "account" in more:
        # Those of this account alone, not of what is below it.
        kept.pop("children", None)
    for name, value in more.items():
        kept[name] = str(value)
    return kept.urlencode(safe=",")


def _hundred(share: Decimal | None) -> Decimal | None:
    return None if share is None else share * 100


def _axis(weeks: Sequence[Week], person: Person, **more: Any) -> Axis:
    return Axis([person.date(week.day) for week in weeks], **more)


def _said(share: Decimal | None) -> str:
    return "nothing" if share is None else f"{percent_shown(share)}%"


def progress_figure(weeks: Sequence[Week], person: Person) -> Figure:
    """Average progress over time, and what was expected (R-KPI-2, R-KPI-4, R-KPI-6)."""
    known = [week for week in weeks if week.count]
    drawn = [
        Line("Average progress", [_hundred(week.progress) for week in weeks], "teal"),
        Line("Expected", [_hundred(week.expected) for week in weeks], "amber", dashed=True),
    ]
    sentence = "There were no KPIs in this time."
    note = ""
    if known:
        first, last = known[0], known[-1]
        sentence = (
            f"Average progress went from {_said(first.progress)} on {person.date(first.day)}"
            f" to {_said(last.progress)} on {person.date(last.day)};"
            f" {_said(last.expected)} is expected by then."
        )
        undated = last.count - last.dated
        if undated:
            note = (
                f"{person.number(undated)} of {person.number(last.count)} KPIs have no start or no"
                " target date: nothing is expected of them."
            )
    return Figure(
        key="progress",
        title="Average progress",
        sentence=sentence,
        headings=(
            Heading("Week to", DAY),
            Heading("KPIs", NUMBER),
            Heading("Average progress", SHARE),
            Heading("Expected", SHARE),
            Heading("With both dates", NUMBER),
        ),
        rows=[[w.day, w.count, w.progress, w.expected, w.dated] for w in weeks],
        chart=lines(
            _axis(weeks, person, low=0, high=100, write="{:.0f}%".format), drawn, label=sentence
        ),
        legend=line_legend(drawn),
        note=note,
        empty="" if known else sentence,
    )


def mix_figure(weeks: Sequence[Week], query: QueryDict, person: Person) -> Figure:
    """How many KPIs had which status at the end of each week (R-KPI-4)."""
    # Each status keeps its hatching, whichever others there are.
    shown = [
        (hatch, status, tone)
        for hatch, (status, tone) in enumerate(MIX)
        if any(week.statuses[status] for week in weeks)
    ]
    parts = [
        Part(status.label, [week.statuses[status] for week in weeks], tone, hatch)
        for hatch, status, tone in shown
    ]
    last = weeks[-1]
    counts = ", ".join(
        f"{person.number(last.statuses[status])} {status.label.lower()}"
        for _, status, _ in shown
        if last.statuses[status]
    )
    sentence = f"On {person.date(last.day)}: {counts or 'no KPIs'}."

    def cells(week: Week) -> list[Any]:
        # Today's rows can be opened; those of the past had other values.
        if week.day != person.today or query.get("status"):
            return [week.statuses[status] for _, status, _ in shown]
        return [
            Linked(count, rows_address(query, status=status.value))
            if (count := week.statuses[status])
            else 0
            for _, status, _ in shown
        ]

    return Figure(
        key="statuses",
        title="Statuses by week",
        sentence=sentence,
        headings=(
            Heading("Week to", DAY),
            Heading("KPIs", NUMBER),
            *(Heading(status.label, NUMBER) for _, status, _ in shown),
        ),
        rows=[[week.day, week.count, *cells(week)] for week in weeks],
        chart=columns(
            _axis(weeks, person, whole=True, write=person.number),
            parts,
            key="statuses",
            label=sentence,
        ),
        legend=part_legend(parts if shown else (), "statuses"),
        empty="" if shown else "There were no KPIs in this time.",
    )


def pace_figure(weeks: Sequence[Week], person: Person) -> Figure:
    """How many KPIs went as they should and how many did not, week by week."""
    well, badly = [week.of(WELL) for week in weeks], [week.of(BADLY) for week in weeks]
    drawn = [
        Line("On track or completed", well, "green"),
        Line("Off track or overdue", badly, "red"),
    ]
    change = badly[-1] - badly[0]
    moved = (
        f"{person.number(abs(change))} {'more' if change > 0 else 'fewer'} than"
        if change
        else "as many as"
    )
    sentence = (
        f"{person.number(well[-1])} on track or completed, {person.number(badly[-1])} off track or"
        f" overdue on {person.date(weeks[-1].day)}, {moved} on {person.date(weeks[0].day)}."
    )
    return Figure(
        key="pace",
        title="On track and off track",
        sentence=sentence,
        headings=(
            Heading("Week to", DAY),
            Heading("On track", NUMBER),
            Heading("Completed", NUMBER),
            Heading("Off track", NUMBER),
            Heading("Overdue", NUMBER),
            Heading("On track or completed", NUMBER),
            Heading("Off track or overdue", NUMBER),
        ),
        rows=[
            [
                week.day,
                week.statuses[ProgressStatus.ON_TRACK],
                week.statuses[ProgressStatus.COMPLETED],
                week.statuses[ProgressStatus.OFF_TRACK],
                week.statuses[ProgressStatus.OVERDUE],
                week.of(WELL),
                week.of(BADLY),
            ]
            for week in weeks
        ],
        chart=lines(_axis(weeks, person, whole=True, write=person.number), drawn, label=sentence),
        legend=line_legend(drawn if any(well) or any(badly) else ()),
        empty="" if any(well) or any(badly) else "No KPI had a pace in this time.",
    )


def standings_figure(found: Standings, by: str, query: QueryDict, person: Person) -> Figure:
    """Average progress by account, plan, category or owner, each leading to its KPIs."""
    name = BY[by]
    sentence = "There are no KPIs."
    if found.groups:
        first, last = found.groups[0], found.groups[-1]
        sentence = (
            f"Average progress by {name.lower()}, least first:"
            f" from {_label(first, by)} with {_said(first.progress)}"
            f" to {_label(last, by)} with {_said(last.progress)}."
        )
    drawn = [
        Bar(
            _label(one, by),
            (one.progress or 0, max((one.expected or 0) - (one.progress or 0), Decimal(0))),
            f"{_said(one.progress)}, {_said(one.expected)} expected"
            if one.expected is not None
            else _said(one.progress),
        )
        for one in found.groups[:MOST_BARS]
    ]
    parts = (Part("Average progress", (), "teal"), Part("Short of expected", (), "amber"))
    notes = []
    if len(found.groups) > MOST_BARS:
        notes.append(f"The bars are the {MOST_BARS} with the least progress.")
    if found.more:
        notes.append(f"The table has the first {MOST_ROWS}; the files have all.")
    return Figure(
        key=f"by-{by}",
        title=f"Average progress by {name.lower()}",
        sentence=sentence,
        headings=(
            Heading(name),
            Heading("KPIs", NUMBER),
            Heading("Average progress", SHARE),
            Heading("Expected", SHARE),
            Heading("Completed", NUMBER),
            Heading("On track", NUMBER),
            Heading("Off track", NUMBER),
            Heading("Overdue", NUMBER),
            Heading("Without values", NUMBER),
        ),
        rows=[_standing_cells(one, by, query) for one in found.groups],
        total=_standing_cells(found.total, by, query, label="All") if found.total else (),
        chart=bars(drawn, parts, key=f"by-{by}", label=sentence, full=1),
        legend=part_legend(parts if found.groups else (), f"by-{by}"),
        note=" ".join(notes),
        empty="" if found.groups else "No KPIs match these filters.",
        open=0 < len(found.groups) <= MOST_BARS,
    )


def _label(one: Standing, by: str) -> str:
    return one.label if one.pk is not None else f"No {BY[by].lower()}"


def _standing_cells(one: Standing, by: str, query: QueryDict, label: str = "") -> list[Any]:
    """One row; each number leads to the KPIs that it counts, as far as a filter chooses them."""
    narrow = {} if label else {by: one.pk}
    reachable = bool(label) or one.pk is not None

    def linked(count: int, status: str = "") -> Any:
        if not reachable or not count or (status and query.get("status")):
            return count
        more = narrow | ({"status": status} if status else {})
        return Linked(count, rows_address(query, **more))

    name: Any = label or _label(one, by)
    if reachable and not label:
        name = Linked(name, trend_address(query, **narrow))
    return [
        name,
        linked(one.count),
        one.progress,
        one.expected,
        linked(one.completed, ProgressStatus.COMPLETED),
        linked(one.on_track, ProgressStatus.ON_TRACK),
        linked(one.off_track, ProgressStatus.OFF_TRACK),
        linked(one.overdue, ProgressStatus.OVERDUE),
        linked(one.without_values, ProgressStatus.NOT_AVAILABLE),
    ]
