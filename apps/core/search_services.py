"""The search index, made anew for what existed before its triggers or was loaded without them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from apps.core.indexing import SOURCES


def search_reindex(*, kinds: Iterable[str] = ()) -> dict[str, int]:
    """Make the entries of some kinds anew, of all without any named; says how many each has.

    One statement takes the old ones away and one makes the new ones, within one transaction for
    each kind: a search meanwhile still finds the old ones.
    """
    made = {}
    for kind in kinds or SOURCES:
        source = SOURCES[kind]
        # Nothing is locked: the triggers look after what changes meanwhile.
        fill = source.fill(f"{source.table} r").replace(" FOR SHARE", "")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_searchentry WHERE kind = %s", [kind])
            cursor.execute(f"{fill} ON CONFLICT (kind, record_id) DO NOTHING")
            made[kind] = cursor.rowcount
    return made
