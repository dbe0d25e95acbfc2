"""Many CS activities changed or deleted at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apps.activities.models import CsActivity
from apps.core.access import require
from apps.core.bulk_rules import Bulk
from apps.core.bulk_services import change_rows, delete_rows, held
from apps.core.history import operation
from apps.core.models import User
from apps.plans.services import unfit_owner


def activities_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many activities these values; an owner who cannot be allocated is refused (R-OWN-1)."""
    require(actor, "activity.edit")

    def problems(row: CsActivity, wanted: Mapping[str, Any]) -> dict[str, str]:
        unfit = unfit_owner(wanted.get("owner"), row.owner_id)
        return {"owner": unfit} if unfit else {}

    with operation(actor):
        return change_rows(held(CsActivity, ids, "owner"), changes, problems=problems)


def activities_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete activities. What they are linked to stays."""
    require(actor, "activity.delete")
    with operation(actor):
        return delete_rows(held(CsActivity, ids), {})
