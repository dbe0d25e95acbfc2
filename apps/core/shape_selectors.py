"""The shape of records, read once for each of its words and kept in the process."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import Any, Final
from uuid import UUID

from apps.core.scope import organisation
from apps.core.shape_models import NO_SHAPE, CustomField, FieldSet, RecordType
from apps.core.shape_rules import EMPTY, Definition, Placed, Shape, Type

# An old shape is still asked for by transactions that began before it changed.
KEPT: Final = 8
_known: OrderedDict[UUID, Shape] = OrderedDict()


def shape(user: Any = None) -> Shape:
    """How records are shaped now. Costs nothing while nothing changes."""
    word = organisation(user).shape
    if word == NO_SHAPE:
        return EMPTY
    if word not in _known:
        _known[word] = _read()
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return _known[word]


def _read() -> Shape:
    fields: dict[str, list[Definition]] = defaultdict(list)
    for one in CustomField.objects.prefetch_related("choices"):
        choices = [(str(c.pk), c.label, c.is_active) for c in one.choices.all()]
        fields[one.kind].append(
            Definition(
                one.kind,
                one.key,
                one.label,
                one.type,
                one.help_text,
                one.is_required,
                one.is_active,
                tuple(choices),
            )
        )
    types = {
        one.pk: Type(
            one.pk,
            one.kind,
            one.label,
            one.description,
            one.tint,
            one.is_active,
            frozenset(link.group_id for link in one.group_links.all()),
        )
        for one in RecordType.objects.prefetch_related("group_links")
    }
    sets = {
        (one.kind, one.record_type_id): tuple(
            Placed(
                item.name,
                item.group,
                item.on_create,
                item.on_edit,
                item.is_required,
                item.is_read_only,
                item.help_text,
                item.default,
            )
            for item in one.items.all()
        )
        for one in FieldSet.objects.prefetch_related("items")
    }
    return Shape({kind: tuple(found) for kind, found in fields.items()}, types, sets)


def group_ids(user: Any) -> list[int]:
    """The groups of a person; read once a request."""
    if not hasattr(user, "_group_ids"):
        user._group_ids = list(user.groups.values_list("pk", flat=True))
    ids: list[int] = user._group_ids
    return ids


def types_for(user: Any, kind: str) -> list[Type]:
    """The types of a kind that a person may make records of, in their order."""
    found = shape(user)
    if not any(one.kind == kind for one in found.types.values()):
        return []
    if user.is_superuser:
        return [one for one in found.types.values() if one.kind == kind and one.active]
    return found.types_for(kind, group_ids(user))
