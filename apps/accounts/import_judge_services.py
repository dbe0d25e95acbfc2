"""What a file would do: its staged rows matched with accounts and contacts, judged and compared.

Every question is one statement for all rows. The SQL is made of constants of this module and of
column names; whatever a file or a person says is a parameter or stands in the staged rows.
"""
# ruff: noqa: S608

from __future__ import annotations

from typing import Final

from apps.accounts.import_rules import BY_KEY
from apps.accounts.import_stage_services import (
    ACCOUNT_COLUMNS,
    CONTACT_COLUMNS,
    HAS_CONTACT,
    csm_role_id,
    know_sizes,
    run,
    value_of,
)

INDEX: Final = """
    CREATE INDEX ON import_row (row);
    CREATE INDEX ON import_row (first_row);
    ANALYZE import_row; ANALYZE import_visible
"""

# Rows of one account: those with one external id, else those with one name. A name alone may also
# point to the one account of the file that has this name and an external id.
FIRST_ROWS: Final = """
    WITH named AS (
        SELECT lower(name) AS name, min(row) AS row, count(DISTINCT external_id) AS ids
        FROM import_row WHERE external_id IS NOT NULL AND name IS NOT NULL GROUP BY 1
    ), firsts AS (
        SELECT r.row, n.ids, r.external_id, r.name, CASE
            WHEN r.external_id IS NOT NULL THEN min(r.row) OVER (PARTITION BY r.external_id)
            ELSE COALESCE(n.row, min(r.row) OVER (
                PARTITION BY r.external_id IS NULL, lower(r.name)
            )) END AS first
        FROM import_row r
        LEFT JOIN named n ON r.external_id IS NULL AND n.name = lower(r.name)
    ), unclear AS (
        INSERT INTO import_error
        SELECT row, 'More than one account of this file is called “' || name
            || '”. Write its external id.'
        FROM firsts WHERE external_id IS NULL AND ids > 1
    )
    UPDATE import_row r SET first_row = f.first FROM firsts f WHERE f.row = r.row
"""
FIRST_OF_FIRST: Final = """
    UPDATE import_row r SET first_row = f.first_row
    FROM import_row f WHERE f.row = r.first_row AND f.first_row <> f.row
"""
MATCH_BY_ID: Final = """
    WITH named AS (
        SELECT r.row, r.external_id, v.id AS seen
        FROM import_row r
        JOIN accounts_account a ON a.external_id = r.external_id
        LEFT JOIN import_visible v ON v.id = a.id
        WHERE r.row = r.first_row
    ), matched AS (
        UPDATE import_row r SET match_id = n.seen FROM named n WHERE n.row = r.row
    )
    INSERT INTO import_error
    SELECT row, 'The external id “' || external_id
        || '” belongs to an account that you may not see: it was not touched.'
    FROM named WHERE seen IS NULL
"""
# By name: with an external id only an account that has none yet.
MATCH_BY_NAME: Final = """
    WITH named AS (
        SELECT r.row, r.name, r.external_id, count(v.id) AS seen, min(v.id) AS id
        FROM import_row r
        JOIN accounts_account a ON lower(a.name) = lower(r.name)
            AND (r.external_id IS NULL OR a.external_id IS NULL)
        LEFT JOIN import_visible v ON v.id = a.id
        WHERE r.row = r.first_row AND r.match_id IS NULL AND r.name IS NOT NULL
            AND NOT EXISTS (SELECT FROM accounts_account t WHERE t.external_id = r.external_id)
        GROUP BY r.row, r.name, r.external_id
    ), matched AS (
        UPDATE import_row r SET match_id = n.id FROM named n WHERE n.row = r.row AND n.seen = 1
    )
    INSERT INTO import_error
    SELECT row, CASE WHEN seen > 1
        THEN 'More than one account is called “' || name || '”. Write its external id.'
        ELSE 'The account “' || name || '” belongs to another team: it was not touched.' END
    FROM named WHERE seen > 1 OR (seen = 0 AND external_id IS NULL)
"""
ENTITIES: Final = "UPDATE import_row SET ent = COALESCE(match_id, -row) WHERE row = first_row"
MATCHED_TWICE: Final = """
    INSERT INTO import_error
    SELECT row, 'It would change the same account as row ' || first || '.' FROM (
        SELECT row, min(row) OVER (PARTITION BY match_id) AS first
        FROM import_row WHERE row = first_row AND match_id IS NOT NULL
    ) twice WHERE row <> first
"""
NAMELESS: Final = """
    INSERT INTO import_error
    SELECT r.row, CASE WHEN r.external_id IS NULL THEN 'The account name is missing.'
        ELSE 'There is no account with the external id “' || r.external_id
            || '” yet, and a new one needs a name.' END
    FROM import_row r
    WHERE r.row = r.first_row AND r.match_id IS NULL AND r.name IS NULL
        AND NOT EXISTS (SELECT FROM import_error e WHERE e.row = r.row)
"""
FOLLOWERS: Final = """
    INSERT INTO import_error
    SELECT r.row, 'The account “' || COALESCE(r.external_id, r.name) || '” stands in row ' || f.row
        || ' already' || CASE WHEN {different} <> ''
            THEN ', there with another value of: ' || {different} ELSE '' END || '.'
    FROM import_row r JOIN import_row f ON f.row = r.first_row
    WHERE r.row <> r.first_row AND (NOT {has_contact} OR {different} <> '')
"""

