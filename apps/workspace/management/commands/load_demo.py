"""`manage.py load_demo`: the demo data, into an empty database only."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.scope import today
from apps.workspace.demo import loader, shelf, talk


class Command(BaseCommand):
    help = "Loads the demo data (RavenStack, by River @ Rivalytics); existing data is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        if loader.is_loaded():
            self.stdout.write("There are accounts already: their data is kept.")
            shelf.load(today())
            talk.load()
            return
        counts = loader.load(today())
        counts["records from templates"] = shelf.load(today())
        counts["comments"] = talk.load()
        made = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        self.stdout.write(f"Demo data loaded: {made}.")
