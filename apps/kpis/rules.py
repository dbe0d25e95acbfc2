"""Rules of objective KPIs, as functions of values; `apps.kpis.expressions` are their twins."""

from __future__ import annotations

import datetime as dt

from apps.core.choices import ProgressStatus
from apps.core.rules import Number, met, progress, schedule_status


def kpi_status(
    *,
    baseline: Number | None,
    current: Number | None,
    target: Number | None,
    direction: str,
    start: dt.date | None,
    target_date: dt.date | None,
    today: dt.date,
) -> ProgressStatus:
    """The status of a KPI on a date, first that applies (R-KPI-4).

    `start` is the start of its objective.
    """
    if baseline is None or current is None or target is None:
        return ProgressStatus.NOT_AVAILABLE
    if met(current, target, direction):
        return ProgressStatus.COMPLETED
    share = progress(baseline, current, target, direction)
    return schedule_status(start, target_date, share, today)


def blocked_reasons(by_hand: bool, by_status: bool) -> list[str]:
    """Who blocks a KPI: a person, its objective's status, both or nobody (R-KPI-8)."""
    reasons = []
    if by_hand:
        reasons.append("by hand")
    if by_status:
        reasons.append("by the objective's status")
    return reasons


def goal_sentence(*, baseline: str, target: str, target_date: str) -> str:
    """What a KPI sets out to do, as people say it: "From 8 % to 3 % by 31 Jan 2027".

    The arguments are written as the person reads them; empty where a value is missing.
    """
    parts = [
        f"from {baseline}" if baseline else "",
        f"to {target}" if target else "",
        f"by {target_date}" if target_date else "",
    ]
    sentence = " ".join(part for part in parts if part)
    return sentence[:1].upper() + sentence[1:]


def overdue_words(target_date: dt.date, today: dt.date) -> str:
    """How long a target date has passed: "3 days overdue"; empty when it has not."""
    days = (today - target_date).days
    if days <= 0:
        return ""
    return f"{days} day{'' if days == 1 else 's'} overdue"
