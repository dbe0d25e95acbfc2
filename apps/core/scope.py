"""The organisation and its time zone, read once per signed-in person and request."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django.utils import timezone

from apps.core.models import Organisation


def organisation(user: Any = None) -> Organisation:
    """The organisation's settings; kept on the user, so that a request reads them once."""
    found: Organisation | None = getattr(user, "_organisation", None)
    if found is None:
        found = Organisation.objects.defer("logo").filter(pk=1).first() or Organisation(pk=1)
        if user is not None:
            user._organisation = found
    return found


def row_scope(user: Any) -> str:
    """Which accounts a person with the view permission sees (R-VIS-1)."""
    return organisation(user).row_scope


def zone(user: Any = None) -> zoneinfo.ZoneInfo:
    """The person's time zone, else the organisation's."""
    return zoneinfo.ZoneInfo(getattr(user, "time_zone", "") or organisation(user).time_zone)


def today(user: Any = None) -> dt.date:
    """The date it is for this person; without a person, for the organisation."""
    return timezone.now().astimezone(zone(user)).date()
