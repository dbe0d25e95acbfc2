"""What a person was told."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from apps.core.models import Notification

# As many as the bell counts.
MOST: Final = 100
UNREAD: Final = """
    SELECT count(*) FROM (
        SELECT FROM core_notification WHERE user_id = %s AND read_at IS NULL LIMIT %s
    ) waiting
"""


def notifications(user: Any) -> QuerySet[Notification]:
    """A person's own, the newest first."""
    return Notification.objects.filter(user=user)


def unread(user: Any) -> int:
    """How many a person has not opened yet, 100 at most; asked by every page, so plainly."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [user.pk, MOST])
        return int(cursor.fetchone()[0])
