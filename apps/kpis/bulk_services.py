"""Many KPIs changed or deleted at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from apps.core.access import require
from apps.core.bulk_rules import Bulk
from apps.core.bulk_services import change_rows, delete_rows, held
from apps.core.history import operation
from apps.core.models import User
from apps.kpis.models import ObjectiveKpi


def kpis_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many KPIs these values; `shift_days` moves their target dates, where they have one."""
    require(actor, "kpi.edit")
    if "is_external" in changes:
        require(actor, "kpi.share")
    plain = dict(changes)
    days = plain.pop("shift_days", 0)

    def values(kpi: ObjectiveKpi) -> dict[str, Any]:
        day = plain.get("target_date", kpi.target_date)
        moved = {"target_date": day + dt.timedelta(days)} if days and day else {}
        return {**plain, **moved}

    with operation(actor):
        return change_rows(held(ObjectiveKpi, ids), values)


def kpis_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete KPIs; their values and history stay, their activities stay with the objectives."""
    require(actor, "kpi.delete")
    with operation(actor):
        return delete_rows(held(ObjectiveKpi, ids), {})
