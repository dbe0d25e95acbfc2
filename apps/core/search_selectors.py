"""What the search index finds."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from apps.core.models import SearchEntry
from apps.core.search_rules import tsquery


def found(kind: str, text: str) -> QuerySet[SearchEntry]:
    """The entries of one kind in which every word of a text begins some word; none for no words.

    Not narrowed to what a person may see: whoever asks does that (R-VIS-1).
    """
    query = tsquery(text)
    if not query:
        return SearchEntry.objects.none()
    asked = SearchQuery(query, config="simple", search_type="raw")
    return SearchEntry.objects.filter(kind=kind, vector=asked)


def matching(kind: str, text: str) -> QuerySet[Any, int]:
    """The ids of the records of one kind that a text finds, for `filter(pk__in=...)`."""
    return found(kind, text).values_list("record_id", flat=True)
