"""Which objectives can still be due (R-DUE-1)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from apps.objectives.models import Objective
from apps.objectives.selectors import DONE

# Neither completed nor abandoned nor archived; one without a status is open.
OBJECTIVE_OPEN: Final = Q(status__isnull=True) | ~Q(status__kind__in=DONE)


def objective_goes_on(objective: Objective) -> bool:
    """The same of one objective."""
    return objective.status is None or objective.status.kind not in DONE
