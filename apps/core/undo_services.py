"""Undo: an ordinary operation that writes back what was before, all of it or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models.deletion import CASCADE

from apps.core import undo_rules as rules
from apps.core import undo_selectors as selectors
from apps.core.access import Refused, is_known, may
from apps.core.choices import Door
from apps.core.custom_rules import key_of, spread
from apps.core.history import operation, rehearsal, through
from apps.core.models import Tag, User
from apps.core.notify_services import withdrawn
from apps.core.permissions import RECORD_OF, permission_name
from apps.core.shape_selectors import shape
from apps.core.undo_selectors import DELETE, INSERT, UPDATE, RowChange, columns, events_of

# Undoing what was made is deleting it, and so on: each needs the permission of what it does.
ACTIONS: Final = {INSERT: "delete", UPDATE: "edit", DELETE: "create"}
# Facts are only recorded, never deleted by hand: whoever may record one may take it back.
RECORDED: Final = "attribute_value"
# Fields that need the permission to share.
GUARDED: Final = ("is_shared", "is_external")
# Whose permission what lies in a template needs (R-TPL-1).
TEMPLATES: Final = {"kpi": "objective", "task": "playbook"}
STAMPS: Final = ("created_at", "updated_at")

# Of the fields that were added only those that the operation changed.
OWN_BACK: Final = """"custom" = (stored."custom" - %s::text[]) || COALESCE((
    SELECT jsonb_object_agg(key, value) FROM jsonb_each(held."custom") WHERE key = ANY(%s)
), '{}')"""

Ids = list[int]


def undo(*, actor: User, done: UUID) -> int:
    """Undo an operation and return how many records are as before.

    Refused as a whole, with ValidationError or Refused, when a field that it changed has another
    value by now, a record is gone or has got company, or the permission for the way back is missing.
    """
    with through(Door.UNDO), operation(actor, note=f"undo of {done}") as mine:
        changes = selectors.operation_changes(done)
        if not changes:
            raise ValidationError(rules.NOTHING)
        _require_all(actor, changes)
        by_label: dict[str, list[RowChange]] = defaultdict(list)
        for change in changes:
            by_label[change.label].append(change)
        _check_stored(changes)
        back = dict(_by_model(by_label[DELETE])), dict(_by_model(by_label[UPDATE]))
        for model in selectors.tracked():
            _bring_back(model, back[0].get(model, ()))
            _write_back(model, back[1].get(model, ()))
        for model, rows in reversed(_by_model(by_label[INSERT])):
            _take_away(actor, model, rows)
        # Now, not at the end: what a record belongs to may be gone.
        _write("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", None, changes)
        _check_exact(changes, selectors.operation_changes(mine))
        withdrawn(done=done)
    return len(changes)


def undo_problem(*, actor: User, done: UUID) -> str:
    """Why this person cannot undo an operation now; empty when they can. Nothing is changed."""
    try:
        with rehearsal(actor):
            undo(actor=actor, done=done)
    except ValidationError as error:
        return " ".join(error.messages)
    except Refused as error:
        return str(error)
    return ""


def _by_model(changes: Iterable[RowChange]) -> list[tuple[type[models.Model], list[RowChange]]]:
    """Changes by model, what is referred to before what refers to it."""
    found: dict[type[models.Model], list[RowChange]] = defaultdict(list)
    for change in changes:
        found[change.model].append(change)
    return [(model, found[model]) for model in selectors.tracked() if model in found]


# May the person? ----------------------------------------------------------------------------------
def is_offered(*, actor: Any, done: UUID) -> bool:
    """Whether a message offers to undo what was just done: it changed something, and they may.

    One statement. What only the records themselves can tell is asked when it is pressed.
    """
    written = selectors.writes(done)
    return bool(written) and all(
        any(
            all(not _refusal(actor, *need) for need in _needed(model, label, shelved=shelved))
            for shelved in (False, True)
        )
        for model, label in written
    )


def _require_all(actor: User, changes: Sequence[RowChange]) -> None:
    if len(selectors.seen(actor, changes)) < len(changes):
        raise ValidationError(rules.NOT_ALL_SEEN)
    if any(_is_somebody_elses(actor, change, changes) for change in changes):
        raise Refused(rules.NOT_OWN)
    if any(_is_sign_in(change) for change in changes):
        raise Refused(rules.NOT_SIGN_IN)
    shelved = _in_templates(changes)
    needed: set[tuple[str, str]] = set()
    for change in changes:
        in_template = (change.model, change.pk) in shelved
        needed |= _needed(change.model, change.label, shelved=in_template)
        if not in_template:
            needed |= _needed_to_share(change)
    for record, action in sorted(needed):
        if reason := _refusal(actor, record, action):
            raise Refused(reason)


def _record_of(model: type[models.Model]) -> str:
    """Whose permission a model needs: its own record's, or that of the record which it links."""
    label = model._meta.label_lower
    link = getattr(model, "history_link_of", "")
    if link and label not in RECORD_OF:
        owner: Any = model._meta.get_field(link).related_model
        label = owner._meta.label_lower
    return RECORD_OF.get(label, label)


