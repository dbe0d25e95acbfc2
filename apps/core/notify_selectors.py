"""What a person was told."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

from apps.core.models import Notification

# As many as the bell counts.
MOST: Final = 100


def notifications(user: Any) -> QuerySet[Notification]:
    """A person's own, the newest first."""
    return Notification.objects.filter(user=user)


def unread(user: Any) -> int:
    """How many a person has not opened yet, 100 at most."""
    return notifications(user).filter(read_at__isnull=True)[:MOST].count()
