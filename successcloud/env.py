"""The one place where environment variables are read; what is bad or missing is said clearly."""

from __future__ import annotations

import os
from typing import Final

from django.core.exceptions import ImproperlyConfigured

TRUE: Final = {"1", "true", "yes", "on"}
FALSE: Final = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None, *, example: str = "") -> str:
    """The variable's text. Raises ImproperlyConfigured when it is missing without a default."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        shown = f" Set it, for example {name}={example}." if example else " Set it."
        raise ImproperlyConfigured(f"The environment variable {name} is missing.{shown}")
    return default


def flag(name: str, default: bool = False) -> bool:
    """A yes or no. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is “{value}”; write 1 or 0.")


def whole(name: str, default: int, *, least: int = 0) -> int:
    """A whole number. Raises ImproperlyConfigured when it is none or too small."""
    value = os.environ.get(name, str(default)).strip()
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is “{value}”; write a whole number from {least} on.")
    return int(value)


def words(name: str, default: list[str] | None = None, *, example: str = "") -> list[str]:
    """Words separated by commas. Raises ImproperlyConfigured when missing without a default."""
    if default is not None and not os.environ.get(name, "").strip():
        return default
    return [word.strip() for word in text(name, example=example).split(",") if word.strip()]
