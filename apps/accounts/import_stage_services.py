"""The rows of a file beside the tables they are meant for, in the database.

A whole file of any length lies in one temporary table, so that memory does not grow with its rows
and each question is one statement for all of them. The SQL is made of constants of this module and
of column names from `STAGED`; whatever a file or a person says is a parameter.
"""
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from apps.accounts.models import Account

# What a cleaned row holds, in order, with its type in the temporary table.
STAGED: Final = {
    "external_id": "text",
    "name": "text",
    "parent": "text",
    "status": "text",
    "lifecycle_stage": "text",
    "segment": "text",
    "tier": "text",
    "industry": "text",
    "country": "text",
    "arr": "numeric",
    "currency": "bigint",
    "signup_date": "date",
    "renewal_date": "date",
    "next_review_date": "date",
    "csm": "bigint",
    "tags": "text",
    "contact_name": "text",
    "contact_email": "text",
    "contact_title": "text",
    "contact_phone": "text",
    "contact_is_active": "boolean",
}
# Fields of the account's own row: column, and whether empty cells may ever clear it ("" or NULL).
ACCOUNT_COLUMNS: Final = {
    "name": ("name", None),
    "external_id": ("external_id", None),
    "status": ("status", None),
    "lifecycle_stage": ("lifecycle_stage", "''"),
    "segment": ("segment", "''"),
    "tier": ("tier", "''"),
    "industry": ("industry", "''"),
    "country": ("country", "''"),
    "arr": ("arr", "NULL"),
    "currency": ("currency_id", "NULL"),
    "signup_date": ("signup_date", "NULL"),
    "renewal_date": ("renewal_date", "NULL"),
    "next_review_date": ("next_review_date", "NULL"),
}
CONTACT_COLUMNS: Final = {
    "contact_name": ("name", None),
    "contact_email": ("email", "''"),
    "contact_title": ("title", "''"),
    "contact_phone": ("phone", "''"),
    "contact_is_active": ("is_active", None),
}
MANY_ROWS: Final = 1000
HAS_CONTACT: Final = "(r.contact_name IS NOT NULL OR r.contact_email IS NOT NULL)"

CREATE: Final = f"""
    DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_error, pg_temp.import_visible;
    CREATE TEMP TABLE import_row (
        row int, {", ".join(f"{key} {kind}" for key, kind in STAGED.items())},
        first_row int, match_id bigint, ent bigint, parent_ent bigint, account_id bigint,
        level int DEFAULT 0, bad boolean DEFAULT false, changed boolean DEFAULT false,
        tags_changed boolean DEFAULT false, csm_changed boolean DEFAULT false,
        contact_id bigint, contact_change text
    ) ON COMMIT DROP;
    CREATE TEMP TABLE import_error (row int, reason text) ON COMMIT DROP;
"""
LOAD: Final = f"""
    INSERT INTO import_row (row, {", ".join(STAGED)})
    SELECT * FROM unnest(%s::int[], {", ".join(f"%s::{kind}[]" for kind in STAGED.values())})
"""


def value_of(key: str, columns: dict[str, tuple[str, str | None]], old: str, clear: bool) -> str:
    """SQL of the value that a field will have: the cell's; of an empty cell, the old one or none."""
    column, nothing = columns[key]
    if clear and nothing is not None:
        return f"COALESCE(r.{key}, {nothing})" if nothing != "NULL" else f"r.{key}"
    return f"COALESCE(r.{key}, {old}.{column})"


def run(sql: str, params: Any = None) -> int:
    """One statement on the staged rows; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        touched: int = cursor.rowcount
        return touched


def rows_of(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """The answer to one question about the staged rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def know_sizes() -> None:
    """Let a long file be matched by plans that know how large the tables are.

    One that grew a moment ago would be compared row by row with every row of the file.
    """
    if rows_of("SELECT count(*) FROM import_row")[0][0] > MANY_ROWS:
        run("ANALYZE accounts_account, accounts_contact")


def begin(actor: Any) -> None:
    """Empty temporary tables, and the ids of the accounts that this person sees (R-VIS-1)."""
    run(CREATE)
    seen = Account.objects.all() if actor is None else Account.objects.visible_to(actor)
    sql, params = seen.order_by().values("id").query.sql_with_params()
    run(f"CREATE TEMP TABLE import_visible ON COMMIT DROP AS {sql}", params)


def load(rows: Sequence[tuple[int, Sequence[Any]]], errors: Sequence[tuple[int, str]]) -> None:
    """Stage some cleaned rows and what was wrong with their cells: two statements at most."""
    if rows:
        columns = zip(*(values for _, values in rows), strict=True)
        run(LOAD, [[row for row, _ in rows], *(list(column) for column in columns)])
    if errors:
        run(
            "INSERT INTO import_error SELECT * FROM unnest(%s::int[], %s::text[])",
            [[row for row, _ in errors], [reason for _, reason in errors]],
        )


def csm_role_id() -> int | None:
    """The role that a CSM column fills: the customer success manager, else the first role."""
    found = rows_of(
        """
        SELECT id FROM accounts_role WHERE is_active ORDER BY
            lower(label) NOT IN ('customer success manager', 'csm'), position, id LIMIT 1
        """
    )
    return found[0][0] if found else None
