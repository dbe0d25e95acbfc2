"""The values of KPIs over time, as customers see them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.portal.selectors import things

# The newest values of a KPI that its chart draws.
POINTS: Final = 24


def with_values(rows: QuerySet[ObjectiveKpi]) -> QuerySet[ObjectiveKpi]:
    """Adds `series`: the newest values of each KPI by the day measured, the newest first."""
    newest = KpiValue.objects.filter(kpi=OuterRef("pk"), current__isnull=False).order_by(
        F("measured_on").desc(nulls_last=True), "-recorded_at", "-pk"
    )
    said = newest.values(
        json=JSONObject(
            on="measured_on",
            recorded="recorded_at",
            value=Cast("current", TextField()),
            unit="unit_id",
        )
    )
    return rows.annotate(series=ArraySubquery(said[:POINTS]))


def values(kpi: Any) -> tuple[things.Value, ...]:
    """The values of a KPI in its own unit, oldest first; of one day the last.

    A value without a day counts as of the day it was written, unless others have one.
    """
    rows = [row for row in reversed(kpi.series) if row["unit"] == kpi.unit_id]
    dated = [row for row in rows if row["on"]]
    found: dict[dt.date, things.Value] = {}
    for row in dated or rows:
        on = dt.date.fromisoformat(row["on"] or row["recorded"][:10])
        found[on] = things.Value(on, Decimal(row["value"]))
    return tuple(found[on] for on in sorted(found))
