"""The shape of records as administrators made it: fields, types, and which field stands where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.core.choices import CustomType
from apps.core.custom_rules import name_of, read

# How an address, and a form, say of which type a new record is.
TYPE: Final = "record_type"
# Where added fields stand without a field set.
OWN_FIELDS: Final = "Your own fields"


@dataclass(frozen=True)
class Definition:
    """A field that was added; `choices` are (id as text, label, still offered)."""

    kind: str
    key: str
    label: str
    type: str
    help_text: str = ""
    required: bool = False
    active: bool = True
    choices: tuple[tuple[str, str, bool], ...] = ()

    @property
    def name(self) -> str:
        """Its name in forms, lists and addresses."""
        return name_of(self.key)

    def value(self, custom: Mapping[str, Any]) -> Any:
        """What a record holds in the field; None when nothing."""
        return read(self.type, custom.get(self.key))

    def label_of(self, value: object) -> str:
        """A choice by its label, whatever became of it; else the value."""
        if self.type != CustomType.CHOICE:
            return str(value)
        return next((label for key, label, _ in self.choices if key == value), str(value))


@dataclass(frozen=True)
class Type:
    """A record type; without `groups` everybody may make records of it."""

    pk: int
    kind: str
    label: str
    description: str = ""
    tint: str = "grey"
    active: bool = True
    groups: frozenset[int] = frozenset()

    def is_open_to(self, groups: Collection[int]) -> bool:
        """Whether somebody of these groups may make records of it."""
        return self.active and (not self.groups or bool(self.groups & set(groups)))


@dataclass(frozen=True)
class Placed:
    """A field in a field set."""

    name: str
    group: str = ""
    on_create: bool = True
    on_edit: bool = True
    required: bool = False
    read_only: bool = False
    help_text: str = ""
    default: str = ""

    def shown(self, *, new: bool) -> bool:
        """Whether it stands in the form of a new record, or of one that is there already."""
        return self.on_create if new else self.on_edit


@dataclass(frozen=True)
class Shape:
    """All that was shaped. Field sets are known by kind and type, without a type by None."""

    fields: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)
    types: Mapping[int, Type] = field(default_factory=dict)
    sets: Mapping[tuple[str, int | None], tuple[Placed, ...]] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Definition, ...]:
        """The fields that were added to a kind of record and are in use."""
        return tuple(one for one in self.fields.get(kind, ()) if one.active)

    def named(self, kind: str, key: str) -> Definition | None:
        """A field by its key, also one that was taken away."""
        return next((one for one in self.fields.get(kind, ()) if one.key == key), None)

    def field_set(self, kind: str, record_type: int | None) -> tuple[Placed, ...]:
        """The field set of a type, else that of the kind itself; empty when there is none."""
        return self.sets.get((kind, record_type)) or self.sets.get((kind, None), ())

    def types_of(self, kind: str) -> tuple[Type, ...]:
        """All types of a kind, also those that are not used any more."""
        return tuple(one for one in self.types.values() if one.kind == kind)

    def types_for(self, kind: str, groups: Collection[int]) -> list[Type]:
        """The types that somebody of these groups may make records of, in their order."""
        return [one for one in self.types.values() if one.kind == kind and one.is_open_to(groups)]


EMPTY: Final = Shape()


def arranged(
    names: Sequence[str], items: Sequence[Placed], *, new: bool, kept: Collection[str]
) -> list[tuple[str, list[str]]]:
    """The fields of a form under their headings, as a field set says.

    What a record cannot be without (`kept`) stays: first, under no heading, where the set is
    silent about it. Headings stand in the order of their first field.
    """
    known = set(names)
    shown = [one for one in items if one.name in known and (one.shown(new=new) or one.name in kept)]
    placed = {one.name for one in shown}
    groups: dict[str, list[str]] = {}
    left = [name for name in names if name in kept and name not in placed]
    if left:
        groups[""] = left
    for one in shown:
        groups.setdefault(one.group, []).append(one.name)
    return list(groups.items())


def type_of_copy(offered: Sequence[Type], source: int | None, said: str) -> Type | None:
    """The type of what is made from something: chosen, else as that one's, else the only one."""
    inherited = next((one for one in offered if one.pk == source), None)
    chosen = next((one for one in offered if str(one.pk) == said), None)
    return chosen or inherited or chosen_type(offered, "")


def chosen_type(offered: Sequence[Type], said: str) -> Type | None:
    """The type of a new record: the one that was chosen, or the only one there is."""
    chosen = next((one for one in offered if str(one.pk) == said), None)
    return chosen or (offered[0] if len(offered) == 1 else None)
