"""How the database itself keeps the index that people search (R-VIS-1).

Each searched model names what of it is searched; triggers made from that keep one entry for each
record, by every path: a bulk update, an import, the admin or raw SQL. Inserts and deletes are
taken a statement at a time; an update that touches nothing searched costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pgtrigger

# kind: what of it is searched. Filled as the apps' models are loaded.
SOURCES: Final[dict[str, Source]] = {}

NEW_ROWS: Final = pgtrigger.Referencing(new="new_rows")
OLD_ROWS: Final = pgtrigger.Referencing(old="old_rows")


@dataclass(frozen=True)
class Source:
    """What of one kind of record is searched, as SQL over its row `r`."""

    kind: str
    table: str
    title: str
    # Fields of the model whose change changes the entry.
    fields: tuple[str, ...]
    # What finds the record though it is not its name: numbers, addresses, keys.
    keys: tuple[str, ...] = ()
    # Tags and other words of a vocabulary.
    labels: tuple[str, ...] = ()
    # Everything else.
    text: tuple[str, ...] = ()
    account: str = "r.account_id"
    # Who wrote a record that has no account.
    author: str = "NULL::bigint"
    # Which rows are searched: by default not those that lie in a template (R-TPL-1).
    only: str = "account_id IS NOT NULL"

    def vector(self) -> str:
        """The words of a row with their weights: title, keys, labels; text has the lowest."""
        weighted = zip("ABC", ((self.title,), self.keys, self.labels), strict=True)
        words = [
            f"setweight(to_tsvector('pg_catalog.simple', search_words({part})), '{weight}')"
            for weight, parts in weighted
            for part in parts
        ]
        if self.text:
            text = (
                self.text[0] if len(self.text) == 1 else f"concat_ws(' ', {', '.join(self.text)})"
            )
            words.append(f"to_tsvector('pg_catalog.simple', search_words({text}))")
        return " || ".join(words)

    def fill(self, rows: str) -> str:
        """The statement that makes the entries of some rows, given as `table r WHERE ...`."""
        return f"""
            INSERT INTO core_searchentry (kind, record_id, account_id, author_id, title, vector)
            SELECT '{self.kind}', id, account_id, author_id, title, vector FROM (
                SELECT r.id, {self.account} AS account_id, {self.author} AS author_id,
                       {self.title} AS title, {self.vector()} AS vector
                FROM {rows}
            ) one WHERE {self.only}"""  # noqa: S608 (made of constants)

    def refill(self, ids: str) -> str:
        """The statements that make the entries of some records anew, their ids as a subquery."""
        return f"""
            DELETE FROM core_searchentry
            WHERE kind = '{self.kind}' AND record_id IN ({ids});
            {self.fill(f"{self.table} r WHERE r.id IN ({ids})")};"""  # noqa: S608

    def excerpts(self) -> str:
        """The statement that reads the text of some records, to show where a word was found."""
        parts = ", ".join([*self.keys, *self.labels, *self.text]) or "''"
        return f"""
            SELECT '{self.kind}', r.id, concat_ws(' ', {parts})
            FROM {self.table} r WHERE r.id = ANY(%s)"""  # noqa: S608


def _again(source: Source, ids: str) -> str:
    return f"{source.refill(ids)} RETURN NULL;"


def searched(source: Source) -> list[pgtrigger.Trigger]:
    """The triggers that keep the entries of one kind of record; they go to its model's Meta."""
    SOURCES[source.kind] = source
    return [
        pgtrigger.Trigger(
            name="search_insert",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=NEW_ROWS,
            func=f"{source.fill('new_rows r')}; RETURN NULL;",
        ),
        pgtrigger.Trigger(
            name="search_update",
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(*source.fields),
            func=_again(source, "SELECT NEW.id"),
        ),
        pgtrigger.Trigger(
            name="search_delete",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=OLD_ROWS,
            func=f"""
                DELETE FROM core_searchentry
                WHERE kind = '{source.kind}' AND record_id IN (SELECT id FROM old_rows);
                RETURN NULL;
            """,  # noqa: S608
        ),
    ]


def tagged(source: Source, record: str) -> list[pgtrigger.Trigger]:
    """The triggers of what links tags to a record: its tags are searched too."""
    return [
        pgtrigger.Trigger(
            name="search_tagged",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=NEW_ROWS,
            func=_again(source, f"SELECT {record} FROM new_rows"),  # noqa: S608
        ),
        pgtrigger.Trigger(
            name="search_untagged",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=OLD_ROWS,
            func=_again(source, f"SELECT {record} FROM old_rows"),  # noqa: S608
        ),
    ]


def renamed(source: Source, ids: str, name: str = "search_renamed") -> pgtrigger.Trigger:
    """The trigger of a tag that gets another name; `ids` are the records that carry NEW."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("label"),
        condition=pgtrigger.AnyChange("label"),
        func=_again(source, ids),
    )
