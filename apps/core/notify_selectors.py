"""What a person was told, and how they want to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from apps.core.models import MailStop, Notification, Preference, User
from apps.core.notify_rules import WISHES

# As many as the bell counts.
MOST: Final = 100
UNREAD: Final = """
    SELECT count(*) FROM (
        SELECT FROM core_notification WHERE user_id = %s AND read_at IS NULL AND in_app LIMIT %s
    ) waiting
"""


def notifications(user: Any) -> QuerySet[Notification]:
    """A person's own, the newest first; what they want by mail alone is not among them."""
    return Notification.objects.filter(user=user, in_app=True)


def unread(user: Any) -> int:
    """How many a person has not opened yet, 100 at most; asked by every page, so plainly."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [user.pk, MOST])
        return int(cursor.fetchone()[0])


def wishes_of(user_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """How these people want to be told, for those who ever said."""
    rows = Preference.objects.filter(user__in=set(user_ids), key=WISHES)
    return dict(rows.values_list("user_id", "data"))


def stopped(emails: Iterable[str]) -> set[tuple[str, str]]:
    """What these addresses, in lower case, want no mails about: pages, or "" for everything."""
    wanted = {email.lower() for email in emails}
    if not wanted:
        return set()
    rows = MailStop.objects.annotate(lower=Lower("email")).filter(lower__in=wanted)
    return set(rows.values_list("lower", "path"))


def may_all(permission: str, user_ids: Iterable[int]) -> set[int]:
    """Those of these users who are active and hold a permission, in one statement."""
    app, codename = permission.split(".")
    granted = Q(
        groups__permissions__codename=codename,
        groups__permissions__content_type__app_label=app,
    )
    own = Q(user_permissions__codename=codename, user_permissions__content_type__app_label=app)
    rows = User.objects.filter(pk__in=set(user_ids), is_active=True)
    return set(rows.filter(Q(is_superuser=True) | granted | own).values_list("pk", flat=True))
