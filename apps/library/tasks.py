"""What the library does by itself at night."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from apps.library.services import DRAFTS_KEPT_FOR, drafts_purge


@app.periodic(cron="37 3 * * *")
@app.task(name="library.drafts_purge", queue="maintenance", pass_context=False)
def purge(timestamp: int) -> None:
    """Every night: drafts that nobody came back to."""
    drafts_purge(before=timezone.now() - DRAFTS_KEPT_FOR)
