"""`manage.py reindex_search [kind ...]`: the search index made anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.core.indexing import SOURCES
from apps.core.search_services import search_reindex


class Command(BaseCommand):
    """Says how many records of each kind are found from now on."""

    help = "Makes the search index anew, for all kinds of records or for some."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kinds", nargs="*", choices=[*SOURCES, []], metavar="kind")

    def handle(self, *args: Any, kinds: list[str], **options: Any) -> None:
        for kind, count in search_reindex(kinds=kinds).items():
            self.stdout.write(f"{kind}: {count:,}")
