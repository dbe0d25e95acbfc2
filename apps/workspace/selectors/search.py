"""What a person finds: every kind of record that they may see, the likeliest first (R-VIS-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from apps.accounts.models import Account
from apps.accounts.selectors import my_accounts
from apps.activities.models import COMMENTED, Comment
from apps.core import access
from apps.core.choices import RowScope
from apps.core.indexing import SOURCES
from apps.core.kinds import KINDS, Kind
from apps.core.models import SEARCHED, RecentView, SearchEntry
from apps.core.scope import row_scope
from apps.core.search_rules import Piece, excerpt, marked, plain, tsquery
from apps.core.search_selectors import found
from apps.core.together_selectors import together

COMMENT: Final = Kind("comment", "Comment", "Comments", "quote", "comments")
KIND: Final = {**KINDS, COMMENT.name: COMMENT}

# As many are put in order of rank; of more, any of them.
RANKED: Final = 2000
# Counted exactly up to here: "1,000 and more".
MOST_COUNTED: Final = 1000
# Title, keys, labels, text.
WEIGHTS: Final = "{0.05, 0.3, 0.6, 1.0}"
# What is called so comes before what somebody said about it.
SAID: Final = 0.25
RECENT: Final = 20
# Words that can be those of a record and its account, and how many accounts of that name count.
MOST_WORDS_OF_TWO: Final = 5
MOST_ACCOUNTS: Final = 200


@dataclass(frozen=True)
class Asked:
    """What is looked for: words, everywhere or in the records of some accounts."""

    text: str
    accounts: list[int] | None = None


@dataclass
class Hit:
    """One record that was found: where it is, what it is called, where the words stand in it."""

    kind: Kind
    pk: int
    title: str
    account_id: int | None
    rank: float = 0
    account: str = ""
    url: str = ""
    pieces: list[Piece] = field(default_factory=list)
    excerpt: list[Piece] = field(default_factory=list)


def searched_kinds(user: Any) -> list[str]:
    """The kinds that this person may see at all."""
    return [kind for kind in SEARCHED if access.may(user, f"{kind}.view")]


def scope(user: Any, kind: str) -> Q:
    """The entries of a kind that this person sees: as their records are seen (R-VIS-1)."""
    if kind == "resource":
        return Q()
    if row_scope(user) == RowScope.EVERYONE:
        seen = Q(account_id__isnull=False)
    else:
        seen = Q(account_id__in=_account_ids(user))
    if kind == "activity":
        own = Q(account_id__isnull=True)
        seen |= own if user.has_perm("core.edit_vocabulary") else own & Q(author_id=user.pk)
    return seen


def _account_ids(user: Any) -> list[int]:
    """The accounts of a person whose rows are limited; read once a request."""
    if not hasattr(user, "_seen_account_ids"):
        user._seen_account_ids = list(Account.objects.visible_to(user).values_list("pk", flat=True))
    ids: list[int] = user._seen_account_ids
    return ids


def at_accounts(user: Any, text: str) -> Asked | None:
    """A text read as words of a record together with its account: "elan renewal".

    The longest beginning or end of it that names an account is taken for the account; None when
    none does.
    """
    said = text.split()[:MOST_WORDS_OF_TWO]
    for size in range(len(said) - 1, 0, -1):
        for name, rest in ((said[:size], said[size:]), (said[-size:], said[:-size])):
            entries = found("account", " ".join(name)).filter(scope(user, "account"))
            ids = list(entries.values_list("record_id", flat=True)[:MOST_ACCOUNTS])
            if ids:
                return Asked(" ".join(rest), ids)
    return None


def _entries(user: Any, kind: str, asked: Asked) -> QuerySet[SearchEntry]:
    entries = found(kind, asked.text).filter(scope(user, kind))
    return entries if asked.accounts is None else entries.filter(account_id__in=asked.accounts)


def counts(user: Any, asked: Asked) -> dict[str, int]:
    """How many records of each kind are found, those of more than `MOST_COUNTED` as one more."""
    parts = [
        _entries(user, kind, asked).values("kind")[: MOST_COUNTED + 1]
        for kind in searched_kinds(user)
    ]
    # Grouped, so that a kind without any is not counted at all.
    return dict(together(parts, "(SELECT kind, count(*) FROM (<rows>) one GROUP BY kind)"))


def search(
    user: Any, asked: Asked, *, kinds: Sequence[str] | None = None, most: int, first: int = 0
) -> list[Hit]:
    """The likeliest records of each of these kinds, those of one's own accounts before others."""
    query = tsquery(asked.text)
    allowed = searched_kinds(user)
    parts = [
        _entries(user, kind, asked).values("kind", "record_id", "account_id", "title", "vector")[
            :RANKED
        ]
        for kind in (allowed if kinds is None else kinds)
        if kind in allowed
    ]
    if not query or not parts:
        return []
    mine = list(my_accounts(user).values_list("pk", flat=True))
    around = f"""(
        SELECT kind, record_id, title, account_id, rank FROM (
            SELECT one.*, ts_rank('{WEIGHTS}', vector, to_tsquery('pg_catalog.simple', %s))
                * CASE WHEN account_id = ANY(%s) THEN 2 ELSE 1 END
                * CASE kind WHEN '{COMMENT.name}' THEN {SAID} ELSE 1 END AS rank
            FROM (<rows>) one
        ) ranked ORDER BY rank DESC, length(title), record_id
        LIMIT {int(most)} OFFSET {int(first)})"""  # noqa: S608 (made of constants and numbers)
    rows = together(parts, around, query, mine)
    hits = [Hit(KIND[kind], *rest) for kind, *rest in rows]
    for hit in hits:
        hit.pieces = marked(hit.title, asked.text)
    return _placed(hits)


