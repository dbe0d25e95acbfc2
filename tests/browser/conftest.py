"""A real Chromium for the tests: the machine's own, else the one that Playwright brought."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; each test makes a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _answered(transactional_db: None) -> Iterator[None]:
    """A page that is closed may have asked for something: its answer comes before the tables are
    emptied, or both would wait for each other.
    """
    yield
    until = time.monotonic() + 10
    while time.monotonic() < until and _busy():
        time.sleep(0.05)


def _busy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
        )
        return bool(cursor.fetchone()[0])


def settled(page: Page) -> None:
    """Wait until htmx has taken over what it swapped in: faster than any hand would be."""
    page.wait_for_load_state("load")
    busy = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
    expect(page.locator(busy)).to_have_count(0)


@contextmanager
def held(page: Page, address: str) -> Iterator[None]:
    """Nothing asked of the address is answered before the block is left: a server that is slow."""
    waiting: list[Route] = []
    page.route(address, lambda route: waiting.append(route))  # noqa: PLW0108 - it is marked
    yield
    for route in waiting:
        route.continue_()
    page.unroute(address)
