"""The staged rows of a file become accounts, teams, tags and contacts: a few statements in all."""
# ruff: noqa: S608

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.utils import timezone

from apps.accounts.import_stage_services import (
    ACCOUNT_COLUMNS,
    CONTACT_COLUMNS,
    csm_role_id,
    know_sizes,
    rows_of,
    run,
    value_of,
)
from apps.accounts.models import Account, Contact

NEW_IDS = """
    UPDATE import_row SET account_id = COALESCE(
        match_id, nextval(pg_get_serial_sequence('accounts_account', 'id')))
    WHERE row = first_row AND (match_id IS NOT NULL OR NOT bad)
"""
PARENT_IDS = """
    UPDATE import_row r SET parent_ent = p.account_id
    FROM import_row p WHERE r.parent_ent < 0 AND p.row = -r.parent_ent
"""


def write(mapped: set[str], *, clear: bool) -> None:
    """Create and change what the good rows say; nothing that stands as wanted is touched."""
    now = timezone.now()
    run(NEW_IDS)
    run(PARENT_IDS)
    _insert_accounts(mapped, now)
    know_sizes()
    _update_accounts(mapped, now, clear=clear)
    if "tags" in mapped:
        _write_tags(now)
    if "csm" in mapped:
        _write_csms(now)
    if mapped & CONTACT_COLUMNS.keys():
        _write_contacts(mapped, now, clear=clear)


def _insert(
    model: type[models.Model], given: dict[str, str], now: Any, source: str, key: str
) -> None:
    """Insert rows with all columns: given ones by SQL, stamps, and the defaults of the rest."""
    columns: list[str] = []
    expressions: list[str] = []
    params: list[Any] = []
    for field in model._meta.local_concrete_fields:
        column = str(field.column)
        stamp = column in ("created_at", "updated_at")
        if not stamp and column == "id" and "id" not in given:
            continue
        columns.append(column)
        default = now if stamp else field.get_default()
        if isinstance(field, models.JSONField):
            default = field.get_db_prep_save(default, connection)
        if column not in given:
            expressions.append("%s")
            params.append(default)
        elif default is None or column == "id":
            expressions.append(given[column])
        else:
            expressions.append(f"COALESCE({given[column]}, %s)")
            params.append(default)
    run(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
        f" SELECT {', '.join(expressions)} {source} ORDER BY {key}",
        params,
    )


def _insert_accounts(mapped: set[str], now: Any) -> None:
    given = {
        column: f"r.{key}" for key, (column, _) in ACCOUNT_COLUMNS.items() if key in mapped
    } | {"id": "r.account_id"}
    if "parent" in mapped:
        given["parent_id"] = "r.parent_ent"
    # Foreign keys are checked at the end, so that a parent may stand further down in the file.
    source = "FROM import_row r WHERE r.row = r.first_row AND r.match_id IS NULL AND NOT r.bad"
    _insert(Account, given, now, source, "r.row")


def _update_accounts(mapped: set[str], now: Any, *, clear: bool) -> None:
    values = [
        f"{column} = {value_of(key, ACCOUNT_COLUMNS, 'a', clear)}"
        for key, (column, _) in ACCOUNT_COLUMNS.items()
        if key in mapped
    ]
    if "parent" in mapped:
        kept = "r.parent_ent" if clear else "COALESCE(r.parent_ent, a.parent_id)"
        values.append(f"parent_id = {kept}")
    levels = rows_of("SELECT DISTINCT level FROM import_row WHERE changed ORDER BY level")
    # Parents before their children: the database refuses a cycle at any moment, even a passing one.
    for (level,) in levels:
        run(
            f"""
            UPDATE accounts_account a SET {", ".join(values)}, updated_at = %s
            FROM import_row r WHERE a.id = r.match_id AND r.changed AND r.level = %s
            """,
            [now, level],
        )


def _write_tags(now: Any) -> None:
    wanted = """
        SELECT r.account_id, t.id::bigint AS tag_id
        FROM import_row r, unnest(string_to_array(NULLIF(r.tags, ''), ',')) AS t(id)
        WHERE r.tags_changed
    """
    run(
        f"""
        DELETE FROM accounts_accounttag t USING import_row r
        WHERE r.tags_changed AND t.account_id = r.account_id
            AND (t.account_id, t.tag_id) NOT IN ({wanted})
        """
    )
    run(
        f"""
        INSERT INTO accounts_accounttag (account_id, tag_id, created_at, updated_at)
        SELECT account_id, tag_id, %s, %s FROM ({wanted}) wanted
        ON CONFLICT (account_id, tag_id) DO NOTHING
        """,
        [now, now],
    )


def _write_csms(now: Any) -> None:
    role = csm_role_id()
    run(
        """
        DELETE FROM accounts_accountrole o USING import_row r
        WHERE r.csm_changed AND o.account_id = r.account_id AND o.role_id = %s
            AND o.resource_id IS DISTINCT FROM r.csm
        """,
        [role],
    )
    run(
        """
        INSERT INTO accounts_accountrole (account_id, resource_id, role_id, created_at, updated_at)
        SELECT account_id, csm, %s, %s, %s FROM import_row WHERE csm_changed AND csm IS NOT NULL
        ON CONFLICT (account_id, resource_id, role_id) DO NOTHING
        """,
        [role, now, now],
    )


def _write_contacts(mapped: set[str], now: Any, *, clear: bool) -> None:
    """Changes come before what is new: they are planned by the sizes known so far."""
    given = {
        column: f"r.{key}" for key, (column, _) in CONTACT_COLUMNS.items() if key in mapped
    } | {"account_id": "f.account_id"}
    values = [
        f"{column} = {value_of(key, CONTACT_COLUMNS, 'c', clear)}"
        for key, (column, _) in CONTACT_COLUMNS.items()
        if key in mapped
    ]
    run(
        f"""
        UPDATE accounts_contact c SET {", ".join(values)}, updated_at = %s
        FROM import_row r WHERE c.id = r.contact_id AND r.contact_change = 'update'
        """,
        [now],
    )
    source = (
        "FROM import_row r JOIN import_row f ON f.row = r.first_row"
        " WHERE r.contact_change = 'create'"
    )
    _insert(Contact, given, now, source, "r.row")
