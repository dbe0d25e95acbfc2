"""How files of CS activities are written by the import of their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.accounts.selectors import allocatable
from apps.activities.models import CsActivity
from apps.core.models import User
from apps.core.transfer_rules import Line
from apps.core.transfer_services import Transfer
from apps.plans.services import unfit_owner


def _ready(actor: User, lines: Sequence[Line]) -> None:
    """A new activity without an owner is its maker's own."""
    new = [line for line in lines if line.is_new and "owner" not in line.values]
    if new:
        own = allocatable().filter(user=actor).first()
        for line in new:
            line.values["owner"] = own


def _problems(actor: User, row: Any, values: Mapping[str, Any]) -> dict[str, str]:
    unfit = unfit_owner(values.get("owner"), row.owner_id)
    return {"owner": unfit} if unfit else {}


def _follows(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {} if row.pk else {"author": actor}


ACTIVITIES: Final = Transfer(
    kind="activity",
    model=CsActivity,
    fields=("type", "subject", "happened_at", "duration", "owner", "notes", "account"),
    problems=_problems,
    follows=_follows,
    ready=_ready,
    fixed={
        "account": "what an activity is about names its account. Change that on its own page.",
    },
    shows={"about": lambda row: row.about_name or ""},
)