# A parent is an account of this file or one that is there and seen, by external id, else by name.
PARENTS: Final = """
    WITH entity AS (
        SELECT external_id, lower(name) AS name, ent FROM import_row WHERE row = first_row
        UNION
        SELECT a.external_id, lower(a.name), a.id
        FROM accounts_account a JOIN import_visible v ON v.id = a.id
    ), by_id AS (
        SELECT external_id, min(ent) AS ent FROM entity
        WHERE external_id IS NOT NULL GROUP BY 1
    ), by_name AS (
        SELECT name, min(ent) AS ent, count(DISTINCT ent) AS many FROM entity GROUP BY 1
    ), found AS (
        SELECT r.row, r.parent, COALESCE(i.ent, n.ent) AS ent,
            CASE WHEN i.ent IS NOT NULL THEN 1 ELSE COALESCE(n.many, 0) END AS many
        FROM import_row r
        LEFT JOIN by_id i ON i.external_id = r.parent
        LEFT JOIN by_name n ON n.name = lower(r.parent)
        WHERE r.row = r.first_row AND r.parent IS NOT NULL
    ), refused AS (
        INSERT INTO import_error
        SELECT row, CASE WHEN many = 0 THEN 'Parent account: there is no account “' || parent
                || '”, neither here nor in the file.'
            ELSE 'Parent account: more than one account is called “' || parent
                || '”. Write its external id.' END
        FROM found WHERE many <> 1
    )
    UPDATE import_row r SET parent_ent = f.ent FROM found f WHERE f.row = r.row AND f.many = 1
"""
# All ancestors that each row would have; `level` counts them, so that parents are written first.
ANCESTORS: Final = """
    WITH RECURSIVE up AS (
        SELECT row, ent, parent_ent AS at FROM import_row
        WHERE row = first_row AND parent_ent IS NOT NULL
        UNION
        SELECT up.row, up.ent, CASE
            WHEN f.row IS NOT NULL AND (%(clear)s OR f.parent_ent IS NOT NULL) THEN f.parent_ent
            ELSE a.parent_id END
        FROM up
        LEFT JOIN import_row f ON f.ent = up.at
        LEFT JOIN accounts_account a ON a.id = up.at
        WHERE up.at IS NOT NULL AND up.at <> up.ent
    ), refused AS (
        INSERT INTO import_error
        SELECT r.row, 'Parent account: “' || COALESCE(r.name, r.external_id)
            || '” would be its own ancestor. Choose an account that is not below it.'
        FROM up JOIN import_row r ON r.row = up.row WHERE up.at = up.ent
    )
    UPDATE import_row r SET level = u.n
    FROM (SELECT row, count(at) AS n FROM up GROUP BY row) u WHERE u.row = r.row
"""

