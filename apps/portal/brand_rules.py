"""The company's colour on pages for customers, so that it can always be read: pure decisions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DEFAULT: Final = "#0f766e"
# The grounds that text in the brand's colour stands on, of the stylesheet; the worse of each theme.
LIGHT: Final = "#f1f3f4"
DARK: Final = "#262b30"
# One of the two can be read on any colour.
INK: Final = "#000000"
PAPER: Final = "#ffffff"
# WCAG 2.2, 1.4.3: what text needs at least.
ENOUGH: Final = 4.5
STEPS: Final = 50
HEX: Final = re.compile(r"#[0-9a-f]{6}")

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The brand's colour as a ground, the text on it, and as text on the page's own ground."""

    ground: str
    on_ground: str
    text: str


def palette(colour: str, page: str) -> Palette:
    """The colour on a page of this ground; of what is no colour, the program's own."""
    colour = colour.lower()
    if not HEX.fullmatch(colour):
        colour = DEFAULT
    on_ground = max((PAPER, INK), key=lambda one: contrast(one, colour))
    return Palette(colour, on_ground, readable(colour, page))


def readable(colour: str, page: str) -> str:
    """The colour, darkened or lightened just as far as text on this ground needs."""
    end = _rgb(INK if _light(_rgb(page)) > 0.18 else PAPER)
    start = _rgb(colour)
    for step in range(STEPS + 1):
        mixed = _mixed(start, end, step / STEPS)
        if contrast(mixed, page) >= ENOUGH:
            return mixed
    return _hex(end)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG counts it, 1 to 21."""
    low, high = sorted((_light(_rgb(one)), _light(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{part:02x}" for part in rgb)


def _mixed(start: Rgb, end: Rgb, share: float) -> str:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return _hex((red, green, blue))


def _light(rgb: Rgb) -> float:
    parts = [part / 255 for part in rgb]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
