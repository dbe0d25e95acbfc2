"""What Home shows of my accounts."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.models import Account
from apps.accounts.selectors import my_accounts
from apps.plans.models import SuccessPlan


def accounts_at_home(user: Any) -> QuerySet[Account]:
    """My accounts with `plan_count`, those to be renewed next first."""
    plans = SuccessPlan.objects.visible_to(user).filter(account=OuterRef("pk")).order_by()
    counted = plans.values("account").annotate(n=Count("pk")).values("n")
    return (
        my_accounts(user)
        .select_related("currency")
        .annotate(plan_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
        .order_by(F("renewal_date").asc(nulls_last=True), "name", "pk")
    )
