"""Somebody leaves, or comes back: their user, their resource and what is theirs, in one operation."""

from __future__ import annotations

from apps.accounts.models import Resource
from apps.accounts.people_services import resource_activity
from apps.core import people_services
from apps.core.history import operation
from apps.core.models import User
from apps.workspace.handover_services import Plan, give_on_leaving


def resource_of(user: User) -> Resource | None:
    """The resource that a user is."""
    return Resource.objects.filter(user=user).first()


def user_leaves(*, actor: User, user: User, taker: Resource | None = None) -> Plan | None:
    """Deactivate a user and their resource; what goes on is given to `taker`, or stays theirs.

    Their sessions end at once. Raises Refused and ValidationError; then nothing was done.
    """
    plan = None
    with operation(actor):
        people_services.user_deactivate(actor=actor, user=user)
        resource = resource_of(user)
        if resource is not None:
            if taker is not None:
                plan = give_on_leaving(actor=actor, leaver=resource, taker=taker)
            resource_activity(actor=actor, resource=resource, is_active=False)
    return plan


def user_returns(*, actor: User, user: User) -> None:
    """Let a user in again; they can be given work again. What was handed over stays so."""
    with operation(actor):
        people_services.user_reactivate(actor=actor, user=user)
        resource = resource_of(user)
        if resource is not None:
            resource_activity(actor=actor, resource=resource, is_active=True)
