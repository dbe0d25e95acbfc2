"""Starts a throw-away PostgreSQL before Django is set up, and removes it at the end.

Loaded with `-p tests.plugin`; the workers of a parallel run inherit the server's address.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from successcloud.postgres import Server, throw_away_server

_server: Server | None = None
_folder: str | None = None


def start() -> None:
    """Give the run a server of its own, unless it was given one."""
    global _server, _folder
    os.environ.setdefault("SUCCESSCLOUD_DEMO", "1")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # The threads of a live server keep no connection, which would hinder removing the database.
    os.environ.setdefault("CONN_MAX_AGE", "0")
    if not os.environ.get("VAR_DIR"):
        # Files of the tests never mix with those of a running demo.
        _folder = os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="successcloud-tests-")
        (Path(_folder) / "static").mkdir()
    if not os.environ.get("DATABASE_URL"):
        _server = throw_away_server()
        _server.start()
        os.environ["DATABASE_URL"] = _server.url


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped has shown nothing: it counts as a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1


def pytest_unconfigure(config: pytest.Config) -> None:
    """The end of the run."""
    if _server is not None:
        _server.stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)


start()
