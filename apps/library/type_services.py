"""Of which type the copies of a template are, and which fields of their own they keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.custom_rules import CUSTOM
from apps.core.shape_rules import TYPE, Type, type_of_copy
from apps.core.shape_selectors import types_for
from apps.library.rules import Edits


class CopiedTypes:
    """The types of the rows of a copy: chosen, as in the template, or the only one there is."""

    def __init__(self, actor: Any, rows: Mapping[str, Any], edits: Edits) -> None:
        self.actor = actor
        self.rows = rows
        self.edits = edits
        self._offered: dict[str, list[Type]] = {}

    def offered(self, kind: str) -> list[Type]:
        """The types that the person may make records of a kind of."""
        if kind not in self._offered:
            self._offered[kind] = types_for(self.actor, kind) if self.actor else []
        return self._offered[kind]

    def of(self, key: str, kind: str) -> Type | None:
        """The type of a row."""
        said = str(self.edits.get(key, {}).get(TYPE) or "")
        return type_of_copy(self.offered(kind), self._inherited(key), said)

    def is_asked(self, key: str, kind: str) -> bool:
        """Whether the type of a row has to be chosen: there are several, and none is inherited."""
        return len(self.offered(kind)) > 1 and self._inherited(key) not in {
            one.pk for one in self.offered(kind)
        }

    def missing(self, key: str, kind: str) -> str:
        """What is wrong with a row whose type was not chosen; empty when nothing is."""
        if self.of(key, kind) is not None or not self.offered(kind):
            return ""
        names = ", ".join(one.label for one in self.offered(kind))
        return f"Choose of which type it is: {names}."

    def values(self, key: str, kind: str, *, as_it_is: bool) -> dict[str, Any]:
        """Type and own fields of a row; a template is saved `as_it_is`."""
        source = self.rows.get(key)
        custom = {CUSTOM: dict(source.custom) if source is not None else {}}
        if as_it_is:
            return custom | {f"{TYPE}_id": self._inherited(key)}
        found = self.of(key, kind)
        return custom | {f"{TYPE}_id": found.pk if found else None}

    def _inherited(self, key: str) -> int | None:
        source = self.rows.get(key)
        return None if source is None else source.record_type_id
