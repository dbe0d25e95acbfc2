"""Writes of what lies in templates: it has no account and needs `save_as_template` (R-TPL-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import apply, create, lock, set_links
from apps.library.selectors import KIND_OF
from apps.objectives.models import Objective, ObjectiveTag
from apps.objectives.selectors import first_status
from apps.plans.models import SuccessPlan
from apps.plans.services import TEMPLATES_OF
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

MODELS: Final[dict[str, Any]] = {
    "plan": SuccessPlan,
    "objective": Objective,
    "playbook": Playbook,
    "task": PlaybookTask,
}
# What a record in a template can hang on, the nearest first.
PARENTS: Final = {
    "plan": (),
    "objective": ("plan",),
    "playbook": ("objective", "plan"),
    "task": ("playbook", "objective", "plan"),
}


def template_create(*, actor: User, kind: str, values: Mapping[str, Any]) -> Any:
    """A new template, or a new record in one when `values` name what it hangs on.

    Raises ValidationError when that is no template.
    """
    require(actor, f"{TEMPLATES_OF[kind]}.save_as_template")
    plain, links = _split(values)
    parents = {name: plain[name] for name in PARENTS[kind] if plain.get(name) is not None}
    if any(parent.account_id is not None for parent in parents.values()):
        raise ValidationError("This is no template: what hangs on it belongs to an account.")
    if not parents and kind == "task":
        raise ValidationError("A task lies in a template of a plan, objective or playbook.")
    if kind in ("plan", "objective", "playbook"):
        plain["is_template"] = not parents
    if kind == "objective":
        plain.setdefault("status", first_status())
    for name, parent in tuple(parents.items()):
        for outer in PARENTS[kind][PARENTS[kind].index(name) + 1 :]:
            plain.setdefault(outer, getattr(parent, outer, None))
    with operation(actor):
        if kind == "task" and plain.get("playbook") is not None:
            plain["position"] = plain["playbook"].tasks.count() + 1
        record = create(MODELS[kind](**plain, account=None))
        _link(record, links)
    return record


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
    plain, links = _split(changes)
    if {"account", "is_template", *PARENTS[kind]} & plain.keys():
        raise ValidationError("What lies in a template stays there, without an account.")
    with operation(actor):
        locked = lock(record)
        if locked.account_id is not None:
            raise ValidationError(f"“{locked}” does not lie in a template.")
        return [*apply(locked, plain, shown), *_link(locked, links, shown)]


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = ("tags", "roles", "pools")
    plain = {name: value for name, value in values.items() if name not in names}
    return plain, {name: values[name] for name in names if name in values}


def _link(
    record: Any, links: Mapping[str, Any], shown: Mapping[str, Any] | None = None
) -> list[str]:
    changed = []
    if "tags" in links and set_links(
        ObjectiveTag,
        owner={"objective": record},
        target="tag",
        wanted=links["tags"],
        shown=(shown or {}).get("tags"),
    ):
        changed.append("tags")
    for name, column in (("roles", "role"), ("pools", "pool")):
        if name not in links:
            continue
        wanted = {one.pk for one in links[name]}
        rows = TaskAssignment.objects.filter(task=record, **{f"{column}__isnull": False})
        have = {getattr(row, f"{column}_id"): row.pk for row in rows}
        gone = [pk for key, pk in have.items() if key not in wanted]
        new = [TaskAssignment(task=record, **{f"{column}_id": k}) for k in wanted - have.keys()]
        if gone:
            TaskAssignment.objects.filter(pk__in=gone).delete()
        if new:
            TaskAssignment.objects.bulk_create(new)
        if gone or new:
            changed.append(name)
    return changed
