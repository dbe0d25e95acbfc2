"""The writes that every record shares, and those of people's own preferences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from apps.core.custom_rules import CUSTOM, kept, merged, name_of
from apps.core.history import operation
from apps.core.models import Preference, User
from apps.core.permissions import RECORD_OF
from apps.core.preview_rules import Preview
from apps.core.shape_selectors import shape

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Clash:
    """One field that somebody else changed since it was shown."""

    name: str
    label: str
    theirs: Any
    mine: Any


class Unconfirmed(Exception):
    """A save that would do to others what the person was not shown yet; nothing was saved."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        super().__init__(" ".join(group.will for group in preview.groups))


class Conflict(Exception):
    """Somebody else changed the very fields that this edit changes; nothing was saved."""

    def __init__(self, clashes: list[Clash]) -> None:
        self.clashes = clashes
        names = ", ".join(clash.label for clash in clashes)
        super().__init__(f"Somebody else changed {names} meanwhile.")


def create(instance: M) -> M:
    """Validate and save a new record. Raises ValidationError with a sentence for each field."""
    # Forms and services have resolved the related rows already: no query for each of them.
    related = {field.name for field in instance._meta.fields if field.is_relation}
    instance.full_clean(exclude=related)
    instance.save(force_insert=True)
    return instance


def lock(instance: M, *related: str) -> M:
    """The row as it stands now, with the `related` rows, locked until the transaction ends.

    Raises the model's DoesNotExist when it was deleted meanwhile.
    """
    model: Any = instance._meta.model
    rows: models.QuerySet[M] = model._base_manager.select_for_update(of=("self",))
    if related:
        rows = rows.select_related(*related)
    return rows.get(pk=instance.pk)


def apply(
    instance: M, changes: Mapping[str, Any], shown: Mapping[str, Any] | None = None
) -> list[str]:
    """Set fields of a locked record, save those that really changed and return their names.

    `shown` holds the values that the person saw. Raises Conflict where a field to change is
    neither what was shown nor what is wanted, and ValidationError where a value is not allowed.
    """
    changed: list[str] = []
    clashes: list[Clash] = []
    changes = dict(changes)
    if CUSTOM in changes:
        part, seen = changes[CUSTOM], (shown or {}).get(CUSTOM)
        clashes += _custom_clashes(instance, part, seen)
        changes[CUSTOM] = merged(instance.custom, part)  # type: ignore[attr-defined]
    for name, wanted in changes.items():
        field: Any = instance._meta.get_field(name)
        stored = _plain(field.value_from_object(instance))
        if _plain(wanted) == stored:
            continue
        known = {} if shown is None or name == CUSTOM else shown
        if name in known and _plain(known[name]) != stored:
            clashes.append(Clash(name, str(field.verbose_name), getattr(instance, name), wanted))
        changed.append(name)
    if clashes:
        raise Conflict(clashes)
    if not changed:
        return []
    for name in changed:
        setattr(instance, name, changes[name])
    untouched = {f.name for f in instance._meta.fields if f.name not in changed or f.is_relation}
    instance.full_clean(exclude=untouched)
    stamp = ["updated_at"] if hasattr(instance, "updated_at") else []
    instance.save(update_fields=[*changed, *stamp])
    return changed


def _custom_clashes(
    instance: Any, part: Mapping[str, Any], seen: Mapping[str, Any] | None
) -> list[Clash]:
    """The added fields that somebody else changed since they were shown, one by one."""
    stored = instance.custom
    keys = [
        key
        for key, wanted in part.items()
        if key in (seen or {}) and stored.get(key) not in ((seen or {})[key], kept(wanted))
    ]
    if not keys:
        return []
    kind = RECORD_OF.get(instance._meta.label_lower, "")
    fields = {one.key: one for one in shape().of(kind)}
    return [
        Clash(name_of(key), fields[key].label, fields[key].value(stored), fields[key].value(part))
        for key in keys
        if key in fields
    ]


def _plain(value: Any) -> Any:
    """A value to compare: a record by its id, a text whatever way its lines end.

    Browsers end the lines of all that they send with two signs, the database holds what came.
    """
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    return value.pk if isinstance(value, models.Model) else value


def set_links(
    through: type[models.Model],
    *,
    owner: dict[str, Any],
    target: str,
    wanted: Iterable[Any],
    shown: Iterable[Any] | None = None,
) -> bool:
    """Make the rows of an explicit many-to-many model name exactly the wanted targets.

    With the targets that the person was `shown`, only what they ticked and unticked changes: what
    somebody else linked meanwhile stays linked. Returns whether anything changed. Two statements
    at most beside the read.
    """
    rows = through._base_manager.filter(**owner)
    have = {getattr(row, f"{target}_id"): row for row in rows}
    want = {_plain(value) for value in wanted}
    if shown is not None:
        seen = {_plain(value) for value in shown}
        want = (have.keys() - (seen - want)) | (want - seen)
    gone = [row.pk for key, row in have.items() if key not in want]
    new = [through(**owner, **{f"{target}_id": key}) for key in sorted(want - have.keys())]
    if gone:
        through._base_manager.filter(pk__in=gone).delete()
    if new:
        through._base_manager.bulk_create(new)
    return bool(gone or new)


def preference_set(*, actor: User, key: str, data: dict[str, Any]) -> None:
    """Remember what a person chose for one screen.

    Raises ValidationError for the name of a screen that cannot be.
    """
    longest = Preference._meta.get_field("key").max_length
    if longest is not None and len(key) > longest:
        raise ValidationError(f"The name of a screen has at most {longest} characters.")
    if not key.isprintable():
        raise ValidationError("The name of a screen is made of letters that can be read.")
    Preference.objects.update_or_create(user=actor, key=key, defaults={"data": data})


PERSONAL = (
    "first_name",
    "last_name",
    "time_zone",
    "theme",
    "density",
    "number_format",
    "date_format",
)


def preferences_update(*, actor: User, changes: Mapping[str, Any]) -> list[str]:
    """Change how this person reads the program. Only their own, only the personal fields."""
    foreign = set(changes) - set(PERSONAL)
    if foreign:
        raise ValidationError(f"Not a preference: {', '.join(sorted(foreign))}.")
    with operation(actor):
        return apply(lock(actor), changes)


def touch(rows: models.QuerySet[Any]) -> None:
    """Move the change stamp of records whose links changed."""
    rows.update(updated_at=timezone.now())
