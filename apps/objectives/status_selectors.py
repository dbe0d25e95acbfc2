"""Statuses of objectives that the program cannot be without."""

from __future__ import annotations

from apps.objectives.models import ObjectiveStatus
from apps.objectives.status_rules import last_of_its_kind


def why_status_stays(status: ObjectiveStatus) -> str:
    """Why a status can be neither switched off nor deleted nor become another kind, else empty.

    Active statuses are locked until the transaction ends: two people cannot take away the last two
    at once. To be called within an operation.
    """
    if not status.is_active:
        return ""
    active = ObjectiveStatus.objects.filter(is_active=True).order_by("pk").select_for_update()
    kept = {one.pk: one.kind for one in active}
    # The kind as it is saved: a form may have set another one already.
    kind = kept.pop(status.pk, status.kind)
    return last_of_its_kind(status.label, kind, set(kept.values()))
