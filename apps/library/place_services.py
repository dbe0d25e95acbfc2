"""Where a copy of a template stands, and what is said of it once it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.accounts.models import Account
from apps.accounts.notice_services import Told
from apps.core.kinds import KINDS
from apps.library.people_services import People
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan


@dataclass(frozen=True)
class Place:
    """Where a copy will stand: on an account, or without one in the library."""

    account: Account | None
    plan: SuccessPlan | None = None
    objective: Objective | None = None


@dataclass
class Copy:
    """What was made, and what has to be said about it."""

    record: Any
    counts: dict[str, int]
    people: People
    made: dict[str, Any]

    def allocated(self) -> dict[int, list[Told]]:
        """For each resource what it was given, the owned records first."""
        return {
            pk: [
                Told(kind, str(record), f"{KINDS[kind].prefix}{record.pk}/", str(record.account))
                for kind, record in records
            ]
            for pk, records in self.people.given.items()
        }
