"""KPI Trending over all values, against the plain SQL that answers the same question.

Measured in this process and past the cache: what the cache keeps says nothing about the statement.
"""

from __future__ import annotations

import time
from typing import Any, Final

from bench.cases import Case, Limits
from bench.counted import counted

LIMITS: Final = Limits(ratio=1.5, queries=2)
MINE: Final = Case("kpi-trend-mine", "KPI trend, my accounts, SQL", "(in process)", LIMITS)
ALL: Final = Case("kpi-trend-all", "KPI trend, all values, SQL", "(in process)", LIMITS)
WEEKS: Final = 26

# Each value from its day until the next one's, judged on each Sunday between: what one would write.
FLOOR: Final = """
WITH weeks AS (SELECT unnest(%(days)s::date[]) AS d),
dated AS (
    SELECT v.*, COALESCE(v.measured_on, (v.recorded_at AT TIME ZONE %(zone)s)::date) AS day
    FROM kpis_kpivalue v WHERE {chosen}
),
spans AS (
    SELECT dated.*, lead(day) OVER (PARTITION BY kpi_id ORDER BY day, recorded_at, id) AS until
    FROM dated
)
SELECT d, status, count(*), avg(progress), avg(expected) FROM (
    SELECT w.d,
        CASE WHEN v.baseline IS NULL OR v.current IS NULL OR v.target IS NULL THEN 'not_available'
            WHEN CASE v.direction WHEN 'higher' THEN v.current >= v.target
                ELSE v.current <= v.target END THEN 'completed'
            WHEN k.target_date < w.d THEN 'overdue'
            WHEN o.start_date > w.d THEN 'not_started'
            WHEN o.start_date IS NULL OR k.target_date IS NULL THEN 'in_progress'
            WHEN k.target_date = o.start_date OR v.baseline = v.target THEN 'off_track'
            WHEN greatest((v.current - v.baseline) / (v.target - v.baseline), 0)
                >= (w.d - o.start_date)::numeric / (k.target_date - o.start_date) THEN 'on_track'
            ELSE 'off_track' END AS status,
        CASE WHEN v.baseline IS NULL OR v.current IS NULL OR v.target IS NULL THEN 0
            WHEN CASE v.direction WHEN 'higher' THEN v.current >= v.target
                ELSE v.current <= v.target END THEN 1
            WHEN v.baseline = v.target THEN 0
            ELSE greatest((v.current - v.baseline) / (v.target - v.baseline), 0) END AS progress,
        CASE WHEN k.target_date > o.start_date THEN least(greatest(
            (w.d - o.start_date)::numeric / (k.target_date - o.start_date), 0), 1) END AS expected
    FROM spans v
    JOIN kpis_objectivekpi k ON k.id = v.kpi_id
    JOIN objectives_objective o ON o.id = k.objective_id
    JOIN weeks w ON w.d >= v.day AND (v.until IS NULL OR w.d < v.until)
) one GROUP BY d, status
"""
OF_ACCOUNTS: Final = """v.kpi_id IN (
        SELECT k.id FROM kpis_objectivekpi k JOIN objectives_objective o ON o.id = k.objective_id
        WHERE o.account_id = ANY(%(accounts)s))"""


def mine() -> dict[str, Any]:
    """The KPIs of the person's accounts."""
    return _measured("1")


def everybodys() -> dict[str, Any]:
    """All KPIs there are."""
    return _measured("")


def _measured(accounts: str) -> dict[str, Any]:
    from django.db import connection

    from apps.accounts.team_selectors import account_ids_of
    from apps.core.models import User
    from apps.core.scope import organisation, today
    from apps.kpis.selectors import kpis
    from apps.reports.trending_rules import weeks_until
    from apps.reports.trending_selectors import Trend, past_cache, trend

    user = User.objects.get(pk=1)
    days = weeks_until(today(user), WEEKS)
    ids = account_ids_of(user, accounts) if accounts else None
    rows = kpis(user)
    if ids is not None:
        rows = rows.filter(objective__account__in=ids)
    asked = {"days": days, "zone": organisation(user).time_zone, "accounts": ids}
    told: dict[Any, dict[str, int]] = {}
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(FLOOR.replace("{chosen}", "true" if ids is None else OF_ACCOUNTS), asked)
        for day, status, count, *_ in cursor.fetchall():
            told.setdefault(day, {})[status] = count
    floor = time.perf_counter() - started
    found: list[Trend] = []

    def work() -> str:
        found.append(trend(user, rows, days, run=past_cache))
        last = found[0].weeks[-1]
        same = {status: count for status, count in last.statuses.items() if count}
        return "" if same == told.get(last.day, {}) else f"{same}, not {told.get(last.day)}"

    result = counted(work)
    if "missing" not in result:
        result["ratio"] = round(result["p50"] / (floor * 1000), 2)
    return result
