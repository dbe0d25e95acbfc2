"""Which customers a person looks after."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Account, AccountRole
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan


def my_accounts(user: Any) -> QuerySet[Account]:
    """The accounts where the person's resource has a role or owns a plan that goes on (R-VIS-1)."""
    roles = AccountRole.objects.filter(account=OuterRef("pk"), resource__user=user)
    plans = SuccessPlan.objects.filter(account=OuterRef("pk"), owner__user=user).exclude(
        status__in=[PlanStatus.COMPLETED, PlanStatus.ARCHIVED]
    )
    return Account.objects.visible_to(user).filter(Q(Exists(roles)) | Q(Exists(plans)))
