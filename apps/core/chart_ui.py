"""Charts as SVG that fits any width without a script: across in percent, upwards in pixels.

They are read without colour: each line has marks of its own shape, each part of a column its own
hatching. Whoever does not see them hears the sentence in `label`; all numbers stand in a table
beside (`apps.core.figures`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from apps.core.chart_rules import Value, apart, axis, few, height_of, places
from apps.core.ui import escape

HEIGHT: Final = 200
TOP: Final = 18
BELOW: Final = 24
MOST_LABELS: Final = 6
# What is left of a chart for the values of its lines; the stylesheet knows these widths.
GUTTERS: Final = (26, 40, 56, 72, 96)
LETTER: Final = 7
MOST_MARKS: Final = 32
# Shapes around the point; no two lines of a chart have the same.
MARKS: Final = (
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "M-3.2-3.2h6.4v6.4h-6.4z",
    "M0-4.2L4 3.200H-4z",
    "M0-4.400L4.400 0 0 4.400-4.400 0z",
    "M-4-3.200H4L0 4.200z",
    "M-3.400-3.400L3.400 3.400M-3.400 3.400L3.400-3.400",
)
# What is drawn over a part of a column: nothing, lines one way or the other, dots, a grid.
HATCHES: Final = (
    "",
    "M-1 7L7-1",
    "M-1-1L7 7",
    "M3 3h.01",
    "M0 3h6",
    "M3 0v6",
    "M0 3h6M3 0v6",
)


@dataclass(frozen=True)
class Line:
    """One line: a value for each point of the axis, None where there is none.

    A `dashed` one is what is expected, not what was measured.
    """

    label: str
    values: Sequence[Value | None]
    tone: str = "teal"
    dashed: bool = False


@dataclass(frozen=True)
class Part:
    """One part of each column: how many, for each point of the axis.

    `hatch` is its hatching where charts beside each other shall agree, else that of its place.
    """

    label: str
    values: Sequence[int]
    tone: str
    hatch: int | None = None


@dataclass(frozen=True)
class Axis:
    """The points below a chart; `at` says where they lie from 0 to 1 when not evenly.

    `low` and `high` fix the ends; without `nought` the lowest value stands at the bottom. `write`
    writes the value of a line as the person reads it.
    """

    labels: Sequence[str]
    at: Sequence[float] | None = None
    low: Value | None = None
    high: Value | None = None
    whole: bool = False
    nought: bool = True
    write: Callable[[Decimal], str] = "{:f}".format

    @property
    def places(self) -> list[float]:
        """Where the points lie, in percent of the width."""
        if self.at is None:
            return places(len(self.labels))
        return [round(2 + 96 * one, 3) for one in self.at]


def _safe(parts: Sequence[str]) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308 (every text in it is escaped)


def _frame(
    label: str, ends: Axis, values: Sequence[Value | None]
) -> tuple[list[str], list[Decimal]]:
    """The beginning of a chart: its lines with their values, and the labels below."""
    fixed: list[Value] = [one for one in (ends.low, ends.high) if one is not None]
    marks = axis([*values, *fixed], whole=ends.whole, nought=ends.nought)
    written = [ends.write(mark) for mark in marks]
    needed = LETTER * max(map(len, written)) + 4
    # The values of the lines stand left of the chart, in a margin of this width.
    gutter = next((one for one in GUTTERS if one >= needed), GUTTERS[-1])
    parts = [
        f'<svg class="figure-chart gutter-{gutter}" width="100%" height="{TOP + HEIGHT + BELOW}" role="img"'
        f' aria-label="{escape(label)}">'
    ]
    for mark, words in zip(marks, written, strict=True):
        y = TOP + height_of(mark, marks[0], marks[-1], HEIGHT)
        zero = ' class="zero"' if mark == 0 else ""
        parts.append(
            f'<line{zero} x1="-{gutter}" x2="100%" y1="{y}" y2="{y}"/>'
            f'<text x="-{gutter}" y="{y - 4:g}">{escape(words)}</text>'
        )
    spots = ends.places
    shown = few(ends.labels, MOST_LABELS) if ends.at is None else apart(spots, 96 / MOST_LABELS)
    for at in shown:
        # The ends stay within the frame.
        anchor = "start" if spots[at] < 8 else "end" if spots[at] > 92 else "middle"
        x = {"start": 0.0, "end": 100.0, "middle": spots[at]}[anchor]
        far = ' class="every-other"' if (len(shown) - shown.index(at)) % 2 == 0 else ""
        parts.append(
            f'<text{far} x="{x:g}%" y="{TOP + HEIGHT + 17}" text-anchor="{anchor}">'
            f"{escape(ends.labels[at])}</text>"
        )
    return parts, marks


def lines(ends: Axis, drawn: Sequence[Line], *, label: str) -> SafeString:
    """Lines over the points of an axis; empty when there is no point."""
    if not ends.labels:
        return _safe([])
    parts, marks = _frame(label, ends, [one for line in drawn for one in line.values])
    spots = ends.places
    for number, line in enumerate(drawn):
        known = [
            (spots[at], TOP + height_of(value, marks[0], marks[-1], HEIGHT), at)
            for at, value in enumerate(line.values)
            if value is not None
        ]
        points = " ".join(f"{x * 10:g},{y:g}" for x, y, _ in known)
        style = _dashes(drawn, line)
        parts.append(
            f'<svg x="0" y="0" width="100%" height="{TOP + HEIGHT + BELOW}" class="tone-{line.tone}"'
            f' viewBox="0 0 1000 {TOP + HEIGHT + BELOW}" preserveAspectRatio="none">'
            f'<polyline class="figure-line{style}" points="{points}"/></svg>'
        )
        # Where points are close together only some of them are marked.
        marked = set(few([ends.labels[at] for *_, at in known], MOST_MARKS))
        shape = MARKS[number % len(MARKS)]
        for place, (x, y, _) in enumerate(known):
            if place in marked and not line.dashed:
                parts.append(
                    f'<svg x="{x:g}%" y="{y:g}" class="figure-mark tone-{line.tone}">'
                    f'<path d="{shape}"/></svg>'
                )
    parts.append("</svg>")
    return _safe(parts)


def _dashes(drawn: Sequence[Line], line: Line) -> str:
    """How a line is broken: what is expected in dashes, further such lines each in their own way."""
    if not line.dashed:
        return ""
    return f" dashed dashed-{[one for one in drawn if one.dashed].index(line) % 3}"


def columns(ends: Axis, drawn: Sequence[Part], *, key: str, label: str) -> SafeString:
    """Columns of parts on top of each other; `key` tells charts of one page apart."""
    if not ends.labels:
        return _safe([])
    totals = [sum(part.values[at] for part in drawn) for at in range(len(ends.labels))]
    parts, marks = _frame(label, ends, totals)
    parts.append("<defs>")
    for number, part in enumerate(drawn):
        parts.append(_hatch(f"{key}-{number}", part.tone, _hatching(part, number)))
    parts.append("</defs>")
    width = 72 / len(ends.labels)
    for at, spot in enumerate(ends.places):
        below = 0
        for number, part in enumerate(drawn):
            count = part.values[at]
            if not count:
                continue
            low = height_of(below, marks[0], marks[-1], HEIGHT)
            below += count
            top = height_of(below, marks[0], marks[-1], HEIGHT)
            parts.append(
                f'<rect class="figure-part" x="{spot - width / 2:.3f}%" width="{width:.3f}%"'
                f' y="{TOP + top:g}" height="{max(low - top, 0.8):.1f}"'
                f' fill="url(#hatch-{escape(key)}-{number})">'
                f"<title>{escape(ends.labels[at])}: {escape(part.label)} {count}</title></rect>"
            )
    parts.append("</svg>")
    return _safe(parts)


def _hatching(part: Part, number: int) -> str:
    return HATCHES[(number if part.hatch is None else part.hatch) % len(HATCHES)]


def _hatch(key: str, tone: str, path: str) -> str:
    strokes = f'<path class="hatch" d="{path}"/>' if path else ""
    return (
        f'<pattern id="hatch-{escape(key)}" class="tone-{tone}" width="6" height="6"'
        f' patternUnits="userSpaceOnUse"><rect width="6" height="6"/>{strokes}</pattern>'
    )


def line_legend(drawn: Sequence[Line]) -> SafeString:
    """What each line is, with its mark."""
    return _legend(
        [
            (
                line.tone,
                f'<line class="figure-line{_dashes(drawn, line)}" x1="0" x2="22" y1="7" y2="7"/>'
                + (
                    ""
                    if line.dashed
                    else f'<svg x="11" y="7" class="figure-mark"><path d="{MARKS[at % len(MARKS)]}"/></svg>'
                ),
                line.label,
            )
            for at, line in enumerate(drawn)
        ]
    )


def part_legend(drawn: Sequence[Part], key: str) -> SafeString:
    """What each part of the columns is, with its hatching."""
    return _legend(
        [
            (
                part.tone,
                f'<rect x="4" width="14" height="14" rx="2" fill="url(#hatch-{escape(key)}-{at})"/>',
                part.label,
            )
            for at, part in enumerate(drawn)
        ]
    )


def _legend(entries: Sequence[tuple[str, str, str]]) -> SafeString:
    shown = [
        f'<li><svg class="figure-swatch tone-{tone}" width="22" height="14" aria-hidden="true">{mark}</svg>'
        f" {escape(label)}</li>"
        for tone, mark, label in entries
    ]
    return _safe([f'<ul class="figure-legend">{"".join(shown)}</ul>'] if shown else [])
