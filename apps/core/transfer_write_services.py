"""Some hundred different rows written together: a statement or two for all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from django.db import connection, models

# So many sets of fields get a statement each; when there are more, one statement names them all.
MOST_SETS: Final = 3
ROWS_A_STATEMENT: Final = 1000


def write_new(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Insert rows; they get their ids."""
    if rows:
        model._base_manager.bulk_create(rows, batch_size=ROWS_A_STATEMENT)


def write_old(
    model: type[models.Model], rows: Sequence[tuple[Any, Collection[str]]], now: dt.datetime
) -> None:
    """Write the named fields of locked rows, each with its own values."""
    stamp = {"updated_at"} if hasattr(model, "updated_at") else set()
    sets: dict[frozenset[str], list[Any]] = {}
    for row, names in rows:
        if not names:
            continue
        if stamp:
            row.updated_at = now
        sets.setdefault(frozenset({*names, *stamp}), []).append(row)
    if len(sets) > MOST_SETS:
        every = frozenset().union(*sets)
        sets = {every: [row for some in sets.values() for row in some]}
    for names, some in sets.items():
        _update(model, sorted(names), some)


def _update(model: type[models.Model], names: Sequence[str], rows: Sequence[Any]) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(f.column)} = v.{quote(f.column)}" for f in fields)
    arrays = ", ".join(f"%s::{f.db_type(connection)}[]" for f in fields)
    columns = ", ".join(quote(f.column) for f in fields)
    table = quote(model._meta.db_table)
    values = [
        [f.get_db_prep_save(getattr(row, f.attname), connection) for row in rows] for f in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {sets}"  # noqa: S608 (names of columns, no values)
            f" FROM unnest(%s::bigint[], {arrays}) AS v(id, {columns}) WHERE t.id = v.id",
            [[row.pk for row in rows], *values],
        )


def write_links(
    through: type[models.Model],
    owner: str,
    target: str,
    wanted: Sequence[tuple[Any, Iterable[Any]]],
) -> None:
    """Make rows name exactly the wanted targets; three statements at most."""
    ids = [row.pk for row, _ in wanted]
    links = through._base_manager.filter(**{f"{owner}_id__in": ids})
    have = {
        (owner_id, target_id): pk
        for pk, owner_id, target_id in links.values_list("pk", f"{owner}_id", f"{target}_id")
    }
    want = {(row.pk, one.pk) for row, targets in wanted for one in targets}
    gone = [pk for pair, pk in have.items() if pair not in want]
    if gone:
        through._base_manager.filter(pk__in=gone).delete()
    new = [
        through(**{f"{owner}_id": owner_id, f"{target}_id": target_id})
        for owner_id, target_id in sorted(want - have.keys())
    ]
    if new:
        through._base_manager.bulk_create(new, batch_size=ROWS_A_STATEMENT)
