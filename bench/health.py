"""The health of all accounts: how many statements, and how long, for one day anew."""

from __future__ import annotations

from typing import Any, Final

from bench.cases import Case, Limits
from bench.counted import counted

# One statement a metric is allowed. All metrics together need one, and eight to know what they are.
CASE: Final = Case("health-all", "health of all accounts", "(in process)", Limits(queries=9))


def measure() -> dict[str, Any]:
    """Every account gets its score of today, as the hourly job writes it."""
    from apps.accounts.models import Account
    from apps.core.scope import today
    from apps.reports.health_services import health_calculate
    from apps.reports.models import HealthScore

    day, accounts = today(), Account.objects.count()
    HealthScore.objects.filter(day=day).delete()

    def work() -> str:
        written = health_calculate(day=day)
        return "" if written == accounts else f"{written} of {accounts} accounts were written"

    return counted(work)
