"""Reads of what was measured about customers over time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet

from apps.accounts.models import Account, AttributeDefinition, AttributeValue

# The points of an attribute's sparkline, and how many attributes a page shows at most.
POINTS: Final = 24
MOST_SERIES: Final = 300
# How many readings of one attribute a page shows.
MOST_READINGS: Final = 100


@dataclass(frozen=True)
class Series:
    """One attribute of one account over time: the newest value, the one before, the shape."""

    definition: AttributeDefinition
    account_id: int
    account: str
    measured_on: dt.date
    points: list[Decimal]

    @property
    def value(self) -> Decimal:
        """The newest reading."""
        return self.points[-1]

    @property
    def change(self) -> Decimal | None:
        """How far the newest reading is from the one before; None for the first."""
        return self.points[-1] - self.points[-2] if len(self.points) > 1 else None


def latest_readings(user: Any, accounts: QuerySet[Account]) -> list[Series]:
    """The active attributes of some accounts with their newest readings; two statements."""
    rows: Any = AttributeValue.objects.visible_to(user)
    newest = ["-measured_on", "-pk"]
    found = (
        rows.filter(account__in=accounts, definition__is_active=True)
        .order_by()
        .values("definition_id", "account_id", "account__name")
        .annotate(
            newest_values=ArrayAgg("value", order_by=newest),
            newest_days=ArrayAgg("measured_on", order_by=newest),
        )
        .order_by("account__name", "account_id", "definition__position", "definition__label")
    )
    definitions = AttributeDefinition.objects.select_related("unit").in_bulk()
    return [
        Series(
            definitions[row["definition_id"]],
            row["account_id"],
            row["account__name"],
            row["newest_days"][0],
            row["newest_values"][POINTS - 1 :: -1],
        )
        for row in found[:MOST_SERIES]
    ]


@dataclass(frozen=True)
class Readings:
    """One attribute of one account: its readings, the newest first."""

    definition: AttributeDefinition
    readings: list[AttributeValue]
    more: bool


def readings_of(user: Any, account: Account, definition_id: int) -> Readings | None:
    """The newest readings of one attribute; None when there are none to see."""
    rows: Any = AttributeValue.objects.visible_to(user)
    found: list[AttributeValue] = list(
        rows.filter(account=account, definition=definition_id)
        .select_related("definition__unit", "recorded_by")
        .order_by("-measured_on", "-pk")[: MOST_READINGS + 1]
    )
    if not found:
        return None
    return Readings(found[0].definition, found[:MOST_READINGS], len(found) > MOST_READINGS)
