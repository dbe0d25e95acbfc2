"""Reading dates, numbers and yes or no as files write them. No clock, no locale."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final

DMY: Final = "dmy"
MDY: Final = "mdy"
YMD: Final = "ymd"
ORDER_NAMES: Final = {DMY: "day first", MDY: "month first", YMD: "year first"}
POINT: Final = "point"
COMMA: Final = "comma"
FORM_NAMES: Final = {POINT: "1,234.56", COMMA: "1.234,56"}

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar février febrero",
            "mar march märz mrz mars marzo",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august août agosto",
            "sep sept september septembre septiembre",
            "oct okt october oktober octobre octubre",
            "nov november novembre noviembre",
            "dec dez december dezember décembre diciembre",
        ),
        1,
    )
    for name in names.split()
}
_TIME: Final = (
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?: ?Z|[+-]\d{2}:?\d{2})?)?"
)
_PARTS: Final = re.compile(rf"(\d{{1,4}})([./\-])\s*(\d{{1,2}})\2\s*(\d{{1,4}}){_TIME}")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_WORD: Final = re.compile(
    rf"(\d{{1,2}})\.?[ \-/]?([^\W\d_]+)\.?,?[ \-/]?(\d{{4}}|\d{{2}}){_TIME}"
)
_WORD_DAY: Final = re.compile(rf"([^\W\d_]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}")


def date_evidence(text: str) -> str:
    """What order a date must be written in: one of the orders, "" when it could be several."""
    parts = _PARTS.fullmatch(text.strip())
    if not parts:
        return ""
    first, second = parts[1], int(parts[3])
    if len(first) > 2 or int(first) > 31:
        return YMD
    if int(first) > 12:
        return DMY
    if second > 12:
        return MDY
    return ""


def is_numeric_date(text: str) -> bool:
    """Whether the order of day and month matters for this text."""
    return bool(_PARTS.fullmatch(text.strip()))


def parse_date(text: str, order: str) -> dt.date:
    """The date that a text means, with `order` for what could be read two ways.

    Raises ValueError with a sentence that shows the right form.
    """
    typed = text.strip()
    right = {DMY: "31.12.2024", MDY: "12/31/2024"}.get(order, "2024-12-31")
    refusal = ValueError(f"“{typed}” is not a date. Write it like 2024-12-31 or {right}.")
    found = _date_parts(typed, order)
    if found is None:
        raise refusal
    year, month, day = found
    if not 1900 <= year <= 2199:
        raise ValueError(f"“{typed}” has a year that cannot be right. Write it like {right}.")
    try:
        return dt.date(year, month, day)
    except ValueError:
        if order in (DMY, MDY) and _PARTS.fullmatch(typed):
            raise ValueError(
                f"“{typed}” is not a date: this column is read {ORDER_NAMES[order]}, like {right}."
            ) from None
        raise refusal from None


def _date_parts(typed: str, order: str) -> tuple[int, int, int] | None:
    if parts := _PARTS.fullmatch(typed):
        first, second, third = parts[1], parts[3], parts[4]
        if len(first) > 2 or (order == YMD and len(third) <= 2):
            return (_year(first), int(second), int(third)) if len(third) <= 2 else None
        if len(third) not in (2, 4):
            return None
        day, month = (second, first) if order == MDY else (first, second)
        return _year(third), int(month), int(day)
    if parts := _COMPACT.fullmatch(typed):
        return int(parts[1]), int(parts[2]), int(parts[3])
    if parts := _DAY_WORD.fullmatch(typed):
        day, word, year = parts[1], parts[2], parts[3]
    elif parts := _WORD_DAY.fullmatch(typed):
        word, day, year = parts[1], parts[2], parts[3]
    else:
        return None
    number = _MONTHS.get(word.casefold())
    return (_year(year), number, int(day)) if number else None


def _year(text: str) -> int:
    """Two digits are a year of this century, or from 70 on of the last."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 70 else 1900)


_SIGNS: Final = "€$£¥₹"
_SPACES: Final = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’"), None)
_CODE: Final = re.compile(r"^[A-Za-z]{3}(?=[\s\d.,+\-−(])|(?<=[\s\d.,)])[A-Za-z]{3}$")


def bare_number(text: str) -> str:
    """A number without currency signs and codes, spaces and apostrophes; a minus stands in front."""
    typed = text.strip().replace("\u2212", "-")
    typed = _CODE.sub("", typed).strip()
    typed = typed.strip(_SIGNS + " ").translate(_SPACES)
    if typed.startswith("(") and typed.endswith(")"):
        typed = "-" + typed[1:-1]
    elif typed.endswith("-"):
        typed = "-" + typed[:-1]
    sign = typed[:1] if typed[:1] in "+-" else ""
    return sign.replace("+", "") + typed[len(sign) :].strip(_SIGNS)


def has_currency(text: str) -> bool:
    """Whether a currency sign or code stands beside the number."""
    typed = text.strip()
    return any(sign in typed for sign in _SIGNS) or bool(_CODE.search(typed))


def number_evidence(text: str) -> str:
    """Which mark must be the decimal one: POINT, COMMA, or "" when it could be either."""
    typed = bare_number(text).lstrip("-")
    if not re.fullmatch(r"\d*(?:[.,]\d*)+", typed):
        return ""
    if "," in typed and "." in typed:
        return POINT if typed.rindex(".") > typed.rindex(",") else COMMA
    mark = "." if "." in typed else ","
    as_decimal, as_thousands = (POINT, COMMA) if mark == "." else (COMMA, POINT)
    if typed.count(mark) > 1:
        return as_thousands
    whole, places = typed.split(mark)
    grouped = len(places) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return "" if grouped else as_decimal


def number_doubt(text: str) -> str:
    """The form in which a number like 1.234 or 1,234 means thousands; "" for all others."""
    typed = bare_number(text).lstrip("-")
    if not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", typed):
        return ""
    return COMMA if "." in typed else POINT


def parse_number(text: str, form: str) -> Decimal:
    """The number that a text means in the form of its column.

    Raises ValueError with a sentence that shows the right form (R-NUM-1).
    """
    thousands, mark = (".", ",") if form == COMMA else (",", ".")
    typed = bare_number(text)
    pattern = rf"(-?)(\d{{1,3}}(?:\{thousands}\d{{3}})+|\d*)(?:\{mark}(\d*))?"
    found = re.fullmatch(pattern, typed)
    if not found or not (found[2] or found[3]):
        right = FORM_NAMES[form]
        plain = right.replace(thousands, "")
        raise ValueError(f"“{text.strip()}” is not a number. Write it like {plain} or {right}.")
    whole = found[2].replace(thousands, "") or "0"
    places = (found[3] or "").rstrip("0")
    return Decimal(f"{found[1]}{whole}.{places or 0}")


_TRUE: Final = frozenset(
    ["1", "true", "t", "yes", "y", "x", "on", "active", "ja", "j", "wahr", "oui", "si", "sí"]
)
_FALSE: Final = frozenset(
    ["0", "false", "f", "no", "n", "off", "inactive", "left", "nein", "falsch", "non"]
)


def parse_flag(text: str) -> bool:
    """Yes or no. Raises ValueError with a sentence that shows the right form."""
    typed = text.strip().casefold()
    if typed in _TRUE:
        return True
    if typed in _FALSE:
        return False
    raise ValueError(f"“{text.strip()}” is neither yes nor no. Write yes or no.")
