"""Reads of customers and people: who sees which, who looks after whom, what was measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from apps.accounts.choices import ResourceKind
from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
)
from apps.core.choices import RowScope
from apps.core.kinds import KINDS
from apps.core.scope import row_scope
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask

# The points of an attribute's sparkline, and how many attributes a page shows at most.
POINTS: Final = 24
MOST_SERIES: Final = 300

OVER: Final = (PlanStatus.COMPLETED, PlanStatus.ARCHIVED)

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
    """The accounts this person sees, with currency, `csm` (the first of its team) and `parent_name`.

    A parent that the person may not see has no name (R-VIS-1).
    """
    team = AccountRole.objects.filter(account=OuterRef("pk")).order_by("role__position", "pk")
    seen = Account.objects.visible_to(user)
    parent_name: Any = F("parent__name")
    if row_scope(user) != RowScope.EVERYONE:
        parents = seen.filter(pk=OuterRef("parent_id")).order_by()
        parent_name = Subquery(parents.values("name"), output_field=CharField())
    return seen.select_related("currency").annotate(
        csm=Subquery(team.values("resource__name")[:1]), parent_name=parent_name
    )


def my_accounts(user: Any) -> QuerySet[Account]:
    """The accounts where the person's resource has a role or owns a plan that goes on (R-VIS-1)."""
    roles = AccountRole.objects.filter(account=OuterRef("pk"), resource__user=user)
    plans = SuccessPlan.objects.filter(account=OuterRef("pk"), owner__user=user).exclude(
        status__in=OVER
    )
    return Account.objects.visible_to(user).filter(Q(Exists(roles)) | Q(Exists(plans)))


