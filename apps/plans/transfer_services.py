"""How files of success plans and business challenges are written by the import of their lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.accounts.transfer_services import STAYS, owner_follows, owners_given
from apps.core.models import User
from apps.core.transfer_services import Transfer
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.services import plan_problems


def _plan_problems(actor: User, row: Any, values: Mapping[str, Any]) -> dict[str, str]:
    return plan_problems(row, values)


PLANS: Final = Transfer(
    kind="plan",
    model=SuccessPlan,
    fields=(
        "account",
        "name",
        "status",
        "owner",
        "start_date",
        "end_date",
        "review_date",
        "is_shared",
        "description",
    ),
    related=("owner_role",),
    problems=_plan_problems,
    follows=owner_follows,
    fixed={"account": STAYS},
    told=owners_given("plan"),
)
CHALLENGES: Final = Transfer(
    kind="challenge",
    model=BusinessChallenge,
    fields=(
        "account",
        "title",
        "category",
        "severity",
        "status",
        "identified_on",
        "description",
    ),
    fixed={"account": STAYS},
)
