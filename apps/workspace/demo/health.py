"""The health of the demo's customers over the last weeks."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection

from apps.accounts.models import AttributeDefinition
from apps.reports.choices import HealthSource
from apps.reports.health_services import health_calculate
from apps.reports.models import HealthMetric

WEEKS: Final = 14


def load(today: dt.date, definitions: dict[str, AttributeDefinition]) -> None:
    """Scores as they would have been calculated: readings as of each day, the rest as it is."""
    HealthMetric.objects.create(
        label="Product usage",
        source=HealthSource.ATTRIBUTE,
        attribute=definitions["usage"],
        lower=5,
        upper=40,
        weight=30,
        fresh_days=62,
        unit="uses a month",
    )
    # So many rows are new that the database must look at them before it plans.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sunday = today - dt.timedelta(days=today.isoweekday() % 7)
    days = {sunday - dt.timedelta(weeks=week) for week in range(WEEKS)}
    for day in sorted(days | {today, today - dt.timedelta(days=30)}):
        health_calculate(day=day)