@cache
def _needed(model: type[models.Model], label: str, *, shelved: bool) -> frozenset[tuple[str, str]]:
    """The permissions for the way back of an insert, update or delete."""
    record = _record_of(model)
    if shelved and record in RECORD_OF.values():
        return frozenset({(TEMPLATES.get(record, record), "save_as_template")})
    action = "edit" if getattr(model, "history_link_of", "") else ACTIONS[label]
    if record == RECORDED:
        action = "create"
    tags = any(column.related_model is Tag for column in model._meta.local_concrete_fields)
    return frozenset({(record, action), *([("tag", "use")] if tags else [])})


def _needed_to_share(change: RowChange) -> set[tuple[str, str]]:
    """Sharing, or no longer sharing, needs more than editing; so does bringing back what is shared."""
    back = change.label == DELETE
    names = [name for name in GUARDED if change.before.get(name)] if back else change.changed
    record = _record_of(change.model)
    known = is_known(f"{record}.share")
    return {(record, "share") for name in names if name in GUARDED and known}


def _is_sign_in(change: RowChange) -> bool:
    """Whether it made a user, or changed whether and how one signs in."""
    if change.model is not User or change.label == DELETE:
        return False
    return change.label != UPDATE or bool(rules.SIGN_IN.intersection(change.changed))


def _is_somebody_elses(actor: User, change: RowChange, changes: Sequence[RowChange]) -> bool:
    """Whether a person would take back what somebody else said in their own name.

    What goes or comes back together with the record that it was said on is no such thing.
    """
    own = getattr(change.model, "history_own", ())
    if not own or (change.before or change.after).get("author_id") == actor.pk:
        return False
    if change.label == UPDATE:
        return any(name in own for name in change.changed)
    return not any(
        other.label == change.label
        and other.model is not change.model
        and not getattr(other.model, "history_link_of", "")
        for other in changes
    )


def _refusal(actor: Any, record: str, action: str) -> str:
    """Why a person may not do this; empty when they may."""
    what = f"{record}.{action}"
    if is_known(what):
        return may(actor, what).reason
    word = {"create": "add", "edit": "change"}.get(action, action)
    if record in RECORD_OF.values():
        permission = permission_name(record, action)
        words = f"{record.replace('_', ' ')}s"
    else:
        meta = next(m._meta for m in selectors.tracked() if m._meta.label_lower == record)
        permission = f"{meta.app_label}.{word}_{meta.model_name}"
        words = str(meta.verbose_name_plural)
    return "" if actor.has_perm(permission) else f"You may not {action} {words}."


def _in_templates(changes: Sequence[RowChange]) -> set[tuple[type[models.Model], int]]:
    """The records that lie in a template, before or after: they have no account (R-TPL-1)."""
    found: set[tuple[type[models.Model], int]] = set()
    asked: dict[tuple[type[models.Model], str], list[tuple[RowChange, int]]] = defaultdict(list)
    for change in changes:
        names = {f.name for f in change.model._meta.local_concrete_fields}
        values = [v for v in (change.before, change.after) if v]
        if "in_template" in names:
            if any(v.get("account_id") is None for v in values):
                found.add((change.model, change.pk))
        elif "__" in (path := getattr(change.model, "account_path", "")):
            hop, rest = path.split("__", 1)
            related: Any = change.model._meta.get_field(hop).related_model
            asked[(related, rest)] += [(change, v[f"{hop}_id"]) for v in values]
    for (related, rest), pairs in asked.items():
        rows = related._base_manager.filter(**{f"{rest}__isnull": True})
        ids = set(rows.filter(pk__in={pk for _, pk in pairs}).values_list("pk", flat=True))
        # What it hangs on may have gone in the same operation.
        ids |= {pk for model, pk in found if model is related}
        found |= {(change.model, change.pk) for change, pk in pairs if pk in ids}
    return found


