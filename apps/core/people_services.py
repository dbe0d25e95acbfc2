"""Users: invited, changed, deactivated and let in again; own groups; addresses confirmed.

Nothing here keeps or hands on a secret: jobs hold the number of a user, and make the link when
they write the mail.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.access import Refused
from apps.core.history import operation
from apps.core.models import User
from apps.core.people_models import Session
from apps.core.people_rules import deactivation_error
from apps.core.people_selectors import (
    ADDRESS,
    INVITATION,
    grantable,
    held_permissions,
    require_people,
    user_of_link,
)
from apps.core.permissions import ADMINISTRATOR, group_permissions

PEOPLE_TASK: Final = "core.mail_person"
ADDRESS_CHANGED: Final = "address_changed"
GONE: Final = "This link does not work any more."
TAKEN: Final = "Another user has this e-mail address."


def _mail(user: User, what: str, **more: str) -> None:
    """Queue one mail, in the transaction of what it is about."""
    app.configure_task(PEOPLE_TASK, queue="mail").defer(user_id=user.pk, what=what, **more)


def _held(actor: User, user: User) -> User:
    """The user, locked, as somebody who may change this one."""
    require_people(actor)
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if locked.is_superuser and not actor.is_superuser:
        raise Refused("Only a superuser may change a superuser.")
    return locked


def _free(email: str, user: User | None = None) -> str:
    """An address in lower case. Raises ValidationError when somebody else has it."""
    wanted = email.strip().lower()
    others = User.objects.filter(email__iexact=wanted)
    if user is not None:
        others = others.exclude(pk=user.pk)
    if others.exists():
        raise ValidationError({"email": TAKEN})
    return wanted


def _set_groups(user: User, groups: Collection[Group]) -> None:
    """Put a user into groups; who administers may enter the administration, others may not."""
    user.groups.set(groups)
    enters = user.is_superuser or any(group.name == ADMINISTRATOR for group in groups)
    if enters != user.is_staff:
        user.is_staff = enters
        user.save(update_fields=["is_staff"])


def user_create(
    *, actor: User, email: str, values: Mapping[str, Any], groups: Collection[Group]
) -> User:
    """A user without a password: they choose one by the invitation. Raises ValidationError."""
    if not actor.has_perm("core.add_user"):
        raise Refused("Your permission set does not let you create users.")
    with operation(actor):
        user = User.objects.create_user(_free(email), None, **values)
        _set_groups(user, groups)
    return user


def user_update(
    *, actor: User, user: User, email: str, values: Mapping[str, Any], groups: Collection[Group]
) -> User:
    """Change a user. A new address counts when its mailbox has confirmed it.

    Whoever was not let in yet gets a new invitation there instead. Raises ValidationError.
    """
    with operation(actor):
        locked = _held(actor, user)
        wanted = _free(email, locked)
        leaves = ADMINISTRATOR not in {group.name for group in groups}
        if actor.pk == locked.pk and not locked.is_superuser and leaves:
            raise ValidationError(
                {"groups": "You cannot take the administration from yourself. Ask another one."}
            )
        for name, value in values.items():
            setattr(locked, name, value)
        moved = wanted != locked.email.lower()
        if moved and not locked.has_usable_password():
            locked.email = wanted
        locked.save()
        _set_groups(locked, groups)
        if moved and locked.email != wanted:
            _ask_address(locked, wanted)
        elif moved and locked.invited_at is not None and locked.is_active:
            _invite(locked)
    return locked


# Invitations ------------------------------------------------------------------------------------
def _invite(user: User) -> None:
    user.invited_at = timezone.now()
    user.save(update_fields=["invited_at"])
    _mail(user, INVITATION)


def user_invite(*, actor: User, user: User) -> None:
    """Send an invitation; an earlier one stops working. Raises ValidationError."""
    with operation(actor):
        locked = _held(actor, user)
        if not locked.is_active:
            raise ValidationError(f"{locked} is deactivated. Let them in again first.")
        if locked.has_usable_password():
            raise ValidationError(
                f"{locked} has a password already. Who forgot it asks for a new one where one"
                " signs in."
            )
        _invite(locked)


def invitation_accept(*, link: str, password: str) -> User:
    """Give the invited person the password they chose; the link is used up.

    Raises ValidationError for a link that does not work (any more).
    """
    found = user_of_link(link, INVITATION)
    if found is None:
        raise ValidationError(GONE)
    with operation(found):
        locked = user_of_link(link, INVITATION, lock=True)
        if locked is None:
            raise ValidationError(GONE)
        locked.set_password(password)
        locked.save(update_fields=["password"])
    return locked


# Addresses --------------------------------------------------------------------------------------
def _ask_address(user: User, wanted: str) -> None:
    user.new_email, user.new_email_at = wanted, timezone.now()
    user.save(update_fields=["new_email", "new_email_at"])
    _mail(user, ADDRESS)


def address_ask(*, actor: User, email: str) -> None:
    """Ask for another address of one's own: a link is mailed to it. Raises ValidationError."""
    with operation(actor):
        locked = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        wanted = email.strip().lower()
        if wanted == locked.email.lower():
            raise ValidationError({"email": "This is your address already."})
        _ask_address(locked, _free(wanted, locked))


