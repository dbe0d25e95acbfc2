"""Resolves pyproject's dependencies into requirements files with hashes and no addresses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    sys.executable,
    "-m",
    "uv",
    "pip",
    "compile",
    "-q",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--python-version",
    "3.11",
    "pyproject.toml",
]


def main() -> None:
    for name, groups in (("requirements.txt", []), ("requirements-dev.txt", ["--group", "dev"])):
        subprocess.run([*COMPILE, *groups, "-o", name], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
