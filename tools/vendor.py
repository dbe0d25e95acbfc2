"""Fetches the front-end packages that we ship, and checks what is committed.

python tools/vendor.py           fetch, verify, copy the named files, write VENDORED.json
python tools/vendor.py --check   compare what is committed with VENDORED.json, offline
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
RECORD = VENDOR / "VENDORED.json"
ICONS = ROOT / "tools" / "icons.txt"
SPRITE = STATIC / "icons.svg"

PACKAGES: list[dict[str, Any]] = [
    {
        "name": "@tabler/core",
        "version": "1.6.1",
        "licence": "MIT",
        "sha512": "lgmR9gcxRp5JlLxcmRi9Rz85JrEvH6Bz71KnlcPVSa97wtwQNjgSs3g3fxwbAlulHyRMghhIV04QUuW3pqDsIg==",
        "files": {
            "dist/css/tabler.min.css": "tabler/tabler.min.css",
            "dist/js/tabler.min.js": "tabler/tabler.min.js",
        },
    },
    {
        "name": "@tabler/icons",
        "version": "3.51.0",
        "licence": "MIT",
        "sha512": "0pinvPZz7YeX+OSfxuEAbnEPWbocVXW5iU8h5lh41pYG8sZuQfpWECC980lxOT0clGIcNGn8xsBr+zKaRGdA/g==",
        "files": {"LICENSE": "icons/LICENSE"},
    },
    {
        "name": "@fontsource-variable/inter",
        "version": "5.3.0",
        "licence": "OFL-1.1",
        "sha512": "OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        "files": {
            "LICENSE": "inter/LICENSE",
            "files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext.woff2",
        },
    },
    {
        "name": "trix",
        "version": "2.1.19",
        "licence": "MIT",
        "sha512": "E7RA3EOeUiUwNJlrF5onIOkqCA06xUU6GmHOVxXyMnGMValrDK3Ce7uaMVgiVUOvVt4mzUERAHAzD10mxoLpOg==",
        "files": {
            "LICENSE": "trix/LICENSE",
            "dist/trix.esm.min.js": "trix/trix.esm.min.js",
        },
        # It writes its default styles into a <style> element, which the content security policy
        # refuses; css/rich-text.css holds them instead. A <template> shows nothing.
        "replace": {
            "dist/trix.esm.min.js": (
                b'document.createElement("style")',
                b'document.createElement("template")',
            )
        },
    },
]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package: dict[str, Any], folder: Path) -> tarfile.TarFile:
    """The package's archive, refused when its sum is not the one written above."""
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{package['name']}@{package['version']}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    archive = folder / done.stdout.strip().splitlines()[-1]
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package["sha512"]:
        sys.exit(f"{package['name']}: the archive's sum is {found}, expected {package['sha512']}.")
    return tarfile.open(archive)


def without_source_map(data: bytes) -> bytes:
    """Source maps are not shipped; the manifest storage would stop at a comment naming one."""
    return re.sub(rb"\n?(/\*|//)# sourceMappingURL=.*?(\*/)?\s*$", b"\n", data)


def changed(package: dict[str, Any], inside: str, data: bytes) -> bytes:
    """A file with the one replacement that its package asks for, which must fit exactly once."""
    if inside not in package.get("replace", {}):
        return data
    old, new = package["replace"][inside]
    if data.count(old) != 1:
        sys.exit(f"{package['name']}: {old.decode()} stands {data.count(old)} times in {inside}.")
    return data.replace(old, new)


def sprite(archive: tarfile.TarFile) -> str:
    """One file with a symbol for each icon in icons.txt."""
    symbols = []
    for name in ICONS.read_text().split():
        style, bare = ("filled", name[:-7]) if name.endswith("-filled") else ("outline", name)
        source = archive.extractfile(f"package/icons/{style}/{bare}.svg")
        assert source is not None
        inner = re.search(r"<svg[^>]*>(.*)</svg>", source.read().decode(), re.S)
        assert inner is not None
        paths = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", inner[1])
        fill = ' fill="currentColor" stroke="none"' if style == "filled" else ""
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24"{fill}>{" ".join(paths.split())}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def vendor() -> None:
    record: dict[str, Any] = {"packages": [], "files": {}}
    with tempfile.TemporaryDirectory() as name:
        for package in PACKAGES:
            archive = fetch(package, Path(name))
            for inside, outside in package["files"].items():
                source = archive.extractfile(f"package/{inside}")
                assert source is not None
                target = VENDOR / outside
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(without_source_map(changed(package, inside, source.read())))
            if package["name"] == "@tabler/icons":
                SPRITE.write_text(sprite(archive))
            record["packages"].append(
                {k: package[k] for k in ("name", "version", "licence", "sha512")}
            )
    files = [SPRITE, *(p for p in sorted(VENDOR.rglob("*")) if p.is_file() and p != RECORD)]
    record["files"] = {str(path.relative_to(STATIC)): sha256(path) for path in files}
    RECORD.write_text(json.dumps(record, indent=2) + "\n")


def check() -> None:
    record = json.loads(RECORD.read_text())
    here = {
        str(path.relative_to(STATIC)): sha256(path)
        for path in [SPRITE, *VENDOR.rglob("*")]
        if path.is_file() and path != RECORD
    }
    wrong = sorted(
        k for k in here.keys() | record["files"].keys() if here.get(k) != record["files"].get(k)
    )
    symbols = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))
    wrong += sorted(f"icon {name}" for name in symbols ^ set(ICONS.read_text().split()))
    if wrong:
        sys.exit("Vendored files differ from VENDORED.json: " + ", ".join(wrong))


if __name__ == "__main__":
    check() if "--check" in sys.argv else vendor()
