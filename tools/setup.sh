#!/usr/bin/env bash
# Makes .venv with the pinned dependencies. Quiet, unless something is wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${1:-python3}"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "SuccessCloud needs Python 3.11 or newer; $python is older or missing." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing python3-venv ..."
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  else
    echo "Python's venv module is missing. Install it first, for example: sudo apt install python3-venv" >&2
    exit 1
  fi
fi
# A virtual environment that was left half made is made anew.
.venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
echo "Installing the pinned dependencies ..."
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
touch .venv/stamp
