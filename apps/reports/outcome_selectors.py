"""What came of the objectives of a report, counted in one statement, in all or by group."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Case, DateField, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, TruncMonth

from apps.objectives.models import Objective
from apps.objectives.outcome_selectors import IN_PACE
from apps.objectives.selectors import ObjectiveProgress
from apps.reports.outcome_rules import Outcomes

WORDS: Final = TextField()
NOTHING: Final = Value(None, output_field=WORDS)
# What rows are grouped by: the column of the table, and how each group is told, called and ordered.
GROUPS: Final[Mapping[str, tuple[Any, Any, Any]]] = {
    "account": (F("account_id"), F("account__name"), F("account__name")),
    "plan": (F("plan_id"), F("plan__name"), F("plan__name")),
    "status": (F("status_id"), F("status__label"), F("status__position")),
    "category": (F("category_id"), F("category__label"), F("category__position")),
    "owner": (
        Case(
            When(
                owner__isnull=False,
                then=Concat(Value("r"), Cast("owner_id", WORDS), output_field=WORDS),
            ),
            When(
                owner_contact__isnull=False,
                then=Concat(Value("c"), Cast("owner_contact_id", WORDS), output_field=WORDS),
            ),
        ),
        Coalesce(F("owner__name"), F("owner_contact__name")),
        Coalesce(F("owner__name"), F("owner_contact__name")),
    ),
    "due_month": (
        Cast(TruncMonth("due_date"), DateField()),
        NOTHING,
        F("due_date"),
    ),
}

# Each objective is judged once; then it is only counted.
SUMMED: Final = f"""
    WITH judged AS MATERIALIZED (
        SELECT r.*, %s::date AS o_today, (r.o_at AT TIME ZONE %s)::date AS o_day FROM ({{rows}}) r
    ), told AS (
        SELECT *, o_kind = 'completed' AS o_completed,
            o_kind IN ('abandoned', 'archived') AS o_out,
            o_kind IN ('not_started', 'in_progress') AND NOT
                {IN_PACE.format(today="o_today", start="o_start", due="o_due", progress="o_progress")}
                AS o_behind
        FROM judged
    )
    SELECT o_key, o_label, count(*), count(*) FILTER (WHERE o_completed),
        count(*) FILTER (WHERE o_completed AND o_day <= o_due),
        count(*) FILTER (WHERE o_completed AND o_day > o_due),
        count(*) FILTER (WHERE NOT o_completed AND NOT o_out AND o_due < o_today),
        count(*) FILTER (WHERE o_behind),
        count(*) FILTER (WHERE o_out),
        ROUND(COALESCE(SUM(o_progress) FILTER (WHERE NOT o_out), 0), 10)
    FROM told GROUP BY o_key, o_label ORDER BY min(o_sort) NULLS LAST, o_label, o_key
"""  # noqa: S608 (made of constants)


@dataclass(frozen=True)
class Group:
    """One group of objectives: what tells it from others, its name, and what came of them."""

    key: Any
    label: str
    outcomes: Outcomes


def outcomes_by(
    rows: QuerySet[Objective], group: str, today: dt.date, zone: zoneinfo.ZoneInfo
) -> list[Group]:
    """What came of these objectives by group, or of all together where `group` is empty."""
    key, label, order = GROUPS.get(group, (NOTHING, NOTHING, NOTHING))
    plain = (
        rows.order_by()
        .select_related(None)
        .values(
            o_key=key,
            o_label=label,
            o_sort=order,
            o_kind=Coalesce(F("status__kind"), Value("in_progress")),
            o_at=F("completed_at"),
            o_start=F("start_date"),
            o_due=F("due_date"),
            o_progress=ObjectiveProgress(),
        )
    )
    sql, params = plain.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(SUMMED.replace("{rows}", sql), [today, zone.key, *params])
        found = cursor.fetchall()
    return [Group(key, label or "", Outcomes(*counts)) for key, label, *counts in found]


def group_of(objective: Any, group: str) -> Any:
    """What tells an objective's group from others: the key of its `Group`."""
    if group == "owner":
        if objective.owner_contact_id:
            return f"c{objective.owner_contact_id}"
        return f"r{objective.owner_id}" if objective.owner_id else None
    if group == "due_month":
        return objective.due_date and objective.due_date.replace(day=1)
    return getattr(objective, f"{group}_id")
