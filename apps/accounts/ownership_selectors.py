"""Who is offered as an owner, in the order of R-OWN-3, and who holds which role on an account."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from apps.accounts import ownership_rules as rules
from apps.accounts.choices import ResourceKind
from apps.accounts.models import Account, AccountRole, Contact, Resource, Role, TeamPool
from apps.plans.choices import PlanStatus
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import Stage
from apps.playbooks.models import Playbook

# How many team members and contacts a chooser shows at most: who is further down is sought by name.
MOST: Final = 50
# What counts as work, named as the indexes of owners hold it: what is over does not (R-OWN-3).
PLANS_ON: Final = (PlanStatus.DRAFT, PlanStatus.ACTIVE, PlanStatus.ON_HOLD)
PLAYBOOKS_ON: Final = (Stage.PLANNED, Stage.IN_PROGRESS, Stage.ON_HOLD)
ORDER: Final = ("-same_role", "active_plans", "active_playbooks")


def _counted(rows: QuerySet[Any], owner: str) -> Coalesce:
    mine = rows.filter(owner=OuterRef(owner), account__isnull=False).order_by()
    numbers = mine.values("owner").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def _workload(owner: str) -> dict[str, Any]:
    """What a resource has to do: plans and playbooks that go on; templates are nobody's work.

    Of all accounts, also those that the person asking does not see: it is what ranks a colleague.
    """
    return {
        "active_plans": _counted(SuccessPlan.objects.filter(status__in=PLANS_ON), owner),
        "active_playbooks": _counted(Playbook.objects.filter(stage__in=PLAYBOOKS_ON), owner),
    }


def _same(path: str, role: Any) -> Case:
    return Case(When(**{path: role}, then=Value(1)), default=Value(0), output_field=IntegerField())


def ranked(role_id: int | None = None) -> QuerySet[Resource]:
    """The resources that can be allocated, the best one first (R-OWN-1, R-OWN-3).

    Those with the role that is sought, then who has the fewest active plans, then the fewest
    active playbooks, then by name. Each with its role, `same_role`, `active_plans` and
    `active_playbooks`.
    """
    rows = Resource.objects.filter(is_active=True, kind=ResourceKind.CS_CLOUD)
    return with_workload(rows, role_id).order_by(*ORDER, "name", "pk")


def with_workload(rows: QuerySet[Resource], role_id: int | None = None) -> QuerySet[Any]:
    """These resources with what ranks them: their role, `same_role` and what they have to do."""
    same = Value(0, output_field=IntegerField()) if role_id is None else _same("role", role_id)
    return rows.select_related("role").annotate(same_role=same, **_workload("pk"))


def holders(
    account: Account | int | None, role_ids: Iterable[int] | None = None
) -> dict[int, Resource]:
    """For each of these roles, or of all, who holds it on the account: the best ranked (R-OWN-2).

    Roles that nobody holds who can be allocated are missing. One statement; none without an
    account, as in templates, where roles stay unresolved.
    """
    wanted = None if role_ids is None else set(role_ids)
    if account is None or wanted == set():
        return {}
    among = {} if wanted is None else {"role__in": wanted}
    rows = (
        AccountRole.objects.filter(
            account=account,
            **among,
            resource__is_active=True,
            resource__kind=ResourceKind.CS_CLOUD,
        )
        .select_related("resource")
        .annotate(
            same_role=_same("resource__role", F("role")),
            **_workload("resource_id"),
        )
        .order_by(*ORDER, "resource__name", "resource_id")
    )
    found: dict[int, Resource] = {}
    for row in rows:
        found.setdefault(row.role_id, row.resource)
    return found


@dataclass(frozen=True)
class Offer:
    """One person, role or pool that can be chosen, with what explains its place."""

    value: str
    name: str
    about: str = ""
    same_role: bool = False


@dataclass(frozen=True)
class Offers:
    """Who is offered, by kind; what a record may not have is empty."""

    resources: list[Offer] = field(default_factory=list)
    roles: list[Offer] = field(default_factory=list)
    contacts: list[Offer] = field(default_factory=list)
    pools: list[Offer] = field(default_factory=list)
    # Whether more people match than are shown.
    more: bool = False

    @property
    def empty(self) -> bool:
        """Whether nobody at all is offered."""
        return not (self.resources or self.roles or self.contacts or self.pools)


def _words(rows: QuerySet[Any], name: str, q: str, kept: Collection[int]) -> QuerySet[Any]:
    """Rows whose name holds each typed word, and those that are chosen already."""
    found = Q()
    for word in q.replace("\0", "").split():
        found &= Q(**{f"{name}__icontains": word})
    return rows.filter(found | Q(pk__in=kept)) if q.strip() else rows


def offers(
    user: Any,
    account: Account | None,
    kinds: Collection[str],
    role_id: int | None = None,
    q: str = "",
    *,
    pool_id: int | None = None,
    chosen: Iterable[str] = (),
) -> Offers:
    """Who can be chosen for a record of an account; a constant number of statements.

    Team members come ranked (R-OWN-3), those with the sought role first; `q` narrows by name,
    `pool_id` the team members to a pool. Those `chosen` already stay on offer whatever is sought.
    Without an account, as in templates, there are no contacts and nobody holds a role.
    """
    kept: dict[str, set[int]] = {kind: set() for kind in rules.OWNERS}
    for word in chosen:
        if found := rules.parse(word):
            kept[found[0]].add(found[1])
    nobody: tuple[list[Offer], bool] = [], False
    resources = contacts = nobody
    if "resource" in kinds and user.has_perm("accounts.view_resource"):
        resources = _resources(role_id, q, pool_id, kept["resource"])
    if "contact" in kinds:
        contacts = _contacts(user, account, q, kept["contact"])
    return Offers(
        resources[0],
        _roles(account, q, kept["role"]) if "role" in kinds else [],
        contacts[0],
        _pools(q, kept["pool"]) if "pool" in kinds else [],
        resources[1] or contacts[1],
    )


def _resources(
    role_id: int | None, q: str, pool_id: int | None, kept: set[int]
) -> tuple[list[Offer], bool]:
    can = Q(is_active=True, kind=ResourceKind.CS_CLOUD)
    if pool_id is not None:
        can &= Q(memberships__pool=pool_id)
    rows = _words(Resource.objects.filter(can | Q(pk__in=kept)), "name", q, kept)
    ranking = (*ORDER, "name", "pk")
    found, more = _cut(with_workload(rows, role_id).order_by(*ranking), kept)
    return [
        Offer(rules.written("resource", row.pk), row.name, about(row), bool(row.same_role))
        for row in found
    ], more


def _cut(rows: QuerySet[Any], kept: set[int]) -> tuple[list[Any], bool]:
    """As many rows as a chooser shows, in their order, and whether there are more.

    Those that are chosen already are among them, wherever they stand.
    """
    if not kept:
        found = list(rows[: MOST + 1])
        return found[:MOST], len(found) > MOST
    order: Any = rows.query.order_by
    place = Window(RowNumber(), order_by=order)
    placed = rows.annotate(place=place, is_kept=_same("pk__in", kept))
    found = list(placed.order_by("-is_kept", "place")[: MOST + 1])
    return sorted(found[:MOST], key=lambda row: row.place), len(found) > MOST


def about(resource: Any, here: str = "") -> str:
    """What explains a ranked resource's place: its role, the one it has here, its work."""
    parts = [f"{here} here"] if here else []
    if resource.role and str(resource.role) != here:
        parts.append(str(resource.role))
    if not resource.is_active:
        parts.append("no longer active")
    parts.append(rules.workload(resource.active_plans, resource.active_playbooks))
    return " · ".join(parts)


