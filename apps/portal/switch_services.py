"""Marking records as shared with the customer, or as internal: many at once, in one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.accounts.models import Account
from apps.core.access import require
from apps.core.bulk_rules import Bulk
from apps.core.history import operation
from apps.core.models import User
from apps.kpis.bulk_services import kpis_change
from apps.objectives.bulk_services import objectives_change
from apps.plans.bulk_services import plans_change
from apps.plans.models import SuccessPlan
from apps.playbooks.bulk_services import playbooks_change, tasks_change
from apps.portal.selectors.switches import FLAGS, board

CHANGES: Final[dict[str, Callable[..., Bulk]]] = {
    "plan": plans_change,
    "objective": objectives_change,
    "kpi": kpis_change,
    "playbook": playbooks_change,
    "task": tasks_change,
}


def switches_set(
    *,
    actor: User,
    turned: Mapping[str, bool],
    account: Account | None = None,
    plan: SuccessPlan | None = None,
) -> tuple[int, int]:
    """Share what is turned on, make internal what is turned off; how many of each really changed.

    `turned` names records of this plan or account by kind and number: "task-12". All of it or
    nothing, by the service of each kind, so that its rules hold. Raises Refused without the
    permission to share records of such a kind, ValidationError for one that is not there (any
    more) and for one that a rule keeps as it is, with the reason.
    """
    require(actor, "plan.share" if plan else "account.share")
    shared = hidden = 0
    with operation(actor):
        rows = {row.key: row for row in board(actor, account=account, plan=plan).rows}
        if turned.keys() - rows.keys():
            raise ValidationError(
                "Something that you ticked was moved or deleted by somebody else, so nothing was"
                " saved. Look at the list as it is now, and save again."
            )
        for kind in {rows[key].kind for key in turned}:
            require(actor, f"{kind}.share")
        refused: list[Any] = []
        for kind, change in CHANGES.items():
            for wanted in (True, False):
                ids = [
                    rows[key].pk
                    for key, on in turned.items()
                    if on is wanted and rows[key].kind == kind
                ]
                if not ids:
                    continue
                bulk = change(actor=actor, ids=ids, changes={FLAGS[kind]: wanted})
                refused += bulk.refused
                shared += len(bulk.changed) if wanted else 0
                hidden += 0 if wanted else len(bulk.changed)
        if refused:
            raise ValidationError([f"“{one.name}”: {one.reason}" for one in refused])
    return shared, hidden
