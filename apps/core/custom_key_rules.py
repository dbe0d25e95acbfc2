"""The key under which records keep a field that was added: made of its label, once and for ever."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

LONGEST: Final = 40
# What the database layer would read as a question instead of a key.
QUESTIONS: Final = frozenset(
    [
        "exact",
        "iexact",
        "contains",
        "icontains",
        "contained_by",
        "in",
        "gt",
        "gte",
        "lt",
        "lte",
        "startswith",
        "istartswith",
        "endswith",
        "iendswith",
        "range",
        "isnull",
        "regex",
        "iregex",
        "has_key",
        "has_keys",
        "has_any_keys",
        "df",
        "ndf",
        "search",
        "trigram_similar",
        "trigram_word_similar",
        "trigram_strict_word_similar",
        "unaccent",
    ]
)


def key_for(label: str, taken: Collection[str]) -> str:
    """A key of small letters, digits and single underscores that none of the others has."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not words or words[0].isdigit() or words in QUESTIONS:
        words = f"field_{words}".strip("_")
    key = words[:LONGEST].rstrip("_")
    number = 1
    while key in taken:
        number += 1
        tail = f"_{number}"
        key = f"{words[: LONGEST - len(tail)].rstrip('_')}{tail}"
    return key