# Does everything stand as the operation left it? --------------------------------------------------
def _check_stored(changes: Sequence[RowChange]) -> None:
    stored: dict[tuple[type[models.Model], int], dict[str, Any]] = {}
    for model, rows in _by_model(changes):
        names = columns(model)
        locked = model._base_manager.select_for_update().filter(pk__in=[row.pk for row in rows])
        for pk, *values in locked.order_by("pk").values_list("pk", *names):
            row = dict(zip(names, values, strict=True))
            stored[model, pk] = row | spread(row)
    found = [(change, stored.get((change.model, change.pk))) for change in changes]
    problem = next(filter(None, (_problem(change, row) for change, row in found)), "")
    if problem:
        undone = all(_is_as_before(change, row) for change, row in found)
        raise ValidationError(rules.ALREADY if undone else problem)


def _problem(change: RowChange, stored: dict[str, Any] | None) -> str:
    """What hinders undoing a change of a record that stands so now, or is not there."""
    if change.label == DELETE:
        return "" if stored is None else rules.back_already_error(change.name)
    if stored is None:
        return rules.gone_error(change.name)
    if change.label == UPDATE and change.event is None:
        return rules.unknown_error(change.name)
    names = change.changed if change.label == UPDATE else columns(change.model)
    other = next((name for name in names if stored.get(name) != change.after.get(name)), "")
    return rules.changed_error(change.name, _label(change.model, other)) if other else ""


def _is_as_before(change: RowChange, stored: dict[str, Any] | None) -> bool:
    if change.label == UPDATE:
        return stored is not None and all(
            stored.get(name) == change.before.get(name) for name in change.changed
        )
    return (stored is None) == (change.label == INSERT)


def _label(model: type[models.Model], attname: str) -> str:
    if key := key_of(attname):
        found = shape().named(RECORD_OF.get(model._meta.label_lower, ""), key)
        return found.label if found else key
    column: Any = next(f for f in model._meta.local_concrete_fields if f.attname == attname)
    words = str(column.verbose_name)
    return words[:1].upper() + words[1:]


# The way back ------------------------------------------------------------------------------------
def _quoted(names: Iterable[str], alias: str = "") -> str:
    return ", ".join(f'{alias}"{name}"' for name in names)


def _bring_back(model: type[models.Model], rows: Sequence[RowChange]) -> None:
    """Insert deleted records again with their ids, from the history rows that hold them."""
    if not rows:
        return
    names = columns(model)
    stamps = [f.name for f in model._meta.local_concrete_fields if f.name in STAMPS]
    for column in model._meta.local_concrete_fields:
        kept = column.primary_key or column.attname in names or column.name in stamps
        if not kept and not column.null and not column.generated:
            raise ValidationError(rules.unkept_error(rows[0].name, str(column.verbose_name)))
    event = f'"{events_of(model)._meta.db_table}"'
    made = f"""COALESCE((SELECT min(made.pgh_created_at) FROM {event} made
        WHERE made.pgh_obj_id = held.pgh_obj_id AND made.pgh_label = 'insert'), now())"""
    values = {"created_at": made, "updated_at": "now()"}
    chosen = "".join(f", {values[name]}" for name in stamps)
    # A history row that holds the values before; without one, the deletion's own.
    held = f"""
        SELECT DISTINCT ON (pgh_obj_id) * FROM {event}
        WHERE pgh_obj_id = ANY(%s) AND pgh_id = ANY(%s)
           OR pgh_obj_id = ANY(%s) AND pgh_label = 'delete'
        ORDER BY pgh_obj_id, (pgh_id = ANY(%s)) DESC, pgh_id DESC
    """
    known = [row.event for row in rows if row.event is not None]
    ids, unknown = [r.pk for r in rows], [r.pk for r in rows if r.event is None]
    statement = f"""
        INSERT INTO "{model._meta.db_table}" ("id", {_quoted([*names, *stamps])})
        SELECT held.pgh_obj_id, {_quoted(names, "held.")}{chosen} FROM ({held}) held
        ORDER BY held.pgh_obj_id
    """
    _write(statement, [ids, known, unknown, known], rows)


