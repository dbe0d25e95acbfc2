"""The health of today, kept up by the hour."""

from __future__ import annotations

from procrastinate.contrib.django import app

from apps.core.scope import today
from apps.reports.health_services import health_calculate, health_thin

HEALTH_TASK = "reports.health_today"


@app.task(name=HEALTH_TASK, queue="imports")
def health_today() -> None:
    """Calculate the scores of the organisation's today."""
    health_calculate(day=today())


@app.periodic(cron="7 * * * *")
@app.task(name="reports.health_hourly", queue="imports", pass_context=False)
def health_hourly(timestamp: int) -> None:
    """Every hour: what moved since, and a new row for a new day."""
    health_today()
    health_thin(today=today())
