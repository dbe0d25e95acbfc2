"""Creating from a template with a thousand children, counted in this process (R-TPL-6)."""

from __future__ import annotations

from typing import Any, Final

from bench.cases import Case, Limits
from bench.counted import counted

CHILDREN: Final = 1000
CASE: Final = Case(
    "template-copy", "Create from a template of 1,000", "/library/plan/…/use/", Limits(queries=30)
)


def measure() -> dict[str, Any]:
    """Statements and time of a plan with all that its template holds."""
    from apps.accounts.models import Account
    from apps.core.models import User
    from apps.library.services import create_from
    from apps.plans.models import SuccessPlan

    actor = User.objects.get(pk=1)
    template = SuccessPlan.objects.get(account=None, is_template=True)
    account = Account.objects.get(pk=1)

    def copy() -> str:
        made = create_from(actor=actor, kind="plan", source=template, account=account, values={})
        children = sum(made.counts.values()) - 1
        return "" if children == CHILDREN else f"made {children} records, not {CHILDREN}"

    return counted(copy)