def address_forget(*, actor: User, user: User) -> None:
    """Keep the address as it is: the link that was mailed stops working."""
    with operation(actor):
        if actor.pk != user.pk:
            _held(actor, user)
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        locked.new_email, locked.new_email_at = "", None
        locked.save(update_fields=["new_email", "new_email_at"])


def address_confirm(*, link: str) -> User:
    """The mailbox says yes: from now on one signs in with it; the old one is told.

    Raises ValidationError for a link that does not work (any more), or an address taken meanwhile.
    """
    found = user_of_link(link, ADDRESS)
    if found is None:
        raise ValidationError(GONE)
    with operation(found):
        locked = user_of_link(link, ADDRESS, lock=True)
        if locked is None:
            raise ValidationError(GONE)
        before = locked.email
        locked.email = _free(locked.new_email, locked)
        locked.new_email, locked.new_email_at = "", None
        locked.save(update_fields=["email", "new_email", "new_email_at"])
        # Where signing in looks first; nothing of an old address may open the door.
        EmailAddress.objects.filter(user=locked).delete()
        _mail(locked, ADDRESS_CHANGED, to=before)
    return locked


# Coming and going -------------------------------------------------------------------------------
def user_deactivate(*, actor: User, user: User) -> None:
    """Nobody signs in as this user from now on, and whoever is, is out at once.

    What they own, their saved views and their name stay. Raises ValidationError.
    """
    with operation(actor):
        locked = _held(actor, user)
        error = deactivation_error(
            is_self=actor.pk == locked.pk, is_active=locked.is_active, name=str(locked)
        )
        if error:
            raise ValidationError(error)
        locked.is_active = False
        locked.new_email, locked.new_email_at, locked.invited_at = "", None, None
        locked.save()
        Session.objects.filter(user=locked).delete()


def user_reactivate(*, actor: User, user: User) -> None:
    """Let somebody in again, with the password they had; old sessions stay ended."""
    with operation(actor):
        locked = _held(actor, user)
        if locked.is_active:
            raise ValidationError(f"{locked} is active already.")
        locked.is_active = True
        locked.save(update_fields=["is_active"])
        Session.objects.filter(user=locked).delete()
        if not locked.has_usable_password():
            _invite(locked)


# Groups -----------------------------------------------------------------------------------------
def _require_groups(actor: User) -> None:
    if not actor.has_perm("auth.change_group"):
        raise Refused("Your permission set does not let you edit groups.")


def _permissions(names: Collection[str]) -> list[Permission]:
    rows = Permission.objects.select_related("content_type")
    return [p for p in rows if f"{p.content_type.app_label}.{p.codename}" in names]


def group_save(*, actor: User, group: Group, name: str, granted: Collection[str]) -> Group:
    """Make or change an own group. Only permissions of the table can be granted.

    What a group holds besides them, given in a shell, is left alone. Raises ValidationError.
    """
    _require_groups(actor)
    if set(granted) - grantable():
        raise ValidationError("A group is made of the permissions on this page and no others.")
    with operation(actor):
        if group.pk and group.name in group_permissions():
            raise ValidationError(f"“{group.name}” comes with the program and stays as it is.")
        if name in group_permissions():
            raise ValidationError({"name": "This name belongs to a group of the program."})
        others = (held_permissions(group) if group.pk else set()) - grantable()
        group.name = name
        group.save()
        group.permissions.set(_permissions(set(granted) | others))
    return group


def group_put_back(*, actor: User, group: Group) -> None:
    """Give a built-in group what the program says, no more and no less. Raises ValidationError."""
    _require_groups(actor)
    wanted = group_permissions().get(group.name)
    if wanted is None:
        raise ValidationError(f"“{group.name}” is a group of your own.")
    with operation(actor):
        group.permissions.set(_permissions(wanted))
