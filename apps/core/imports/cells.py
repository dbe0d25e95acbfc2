"""What one value is in a file: plain text that a program reads, and a person too."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

Cell = str | int | Decimal | dt.date | None

YES, NO = "Yes", "No"


def text_of(value: Cell) -> str:
    """Plain decimals, dates like 2026-11-23, moments with their offset, yes and no in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def same_text(one: str, other: str) -> bool:
    """Whether two cells hold the same text, whatever way their lines end."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
