"""Reads of customers and people: who sees which, who looks after whom, what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

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
    Value,
)
from django.db.models.functions import Coalesce

from apps.accounts.choices import ResourceKind
from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeValue,
    Contact,
    Resource,
)
from apps.accounts.rules import hidden_records
from apps.activities.models import Comment, CsActivity
from apps.core.choices import RowScope
from apps.core.kinds import KINDS
from apps.core.scope import row_scope
from apps.objectives.models import Objective
from apps.plans.choices import PlanStatus
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

# What can lie in a template.
TEMPLATED: Final = ("plan", "objective", "playbook", "task")
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
    in_template: bool = False

    @property
    def label(self) -> str:
        """The record and what it is, in words."""
        place = ", in a template" if self.in_template else ""
        return f"{self.name} ({KINDS[self.kind].noun}{place})"

    @property
    def url(self) -> str:
        """The record's page; for what lies in a template, the library."""
        return "/library/" if self.in_template else f"{KINDS[self.kind].prefix}{self.pk}/"


@dataclass(frozen=True)
class Holdings:
    """What a person owns or is assigned: what one sees by name, the rest as a number (R-VIS-1)."""

    seen: list[Held] = field(default_factory=list)
    hidden: int = 0

    def __len__(self) -> int:
        return len(self.seen) + self.hidden

    @property
    def names(self) -> list[str]:
        """The names of what one sees."""
        return [held.name for held in self.seen]

    def lines(self, most: int) -> list[dict[str, str] | str]:
        """Each with its link, as many as wanted, and how many more there are."""
        shown = self.seen[:most]
        lines: list[dict[str, str] | str] = [
            {"label": held.label, "url": held.url} for held in shown
        ]
        if len(self.seen) > most:
            lines.append(f"and {len(self.seen) - most} more")
        if self.hidden:
            lines.append(hidden_records(self.hidden))
        return lines


def held_by_contact(user: Any, contact: Contact) -> Holdings:
    """What a contact owns, co-owns or is assigned."""
    return _held(
        user,
        ("objective", Objective, contact.objectives.all(), "pk", "name"),
        ("playbook", Playbook, contact.playbooks.all(), "pk", "name"),
        ("task", PlaybookTask, contact.assignments.all(), "task_id", "task__name"),
    )


def held_by_contacts(ids: Collection[int]) -> dict[int, int]:
    """How much each of many contacts owns, co-owns, is assigned or said; a statement for each kind."""
    found: Counter[int] = Counter()
    for model, column in (
        (Objective, "owner_contact"),
        (Playbook, "co_owner"),
        (TaskAssignment, "contact"),
        (Comment, "author_contact"),
    ):
        rows = model._base_manager.filter(**{f"{column}__in": ids}).order_by()
        found.update(dict(rows.values_list(column).annotate(n=Count("pk"))))
    return dict(found)


def held_by_resource(user: Any, resource: Resource) -> Holdings:
    """What a resource owns or is assigned, the accounts on whose team it is included."""
    return _held(
        user,
        ("account", Account, resource.account_roles.all(), "account_id", "account__name"),
        ("plan", SuccessPlan, resource.plans.all(), "pk", "name"),
        ("objective", Objective, resource.objectives.all(), "pk", "name"),
        ("playbook", Playbook, resource.playbooks.all(), "pk", "name"),
        ("task", PlaybookTask, resource.assignments.all(), "task_id", "task__name"),
        ("activity", CsActivity, resource.owned_activities.all(), "pk", "subject"),
    )


def _held(user: Any, *relations: tuple[str, Any, QuerySet[Any], str, str]) -> Holdings:
    """A statement for each kind; two roles on one account are one account."""
    seen: dict[Held, None] = {}
    hidden: set[tuple[str, int]] = set()
    for kind, model, rows, key, name in relations:
        shelved: Any = Value(False)
        if kind in TEMPLATED:
            shelved = Exists(model.objects.in_library(user).filter(pk=OuterRef(key)))
        found = rows.annotate(
            is_seen=Exists(model.objects.visible_to(user).filter(pk=OuterRef(key)).order_by()),
            is_shelved=shelved,
        ).order_by(name, key)
        for pk, title, is_seen, is_shelved in found.values_list(key, name, "is_seen", "is_shelved"):
            if is_seen or is_shelved:
                seen[Held(kind, pk, title, is_shelved)] = None
            else:
                hidden.add((kind, pk))
    return Holdings(list(seen), len(hidden))
