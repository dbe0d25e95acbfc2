"""Reads of customers and people: who sees which, who looks after whom, what was measured."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from apps.accounts.choices import ResourceKind
from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
)
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask

ABOVE = """
    WITH RECURSIVE above AS (
        SELECT id, parent_id, name, 0 AS height FROM accounts_account WHERE id = %s
        UNION ALL
        SELECT a.id, a.parent_id, a.name, above.height + 1
        FROM accounts_account a JOIN above ON a.id = above.parent_id
        WHERE above.height < 50
    ) SELECT id, name FROM above ORDER BY height DESC
"""


def accounts(user: Any) -> QuerySet[Account]:
    """The accounts this person sees, with parent, currency and `csm`, the first name of its team."""
    team = AccountRole.objects.filter(account=OuterRef("pk")).order_by("role__position", "pk")
    return (
        Account.objects.visible_to(user)
        .select_related("parent", "currency")
        .annotate(csm=Subquery(team.values("resource__name")[:1]))
    )


def my_accounts(user: Any) -> QuerySet[Account]:
    """The accounts where the person's resource has a role or owns a plan that goes on (R-VIS-1)."""
    roles = AccountRole.objects.filter(account=OuterRef("pk"), resource__user=user)
    plans = SuccessPlan.objects.filter(account=OuterRef("pk"), owner__user=user).exclude(
        status__in=[PlanStatus.COMPLETED, PlanStatus.ARCHIVED]
    )
    return Account.objects.visible_to(user).filter(Q(Exists(roles)) | Q(Exists(plans)))


def scope(user: Any, account: Account, *, children: bool) -> QuerySet[Account]:
    """One account, or it and all its descendants, as far as this person sees them."""
    rows = Account.objects.visible_to(user)
    return rows.below([account.pk]) if children else rows.filter(pk=account.pk)


def path_above(account_id: int) -> list[tuple[int, str]]:
    """Id and name of the account and of all above it, the highest first."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [account_id])
        return [(pk, name) for pk, name in cursor.fetchall()]


def contacts(user: Any) -> QuerySet[Contact]:
    """The contacts this person sees, with their account."""
    return Contact.objects.visible_to(user).select_related("account")


def resources(user: Any) -> QuerySet[Resource]:
    """Our people, with role and the numbers of accounts and of plans that go on."""
    if not user.has_perm("accounts.view_resource"):
        return Resource.objects.none()
    going_on = ~Q(plans__status__in=[PlanStatus.COMPLETED, PlanStatus.ARCHIVED])
    return Resource.objects.select_related("role").annotate(
        account_count=Count("account_roles__account", distinct=True),
        plan_count=Count("plans", filter=going_on & Q(plans__account__isnull=False), distinct=True),
    )


def allocatable() -> QuerySet[Resource]:
    """The resources that can be allocated: active and not PSA (R-OWN-1)."""
    return Resource.objects.filter(is_active=True, kind=ResourceKind.CS_CLOUD)


def my_resource(user: Any) -> Resource | None:
    """The resource behind the signed-in person, if any."""
    return Resource.objects.filter(user=user).first()


def team_of(account: Account) -> QuerySet[AccountRole]:
    """Who plays which role for an account."""
    return account.account_roles.select_related("resource", "role").order_by("role__position", "pk")


def latest_readings(accounts: QuerySet[Account]) -> list[dict[str, Any]]:
    """Each attribute's newest value of the accounts, with its series; one statement.

    Of several accounts only the counts and sums make sense together, so each account's attribute
    stands for itself.
    """
    rows = (
        AttributeValue.objects.filter(account__in=accounts)
        .values("account_id", "account__name", "definition_id")
        .annotate(
            values_over_time=ArrayAgg("value", order_by=["measured_on", "pk"]),
            days=ArrayAgg("measured_on", order_by=["measured_on", "pk"]),
        )
        .order_by("definition__position", "account__name")
    )
    definitions = {
        d.pk: d for d in AttributeDefinition.objects.select_related("unit").filter(is_active=True)
    }
    return [
        {
            "definition": definitions[row["definition_id"]],
            "account_id": row["account_id"],
            "account": row["account__name"],
            "value": row["values_over_time"][-1],
            "measured_on": row["days"][-1],
            "series": row["values_over_time"][-24:],
        }
        for row in rows
        if row["definition_id"] in definitions
    ]


def dependants(account: Account) -> dict[str, int]:
    """What keeps an account from being deleted, counted (R-ACT-1); one statement."""
    relations = {
        "success plans": (SuccessPlan, "account"),
        "objectives": (Objective, "account"),
        "playbooks": (Playbook, "account"),
        "tasks": (PlaybookTask, "account"),
        "child accounts": (Account, "parent"),
    }
    return _counts(account, relations)


def companions(account: Account) -> dict[str, int]:
    """What goes with an account when it is deleted, counted (R-ACT-1); one statement."""
    relations = {
        "contacts": (Contact, "account"),
        "team roles": (AccountRole, "account"),
        "readings": (AttributeValue, "account"),
        "challenges": (BusinessChallenge, "account"),
    }
    return _counts(account, relations)


def _counts(account: Account, relations: dict[str, tuple[type[Any], str]]) -> dict[str, int]:
    row = (
        Account.objects.filter(pk=account.pk)
        .annotate(
            **{
                f"count_{place}": Subquery(
                    model.objects.filter(**{path: OuterRef("pk")})
                    .order_by()
                    .values(path)
                    .annotate(n=Count("pk"))
                    .values("n")
                )
                for place, (model, path) in enumerate(relations.values())
            }
        )
        .values_list(*(f"count_{place}" for place in range(len(relations))))[0]
    )
    return {label: count or 0 for label, count in zip(relations, row, strict=True)}