def with_excerpts(hits: list[Hit], text: str) -> list[Hit]:
    """Adds the part of each record's text where the words stand; one statement for all kinds."""
    ids: dict[str, list[int]] = {}
    for hit in hits:
        ids.setdefault(hit.kind.name, []).append(hit.pk)
    if not ids:
        return hits
    statement = " UNION ALL ".join(SOURCES[kind].excerpts() for kind in ids)
    with connection.cursor() as cursor:
        cursor.execute(statement, list(ids.values()))
        texts = {(kind, pk): said for kind, pk, said in cursor.fetchall()}
    for hit in hits:
        said = texts.get((hit.kind.name, hit.pk)) or ""
        # What is short is its own title: it is not said twice.
        hit.excerpt = [] if plain(said) == hit.title else excerpt(said, text)
    return hits


def recent(user: Any, most: int = RECENT) -> list[Hit]:
    """What this person looked at last, as far as they still see it (R-VIS-1)."""
    allowed = searched_kinds(user)
    viewed = RecentView.objects.filter(user_id=user.pk, kind__in=allowed).order_by("-viewed_at")
    order = [(view.kind, view.record_id) for view in viewed[:RECENT]]
    wanted = Q()
    for kind in {kind for kind, _ in order}:
        ids = [pk for one, pk in order if one == kind]
        wanted |= Q(kind=kind, record_id__in=ids) & scope(user, kind)
    if not wanted:
        return []
    rows = SearchEntry.objects.filter(wanted).values_list(
        "kind", "record_id", "title", "account_id"
    )
    entries = {(kind, pk): Hit(KIND[kind], pk, title, account) for kind, pk, title, account in rows}
    hits = [entries[key] for key in order if key in entries][:most]
    for hit in hits:
        hit.pieces = [(hit.title, False)]
    return _placed(hits)


def _placed(hits: list[Hit]) -> list[Hit]:
    """Adds the address of each, and the name of its account: a statement for each of the two."""
    wanted = {hit.account_id for hit in hits if hit.account_id and hit.kind.name != "account"}
    names: dict[int, str] = {}
    if wanted:
        names = dict(Account.objects.filter(pk__in=wanted).values_list("pk", "name"))
    threads = _threads([hit.pk for hit in hits if hit.kind is COMMENT])
    for hit in hits:
        if hit.kind.name != "account":
            hit.account = names.get(hit.account_id or 0, "")
        hit.url = threads.get(hit.pk, "") if hit.kind is COMMENT else f"{hit.kind.prefix}{hit.pk}/"
    return hits


def _threads(ids: list[int]) -> dict[int, str]:
    """The page of the thread that each of these comments belongs to."""
    if not ids:
        return {}
    places = {}
    rows = Comment.objects.filter(pk__in=ids).values_list(
        "pk", *(f"{name}_id" for name in (*COMMENTED, "account"))
    )
    for pk, *parents in rows:
        named = zip((*COMMENTED, "account"), parents, strict=True)
        kind, parent = next((kind, parent) for kind, parent in named if parent)
        places[pk] = f"/comments/{kind}/{parent}/"
    return places
