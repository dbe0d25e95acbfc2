"""The demo's library: the shipped templates, and a few plans that were made from them."""

from __future__ import annotations

import datetime as dt

from apps.accounts.models import Account, AccountRole
from apps.core import history
from apps.core.choices import Door
from apps.library.services import create_from
from apps.library.shipped_services import library_load
from apps.plans.models import SuccessPlan

# Which templates are in use, how long ago each plan began.
USED = (
    ("Onboarding", 70),
    ("Onboarding", 24),
    ("Onboarding", 5),
    ("Adoption", 40),
    ("Renewal", 30),
    ("Executive", 12),
)


def load(today: dt.date) -> int:
    """Fill the library; where nothing was made from it yet, make some plans. How many."""
    library_load(actor=None)
    if SuccessPlan.objects.filter(created_from__isnull=False).exists():
        return 0
    made = 0
    for account, (word, days) in zip(_accounts(), USED, strict=False):
        template = SuccessPlan.objects.filter(is_template=True, name__startswith=word).first()
        role = AccountRole.objects.filter(account=account).select_related("resource__user").first()
        if template is None or role is None or role.resource.user is None:
            continue
        start = today - dt.timedelta(days)
        with history.through(Door.IMPORT):
            create_from(
                actor=role.resource.user,
                kind="plan",
                source=template,
                account=account,
                values={"name": f"{template.name} {start:%Y}"},
                start=start,
                first_start=start,
            )
        made += 1
    return made


def _accounts() -> list[Account]:
    """Accounts with a team and without a plan, always the same ones."""
    rows = Account.objects.filter(account_roles__resource__user__isnull=False, plans__isnull=True)
    return list(rows.distinct().order_by("name", "pk")[: len(USED)])
