"""Numbers and dates as one person writes and reads them (R-NUM-1)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from apps.core.choices import DateFormat, NumberFormat

# thousands separator, decimal mark
MARKS = {
    NumberFormat.COMMA_POINT: (",", "."),
    NumberFormat.POINT_COMMA: (".", ","),
    NumberFormat.SPACE_COMMA: ("\u00a0", ","),
    NumberFormat.PLAIN: ("", "."),
}
MOST_PLACES = 4
MOST_DIGITS = 14

PATTERNS = {
    DateFormat.DMY_TEXT: "%-d %b %Y",
    DateFormat.ISO: "%Y-%m-%d",
    DateFormat.DMY_DOT: "%d.%m.%Y",
    DateFormat.DMY_SLASH: "%d/%m/%Y",
    DateFormat.MDY_SLASH: "%m/%d/%Y",
}


class NotANumber(ValueError):
    """Text that is no number in this format; `str()` shows the right form."""


def format_number(value: Decimal | int, number_format: str, decimals: int | None = None) -> str:
    """A number with thousands separators; without `decimals` as many places as it has, at most 4."""
    thousands, mark = MARKS[NumberFormat(number_format)]
    exact = Decimal(value)
    places = MOST_PLACES if decimals is None else decimals
    text = f"{exact:,.{places}f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in ("-0", "-0.0"):
        text = "0"
    return text.replace(",", "\0").replace(".", mark).replace("\0", thousands)


def parse_number(text: str, number_format: str) -> Decimal:
    """The number a person typed, with or without this format's thousands separators.

    Plain decimals with a point are taken in every format where the point is not the thousands
    separator. Raises NotANumber with a sentence that shows the right form.
    """
    thousands, mark = MARKS[NumberFormat(number_format)]
    typed = text.strip().replace("\u2212", "-").replace("\u202f", "\u00a0")
    if thousands == "\u00a0":
        typed = typed.replace(" ", "\u00a0")
    right = format_number(Decimal("-1234.5"), number_format)[1:]
    refusal = NotANumber(f"“{text.strip()}” is not a number here. Write it like {right}.")
    marks = {mark, "."} - {thousands}
    grouped = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else r"\d+"
    found = re.fullmatch(
        rf"([+-]?)({grouped}|\d+)?(?:[{re.escape(''.join(marks))}](\d*))?", typed, re.ASCII
    )
    if not found or not (found[2] or found[3]):
        raise refusal
    whole = (found[2] or "0").replace(thousands, "") if thousands else found[2] or "0"
    places = (found[3] or "").rstrip("0")
    if len(places) > MOST_PLACES:
        raise NotANumber(f"“{text.strip()}” has more than {MOST_PLACES} decimal places.")
    if len(whole.lstrip("0")) > MOST_DIGITS:
        raise NotANumber(f"“{text.strip()}” has more than {MOST_DIGITS} digits before the mark.")
    return Decimal(f"{found[1]}{whole}.{places or 0}")


def format_date(value: dt.date, date_format: str) -> str:
    """A date as this person writes it."""
    return value.strftime(PATTERNS[DateFormat(date_format)])


def relative_days(value: dt.date, today: dt.date) -> str:
    """How far away a date is: "today", "in 5 days", "3 days ago"."""
    days = (value - today).days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"in {count}" if days > 0 else f"{count} ago"


def parse_date(text: str, date_format: str) -> dt.date | None:
    """The date a person typed: in their own format, or like 2026-11-23; None when it is neither."""
    typed = " ".join(text.split())
    for pattern in (PATTERNS[DateFormat.ISO], PATTERNS[DateFormat(date_format)]):
        try:
            return dt.datetime.strptime(typed, pattern.replace("%-d", "%d")).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None
