"""How the database keeps the moment of a record's last touch (R-DUE-1).

A touch is a change by a person of the record or of anything below it, or an activity there. It is
kept in a table of its own, so that nobody who edits a task waits for somebody who edits its plan;
and it is exact to ten minutes, so that work on many records of one plan does not queue up either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pgtrigger

# Who writes is told to the transaction (apps.core.history); readings and automation are nobody.
BY_A_PERSON: Final = """COALESCE(current_setting('successcloud.actor', true), '') <> ''
    AND COALESCE(current_setting('successcloud.door', true), '') NOT IN ('attribute', 'automation')"""


def _touch(kind: str, ids: str) -> str:
    return f"PERFORM touch('{kind}', ARRAY(SELECT DISTINCT {ids} FROM changed r));"  # noqa: S608


def touches(records: Mapping[str, str]) -> list[pgtrigger.Trigger]:
    """The triggers of a model whose changes touch these records: SQL over its row `r` by kind."""
    body = f"""
        IF {BY_A_PERSON} THEN
            {"".join(_touch(kind, ids) for kind, ids in records.items())}
        END IF;
        RETURN NULL;
    """
    return _triggers("touch", body)


def happenings(records: Mapping[str, str], moment: str) -> list[pgtrigger.Trigger]:
    """The same for what happened at a moment of its own: without a person, that counts."""
    loaded = "".join(
        f"""
            INSERT INTO core_touch (kind, record_id, touched_at)
            SELECT '{kind}', {ids}, LEAST(max({moment}), now()) FROM changed r
            WHERE {ids} IS NOT NULL GROUP BY {ids}
            ON CONFLICT (kind, record_id)
            DO UPDATE SET touched_at = GREATEST(core_touch.touched_at, excluded.touched_at);"""  # noqa: S608
        for kind, ids in records.items()
    )
    body = f"""
        IF {BY_A_PERSON} THEN
            {"".join(_touch(kind, ids) for kind, ids in records.items())}
        ELSIF TG_OP <> 'DELETE' THEN
            {loaded}
        END IF;
        RETURN NULL;
    """
    return _triggers("touch", body)


def _triggers(name: str, body: str) -> list[pgtrigger.Trigger]:
    # Two rows of a moved record: where it went. A removed one touches where it was.
    operations = {
        "insert": (pgtrigger.Insert, pgtrigger.Referencing(new="changed")),
        "update": (pgtrigger.Update, pgtrigger.Referencing(new="changed")),
        "delete": (pgtrigger.Delete, pgtrigger.Referencing(old="changed")),
    }
    return [
        pgtrigger.Trigger(
            name=f"{name}_{word}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=referencing,
            func=body,
        )
        for word, (operation, referencing) in operations.items()
    ]
