"""Writes of what lies in templates: it has no account and needs `save_as_template` (R-TPL-1).

The services of each kind know the rules of their records, in templates too; here is what only the
library asks of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import CASCADE, SET_NULL

from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import lock
from apps.library.selectors import INSIDE, KIND_OF
from apps.objectives.services import objective_create, objective_update
from apps.plans.services import TEMPLATES_OF, plan_create, plan_update
from apps.playbooks.services import playbook_create, playbook_update, task_create, task_update

# What a record in a template can hang on, the nearest first.
PARENTS: Final = {
    "plan": (),
    "objective": ("plan",),
    "playbook": ("objective", "plan"),
    "task": ("playbook", "objective", "plan"),
}
CREATE: Final[dict[str, Any]] = {
    "plan": plan_create,
    "objective": objective_create,
    "playbook": playbook_create,
    "task": task_create,
}
UPDATE: Final[dict[str, Any]] = {
    "plan": plan_update,
    "objective": objective_update,
    "playbook": playbook_update,
    "task": task_update,
}


def template_create(*, actor: User, kind: str, values: Mapping[str, Any]) -> Any:
    """A new template, or a new record in one when `values` name what it hangs on.

    Raises ValidationError when that is no template, and by field as on an account.
    """
    require(actor, f"{TEMPLATES_OF[kind]}.save_as_template")
    parents = [values[name] for name in PARENTS[kind] if values.get(name) is not None]
    if any(parent.account_id is not None for parent in parents):
        raise ValidationError("This is no template: what hangs on it belongs to an account.")
    if not parents and kind == "task":
        raise ValidationError("A task lies in a template of a plan, objective or playbook.")
    marked = {} if kind == "task" else {"is_template": not parents}
    return CREATE[kind](actor=actor, values={**values, **marked, "account": None})


def template_update(
    *,
    actor: User,
    record: Any,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a record in a template; it stays where it is. Raises ValidationError and Conflict."""
    kind = KIND_OF[type(record)]
    require(actor, f"{TEMPLATES_OF[kind]}.save_as_template")
    _check_shelved(record)
    changed: list[str] = UPDATE[kind](actor=actor, **{kind: record}, changes=changes, shown=shown)
    return changed


def template_delete(*, actor: User, template: Any) -> None:
    """Delete a template, or a record in one, with all that lies in it (R-TPL-7).

    What was made from it stays. A constant number of statements.
    """
    kind = KIND_OF[type(template)]
    require(actor, f"{TEMPLATES_OF[kind]}.save_as_template")
    _check_shelved(template)
    with operation(actor):
        locked = lock(template)
        # The lower ones first: what they hang on would otherwise have to let go of them.
        for _, model, path in reversed(INSIDE.get(kind, ())):
            _rows_delete(model, model.objects.filter(**{path: locked}).values_list("pk", flat=True))
        _rows_delete(type(locked), [locked.pk])


def _rows_delete(model: Any, ids: Iterable[int]) -> None:
    """Delete rows with what is nothing without them, as many statements for a thousand as for one."""
    gone = list(ids)
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.many_to_many:
            continue
        column, other = relation.field, relation.related_model
        if not column.db_constraint or other._meta.proxy:
            continue
        rows = other._base_manager.filter(**{f"{column.name}__in": gone})
        if column.remote_field.on_delete is CASCADE:
            rows._raw_delete(rows.db)
        elif column.remote_field.on_delete is SET_NULL:
            rows.update(**{column.name: None})
    rows = model._base_manager.filter(pk__in=gone)
    rows._raw_delete(rows.db)


def _check_shelved(record: Any) -> None:
    placed: Any = record.objective if KIND_OF[type(record)] == "kpi" else record
    if placed.account_id is not None:
        raise ValidationError(f"“{record}” does not lie in a template.")