CONTACT_TWICE: Final = f"""
    INSERT INTO import_error
    SELECT row, 'The contact “' || who || '” stands in row ' || first
        || ' for the same account already.'
    FROM (
        SELECT r.row, COALESCE(r.contact_email, r.contact_name) AS who, min(r.row) OVER (
            PARTITION BY r.first_row, COALESCE(lower(r.contact_email), lower(r.contact_name))
        ) AS first FROM import_row r WHERE {HAS_CONTACT}
    ) twice WHERE row <> first
"""
CONTACT_MATCH: Final = """
    WITH found AS (
        SELECT r.row, count(*) AS many, min(c.id) AS id
        FROM import_row r JOIN import_row f ON f.row = r.first_row
        JOIN accounts_contact c ON c.account_id = f.match_id AND {condition}
        WHERE r.contact_id IS NULL GROUP BY r.row
    ), refused AS (
        INSERT INTO import_error
        SELECT row, 'The account has more than one contact with this {what}.'
        FROM found WHERE many > 1
    )
    UPDATE import_row r SET contact_id = f.id FROM found f WHERE f.row = r.row AND f.many = 1
"""
BY_EMAIL: Final = CONTACT_MATCH.format(
    condition="lower(c.email) = lower(r.contact_email)", what="e-mail address"
)
BY_NAME: Final = CONTACT_MATCH.format(
    condition="lower(c.name) = lower(r.contact_name) AND (r.contact_email IS NULL OR c.email = '')",
    what="name",
)
CONTACT_ODD: Final = f"""
    INSERT INTO import_error
    SELECT r.row, 'The contact “' || r.contact_email || '” is new and needs a name.'
    FROM import_row r
    WHERE {HAS_CONTACT} AND r.contact_id IS NULL AND r.contact_name IS NULL
        AND NOT EXISTS (SELECT FROM import_error e WHERE e.row = r.row)
    UNION ALL
    SELECT row, 'It would change the same contact as row ' || first || '.' FROM (
        SELECT row, min(row) OVER (PARTITION BY contact_id) AS first
        FROM import_row WHERE contact_id IS NOT NULL
    ) twice WHERE row <> first
    UNION ALL
    SELECT r.row, 'A contact needs a name or an e-mail address.'
    FROM import_row r WHERE NOT {HAS_CONTACT}
        AND (r.contact_title IS NOT NULL OR r.contact_phone IS NOT NULL)
        AND NOT EXISTS (SELECT FROM import_error e WHERE e.row = r.row)
"""

MARK_BAD: Final = """
    UPDATE import_row SET bad = true
    WHERE NOT bad AND row IN (SELECT row FROM import_error)
"""
# What hangs on a new account that a bad row would have made.
LOST: Final = """
    WITH RECURSIVE lost AS (
        SELECT row FROM import_row WHERE bad AND row = first_row AND match_id IS NULL
        UNION
        SELECT r.row FROM import_row r JOIN lost l ON r.parent_ent = -l.row
        WHERE r.row = r.first_row AND r.match_id IS NULL
    )
    INSERT INTO import_error
    SELECT r.row, 'Parent account: it stands in row ' || l.row || ', which has an error.'
    FROM import_row r JOIN lost l ON r.parent_ent = -l.row WHERE NOT r.bad
    UNION ALL
    SELECT r.row, 'Its account stands in row ' || l.row || ', which has an error.'
    FROM import_row r JOIN lost l ON r.first_row = l.row
    WHERE r.row <> r.first_row AND NOT r.bad
"""


