"""Several questions asked in one statement: for pages that count or list many things at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet


def sql_of(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """A query as SQL to stand within another, with its parameters.

    One that can find nothing, which the ORM would not even ask, is a statement that finds nothing.
    """
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS, elide_empty=False)
    statement, values = compiler.as_sql()
    return statement, tuple(values)


def together(parts: Iterable[QuerySet[Any]], around: str, *before: Any) -> list[tuple[Any, ...]]:
    """One statement made of several: `around` says what is asked of each, `before` its values.

    `<rows>` in it stands for one of the querysets; those that can find nothing are left out.
    """
    statements: list[str] = []
    params: list[Any] = []
    for rows in parts:
        try:
            statement, values = rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        statements.append(around.replace("<rows>", statement))
        params += [*before, *values]
    if not statements:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), params)
        return list(cursor.fetchall())


def counted_together(parts: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each of these has, in one statement."""
    columns: list[str] = []
    params: list[Any] = []
    for rows in parts:
        try:
            statement, values = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            columns.append("0")
            continue
        columns.append(f"(SELECT count(*) FROM ({statement}) one)")  # noqa: S608 (made by the ORM)
        params += values
    if not columns:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        return list(cursor.fetchone())
