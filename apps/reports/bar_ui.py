"""Bars that lie, one below the other, as SVG that fits any width without a script.

They are read without colour: each part has a hatching of its own, and each bar its numbers beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from apps.core.chart_ui import HATCHES, Part
from apps.core.ui import escape

ROW: Final = 38
HEIGHT: Final = 12
LONGEST: Final = 34

Size = Decimal | Fraction | int


@dataclass(frozen=True)
class Bar:
    """One bar: a size for each part, left of nought if negative, and what stands beside it."""

    label: str
    sizes: Sequence[Size]
    words: str


def bars(drawn: Sequence[Bar], parts: Sequence[Part], *, key: str, label: str) -> SafeString:
    """The bars on one scale; of `parts` only label and tone are used. `key` tells charts apart."""
    if not drawn:
        return mark_safe("")
    # Drawn, not compared: floats are good enough.
    low = min([0.0, *(_sum(bar, below=True) for bar in drawn)])
    high = max([0.0, *(_sum(bar, below=False) for bar in drawn)])
    scale = 100 / (high - low) if high > low else 0.0
    nought = -low * scale
    svg = [
        f'<svg class="figure-bars" width="100%" height="{ROW * len(drawn)}" role="img"'
        f' aria-label="{escape(label)}"><defs>'
    ]
    svg += [_hatch(f"{key}-{at}", part.tone, HATCHES[at]) for at, part in enumerate(parts)]
    svg.append("</defs>")
    for row, bar in enumerate(drawn):
        top = ROW * row
        svg.append(
            f'<text x="0" y="{top + 13}">{escape(_short(bar.label))}</text>'
            f'<text class="bar-words" x="100%" y="{top + 13}" text-anchor="end">'
            f"{escape(bar.words)}</text>"
            f'<rect class="figure-bar-rest" x="0" width="100%" y="{top + 19}" height="{HEIGHT}"/>'
        )
        left = right = nought
        for at, size in enumerate(bar.sizes):
            if not size:
                continue
            width = max(abs(float(size)) * scale, 0.3)
            x = right if size > 0 else left - width
            left, right = (left, right + width) if size > 0 else (left - width, right)
            svg.append(
                f'<rect class="figure-part" x="{x:.3f}%" width="{width:.3f}%" y="{top + 19}"'
                f' height="{HEIGHT}" fill="url(#hatch-{escape(key)}-{at})">'
                f"<title>{escape(bar.label)}: {escape(parts[at].label)}</title></rect>"
            )
    if 0 < nought < 100:
        svg.append(
            f'<line class="zero" x1="{nought:.3f}%" x2="{nought:.3f}%" y1="0"'
            f' y2="{ROW * len(drawn)}"/>'
        )
    svg.append("</svg>")
    return mark_safe("".join(svg))  # noqa: S308 (every text in it is escaped)


def _sum(bar: Bar, *, below: bool) -> float:
    return sum(float(size) for size in bar.sizes if (size < 0) == below)


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1].rstrip()}…"


def _hatch(key: str, tone: str, path: str) -> str:
    strokes = f'<path class="hatch" d="{path}"/>' if path else ""
    return (
        f'<pattern id="hatch-{escape(key)}" class="tone-{tone}" width="6" height="6"'
        f' patternUnits="userSpaceOnUse"><rect width="6" height="6"/>{strokes}</pattern>'
    )
