"""What a field set asks of a record, wherever it is written: in a cell, for many rows, by a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.core.shape_rules import Placed, Type

TYPE_LABEL: Final = "Record type"
NEVER_CHANGES: Final = "The type of a record never changes. Leave the cell as it was."
EMPTY_VALUES: Final[tuple[Any, ...]] = (None, "", [], ())


@dataclass(frozen=True)
class Asks:
    """What is asked of the fields of a record of one type, or of one without a type.

    `what` are such records in words: "objectives".
    """

    what: str
    type_label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    # What a new record begins with.
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def of_whom(self) -> str:
        """What the rule holds for, in words."""
        if self.type_label:
            return f"for the type “{self.type_label}”"
        return f"for {self.what} without a type"

    def label(self, name: str) -> str:
        """A field as people call it."""
        return self.labels.get(name) or name.replace("_", " ").capitalize()

    def refusal(self, name: str, value: Any) -> str:
        """Why a field cannot get a value; empty when it can."""
        label = self.label(name)
        if name in self.hidden:
            return f"“{label}” is not among the fields {self.of_whom}. It stays as it is."
        if name in self.read_only:
            return f"“{label}” is read-only {self.of_whom}. It stays as it is."
        if name in self.required and value in EMPTY_VALUES:
            return f"“{label}” is required {self.of_whom}: it cannot be emptied."
        return ""

    def refusals(self, values: Mapping[str, Any]) -> list[str]:
        """Why some of these values cannot be had, a sentence each."""
        said = (self.refusal(name, value) for name, value in values.items())
        return [one for one in said if one]

    def missing(self, values: Mapping[str, Any], fillable: Collection[str]) -> list[str]:
        """What a new record needs too, of the fields that can be filled, a sentence each."""
        return [
            f"{self.label(name)}: it is required {self.of_whom}."
            for name in sorted(self.required & set(fillable), key=self.label)
            if values.get(name) in EMPTY_VALUES
        ]


def asked(
    names: Sequence[str], items: Sequence[Placed], *, new: bool, kept: Collection[str]
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Which fields of a form a field set hides, shows read-only and requires.

    What a record cannot be without (`kept`) is never hidden; a set that is empty asks nothing.
    """
    if not items:
        return frozenset(), frozenset(), frozenset()
    shown = {one.name: one for one in items if one.shown(new=new) or one.name in kept}
    hidden = frozenset(name for name in names if name not in shown and name not in kept)
    here = {name: shown[name] for name in names if name in shown}
    read_only = frozenset(name for name, one in here.items() if one.read_only)
    required = frozenset(name for name, one in here.items() if one.required) - read_only
    return hidden, read_only, required


@dataclass(frozen=True)
class Shaping:
    """How the rows of a file are shaped: the types they may be of, and what is asked of each.

    `asks` knows it by the id of the type, and by whether the record is new.
    """

    asks: Callable[[int | None, bool], Asks]
    offered: Sequence[Type] = ()

    def type_of_new(self, said: Any) -> tuple[Any, str]:
        """The id of a new row's type, or why there is none: it must be said where several are."""
        if said is not None:
            return said.pk, ""
        if len(self.offered) == 1:
            return self.offered[0].pk, ""
        if self.offered:
            names = ", ".join(one.label for one in self.offered)
            return None, f"{TYPE_LABEL}: a new record needs it. Write one of: {names}."
        return None, ""


def type_named(text: str, offered: Sequence[Type]) -> Type:
    """The type that a cell names, of those that may be used. Raises ValueError with a sentence."""
    wanted = text.casefold()
    found = next((one for one in offered if one.label.casefold() == wanted), None)
    if found is None:
        names = ", ".join(one.label for one in offered)
        known = f"Write one of: {names}." if names else "There is none that you can use."
        raise ValueError(f"“{text}” is no record type. {known}")
    return found
