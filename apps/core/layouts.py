"""Which columns a person sees on a screen, in which order: kept on the server for each person."""

from __future__ import annotations

from typing import Any

from apps.core.selectors import preference
from apps.core.tables import Table

# How wide a column is in pixels, beside those whose width a person chose.
ROOMY = 130


def _declared(table: type[Table]) -> dict[str, Any]:
    columns: dict[str, Any] = table.base_columns
    return columns


def arranged(user: Any, key: str, names: list[str], default: list[str]) -> list[str]:
    """The visible columns in the person's order; what no longer exists is left out silently."""
    chosen = [name for name in preference(user, key).get("columns", []) if name in names]
    return chosen or default


def layout(user: Any, key: str, table: type[Table]) -> list[str]:
    """The visible columns of a table for this person."""
    columns = _declared(table)
    default = [name for name, column in columns.items() if getattr(column, "shown_at_first", True)]
    return arranged(user, key, list(columns), default)


def known(table: type[Table], names: list[str]) -> list[str]:
    """Those of the names that are columns of a table; all that it shows at first when none is."""
    columns = _declared(table)
    return [name for name in names if name in columns] or [
        name for name, column in columns.items() if getattr(column, "shown_at_first", True)
    ]


def choices(
    user: Any, key: str, table: type[Table], visible: list[str] | None = None
) -> list[dict[str, Any]]:
    """All columns for the column chooser: the visible ones first, in their order."""
    columns = _declared(table)
    visible = layout(user, key, table) if visible is None else visible
    names = [*visible, *(name for name in columns if name not in visible)]
    return [
        {
            "name": name,
            "label": columns[name].verbose_name or name.replace("_", " ").capitalize(),
            "visible": name in visible,
        }
        for name in names
    ]


def widths(user: Any, key: str) -> dict[str, int]:
    """The widths that a person gave to columns, in pixels."""
    return {
        name: width
        for name, width in preference(user, key).get("widths", {}).items()
        if isinstance(width, int)
    }
