"""Whose records a list speaks of: mine, my team's, everybody's (R-VIS-1)."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Account, AccountRole, Resource, TeamPoolMember
from apps.accounts.selectors import OVER, my_accounts
from apps.plans.models import SuccessPlan

MINE: Final = "1"
OTHERS: Final = "0"
TEAM: Final = "team"
CHOICES: Final = [(MINE, "Mine"), (TEAM, "My team"), (OTHERS, "Not mine")]


def team_ids(user: Any) -> list[int]:
    """The resources that share a team pool with the person, and the person's own; read once a request."""
    if not hasattr(user, "_team_resource_ids"):
        pools = TeamPoolMember.objects.filter(resource__user=user).values("pool")
        mates = TeamPoolMember.objects.filter(pool__in=pools).values("resource")
        found = Resource.objects.filter(Q(user=user) | Q(pk__in=mates))
        user._team_resource_ids = list(found.values_list("pk", flat=True))
    ids: list[int] = user._team_resource_ids
    return ids


def owned(user: Any, owner: str, whose: str) -> Q:
    """The rows whose owner at this path is the person, one of the team, or somebody else."""
    if whose == TEAM:
        return Q(**{f"{owner}__in": team_ids(user)})
    mine = Q(**{f"{owner}__user": user})
    return mine if whose == MINE else ~mine


def accounts_of(user: Any, whose: str) -> QuerySet[Account]:
    """The accounts of the person, of the team, or all that the person sees (R-VIS-1).

    An account is somebody's who has a role there or owns a plan there that goes on.
    """
    if whose == MINE:
        return my_accounts(user)
    seen: QuerySet[Account] = Account.objects.visible_to(user)
    if whose != TEAM:
        return seen
    team = team_ids(user)
    roles = AccountRole.objects.filter(account=OuterRef("pk"), resource__in=team)
    plans = SuccessPlan.objects.filter(account=OuterRef("pk"), owner__in=team)
    return seen.filter(Q(Exists(roles)) | Q(Exists(plans.exclude(status__in=OVER))))


def account_ids_of(user: Any, whose: str) -> list[int]:
    """The ids of the accounts of the person or the team; read once a request.

    As numbers, so that the database begins with the rows of these few accounts.
    """
    if not hasattr(user, "_account_ids_of"):
        user._account_ids_of = {}
    known: dict[str, list[int]] = user._account_ids_of
    if whose not in known:
        known[whose] = list(accounts_of(user, whose).values_list("pk", flat=True))
    return known[whose]
