"""Rules of what lies in a template, as functions of values."""

from __future__ import annotations

import datetime as dt

from apps.core.rules import date_order_error
from apps.playbooks.rules import task_date_errors


def template_errors(
    kind: str,
    *,
    start: dt.date | None,
    end: dt.date | None,
    playbook: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> dict[str, str]:
    """What is wrong with the dates of a record in a template, by field (R-DATE-1, R-PB-1)."""
    if kind == "task":
        return task_date_errors(start=start, end=end, playbook=playbook, first=first, last=last)
    if kind == "objective":
        error = date_order_error(start, end, "due date")
        return {"due_date": error} if error else {}
    error = date_order_error(start, end)
    return {"end_date": error} if error else {}
