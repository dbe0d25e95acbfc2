"""What changed last in an account, from the history: which record, what of it, who, when."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models

from apps.accounts.models import Account, Contact
from apps.core import access
from apps.core.kinds import KINDS
from apps.core.models import User
from apps.core.selectors import nobody
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from apps.workspace.selectors.accounts import Reach

OWN: Final = '"{}" r WHERE r.account_id'
# kind: its model, what it is called, and where its rows and their account are found.
WATCHED: Final[dict[str, tuple[type[models.Model], str, str]]] = {
    "account": (Account, "name", '"{}" r WHERE r.id'),
    "plan": (SuccessPlan, "name", OWN),
    "objective": (Objective, "name", OWN),
    "kpi": (
        ObjectiveKpi,
        "title",
        '"{}" r JOIN objectives_objective o ON o.id = r.objective_id WHERE o.account_id',
    ),
    "playbook": (Playbook, "name", OWN),
    "task": (PlaybookTask, "name", OWN),
    "challenge": (BusinessChallenge, "title", OWN),
    "contact": (Contact, "name", OWN),
}
NEWEST: Final = """
    (SELECT %s, r.id, r.{name}, r.updated_at FROM {source} IN ({accounts})
     ORDER BY r.updated_at DESC LIMIT %s)
"""
# Columns that follow from others, or only say when.
SILENT: Final = {
    "updated_at",
    "created_at",
    "position",
    "summary_edited_at",
    "summary_edited_by_id",
}

LAST_TWO: Final = """
    SELECT %s, to_jsonb(e), u.first_name, u.last_name, u.email, e.pgh_id, g.name
    FROM unnest(%s::bigint[]) AS r(id)
    CROSS JOIN LATERAL
    (SELECT * FROM "{table}" WHERE pgh_obj_id = r.id ORDER BY pgh_id DESC LIMIT 2) e
    LEFT JOIN core_user u ON u.id = e.pgh_actor_id
    LEFT JOIN core_guest g ON g.operation = e.pgh_operation
"""


@dataclass(frozen=True)
class Changed:
    """The last change of one record."""

    kind: str
    pk: int
    name: str
    created: bool
    fields: tuple[str, ...]
    actor: str
    moment: dt.datetime

    @property
    def url(self) -> str:
        """The record's history, where the whole change stands."""
        return f"{KINDS[self.kind].prefix}{self.pk}/?tab=history"


def recent(reach: Reach, *, limit: int) -> list[Changed]:
    """The records within reach that changed last, the newest change first; two statements."""
    touched = _touched(reach, limit)
    last = _last_events([(kind, pk) for kind, pk, _ in touched])
    found = [
        _changed(kind, pk, name, last[kind, pk]) for kind, pk, name in touched if (kind, pk) in last
    ]
    return sorted(found, key=lambda one: one.moment, reverse=True)


def _touched(reach: Reach, limit: int) -> list[tuple[str, int, str]]:
    """The records whose change stamp is newest; who sees an account sees what it has (R-VIS-1)."""
    accounts: str = "%s"
    inside: Any = [reach.account.pk]
    if reach.children:
        accounts, inside = reach.accounts.values("pk").query.sql_with_params()
    parts: list[str] = []
    values: list[Any] = []
    for kind, (model, name, source) in WATCHED.items():
        if access.may(reach.user, f"{kind}.view"):
            parts.append(
                NEWEST.format(
                    name=name, source=source.format(model._meta.db_table), accounts=accounts
                )
            )
            values += [kind, *inside, limit]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY 4 DESC LIMIT %s", [*values, limit])
        return [(kind, pk, called) for kind, pk, called, _ in cursor.fetchall()]


def _last_events(records: list[tuple[str, int]]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """The newest event of each record and the one before it; one statement for all kinds."""
    by_kind: dict[str, list[int]] = {}
    for kind, pk in records:
        by_kind.setdefault(kind, []).append(pk)
    if not by_kind:
        return {}
    parts: list[str] = []
    values: list[Any] = []
    for kind, ids in by_kind.items():
        events: Any = WATCHED[kind][0].events.rel.related_model  # type: ignore[attr-defined]
        parts.append(LAST_TWO.format(table=events._meta.db_table))
        values += [kind, ids]
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY 6 DESC", values)
        for kind, told, first, last, email, _, guest in cursor.fetchall():
            event = json.loads(told)
            person = User(first_name=first or "", last_name=last or "", email=email or "")
            event["actor"] = str(person)
            event["guest"] = guest
            found.setdefault((kind, event["pgh_obj_id"]), []).append(event)
    return found


def _changed(kind: str, pk: int, name: str, events: list[dict[str, Any]]) -> Changed:
    newest = events[0]
    before = events[1] if newest["pgh_label"] == "update" and events[1:] else {}
    columns = {str(field.column): field for field in WATCHED[kind][0]._meta.concrete_fields}
    fields = tuple(
        str(field.verbose_name)
        for column, field in columns.items()
        if column not in SILENT and before and newest.get(column) != before.get(column)
    )
    return Changed(
        kind,
        pk,
        name,
        created=newest["pgh_label"] == "insert",
        fields=fields,
        actor=newest["actor"] or nobody(newest["pgh_door"], newest["guest"]),
        moment=dt.datetime.fromisoformat(newest["pgh_created_at"]),
    )
