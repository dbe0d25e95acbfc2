"""What the demo needs before it can serve: schema, cache table, static files, data.

A process of its own, so that the settings are read with the database's address in place.
"""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent


def fingerprint() -> str:
    """Changes whenever a static file of ours or a dependency does."""
    files = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    newest = max(path.stat().st_mtime_ns for path in [*files, ROOT / "requirements.txt"])
    return f"{len(files)} {newest}"


def collect() -> None:
    """Collect and compress the static files, unless they are as they were."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    wanted = fingerprint()
    if not stamp.exists() or stamp.read_text() != wanted:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "successcloud.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    collect()
    call_command("load_demo")
    call_command("share_demo")


if __name__ == "__main__":
    main()
