"""What a person looked at last."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

# As many are kept for each person: what they no longer see may be among them.
KEPT: Final = 40

# One statement for the page that is looked at. Once in a while what is old is taken away.
LOOK: Final = """
    INSERT INTO core_recentview (user_id, kind, record_id, viewed_at)
    VALUES (%s, %s, %s, clock_timestamp())
    ON CONFLICT (user_id, kind, record_id) DO UPDATE SET viewed_at = excluded.viewed_at
    RETURNING id, xmax = 0
"""
FORGET: Final = """
    DELETE FROM core_recentview WHERE user_id = %s AND viewed_at < (
        SELECT viewed_at FROM core_recentview WHERE user_id = %s
        ORDER BY viewed_at DESC OFFSET %s LIMIT 1
    )
"""


def viewed(user: Any, kind: str, record_id: int) -> None:
    """Remember that this person looked at a record; the last ones are kept."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [user.pk, kind, record_id])
        row_id, is_new = cursor.fetchone()
        if is_new and row_id % 20 == 0:
            cursor.execute(FORGET, [user.pk, user.pk, KEPT - 1])
