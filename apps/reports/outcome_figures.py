"""The groups of the outcomes report: bars, and the table of their numbers."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse

from apps.core.chart_ui import Part, part_legend
from apps.core.figures import NUMBER, SHARE, Figure, Heading, Linked
from apps.objectives.choices import Outcome
from apps.reports.bar_ui import Bar, bars
from apps.reports.outcome_rules import Outcomes, outcomes_sentence, subtotal_words, together
from apps.reports.outcome_selectors import Group

# Titles of the groups, and what those without one are called.
TITLES: Final = {
    "account": ("By account", "No account"),
    "plan": ("By success plan", "No success plan"),
    "status": ("By status", "No status"),
    "category": ("By category", "No category"),
    "owner": ("By owner", "No owner"),
    "due_month": ("By month due", "No due date"),
}
HEADINGS: Final = (
    Heading("Objectives", NUMBER),
    Heading("Completed", NUMBER),
    Heading("On time", NUMBER),
    Heading("Late", NUMBER),
    Heading("Overdue", NUMBER),
    Heading("Off track", NUMBER),
    Heading("Mean progress", SHARE),
)
NOTE: Final = (
    "On time and late are those completed that had a due date."
    " The mean leaves out what is abandoned or archived."
)
PARTS: Final = (
    Part("Completed", (), "green"),
    Part("Overdue", (), "red"),
    Part("Open", (), "blue"),
    Part("Abandoned or archived", (), "grey"),
)
MOST_BARS: Final = 12
# So many groups stand on the page; the files have all.
MOST_ROWS: Final = 400
# What of an address does not choose rows.
BESIDE: Final = ("page", "size", "sort", "group", "count", "choose", "csv", "xlsx", "view")


def rows_address(query: QueryDict, **more: str) -> str:
    """The list of objectives with the filters of the report, and narrower."""
    kept = query.copy()
    for name in (*BESIDE, *more):
        kept.pop(name, None)
    for name, value in more.items():
        kept[name] = value
    if "account" in more:
        kept.pop("children", None)
    return f"{reverse('objectives:list')}?{kept.urlencode(safe=',')}"


def narrowed(group: str, key: Any) -> dict[str, str] | None:
    """The filters that choose one group; None for one that no filter chooses."""
    if key is None:
        return None
    if group == "owner":
        return {"owner": key[1:]} if key.startswith("r") else None
    if group == "due_month":
        first: dt.date = key
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return {"due_from": first.isoformat(), "due_to": last.isoformat()}
    return {group: str(key)}


def label_of(group: str, one: Group) -> str:
    """What a group is called."""
    if one.key is None:
        return TITLES[group][1]
    return f"{one.key:%B %Y}" if group == "due_month" else one.label


def numbers(of: Outcomes, query: QueryDict, narrow: dict[str, str] | None) -> list[Any]:
    """One row of the table; each number leads to the objectives that it counts."""

    def linked(count: int, outcome: str = "") -> Any:
        # What asks for an outcome already is not asked for another.
        if narrow is None or not count or (outcome and query.get("outcome")):
            return count
        return Linked(
            count, rows_address(query, **narrow, **({"outcome": outcome} if outcome else {}))
        )

    return [
        linked(of.count),
        linked(of.completed, Outcome.COMPLETED),
        linked(of.on_time, Outcome.ON_TIME),
        linked(of.late, Outcome.LATE),
        linked(of.overdue, Outcome.OVERDUE),
        linked(of.off_track, Outcome.OFF_TRACK),
        of.mean,
    ]


def group_figure(groups: Sequence[Group], group: str, query: QueryDict, *, whole: bool) -> Figure:
    """The groups with their numbers; the `whole` table for a file, else as much as a page holds."""
    title = TITLES[group][0]
    total = together(one.outcomes for one in groups)
    shown = groups if whole else groups[:MOST_ROWS]
    rows = []
    for one in shown:
        narrow = narrowed(group, one.key)
        label = label_of(group, one)
        name: Any = label
        if narrow is not None:
            # The report itself, of this group alone.
            own = query.copy()
            for beside in ("page", "children") if group == "account" else ("page",):
                own.pop(beside, None)
            for filtered, value in narrow.items():
                own[filtered] = value
            name = Linked(label, f"{reverse('reports:outcomes')}?{own.urlencode(safe=',')}")
        rows.append([name, *numbers(one.outcomes, query, narrow)])
    drawn = groups
    if group != "due_month":
        drawn = sorted(groups, key=lambda one: -one.outcomes.count)
    drawn = drawn[:MOST_BARS] if group != "due_month" else drawn[-MOST_BARS:]
    chart = bars(
        [
            Bar(
                label_of(group, one),
                (
                    one.outcomes.completed,
                    one.outcomes.overdue,
                    one.outcomes.open,
                    one.outcomes.given_up,
                ),
                subtotal_words(one.outcomes),
            )
            for one in drawn
        ],
        PARTS,
        key="groups",
        label=f"{title}. {outcomes_sentence(total)}",
    )
    notes = [NOTE]
    if len(drawn) < len(groups):
        which = "latest" if group == "due_month" else "largest"
        notes.insert(0, f"The bars are the {len(drawn)} {which} of {len(groups):,}.")
    if len(shown) < len(groups):
        notes.append(f"The table has the first {len(shown):,}; the files have all.")
    return Figure(
        key=f"outcomes-by-{group.replace('_', '-')}",
        title=title,
        sentence=outcomes_sentence(total),
        headings=(Heading(title.removeprefix("By ").capitalize()), *HEADINGS),
        rows=rows,
        total=["All", *numbers(total, query, {})],
        chart=chart,
        legend=part_legend(PARTS, "groups"),
        note=" ".join(notes),
        open=len(groups) <= MOST_BARS,
    )
