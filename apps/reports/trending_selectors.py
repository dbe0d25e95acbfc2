"""How KPIs went over time: one statement over all their values, one by what they belong to."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.cache import cache
from django.db import connection
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from apps.accounts.models import Account, Resource
from apps.core.choices import ProgressStatus
from apps.core.scope import organisation
from apps.kpis.expressions import ExactProgress
from apps.kpis.models import KpiCategory, KpiValue, ObjectiveKpi
from apps.plans.models import SuccessPlan
from apps.reports.trending_rules import Week, mean_of

# From so many KPIs on, the numbers are counted after the page is shown.
MANY: Final = 20_000
# What took longer than this is kept for a while, until a value is added.
SLOW: Final = 1.0
KEPT: Final = 600

# How many lines a chart of values holds at most.
FEW: Final = 6

# Each value holds from its day until the next one's; before the first one a KPI is without values
# from the day it was made. Samples are counted from 0; `a` is the first that a value holds on and
# `b` the first that it does not. Between them a status changes at most three times: at the start
# (`ns`), when the pace is lost (`cr`) and after the target date (`ov`), whose samples are found
# from the dates instead of judging each KPI on each day. Values that are alike in all of these are
# then one row. `p` and `q` are the samples from which something is expected, and all of it.
TREND: Final = """
WITH asked (days, zone) AS (SELECT %s::date[], %s::text),
chosen AS MATERIALIZED (%%s),
told AS (
    SELECT one.*, LEAD(day) OVER (PARTITION BY kpi_id ORDER BY day NULLS FIRST, recorded_at, id)
        AS until
    FROM (
        SELECT c.kpi_id, NULL::date AS day, NULL::timestamptz AS recorded_at, NULL::bigint AS id,
            NULL::numeric AS baseline, NULL::numeric AS current, NULL::numeric AS target,
            'higher' AS direction, c.start, c.due, (c.born AT TIME ZONE asked.zone)::date AS born
        FROM chosen c, asked
        UNION ALL
        SELECT c.kpi_id, COALESCE(v.measured_on, (v.recorded_at AT TIME ZONE asked.zone)::date),
            v.recorded_at, v.id, v.baseline, v.current, v.target, v.direction, c.start, c.due, NULL
        FROM chosen c JOIN kpis_kpivalue v ON v.kpi_id = c.kpi_id, asked
    ) one
),
placed AS (
    SELECT told.*, days,
        width_bucket(LEAST(COALESCE(day, born), until) - 1, days) AS a,
        COALESCE(width_bucket(until - 1, days), cardinality(days)) AS b
    FROM told, asked
    OFFSET 0
),
judged AS (
    SELECT a, b, kind, %%done AS done,
        CASE WHEN start IS NOT NULL AND kind IN ('', 'in_progress')
            THEN GREATEST(a, LEAST(b, width_bucket(start - 1, days))) END AS ns,
        CASE WHEN kind > '' THEN NULL ELSE GREATEST(a, LEAST(b, width_bucket(start - 1 +
            CASE WHEN due <= start THEN 0 WHEN target = baseline THEN 1
                ELSE 1 + GREATEST(div((current - baseline) * (due - start), target - baseline), 0)
            END::int, days))) END AS cr,
        CASE WHEN kind IN ('not_available', 'completed') THEN NULL
            ELSE GREATEST(a, LEAST(b, width_bucket(due, days))) END AS ov,
        CASE WHEN day IS NULL AND start IS NOT NULL AND due IS NOT NULL
            THEN GREATEST(a, width_bucket(start - 1, days)) END AS p,
        CASE WHEN day IS NULL AND start IS NOT NULL AND due IS NOT NULL
            THEN GREATEST(a, width_bucket(start - 1, days), width_bucket(due - 1, days)) END AS q,
        CASE WHEN day IS NULL AND due > start THEN 1.0 / (due - start) ELSE 0 END AS pace,
        start - days[1] AS since
    FROM placed v, LATERAL (SELECT CASE
        WHEN v.baseline IS NULL OR v.current IS NULL OR v.target IS NULL THEN 'not_available'
        WHEN CASE v.direction WHEN 'higher' THEN v.current >= v.target
            ELSE v.current <= v.target END THEN 'completed'
        WHEN v.start IS NULL AND v.due IS NULL AND (v.baseline = v.target
            OR CASE v.direction WHEN 'higher' THEN v.current <= v.baseline
                ELSE v.current >= v.baseline END) THEN 'on_track'
        WHEN v.start IS NULL OR v.due IS NULL THEN 'in_progress'
        ELSE '' END AS kind OFFSET 0) k
    WHERE a < b OR day IS NULL
),
alike AS MATERIALIZED (
    SELECT a, b, kind, ns, cr, ov, p, q, COUNT(*) AS n, SUM(done) AS done, SUM(pace) AS pace,
        SUM(pace * since) AS since
    FROM judged GROUP BY a, b, kind, ns, cr, ov, p, q
)
SELECT w, status, SUM(n)::bigint, SUM(done) FROM (
    SELECT w, n, done, CASE
        WHEN kind IN ('not_available', 'completed') THEN kind
        WHEN w >= ov THEN 'overdue'
        WHEN w < ns THEN 'not_started'
        WHEN kind > '' THEN kind
        WHEN w < cr THEN 'on_track'
        ELSE 'off_track' END AS status
    FROM alike, generate_series(a, b - 1) w
    UNION ALL
    SELECT w, n, CASE WHEN w < p THEN 0 WHEN w < q THEN pace * (days[w + 1] - days[1]) - since
        ELSE n END, 'expected'
    FROM alike, asked, generate_series(a, cardinality(days) - 1) w
    WHERE p IS NOT NULL
) one GROUP BY w, status
"""


def _sql_of(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """A query as SQL to stand within another, with its parameters."""
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


def _run(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@dataclass(frozen=True)
class Counted:
    """Rows that were counted; `at` says when, if that was not just now."""

    rows: list[tuple[Any, ...]]
    at: dt.datetime | None = None


def _kept(sql: str, params: Sequence[Any]) -> Counted:
    """The rows of a statement; those that took long are kept until a value is added.

    What the person sees, the filters and the days are all in the statement: they are its key.
    """
    newest = KpiValue.objects.aggregate(newest=Max("pk"))["newest"]
    key = "trend-" + hashlib.sha256(repr((sql, params, newest)).encode()).hexdigest()
    found: Counted | None = cache.get(key)
    if found is not None:
        return found
    began = time.monotonic()
    rows = _run(sql, params)
    if time.monotonic() - began > SLOW:
        cache.set(key, Counted(rows, timezone.now()), KEPT)
    return Counted(rows)


@dataclass(frozen=True)
class Trend:
    """How some KPIs stood at the end of each week."""

    weeks: list[Week]
    counted_at: dt.datetime | None = None


def past_cache(sql: str, params: Sequence[Any]) -> Counted:
    """The rows of a statement, counted anew: to measure it."""
    return Counted(_run(sql, params))


def trend(
    user: Any,
    rows: QuerySet[ObjectiveKpi],
    days: Sequence[dt.date],
    *,
    run: Callable[[str, Sequence[Any]], Counted] = _kept,
) -> Trend:
    """Progress, expectation and statuses of these KPIs on each of these days, in one statement.

    The value of a KPI on a day is the newest by (day, moment it was recorded, id) whose day is not
    later; its day is the day it was measured, else the organisation's day when it was recorded.
    """
    chosen, params = _sql_of(
        rows.order_by()
        .select_related(None)
        .annotate(
            kpi_id=F("pk"),
            start=F("objective__start_date"),
            due=F("target_date"),
            born=F("created_at"),
        )
        .values("kpi_id", "start", "due", "born")
    )
    zone = organisation(user).time_zone
    found = run(
        TREND.replace("%%done", ExactProgress.of("v")).replace("%%s", chosen),
        [list(days), zone, *params],
    )
    told: list[dict[str, tuple[int, Decimal]]] = [{} for _ in days]
    for week, status, count, done in found.rows:
        told[week][status] = (count, done)
    weeks = [_week(day, of_day) for day, of_day in zip(days, told, strict=True)]
    return Trend(weeks, found.at)


def _week(day: dt.date, told: dict[str, tuple[int, Decimal]]) -> Week:
    dated, due = told.get("expected", (0, Decimal(0)))
    statuses = {status: told.get(status, (0, None))[0] for status in ProgressStatus.values}
    done = sum((told[one][1] for one in ProgressStatus.values if one in told), Decimal(0))
    return Week(day, statuses, mean_of(done, sum(statuses.values())), mean_of(due, dated), dated)


# What the KPIs are put together by: the path of its id, and what has its name.
GROUPS: Final[dict[str, tuple[str, Any]]] = {
    "account": ("objective__account", Account),
    "plan": ("objective__plan", SuccessPlan),
    "category": ("category", KpiCategory),
    "owner": ("objective__owner", Resource),
}

BY: Final = """
SELECT GROUPING(grp), grp, COUNT(*), SUM(done), COUNT(wanted), SUM(wanted),
    COUNT(*) FILTER (WHERE kpi_status = 'completed'),
    COUNT(*) FILTER (WHERE kpi_status = 'on_track'),
    COUNT(*) FILTER (WHERE kpi_status = 'off_track'),
    COUNT(*) FILTER (WHERE kpi_status = 'overdue'),
    COUNT(*) FILTER (WHERE kpi_status = 'not_available')
