"""`make screenshots`: the pictures in docs/screenshots, of fresh demo data.

Each picture shows a page twice, light and dark: one below the other for a desk, side by side for
a phone. Files are replaced, never added.
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
SIZES = {"desk": (1440, 860), "phone": (390, 844)}
# name: an address, then the links to follow from there
PLAN = ["/plans/?mine=1&status=active&sort=name", "td.col-name a"]
PAGES = {
    "home": ["/"],
    "account": [*PLAN, ".header-facts a[href^='/accounts/']"],
    "plan": PLAN,
    "success-tracker": [*PLAN, ".tabs a:has-text('Success Tracker')"],
    "value-tracker": [*PLAN, ".tabs a:has-text('Value Tracker')"],
}
JOIN = """
async ([first, second, beside]) => {
  const load = (source) => new Promise((done) => {
    const image = new Image(); image.onload = () => done(image); image.src = source; });
  const [a, b] = [await load(first), await load(second)];
  const gap = 12;
  const canvas = document.createElement("canvas");
  canvas.width = beside ? a.width + b.width + gap : a.width;
  canvas.height = beside ? a.height : a.height + b.height + gap;
  const on = canvas.getContext("2d");
  on.fillStyle = "#8a949e"; on.fillRect(0, 0, canvas.width, canvas.height);
  on.drawImage(a, 0, 0);
  on.drawImage(b, beside ? a.width + gap : 0, beside ? 0 : a.height + gap);
  return [0.85, 0.75, 0.65, 0.5].map((quality) => canvas.toDataURL("image/jpeg", quality));
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
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(30)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def signed_in(browser: Browser, address: str) -> Page:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/auth/login/")
    page.fill("input[name=login]", "mara.koch@demo.example")
    page.fill("input[name=password]", "demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def find(page: Page, steps: list[str]) -> str:
    """The address that the steps lead to: the first is an address, the others are links."""
    page.set_viewport_size({"width": 1440, "height": 860})
    page.goto(steps[0])
    for link in steps[1:]:
        page.goto(page.locator(link).first.get_attribute("href") or "")
    return page.url


def picture(page: Page, url: str, size: str) -> bytes:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    shots = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        shots.append(f"data:image/png;base64,{base64.b64encode(page.screenshot()).decode()}")
    blank = page.context.new_page()
    try:
        found = blank.evaluate(JOIN, [*shots, size == "phone"])
    finally:
        blank.close()
    versions = [base64.b64decode(one.split(",")[1]) for one in found]
    return next((one for one in versions if len(one) < MOST_BYTES), versions[-1])


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        page = signed_in(browser, address)
        for name, steps in PAGES.items():
            url = find(page, steps)
            for size in SIZES:
                path = TARGET / f"{name}-{size}.jpg"
                path.write_bytes(picture(page, url, size))
                print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} KB")
        browser.close()


if __name__ == "__main__":
    main()
