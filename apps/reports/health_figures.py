"""Health as figures: the accounts with their scores, their bands over time, one account's course."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from apps.core.chart_ui import Axis, Line, Part, columns, line_legend, lines, part_legend
from apps.core.figures import DAY, NUMBER, Figure, Heading, Linked
from apps.core.person import Person
from apps.reports.choices import Band
from apps.reports.health_rules import band, score_shown
from apps.reports.models import HealthScore

TONES: Final = {Band.GOOD: "green", Band.FAIR: "amber", Band.POOR: "red", Band.UNKNOWN: "grey"}


def points(score: Any) -> int | None:
    """A score as it is shown and exported: whole points, rounded down."""
    return None if score is None else int(score)


def bands_figure(
    days: Sequence[dt.date], found: Mapping[dt.date, Mapping[str, int]], person: Person
) -> Figure:
    """How many accounts were in each band, week by week."""
    parts = [
        Part(one.label, [found.get(day, {}).get(one, 0) for day in days], TONES[one])
        for one in Band
    ]
    rows: list[list[Any]] = [
        [day, *(part.values[at] for part in parts)] for at, day in enumerate(days)
    ]
    last = ", ".join(f"{part.values[-1]:,} {part.label.lower()}" for part in parts) if days else ""
    sentence = f"Today: {last}."
    axis = Axis([person.date(day) for day in days], whole=True, low=0)
    told = any(any(part.values) for part in parts)
    return Figure(
        key="bands",
        title="Bands by week",
        sentence=sentence,
        headings=[Heading("Day", DAY), *(Heading(one.label, NUMBER, 0) for one in Band)],
        rows=rows,
        chart=columns(axis, parts, key="bands", label=f"Bands by week. {sentence}"),
        legend=part_legend(parts, "bands"),
        empty="" if told else "No scores yet. They are calculated every hour.",
    )


def accounts_figure(rows: Sequence[Any], limits: tuple[int, int]) -> Figure:
    """All accounts of a report with their scores, for its file."""
    return Figure(
        key="accounts",
        title="Accounts",
        sentence=f"{len(rows):,} accounts.",
        headings=[
            Heading("Account"),
            Heading("Health", NUMBER, 0),
            Heading("Band"),
            Heading("30 days ago", NUMBER, 0),
            Heading("Segment"),
            Heading("Renewal", DAY),
        ],
        rows=[
            [
                Linked(row.name, reverse("reports:account-health", args=[row.pk])),
                points(row.health_score),
                band(row.health_score, *limits).label,
                points(row.health_before),
                row.segment,
                row.renewal_date,
            ]
            for row in rows
        ],
        empty="" if rows else "No account matches these filters.",
    )


def course_figure(scores: Sequence[HealthScore], limits: tuple[int, int], person: Person) -> Figure:
    """The scores of one account over time."""
    told = [one for one in scores if one.score is not None]
    first, last = (scores[0].day, scores[-1].day) if scores else (None, None)
    span = (last - first).days if first and last else 0
    at = [((one.day - first).days / span if first and span else 0.5) for one in scores]
    line = Line("Health", [points(one.score) for one in scores])
    sentence = "No score in this time."
    if told:
        sentence = (
            f"From {score_shown(told[0].score)} on {person.date(told[0].day)}"
            f" to {score_shown(told[-1].score)} on {person.date(told[-1].day)}."
        )
    good = Line(f"Good from {limits[0]}", [limits[0] for _ in scores], "green", dashed=True)
    poor = Line(f"Poor below {limits[1]}", [limits[1] for _ in scores], "red", dashed=True)
    drawn = [line, good, poor]
    axis = Axis([person.date(one.day) for one in scores], at=at, low=Decimal(0), high=Decimal(100))
    return Figure(
        key="course",
        title="Health over time",
        sentence=sentence,
        headings=[Heading("Day", DAY), Heading("Health", NUMBER, 0), Heading("Band")],
        rows=[[one.day, points(one.score), band(one.score, *limits).label] for one in scores],
        chart=lines(axis, drawn, label=f"Health over time. {sentence}"),
        legend=line_legend(drawn),
        empty="" if told else sentence,
    )
