"""Rules of success plans and business challenges, as functions of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from apps.core.rules import date_order_error


def plan_errors(*, start: dt.date | None, end: dt.date | None) -> dict[str, str]:
    """What is wrong with a plan's values, by field (R-DATE-1)."""
    error = date_order_error(start, end)
    return {"end_date": error} if error else {}


def foreign_challenges_error(titles: Iterable[str], account: str) -> str | None:
    """Why these challenges of other accounts cannot be linked, None when there are none (R-CAS-2)."""
    names = ", ".join(f"“{title}”" for title in titles)
    if not names:
        return None
    return f"{names}: not a challenge of {account}. Choose challenges of the same account."
