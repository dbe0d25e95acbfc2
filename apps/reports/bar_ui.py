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

HEIGHT: Final = 12

Size = Decimal | Fraction | int


@dataclass(frozen=True)
class Bar:
    """One bar: a size for each part, left of nought if negative, and what stands beside it."""

    label: str
    sizes: Sequence[Size]
    words: str


def bars(
    drawn: Sequence[Bar], parts: Sequence[Part], *, key: str, label: str, full: Size = 0
) -> SafeString:
    """The bars on one scale; of `parts` only label and tone are used. `key` tells charts apart.

    `full` is the size of a whole bar, where bars are shares of it.
    """
    if not drawn:
        return mark_safe("")
    # Drawn, not compared: floats are good enough.
    low = min([0.0, *(_sum(bar, below=True) for bar in drawn)])
    high = max([float(full), *(_sum(bar, below=False) for bar in drawn)])
    scale = 100 / (high - low) if high > low else 0.0
    nought = -low * scale
    made = [
        f'<div class="figure-bars" role="img" aria-label="{escape(label)}">'
        '<svg class="figure-hatches" width="0" height="0" aria-hidden="true"><defs>'
    ]
    made += [_hatch(f"{key}-{at}", part.tone, HATCHES[at]) for at, part in enumerate(parts)]
    made.append("</defs></svg>")
    for bar in drawn:
        made.append(
            f'<div class="figure-bar"><span class="bar-label">{escape(bar.label)}</span>'
            f'<span class="bar-words">{escape(bar.words)}</span>'
            f'<svg width="100%" height="{HEIGHT}" aria-hidden="true">'
            f'<rect class="figure-bar-rest" width="100%" height="{HEIGHT}"/>'
        )
        left = right = nought
        for at, size in enumerate(bar.sizes):
            if not size:
                continue
            width = max(abs(float(size)) * scale, 0.3)
            x = right if size > 0 else left - width
            left, right = (left, right + width) if size > 0 else (left - width, right)
            made.append(
                f'<rect class="figure-part" x="{x:.3f}%" width="{width:.3f}%" height="{HEIGHT}"'
                f' fill="url(#hatch-{escape(key)}-{at})"><title>{escape(parts[at].label)}</title>'
                "</rect>"
            )
        if 0 < nought < 100:
            made.append(
                f'<line class="zero" x1="{nought:.3f}%" x2="{nought:.3f}%" y1="0" y2="{HEIGHT}"/>'
            )
        made.append("</svg></div>")
    made.append("</div>")
    return mark_safe("".join(made))  # noqa: S308 (every text in it is escaped)


def _sum(bar: Bar, *, below: bool) -> float:
    return sum(float(size) for size in bar.sizes if (size < 0) == below)


def _hatch(key: str, tone: str, path: str) -> str:
    strokes = f'<path class="hatch" d="{path}"/>' if path else ""
    return (
        f'<pattern id="hatch-{escape(key)}" class="tone-{tone}" width="6" height="6"'
        f' patternUnits="userSpaceOnUse"><rect width="6" height="6"/>{strokes}</pattern>'
    )