def _roles(account: Account | None, q: str, kept: set[int]) -> list[Offer]:
    rows = _words(Role.objects.filter(Q(is_active=True) | Q(pk__in=kept)), "label", q, kept)
    roles = list(rows.order_by("position", "label"))
    held = holders(account)
    return [
        Offer(rules.written("role", role.pk), role.label, _held_by(account, held.get(role.pk)))
        for role in roles
    ]


def _held_by(account: Account | None, holder: Resource | None) -> str:
    if account is None:
        return "whoever holds it on the account"
    return f"held by {holder} here" if holder else "nobody holds it here yet"


def _contacts(
    user: Any, account: Account | None, q: str, kept: set[int]
) -> tuple[list[Offer], bool]:
    seen: Any = Contact.objects.visible_to(user)
    here = Q(account=account, is_active=True) if account else Q(pk__in=[])
    rows = _words(seen.filter(here | Q(pk__in=kept)), "name", q, kept)
    found, more = _cut(rows.order_by("name", "pk"), kept)
    return [
        Offer(
            rules.written("contact", row.pk),
            row.name,
            " · ".join(filter(None, [row.title, "" if row.is_active else "has left the company"])),
        )
        for row in found
    ], more


def _pools(q: str, kept: set[int]) -> list[Offer]:
    rows = _words(TeamPool.objects.all(), "name", q, kept).annotate(size=Count("members"))
    return [
        Offer(
            rules.written("pool", row.pk),
            row.name,
            f"{row.size} team member{'' if row.size == 1 else 's'}",
        )
        for row in rows.order_by("name")
    ]


def named(user: Any, words: Iterable[str]) -> dict[str, Any]:
    """The records that these owners name, by their word; who may not be seen is missing.

    A statement for each kind that is named.
    """
    ids: dict[str, set[int]] = {}
    for word in words:
        if found := rules.parse(word):
            ids.setdefault(found[0], set()).add(found[1])
    rows: dict[str, Any] = {
        "resource": Resource.objects.all(),
        "role": Role.objects.all(),
        "contact": Contact.objects.visible_to(user),
        "pool": TeamPool.objects.all(),
    }
    return {
        rules.written(kind, row.pk): row
        for kind, wanted in ids.items()
        for row in rows[kind].filter(pk__in=wanted)
    }


def filters() -> dict[str, list[Any]]:
    """The roles and team pools by which a chooser is narrowed."""
    return {
        "roles": list(Role.objects.filter(is_active=True).order_by("position", "label")),
        "pools": list(TeamPool.objects.order_by("name")),
    }
