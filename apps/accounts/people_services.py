"""Users and the resources they are: made and tied in one step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from apps.accounts.models import Resource, Role, TeamPool, TeamPoolMember
from apps.core import people_services
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User


@dataclass(frozen=True)
class Tie:
    """Which resource a user is: none, a new one (`is_new`), or one that is there.

    Role and pools are written on the resource.
    """

    resource: Resource | None = None
    is_new: bool = False
    role: Role | None = None
    pools: Collection[TeamPool] = field(default_factory=tuple)


def person_create(
    *,
    actor: User,
    email: str,
    values: Mapping[str, Any],
    groups: Collection[Group],
    tie: Tie,
    invite: bool,
) -> User:
    """A new user, tied to a resource, and invited on wish: one operation. Raises ValidationError."""
    with operation(actor):
        user = people_services.user_create(actor=actor, email=email, values=values, groups=groups)
        resource_tie(actor=actor, user=user, tie=tie)
        if invite:
            people_services.user_invite(actor=actor, user=user)
    return user


def person_update(
    *,
    actor: User,
    user: User,
    email: str,
    values: Mapping[str, Any],
    groups: Collection[Group],
    tie: Tie,
) -> User:
    """Change a user and which resource they are: one operation. Raises ValidationError."""
    with operation(actor):
        changed = people_services.user_update(
            actor=actor, user=user, email=email, values=values, groups=groups
        )
        resource_tie(actor=actor, user=changed, tie=tie)
    return changed


def resource_tie(*, actor: User, user: User, tie: Tie) -> Resource | None:
    """Make a user this resource, and no other. Raises ValidationError."""
    require(actor, "resource.edit")
    with operation(actor):
        before = Resource.objects.select_for_update(no_key=True).filter(user=user).first()
        if tie.is_new:
            wanted: Resource | None = Resource(name=str(user), email=user.email)
        elif tie.resource is None:
            wanted = None
        else:
            wanted = Resource.objects.select_for_update(no_key=True).get(pk=tie.resource.pk)
        if wanted is not None and wanted.user_id not in (None, user.pk):
            raise ValidationError(
                {"tie": f"{wanted} belongs to another user. Untie that one first, or choose again."}
            )
        if before is not None and before != wanted:
            before.user = None
            before.save(update_fields=["user", "updated_at"])
        if wanted is None:
            return None
        wanted.user, wanted.role = user, tie.role
        wanted.save()
        _set_pools(wanted, tie.pools)
    return wanted


def _set_pools(resource: Resource, pools: Collection[TeamPool]) -> None:
    rows = TeamPoolMember.objects.filter(resource=resource)
    rows.exclude(pool__in=[pool.pk for pool in pools]).delete()
    there = set(rows.values_list("pool_id", flat=True))
    TeamPoolMember.objects.bulk_create(
        TeamPoolMember(resource=resource, pool=pool) for pool in pools if pool.pk not in there
    )


def resource_activity(*, actor: User, resource: Resource, is_active: bool) -> None:
    """Let a resource be given work, or no more work."""
    require(actor, "resource.edit")
    with operation(actor):
        locked = Resource.objects.select_for_update(no_key=True).get(pk=resource.pk)
        if locked.is_active != is_active:
            locked.is_active = is_active
            locked.save(update_fields=["is_active", "updated_at"])
