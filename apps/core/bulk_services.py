"""Many rows changed or deleted in one operation, with a constant number of statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import models
from django.utils import timezone

from apps.core.bulk_rules import Bulk, Changed, Kept
from apps.core.custom_rules import CUSTOM, differing, merged, name_of

# Rows that get different values each are written together, so many in one statement.
MOST_BATCHES: Final = 4
ROWS_A_STATEMENT: Final = 500

Problems = Callable[[Any, Mapping[str, Any]], Mapping[str, str]]
Follows = Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]


def nothing(row: Any, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """No problem, and nothing that follows."""
    return {}


def held(
    model: type[models.Model], ids: Collection[int] | models.QuerySet[Any, Any], *related: str
) -> list[Any]:
    """The rows as they stand now with the `related` ones, locked until the transaction ends."""
    rows = model._base_manager.select_for_update(of=("self",)).filter(pk__in=ids)
    return list((rows.select_related(*related) if related else rows).order_by("pk"))


def change_rows(
    rows: Sequence[Any],
    changes: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]],
    *,
    problems: Problems = nothing,
    follows: Follows = nothing,
) -> Bulk:
    """Give locked rows these values, or those that `changes` says of each; within an operation.

    `problems` says what is wrong with a row once it holds them: it stays as it is, with the
    reason. `follows` are the values that come with them. As many statements for 1,000 rows as the
    values need, not one for each row.
    """
    changed: list[Changed] = []
    refused: list[Kept] = []
    alike = 0
    batches: dict[tuple[Any, ...], tuple[dict[str, Any], list[int]]] = {}
    for row in rows:
        asked = dict(changes(row) if callable(changes) else changes)
        part = asked.pop(CUSTOM, {})
        if part:
            asked[CUSTOM] = merged(row.custom, part)
        wanted = {name: value for name, value in asked.items() if getattr(row, name) != value}
        if not wanted:
            alike += 1
            continue
        wrong = problems(row, wanted)
        if wrong:
            refused.append(Kept(row.pk, str(row), " ".join(dict.fromkeys(wrong.values()))))
            continue
        said = [
            (name, getattr(row, name), value) for name, value in wanted.items() if name != CUSTOM
        ]
        if CUSTOM in wanted:
            said += [
                (name_of(key), row.custom.get(key), wanted[CUSTOM].get(key))
                for key in differing(row.custom, wanted[CUSTOM])
            ]
        changed.append(Changed(row.pk, str(row), said))
        values = {**wanted, **follows(row, wanted)}
        mark = tuple(sorted((name, repr(_plain(value))) for name, value in values.items()))
        batches.setdefault(mark, (values, []))[1].append(row.pk)
    _write(rows, batches.values())
    return Bulk(tuple(changed), tuple(refused), alike)


def _write(rows: Sequence[Any], batches: Collection[tuple[dict[str, Any], list[int]]]) -> None:
    """A statement for each set of values; when there are many sets, one for some hundred rows."""
    if not batches:
        return
    model: Any = type(rows[0])
    now = timezone.now()
    stamp = {"updated_at": now} if hasattr(model, "updated_at") else {}
    if len(batches) <= MOST_BATCHES:
        for values, ids in batches:
            model._base_manager.filter(pk__in=ids).update(**values, **stamp)
        return
    by_id = {row.pk: row for row in rows}
    names: set[str] = set(stamp)
    written = []
    for values, ids in batches:
        names |= values.keys()
        for pk in ids:
            for name, value in {**values, **stamp}.items():
                setattr(by_id[pk], name, value)
            written.append(by_id[pk])
    model._base_manager.bulk_update(written, sorted(names), batch_size=ROWS_A_STATEMENT)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def relink_rows(
    rows: Sequence[Any],
    through: type[models.Model],
    owner: str,
    target: str,
    *,
    add: Iterable[Any] = (),
    remove: Iterable[Any] = (),
    label: str,
) -> list[Changed]:
    """Link locked rows to some targets and unlink them from others; three statements at most."""
    wanted = {one.pk: str(one) for one in add}
    unwanted = {one.pk: str(one) for one in remove}
    ids = [row.pk for row in rows]
    links = through._base_manager.filter(**{f"{owner}_id__in": ids})
    have = set(links.values_list(f"{owner}_id", f"{target}_id"))
    new = [(pk, one) for pk in ids for one in wanted if (pk, one) not in have]
    gone = [(pk, one) for pk in ids for one in unwanted if (pk, one) in have]
    if gone:
        links.filter(**{f"{target}_id__in": list(unwanted)}).delete()
    if new:
        through._base_manager.bulk_create(
            through(**{f"{owner}_id": pk, f"{target}_id": one}) for pk, one in new
        )
    told: dict[int, list[str]] = {}
    for pk, one in new:
        told.setdefault(pk, []).append(f"+ {wanted[one]}")
    for pk, one in gone:
        told.setdefault(pk, []).append(f"− {unwanted[one]}")
    return [
        Changed(row.pk, str(row), [(label, "", ", ".join(told[row.pk]))])
        for row in rows
        if row.pk in told
    ]


def together(bulk: Bulk, linked: Sequence[Changed]) -> Bulk:
    """One word for rows whose fields changed and whose links did."""
    by_id = {row.pk: row for row in bulk.changed}
    alike = bulk.alike
    for row in linked:
        if row.pk in by_id:
            before = by_id[row.pk]
            by_id[row.pk] = Changed(row.pk, row.name, [*before.fields, *row.fields])
        else:
            by_id[row.pk] = row
            alike -= 1
    return Bulk(tuple(by_id.values()), bulk.refused, alike, bulk.notes)


def delete_rows(rows: Sequence[Any], reasons: Mapping[int, str]) -> Bulk:
    """Delete locked rows but those with a reason against it; within an operation."""
    going = [row for row in rows if row.pk not in reasons]
    if going:
        type(rows[0])._base_manager.filter(pk__in=[row.pk for row in going]).delete()
    return Bulk(
        tuple(Changed(row.pk, str(row)) for row in going),
        tuple(Kept(row.pk, str(row), reasons[row.pk]) for row in rows if row.pk in reasons),
    )
