"""Starts a throw-away PostgreSQL before Django is set up, and removes it at the end.

Loaded with `-p tests.plugin`; the workers of a parallel run inherit the server's address.
"""

from __future__ import annotations

import os

import pytest

from successcloud.postgres import Server, throw_away_server

_server: Server | None = None


def start() -> None:
    """Give the run a server of its own, unless it was given one."""
    global _server
    os.environ.setdefault("SUCCESSCLOUD_DEMO", "1")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    if not os.environ.get("DATABASE_URL"):
        _server = throw_away_server()
        _server.start()
        os.environ["DATABASE_URL"] = _server.url


def pytest_unconfigure(config: pytest.Config) -> None:
    """The end of the run."""
    if _server is not None:
        _server.stop()


start()