def _write_back(model: type[models.Model], rows: Sequence[RowChange]) -> None:
    """Set back the fields that the operation changed, and only those: one statement for each set."""
    sets: dict[tuple[str, ...], list[RowChange]] = defaultdict(list)
    for row in rows:
        sets[tuple(row.changed)].append(row)
    stamped = any(f.name == "updated_at" for f in model._meta.local_concrete_fields)
    for names, same in sorted(sets.items()):
        assigned = ", ".join(
            [f'"{name}" = held."{name}"' for name in names if not key_of(name)]
            + ([OWN_BACK] if any(map(key_of, names)) else [])
        )
        keys = [[key for key in map(key_of, names) if key]] * 2 if OWN_BACK in assigned else []
        statement = f"""
            UPDATE "{model._meta.db_table}" stored
            SET {assigned}{', "updated_at" = now()' if stamped else ""}
            FROM "{events_of(model)._meta.db_table}" held
            WHERE stored."id" = held.pgh_obj_id AND held.pgh_id = ANY(%s)
        """
        _write(statement, [*keys, [row.event for row in same]], same)


def _take_away(actor: User, model: type[models.Model], rows: Sequence[RowChange]) -> None:
    """Delete what the operation made; refused when something hangs on it by now."""
    ids = [row.pk for row in rows]
    names = {row.pk: row.name for row in rows}
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or not relation.auto_created:
            continue
        column: Any = relation.field  # type: ignore[union-attr]
        other: Any = relation.related_model
        if not column.db_constraint or other._meta.proxy:
            continue
        hanging = other._base_manager.filter(**{f"{column.name}__in": ids})
        if events_of(other) is None:
            if column.remote_field.on_delete is CASCADE:
                # What is nobody's record: a pin, a word.
                hanging._raw_delete(hanging.db)
            continue
        if other is model:
            hanging = hanging.exclude(pk__in=ids)
        first = hanging.first()
        if first is not None:
            above = names[getattr(first, column.attname)]
            raise ValidationError(rules.used_error(above, _name_for(actor, first)))
    # A trigger may have taken some of them with what they linked.
    model._base_manager.filter(pk__in=ids)._raw_delete(model._base_manager.db)


def _name_for(actor: User, row: Any) -> str:
    """What a record is called, empty for a person who may not see it (R-VIS-1)."""
    rows: Any = type(row)._default_manager
    limited = hasattr(rows, "visible_to")
    return str(row) if not limited or rows.visible_to(actor).filter(pk=row.pk).exists() else ""


def _write(statement: str, values: list[Any] | None, rows: Sequence[RowChange]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError as error:
        raise ValidationError(
            f"“{rows[0].name}” cannot be as before: {_reason(error)} Nothing was undone."
        ) from error


def _reason(error: IntegrityError) -> str:
    state = getattr(error.__cause__, "sqlstate", "")
    reasons = {
        "23503": "something that it belongs to was deleted since.",
        "23505": "something else has taken its place since.",
    }
    return reasons.get(state, str(error.__cause__).split("\n")[0].rstrip(".") + ".")


def _check_exact(done: Sequence[RowChange], undone: Sequence[RowChange]) -> None:
    """The way back is the way there turned round: nothing more, nothing less."""
    turned = {INSERT: DELETE, DELETE: INSERT, UPDATE: UPDATE}

    def net(change: RowChange, *, back: bool) -> Any:
        names = (
            change.changed if change.label == UPDATE else sorted({*change.before, *change.after})
        )
        first, last = (change.after, change.before) if back else (change.before, change.after)
        label = turned[change.label] if back else change.label
        return label, {name: (first.get(name), last.get(name)) for name in names}

    wanted = {(c.model, c.pk): net(c, back=True) for c in done}
    found = {(c.model, c.pk): net(c, back=False) for c in undone}
    if wanted != found:
        raise ValidationError(rules.NOT_EXACT)
