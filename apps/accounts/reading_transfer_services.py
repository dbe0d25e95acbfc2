"""How a file of readings is written: all of it in one statement, whatever its length.

The rows wait in a table of the transaction until the whole file was read. So the triggers that
feed KPIs and objectives see all readings at once, and each record changes once, to its newest
(R-KPI-10, R-OBJ-6), in whichever order the rows stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from apps.accounts.models import AttributeValue
from apps.core.access import require
from apps.core.history import current_door
from apps.core.models import User
from apps.core.transfer_rules import Line
from apps.core.transfer_services import Transfer

FACT: Final = (
    "a reading stays as it was recorded. Leave its row out, and add a row for what is new."
)

BEGIN: Final = """
    CREATE TEMPORARY TABLE IF NOT EXISTS readings_waiting (
        place BIGINT GENERATED ALWAYS AS IDENTITY,
        account_id BIGINT, definition_id BIGINT, measured_on DATE, value NUMERIC(18, 4),
        PRIMARY KEY (account_id, definition_id, measured_on, value)
    ) ON COMMIT DROP;
    TRUNCATE readings_waiting;
"""
COLUMNS: Final = "unnest(%s::bigint[], %s::bigint[], %s::date[], %s::numeric[])"
KEEP: Final = f"""
    INSERT INTO readings_waiting (account_id, definition_id, measured_on, value)
    SELECT * FROM {COLUMNS}
"""  # noqa: S608 (no values)
THERE: Final = f"""
    SELECT w.place FROM {COLUMNS} WITH ORDINALITY
        AS w(account_id, definition_id, measured_on, value, place)
    WHERE EXISTS (
        SELECT FROM accounts_attributevalue r WHERE r.account_id = w.account_id
        AND r.definition_id = w.definition_id AND r.measured_on = w.measured_on
        AND r.value = w.value
    ) OR EXISTS (
        SELECT FROM readings_waiting r WHERE r.account_id = w.account_id
        AND r.definition_id = w.definition_id AND r.measured_on = w.measured_on
        AND r.value = w.value
    )
"""  # noqa: S608 (no values)
WRITE: Final = """
    INSERT INTO accounts_attributevalue
        (account_id, definition_id, value, measured_on, door, recorded_by_id, created_at)
    SELECT account_id, definition_id, value, measured_on, %s, %s, now()
    FROM readings_waiting ORDER BY place
"""

Reading = tuple[int, int, Any, Any]


def _columns(readings: Sequence[Reading]) -> list[list[Any]]:
    return [list(column) for column in zip(*readings, strict=True)]


class Waiting:
    """The readings of a file, until all of it was read; gone with the transaction."""

    def begin(self) -> None:
        """Nothing is kept yet."""
        with connection.cursor() as cursor:
            cursor.execute(BEGIN)

    def keep(self, rows: Sequence[AttributeValue]) -> None:
        """Keep some hundred readings."""
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(KEEP, _columns([_reading(row) for row in rows]))

    def write(self, actor: User) -> None:
        """Record them all, in the order of their rows."""
        require(actor, "attribute_value.create")
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [current_door(), actor.pk])


def _reading(row: AttributeValue) -> Reading:
    return row.account_id, row.definition_id, row.measured_on, row.value


def _ready(actor: User, lines: Sequence[Line]) -> None:
    """The very same reading again is no new one: in the file, or recorded before."""
    wanted: dict[Reading, Line] = {}
    for line in lines:
        if not line.is_new:
            continue
        values = line.values
        reading = (
            values["account"].pk,
            values["definition"].pk,
            values["measured_on"],
            values["value"],
        )
        if reading in wanted:
            _unchanged(line)
        else:
            wanted[reading] = line
    if not wanted:
        return
    some = list(wanted.values())
    with connection.cursor() as cursor:
        cursor.execute(THERE, _columns(list(wanted)))
        for (place,) in cursor.fetchall():
            _unchanged(some[place - 1])


def _unchanged(line: Line) -> None:
    line.is_new = False
    line.values.clear()


READINGS: Final = Transfer(
    kind="attribute_value",
    model=AttributeValue,
    fields=("account", "definition", "value", "measured_on"),
    ready=_ready,
    fixed=dict.fromkeys(("account", "definition", "value", "measured_on"), FACT),
    nameless=True,
    staging=Waiting(),
)
