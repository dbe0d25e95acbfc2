"""Which KPIs can still be due (R-DUE-1): those that are not met, of objectives that go on."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from apps.core.rules import met
from apps.kpis.expressions import is_met, missing
from apps.kpis.models import ObjectiveKpi
from apps.objectives.due_selectors import objective_goes_on
from apps.objectives.selectors import DONE

# The objective goes on; one without a status does.
OF_OPEN_OBJECTIVE: Final = Q(objective__status__isnull=True) | ~Q(objective__status__kind__in=DONE)

# A comparison with a missing value is neither true nor false: it is asked for first.
KPI_OPEN: Final = (missing() | ~is_met()) & OF_OPEN_OBJECTIVE


def kpi_goes_on(kpi: ObjectiveKpi) -> bool:
    """The same of one KPI."""
    whole = None not in (kpi.baseline, kpi.current, kpi.target)
    reached = whole and met(kpi.current, kpi.target, kpi.direction)  # type: ignore[arg-type]
    return not reached and objective_goes_on(kpi.objective)
