"""Calculating the health of all accounts in one statement, and thinning out what is old.

All metrics are measured side by side within one statement, each for all accounts at once. What
it writes is a calculation, not a change of a record: it has no actor and no history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db import connection, transaction

from apps.core.scope import zone
from apps.kpis.expressions import KpiStatus
from apps.objectives.selectors import ObjectiveProgress
from apps.reports.choices import HealthSource
from apps.reports.models import HealthMetric, HealthScore

# Daily scores are kept for so long; of older ones the first of each month.
KEPT_DAYS: Final = 400
# One calculation at a time: two would write the same rows.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('reports.health_calculate'))"

_OBJECTIVES: Final = """FROM objectives_objective o
    LEFT JOIN objectives_objectivestatus s ON s.id = o.status_id"""
_OPEN: Final = "COALESCE(s.kind, '') NOT IN ('completed', 'abandoned', 'archived')"
_WANTED: Final = "COALESCE(s.kind, '') NOT IN ('abandoned', 'archived')"
_COLUMNS: Final = {name: f"o.{name}" for name in ("completion_type", *ObjectiveProgress.parts[3:])}
_PROGRESS: Final = ObjectiveProgress.steps.format(pk="o.id", status__kind="s.kind", **_COLUMNS)
_STATUS: Final = KpiStatus.steps.format(
    today="%(day)s", start="o.start_date", **{name: f"k.{name}" for name in KpiStatus.parts[2:]}
)

# What each source measures: an account and its value, `within` and `narrowed` filled in.
_MEASURED: Final[dict[str, str]] = {
    HealthSource.ATTRIBUTE: """SELECT a.id, r.value FROM accounts_account a
        CROSS JOIN LATERAL (
            SELECT value FROM accounts_attributevalue r
            WHERE r.account_id = a.id AND r.definition_id = %({m}_attribute)s
                AND r.measured_on <= %(day)s AND r.measured_on >= %({m}_oldest)s
            ORDER BY r.measured_on DESC, r.id DESC LIMIT 1) r
        WHERE TRUE {own}""",
    HealthSource.OBJECTIVE_COUNT: """SELECT a.id, COALESCE(n, 0) FROM accounts_account a
        LEFT JOIN (SELECT o.account_id, count(*) AS n {objectives}
            WHERE o.account_id IS NOT NULL {narrowed} {within} GROUP BY 1) c ON c.account_id = a.id
        WHERE TRUE {own}""",
    HealthSource.OBJECTIVE_HEALTH: """SELECT o.account_id, AVG(o.health) {objectives}
        WHERE o.account_id IS NOT NULL AND o.health IS NOT NULL {open} {narrowed} {within}
        GROUP BY 1""",
    HealthSource.OBJECTIVE_COMPLETION: """SELECT o.account_id, AVG({progress}) * 100 {objectives}
        WHERE o.account_id IS NOT NULL AND {wanted} {narrowed} {within} GROUP BY 1""",
    HealthSource.OFF_TRACK_SHARE: """SELECT account_id,
            100.0 * count(*) FILTER (WHERE status IN ('off_track', 'overdue')) / count(*)
        FROM (SELECT o.account_id, {status} AS status {objectives}
            JOIN kpis_objectivekpi k ON k.objective_id = o.id
            WHERE o.account_id IS NOT NULL {open} {narrowed} {within} OFFSET 0) told
        WHERE status <> 'not_available' GROUP BY 1""",
    HealthSource.OVERDUE_TASKS: """SELECT o.account_id, count(*) FILTER (
            WHERE o.status NOT IN ('completed', 'canceled') AND o.end_date < %(day)s)
        FROM playbooks_playbooktask o WHERE o.account_id IS NOT NULL {within} GROUP BY 1""",
    HealthSource.DAYS_SINCE_TOUCH: """SELECT o.account_id,
            GREATEST(0, %(day)s::date - (MAX(o.at) AT TIME ZONE %(zone)s)::date)
        FROM (
            SELECT p.account_id, COALESCE(t.touched_at, p.created_at) AS at
            FROM plans_successplan p
            LEFT JOIN core_touch t ON t.kind = 'plan' AND t.record_id = p.id
            UNION ALL
            SELECT p.account_id, COALESCE(t.touched_at, p.created_at) FROM objectives_objective p
            LEFT JOIN core_touch t ON t.kind = 'objective' AND t.record_id = p.id
            UNION ALL
            SELECT c.account_id, c.happened_at FROM activities_csactivity c
            WHERE (c.happened_at AT TIME ZONE %(zone)s)::date <= %(day)s
        ) o WHERE o.account_id IS NOT NULL {within} GROUP BY 1""",
}

_SCORE: Final = """
    WITH measured (metric_id, account_id, value) AS MATERIALIZED ({measured}),
    judged AS (
        SELECT a.id AS account_id, m.id AS metric_id, ROUND(p.value, 10) AS value,
            COALESCE(t.lower, m.lower) AS lower, COALESCE(t.upper, m.upper) AS upper,
            COALESCE(t.weight, m.weight) AS weight
        FROM accounts_account a CROSS JOIN reports_healthmetric m
        LEFT JOIN reports_healththreshold t
            ON t.metric_id = m.id AND LOWER(t.segment) = LOWER(a.segment)
        LEFT JOIN measured p ON p.account_id = a.id AND p.metric_id = m.id
        WHERE m.is_active AND COALESCE(t.weight, m.weight) > 0 {own}
    ), scored AS (
        SELECT account_id,
            ROUND(SUM(GREATEST(0, LEAST(1, (value - lower) / (upper - lower))) * 100 * weight)
                    FILTER (WHERE value IS NOT NULL)
                / SUM(weight) FILTER (WHERE value IS NOT NULL), 10) AS score,
            jsonb_object_agg(metric_id, jsonb_build_array(trim_scale(value)::text,
                trim_scale(lower)::text, trim_scale(upper)::text, weight::text)) AS parts
        FROM judged GROUP BY account_id
    )
    INSERT INTO reports_healthscore AS old (account_id, day, score, parts, calculated_at)
    SELECT a.id, %(day)s, s.score, COALESCE(s.parts, '{{}}'), now()
    FROM accounts_account a LEFT JOIN scored s ON s.account_id = a.id WHERE TRUE {own}
    ON CONFLICT (account_id, day) DO UPDATE SET score = excluded.score, parts = excluded.parts,
        calculated_at = excluded.calculated_at
    WHERE (old.score, old.parts) IS DISTINCT FROM (excluded.score, excluded.parts)