FROM (SELECT one.*, CASE
        WHEN start IS NULL OR due IS NULL THEN NULL
        WHEN due <= start THEN (asked.day >= start)::int
        ELSE LEAST(GREATEST((asked.day - start) / (due - start)::numeric, 0), 1) END AS wanted
    FROM (SELECT %s::date AS day) asked, (%%s) one) told
GROUP BY GROUPING SETS ((grp), ())
ORDER BY 1 DESC, SUM(done) / COUNT(*), grp
LIMIT %%l
"""


@dataclass(frozen=True)
class Standing:
    """How the KPIs of one account, plan, category or owner stand today; `pk` is None of none."""

    pk: int | None
    label: str
    count: int
    progress: Decimal | None
    expected: Decimal | None
    completed: int
    on_track: int
    off_track: int
    overdue: int
    without_values: int


@dataclass(frozen=True)
class Standings:
    """All together, and each group, the one with the least progress first; `more` were left out."""

    total: Standing | None
    groups: list[Standing]
    more: bool = False


def standings(
    rows: QuerySet[ObjectiveKpi], by: str, today: dt.date, most: int | None = None
) -> Standings:
    """The KPIs as they stand today, put together by `by`: two statements, at most `most` groups.

    `rows` carry `kpi_status`.
    """
    path, model = GROUPS[by]
    inner, params = _sql_of(
        rows.order_by()
        .select_related(None)
        .annotate(
            grp=F(path),
            start=F("objective__start_date"),
            due=F("target_date"),
            done=ExactProgress(),
        )
        .values("grp", "start", "due", "done", "kpi_status")
    )
    limit = "ALL" if most is None else str(most + 2)
    sql = BY.replace("%%s", inner).replace("%%l", limit)
    found = _kept(sql, [today, *params]).rows
    names: dict[int, Any] = model._base_manager.in_bulk(
        [row[1] for row in found if row[1] is not None]
    )
    made = [_standing(row, str(names.get(row[1], ""))) for row in found]
    groups = made[1:]
    if most is not None:
        groups = groups[:most]
    total = made[0] if made and made[0].count else None
    return Standings(total, groups if total else [], len(made) - 1 > len(groups))


def _standing(row: tuple[Any, ...], label: str) -> Standing:
    _, pk, count, done, dated, wanted, *counts = row
    return Standing(pk, label, count, mean_of(done, count), mean_of(wanted, dated), *counts)


def values_of_few(rows: QuerySet[ObjectiveKpi]) -> tuple[list[ObjectiveKpi], list[KpiValue]]:
    """The KPIs and their values by date, if they are few and of one unit; else nothing."""
    few = list(rows.order_by("title", "pk")[: FEW + 1])
    if not few or len(few) > FEW or len({kpi.unit_id for kpi in few}) > 1:
        return [], []
    values = (
        KpiValue.objects.filter(kpi__in=[kpi.pk for kpi in few])
        .select_related("unit")
        .order_by(F("measured_on").asc(nulls_first=True), "recorded_at", "pk")
    )
    return few, list(values)


def are_many(rows: QuerySet[ObjectiveKpi]) -> bool:
    """Whether these are so many KPIs that counting them takes a while."""
    return rows.order_by().select_related(None)[: MANY + 1].count() > MANY
