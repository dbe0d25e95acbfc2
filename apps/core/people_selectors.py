"""Who is invited, who is signed in where, and what a group may do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.core.access import Refused, doing, records
from apps.core.models import User
from apps.core.people_models import Session
from apps.core.people_rules import ADDRESS_LASTS, INVITATION_LASTS, deviation, lasts
from apps.core.permissions import GRANTS, Grant, group_permissions

INVITATION: Final = "invitation"
ADDRESS: Final = "address"
NO_PEOPLE: Final = "Your permission set does not let you edit users."


def require_people(actor: Any) -> None:
    """Raise Refused unless this person may edit users."""
    if not actor.has_perm("core.change_user"):
        raise Refused(NO_PEOPLE)


def _proof(user: User, what: str) -> str:
    """What only a link to this very user, as they are now, can say.

    It is made of `SECRET_KEY` and of what changes when the link is used or a newer one is sent,
    so that a link works once and is kept nowhere.
    """
    said = [user.pk, user.email, user.password, user.is_active]
    said += [user.invited_at] if what == INVITATION else [user.new_email, user.new_email_at]
    text = "\n".join(map(str, said))
    return salted_hmac(f"core.people.{what}", text, algorithm="sha256").hexdigest()[:40]


def link_path(user: User, what: str) -> str:
    """The path of an invitation, or of the confirmation of a new address."""
    return reverse(f"core:{what}", args=[f"{user.pk}-{_proof(user, what)}"])


def link_url(user: User, what: str) -> str:
    """The whole address, as a mail says it."""
    return f"{settings.SITE_URL}{link_path(user, what)}"


def user_of_link(link: str, what: str, *, lock: bool = False) -> User | None:
    """Whom a link is for; None for one that is unknown, used, replaced or too old."""
    number, _, proof = link.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    rows = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    user = rows.filter(pk=int(number), is_active=True).first()
    if user is None or not constant_time_compare(_proof(user, what), proof):
        return None
    now = timezone.now()
    if what == INVITATION:
        fits = lasts(user.invited_at, INVITATION_LASTS, now) and not user.has_usable_password()
    else:
        fits = bool(user.new_email) and lasts(user.new_email_at, ADDRESS_LASTS, now)
    return user if fits else None


def sessions_of(user: User) -> list[Session]:
    """Where a user is signed in, the one used last first.

    What an older password signed in opens nothing any more and is not among them.
    """
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    wanted = user.get_session_auth_hash()
    found = [row for row in rows if row.get_decoded().get("_auth_user_hash") == wanted]
    return sorted(found, key=lambda row: row.seen_at or row.expire_date, reverse=True)


@dataclass(frozen=True)
class Deviation:
    """How a built-in group differs from what the program says of it."""

    too_much: list[str]
    lacking: list[str]

    def __bool__(self) -> bool:
        return bool(self.too_much or self.lacking)


def held_permissions(group: Group) -> set[str]:
    """The permissions of a group by name: `plans.add_successplan`."""
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def deviation_of(group: Group, held: Collection[str] | None = None) -> Deviation | None:
    """How a built-in group deviates; None for an own group. `held` saves a statement."""
    wanted = group_permissions().get(group.name)
    if wanted is None:
        return None
    return Deviation(*deviation(held_permissions(group) if held is None else held, wanted))


def grantable() -> set[str]:
    """What an own group can be made of: what the built-in groups hold of the table, no others."""
    return {line.permission for _, lines in grants_in_words() for _, line in lines}


def grants_in_words() -> list[tuple[str, list[tuple[str, Grant]]]]:
    """The lines of the table that somebody holds, by record, each in words."""
    held = set().union(*group_permissions().values())
    found: dict[str, list[tuple[str, Grant]]] = {}
    for line in GRANTS:
        if line.permission in held:
            word = doing(line.record, line.action)
            place = found.setdefault(records(line.record), [])
            place.append((f"{word[0].upper()}{word[1:]}", line))
    return [(f"{name[0].upper()}{name[1:]}", lines) for name, lines in found.items()]


def in_words(permissions: Collection[str]) -> list[str]:
    """Permissions in words, by record; those of set-up, which no table has, as Django says them."""
    words = {line.permission: word for _, lines in grants_in_words() for word, line in lines}
    rest = set(permissions) - set(words)
    said = [word for name, word in words.items() if name in permissions]
    if rest:
        rows = Permission.objects.select_related("content_type").order_by("name")
        named = [p.name for p in rows if f"{p.content_type.app_label}.{p.codename}" in rest]
        said += [f"Set-up: {name.removeprefix('Can ')}" for name in named]
    return said