"""


def _narrowed(metric: HealthMetric, m: str, params: dict[str, Any]) -> tuple[str, bool]:
    """The conditions that narrow a metric to some objectives, and whether statuses are among."""
    statuses = [link.status_id for link in metric.status_links.all()]
    tags = [link.tag_id for link in metric.tag_links.all()]
    categories = [link.category_id for link in metric.category_links.all()]
    conditions = []
    if statuses:
        params[f"{m}_statuses"] = statuses
        conditions.append(f"AND o.status_id = ANY(%({m}_statuses)s)")
    if categories:
        params[f"{m}_categories"] = categories
        conditions.append(f"AND o.category_id = ANY(%({m}_categories)s)")
    if tags:
        params[f"{m}_tags"] = tags
        conditions.append(
            "AND o.id IN (SELECT objective_id FROM objectives_objectivetag"  # noqa: S608 (constants)
            f" WHERE tag_id = ANY(%({m}_tags)s))"
        )
    return " ".join(conditions), bool(statuses)


def _measure(metric: HealthMetric, day: dt.date, params: dict[str, Any], places: Any) -> str:
    """The statement that measures one metric for all accounts."""
    m = f"m{metric.pk}"
    narrowed, by_status = _narrowed(metric, m, params)
    params[f"{m}_id"] = metric.pk
    if metric.source == HealthSource.ATTRIBUTE:
        params[f"{m}_attribute"] = metric.attribute_id
        fresh = metric.fresh_days
        params[f"{m}_oldest"] = dt.date.min if fresh is None else day - dt.timedelta(days=fresh)
    # Whoever names statuses says so which objectives count.
    still_open = "" if by_status else f"AND {_OPEN}"
    sql = _MEASURED[metric.source].format(
        m=m,
        narrowed=narrowed,
        open=still_open,
        wanted=_WANTED,
        objectives=_OBJECTIVES,
        progress=_PROGRESS,
        status=_STATUS,
        **places,
    )
    return f"SELECT %({m}_id)s::bigint, x.* FROM ({sql}) x (account_id, value)"  # noqa: S608


def health_calculate(*, day: dt.date, accounts: Iterable[int] | None = None) -> int:
    """Write the scores of one day, of all accounts or of some; returns how many rows changed.

    Readings count as of that day. Everything else is as it stands now, judged by that day's date.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        metrics = HealthMetric.objects.filter(is_active=True).prefetch_related(
            "status_links", "tag_links", "category_links"
        )
        params: dict[str, Any] = {"day": day, "zone": zone().key}
        places = {"own": "", "within": ""}
        if accounts is not None:
            params["accounts"] = list(accounts)
            places = {
                "own": "AND a.id = ANY(%(accounts)s)",
                "within": "AND o.account_id = ANY(%(accounts)s)",
            }
        parts = [_measure(metric, day, params, places) for metric in metrics]
        nothing = "SELECT NULL::bigint, NULL::bigint, NULL::numeric WHERE FALSE"
        measured = " UNION ALL ".join(parts or [nothing])
        cursor.execute(_SCORE.format(measured=measured, own=places["own"]), params)
        changed: int = cursor.rowcount
        return changed


def health_thin(*, today: dt.date) -> int:
    """Of scores older than kept, leave the first of each month; returns how many went."""
    old = HealthScore.objects.filter(day__lt=today - dt.timedelta(days=KEPT_DAYS))
    count, _ = old.exclude(day__day=1).delete()
    return count
