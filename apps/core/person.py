"""How one person reads values: their day, their numbers, their dates."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal
from typing import Any

from apps.core import formats, scope


class Person:
    """Formats for the signed-in person; made once a request."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.zone: zoneinfo.ZoneInfo = scope.zone(user)
        self.today: dt.date = scope.today(user)
        self.number_format: str = user.number_format
        self.date_format: str = user.date_format

    def number(self, value: Decimal | int | None, decimals: int | None = None) -> str:
        """A number in this person's format, an em dash when there is none."""
        if value is None:
            return "—"
        return formats.format_number(value, self.number_format, decimals)

    def date(self, value: dt.date | None) -> str:
        """A date in this person's format, an em dash when there is none."""
        return "—" if value is None else formats.format_date(value, self.date_format)

    def moment(self, value: dt.datetime | None) -> str:
        """A moment in this person's time zone and format."""
        if value is None:
            return "—"
        local = value.astimezone(self.zone)
        return f"{formats.format_date(local.date(), self.date_format)}, {local:%H:%M}"

    def days(self, value: dt.date) -> str:
        """How far a date is from today: "3 days overdue", "in 5 days"."""
        return formats.relative_days(value, self.today)


def person_of(user: Any) -> Person:
    """The formats of a user, kept on the user for the rest of the request."""
    if not hasattr(user, "_person"):
        user._person = Person(user)
    found: Person = user._person
    return found