def path_above(account_id: int) -> list[tuple[int, str]]:
    """Id and name of the account and of all above it, the highest first."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [account_id])
        return [(pk, name) for pk, name in cursor.fetchall()]


def ancestors(user: Any, account: Account) -> list[tuple[int, str]]:
    """Id and name of the accounts above this one that the person sees, the highest first."""
    if account.parent_id is None:
        return []
    above = path_above(account.parent_id)
    if row_scope(user) == RowScope.EVERYONE:
        return above
    ids = [pk for pk, _ in above]
    seen = set(Account.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    return [(pk, name) for pk, name in above if pk in seen]


def contacts(user: Any) -> QuerySet[Contact]:
    """The contacts this person sees, with their account."""
    rows: QuerySet[Contact] = Contact.objects.visible_to(user)
    return rows.select_related("account")


def resources(user: Any) -> QuerySet[Resource]:
    """Our people, with role and how many accounts and plans that go on the person sees of theirs."""
    if not user.has_perm("accounts.view_resource"):
        return Resource.objects.none()
    roles: Any = AccountRole.objects.visible_to(user)
    plans: Any = SuccessPlan.objects.visible_to(user).exclude(status__in=OVER)

    def count(rows: Any, path: str, what: Count) -> Coalesce:
        counted = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=what)
        return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)

    return Resource.objects.select_related("role").annotate(
        account_count=count(roles, "resource", Count("account", distinct=True)),
        plan_count=count(plans, "owner", Count("pk")),
    )


def allocatable() -> QuerySet[Resource]:
    """The resources that can be allocated: active and not PSA (R-OWN-1)."""
    return Resource.objects.filter(is_active=True, kind=ResourceKind.CS_CLOUD)


def team_of(user: Any, account: Account) -> QuerySet[AccountRole]:
    """Who plays which role for an account."""
    rows: QuerySet[AccountRole] = AccountRole.objects.visible_to(user)
    return (
        rows.filter(account=account)
        .select_related("resource", "role")
        .order_by("role__position", "resource__name", "pk")
    )


def accounts_of(user: Any, resource: Resource) -> QuerySet[AccountRole]:
    """The roles of a resource on the accounts this person sees."""
    rows: QuerySet[AccountRole] = AccountRole.objects.visible_to(user)
    return (
        rows.filter(resource=resource)
        .select_related("account__currency", "role")
        .order_by("account__name", "role__position", "pk")
    )


@dataclass(frozen=True)
class Series:
    """One attribute of one account over time: the newest value, the one before, the shape."""

    definition: AttributeDefinition
    account_id: int
    account: str
    measured_on: dt.date
    points: list[Decimal]

    @property
    def value(self) -> Decimal:
        """The newest reading."""
        return self.points[-1]

    @property
    def change(self) -> Decimal | None:
        """How far the newest reading is from the one before; None for the first."""
        return self.points[-1] - self.points[-2] if len(self.points) > 1 else None


def latest_readings(user: Any, accounts: QuerySet[Account]) -> list[Series]:
    """The active attributes of some accounts with their newest readings; two statements."""
    rows: Any = AttributeValue.objects.visible_to(user)
    newest = ["-measured_on", "-pk"]
    found = (
        rows.filter(account__in=accounts, definition__is_active=True)
        .order_by()
        .values("definition_id", "account_id", "account__name")
        .annotate(
            newest_values=ArrayAgg("value", order_by=newest),
            newest_days=ArrayAgg("measured_on", order_by=newest),
        )
        .order_by("account__name", "account_id", "definition__position", "definition__label")
    )
    definitions = AttributeDefinition.objects.select_related("unit").in_bulk()
    return [
        Series(
            definitions[row["definition_id"]],
            row["account_id"],
            row["account__name"],
            row["newest_days"][0],
            row["newest_values"][POINTS - 1 :: -1],
        )
        for row in found[:MOST_SERIES]
    ]


def dependants(account: Account) -> dict[str, int]:
    """What keeps an account from being deleted, counted (R-ACT-1); one statement."""
    return _counts(
        account,
        {
            "success plans": (SuccessPlan, "account"),
            "objectives": (Objective, "account"),
            "playbooks": (Playbook, "account"),
            "tasks": (PlaybookTask, "account"),
            "child accounts": (Account, "parent"),
        },
    )


def companions(account: Account) -> dict[str, int]:
    """What goes with an account when it is deleted, counted (R-ACT-1); one statement."""
    return _counts(
        account,
        {
            "contacts": (Contact, "account"),
            "challenges": (BusinessChallenge, "account"),
            "team roles": (AccountRole, "account"),
            "readings": (AttributeValue, "account"),
        },
    )


def _counts(account: Account, relations: dict[str, tuple[type[Model], str]]) -> dict[str, int]:
    def count(model: type[Model], path: str) -> Coalesce:
        rows = model._base_manager.filter(**{path: OuterRef("pk")}).order_by().values(path)
        counted = rows.annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    columns = [count(model, path) for model, path in relations.values()]
    numbers = Account._base_manager.filter(pk=account.pk).values_list(*columns).get()
    return dict(zip(relations, numbers, strict=True))


@dataclass(frozen=True)
class Held:
    """A record that a person owns or is assigned (R-DEL-1)."""

    kind: str
    pk: int
    name: str

    @property
    def label(self) -> str:
        """The record and what it is, in words."""
        return f"{self.name} ({KINDS[self.kind].label.lower()})"

    @property
    def url(self) -> str:
        """The record's page."""
        return f"{KINDS[self.kind].prefix}{self.pk}/"


def held_by_contact(contact: Contact) -> list[Held]:
    """What a contact owns, co-owns or is assigned."""
    return _held(
        ("objective", contact.objectives.all(), "pk", "name"),
        ("playbook", contact.playbooks.all(), "pk", "name"),
        ("task", contact.assignments.all(), "task_id", "task__name"),
    )


def held_by_resource(resource: Resource) -> list[Held]:
    """What a resource owns or is assigned, the accounts on whose team it is included."""
    return _held(
        ("account", resource.account_roles.all(), "account_id", "account__name"),
        ("plan", resource.plans.all(), "pk", "name"),
        ("objective", resource.objectives.all(), "pk", "name"),
        ("playbook", resource.playbooks.all(), "pk", "name"),
        ("task", resource.assignments.all(), "task_id", "task__name"),
        ("activity", resource.owned_activities.all(), "pk", "subject"),
    )


def _held(*relations: tuple[str, QuerySet[Any], str, str]) -> list[Held]:
    pairs: list[tuple[str, Sequence[tuple[int, str]]]] = [
        (kind, list(rows.order_by(name, key).values_list(key, name)))
        for kind, rows, key, name in relations
    ]
    # Two roles on one account are one account.
    found = [Held(kind, pk, title) for kind, rows in pairs for pk, title in rows]
    return list(dict.fromkeys(found))
