"""`make screenshots`: the pictures in docs/screenshots, of fresh demo data.

At 1440 pixels light (the trackers dark too), at 390 pixels light and dark side by side; pages of
administrators at 1440 pixels light. Files of at most 200 KB. They are replaced, never added.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from successcloud.postgres import throw_away_server

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
MOST_BYTES = 200_000
# name: an address, then the links to follow from there
# A plan that has something to say: that of the KPI off track that is due first.
PLAN = [
    "/kpis/?mine=1&status=off_track&sort=target_date",
    "td.col-objective a",
    ".header-facts a[href^='/plans/']",
]
PAGES = {
    "home": ["/"],
    "account": [*PLAN, ".header-facts a[href^='/accounts/']"],
    "plan": PLAN,
    "success-tracker": [*PLAN, ".tabs a:has-text('Success Tracker')"],
    "library": ["/library/?kind=plan"],
    "select-records": [
        "/accounts/?mine=1",
        "#list td a",
        ".page-actions a[href^='/library/?kind=plan']",
        "a[aria-label^='Use “Onboarding']",
        "press #form .btn-primary",
    ],
    "value-tracker": [*PLAN, ".tabs a:has-text('Value Tracker')"],
    "kpi-trending": ["/reports/kpi-trending/"],
    "outcomes": ["/reports/outcomes/"],
    "value": ["/reports/value/"],
    "health": ["/reports/health/?mine=1"],
    "customer": ["/shares/", "main tbody a", "a:has-text('Preview as customer')"],
}
# The same, as an administrator sees it; at the desk in the light only.
SET_UP = {
    "set-up": ["/setup/"],
    "set-up-words": ["/setup/words/"],
    "administration": ["/admin/"],
    "administration-users": ["/admin/core/user/"],
    "administration-user": ["/admin/core/user/add/"],
    "administration-leave": [
        "/admin/core/user/?q=mara.koch",
        "#result_list tbody th a",
        ".person-aside a.risky",
    ],
    "administration-statuses": ["/admin/objectives/objectivestatus/"],
    "administration-fields": ["/admin/core/customfield/add/"],
}
DARK_AT_THE_DESK = ("success-tracker", "value-tracker")
BESIDE = """
async ([first, second]) => {
  const load = (source) => new Promise((done) => {
    const image = new Image(); image.onload = () => done(image); image.src = source; });
  const [a, b] = [await load(first), await load(second)];
  const canvas = document.createElement("canvas");
  canvas.width = a.width + b.width + 12;
  canvas.height = a.height;
  const on = canvas.getContext("2d");
  on.fillStyle = "#8a949e"; on.fillRect(0, 0, canvas.width, canvas.height);
  on.drawImage(a, 0, 0);
  on.drawImage(b, a.width + 12, 0);
  return canvas.toDataURL("image/png");
}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own: database, files and port; gone at the end."""
    server = throw_away_server()
    folder = tempfile.mkdtemp(prefix="successcloud-screenshots-")
    server.start()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    program = subprocess.Popen(
        [sys.executable, "-m", "tools.demo", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": server.url, "VAR_DIR": folder},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(1500):
            if program.poll() is not None:
                sys.exit("The demo did not start.")
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            sys.exit("The demo did not start in time.")
        yield address
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(30)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def signed_in(browser: Browser, address: str, who: str = "mara.koch") -> Page:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/auth/login/")
    page.fill("input[name=login]", f"{who}@demo.example")
    page.fill("input[name=password]", "demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def find(page: Page, steps: list[str]) -> str:
    """The address that the steps lead to: the first is an address, the others are links."""
    page.set_viewport_size({"width": 1440, "height": 860})
    page.goto(steps[0])
    for link in steps[1:]:
        if link.startswith("press "):
            page.click(link.removeprefix("press "))
            page.wait_for_load_state()
            continue
        page.goto(page.locator(link).first.get_attribute("href") or "")
    return page.url


def with_panel(page: Page, url: str) -> str:
    """Success Tracker with all branches open, and an objective beside it."""
    page.goto(f"{url}&expand=all")
    return f"{url}&expand=all&open={page.locator('tr.trk-objective').nth(1).get_attribute('id')}"


def shot(page: Page, url: str, theme: str, width: int, height: int) -> bytes:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page.screenshot()


def at_the_desk(page: Page, url: str, theme: str) -> bytes:
    """One theme at 1440 pixels, as high as the file may be large."""
    shots = (shot(page, url, theme, 1440, height) for height in (860, 760, 660, 560))
    return next(one for one in shots if len(one) < MOST_BYTES)


def on_the_phone(page: Page, url: str) -> bytes:
    """Both themes at 390 pixels, beside each other."""
    themes = [shot(page, url, theme, 390, 844) for theme in ("light", "dark")]
    sources = [f"data:image/png;base64,{base64.b64encode(one).decode()}" for one in themes]
    blank = page.context.new_page()
    joined: str = blank.evaluate(BESIDE, sources)
    blank.close()
    return base64.b64decode(joined.split(",")[1])


def save(name: str, data: bytes) -> None:
    path = TARGET / f"{name}.png"
    path.write_bytes(data)
    print(f"{path.relative_to(ROOT)}: {len(data) // 1000} KB")


def main() -> None:
    with demo() as address, sync_playwright() as playwright:
        # The old ones stay until new ones can be made.
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        page = signed_in(browser, address)
        for name, steps in PAGES.items():
            url = find(page, steps)
            desk = with_panel(page, url) if name == "success-tracker" else url
            save(f"{name}-light", at_the_desk(page, desk, "light"))
            if name in DARK_AT_THE_DESK:
                save(f"{name}-dark", at_the_desk(page, desk, "dark"))
            save(f"{name}-phone", on_the_phone(page, url))
        page = signed_in(browser, address, "admin")
        for name, steps in SET_UP.items():
            save(f"{name}-light", at_the_desk(page, find(page, steps), "light"))
        browser.close()


if __name__ == "__main__":
    main()
