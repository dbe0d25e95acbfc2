"""Values of the fields that an administrator added: how they are kept, compared and merged.

A record keeps them under their keys (`custom`). Forms, lists and files know each as a field of its
own, `custom_<key>`; what is written to a record is a part of `custom` and merged into the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from apps.core.choices import CustomType

CUSTOM: Final = "custom"
PREFIX: Final = f"{CUSTOM}_"


def name_of(key: str) -> str:
    """The field's name in forms, lists and addresses."""
    return f"{PREFIX}{key}"


def key_of(name: str) -> str:
    """The key behind a field's name; empty when it is none that was added."""
    return name.removeprefix(PREFIX) if name.startswith(PREFIX) else ""


def kept(value: Any) -> Any:
    """A value as it is kept: decimals and days as text, nothing for what is empty."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal | int):
        plain = f"{Decimal(value):f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, dt.date):
        return value.isoformat()
    return value or None


def read(kind: str, value: Any) -> Any:
    """A kept value as what it is: a decimal, a day, a text, a yes or no; None when there is none."""
    if value is None:
        return None
    if kind == CustomType.NUMBER:
        return Decimal(value)
    if kind == CustomType.DATE:
        return dt.date.fromisoformat(value)
    return value


def merged(stored: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """What a record keeps once it gets a part of its values; an empty value leaves no key."""
    whole = {**stored, **{key: kept(value) for key, value in part.items()}}
    return {key: value for key, value in whole.items() if value is not None}


def folded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form with those of added fields as one part of `custom`."""
    plain = {name: value for name, value in values.items() if not key_of(name)}
    part = {key_of(name): kept(value) for name, value in values.items() if key_of(name)}
    return {**plain, CUSTOM: part} if part else plain


def spread(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row with each added field as one of its own, as forms know it."""
    plain = {name: value for name, value in values.items() if name != CUSTOM}
    return plain | {name_of(key): value for key, value in (values.get(CUSTOM) or {}).items()}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys whose values are not the same, in order."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