def judge(mapped: set[str], *, clear: bool, lock: bool) -> None:
    """Match the staged rows with accounts and contacts, and say what is wrong with which row."""
    run(INDEX)
    know_sizes()
    run(FIRST_ROWS)
    run(FIRST_OF_FIRST)
    run(MATCH_BY_ID)
    run(MATCH_BY_NAME)
    if lock:
        # What is compared below stays as it is until it is written.
        run(
            "SELECT FROM accounts_account WHERE id IN (SELECT match_id FROM import_row)"
            " ORDER BY id FOR UPDATE"
        )
    run(ENTITIES)
    run(MATCHED_TWICE)
    run(NAMELESS)
    different = [
        f"CASE WHEN r.{key} IS NOT NULL AND r.{key} IS DISTINCT FROM f.{key}"
        f" THEN '{BY_KEY[key].label}' END"
        for key in (*ACCOUNT_COLUMNS, "parent", "csm", "tags")
        if key in mapped and key not in ("name", "external_id")
    ]
    words = f"concat_ws(', ', {', '.join(different)})" if different else "''"
    run(FOLLOWERS.format(has_contact=HAS_CONTACT, different=words))
    if "parent" in mapped:
        run(PARENTS)
        run("CREATE INDEX ON import_row (ent)")
        run(ANCESTORS, {"clear": clear})
    if mapped & CONTACT_COLUMNS.keys():
        for statement in (CONTACT_TWICE, BY_EMAIL, BY_NAME, CONTACT_ODD):
            run(statement)
    run(MARK_BAD)
    if run(LOST):
        run(MARK_BAD)
    _compare(mapped, clear=clear)
    # What is written joins by the marks that were just set.
    run("ANALYZE import_row")


def _compare(mapped: set[str], *, clear: bool) -> None:
    differences = [
        f"a.{column} IS DISTINCT FROM {value_of(key, ACCOUNT_COLUMNS, 'a', clear)}"
        for key, (column, _) in ACCOUNT_COLUMNS.items()
        if key in mapped
    ]
    if "parent" in mapped:
        given = "TRUE" if clear else "r.parent_ent IS NOT NULL"
        differences.append(f"({given} AND a.parent_id IS DISTINCT FROM r.parent_ent)")
    tags = csm = "FALSE"
    if "tags" in mapped:
        wanted = "COALESCE(r.tags, '')" if clear else "r.tags"
        tags = f"""{wanted} IS NOT NULL AND {wanted} <> COALESCE((
            SELECT string_agg(t.tag_id::text, ',' ORDER BY t.tag_id)
            FROM accounts_accounttag t WHERE t.account_id = a.id), '')"""
    if "csm" in mapped:
        given = "TRUE" if clear else "r.csm IS NOT NULL"
        csm = f"""{given} AND array_remove(ARRAY[r.csm], NULL) <> COALESCE((
            SELECT array_agg(o.resource_id) FROM accounts_accountrole o
            WHERE o.account_id = a.id AND o.role_id = %(csm_role)s), ARRAY[]::bigint[])"""
    run(
        f"""
        UPDATE import_row r SET changed = {" OR ".join(differences)},
            tags_changed = {tags}, csm_changed = {csm}
        FROM accounts_account a WHERE a.id = r.match_id AND r.row = r.first_row AND NOT r.bad
        """,
        {"csm_role": csm_role_id()},
    )
    run(
        "UPDATE import_row SET tags_changed = COALESCE(tags, '') <> '', csm_changed = csm IS NOT NULL"
        " WHERE row = first_row AND match_id IS NULL AND NOT bad"
    )
    contacts = mapped & CONTACT_COLUMNS.keys()
    if contacts:
        differences = [
            f"c.{CONTACT_COLUMNS[key][0]} IS DISTINCT FROM"
            f" {value_of(key, CONTACT_COLUMNS, 'c', clear)}"
            for key in sorted(contacts)
        ]
        run(
            f"""
            UPDATE import_row r SET contact_change = 'update' FROM accounts_contact c
            WHERE c.id = r.contact_id AND NOT r.bad AND ({" OR ".join(differences)})
            """
        )
        run(
            "UPDATE import_row r SET contact_change = 'create'"
            f" WHERE r.contact_id IS NULL AND NOT r.bad AND {HAS_CONTACT}"
        )
