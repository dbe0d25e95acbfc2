"""Who is to do a task: resources, contacts, roles and pools, each in a row of its own (R-OWN-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from apps.accounts.ownership_selectors import holders
from apps.accounts.ownership_services import allocated_told
from apps.core.models import User
from apps.playbooks.models import PlaybookTask, TaskAssignment

# Who is to do a task: the name in values, and the column of the assignment.
ASSIGNED: Final = {"resources": "resource", "contacts": "contact", "roles": "role", "pools": "pool"}


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The values of the task itself, and who is to do it."""
    plain = {name: value for name, value in values.items() if name not in ASSIGNED}
    return plain, {name: list(values[name]) for name in ASSIGNED if name in values}


def assign(
    *,
    actor: User,
    task: PlaybookTask,
    people: Mapping[str, Iterable[Any]],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Make the assignments name exactly these people; return the kinds that changed.

    A role that somebody holds on the task's account becomes that resource (R-OWN-2); one that
    nobody holds stays a role. With those that the person was `shown`, only what they ticked and
    unticked changes. New resources are told (R-OWN-1). A constant number of statements, within
    the caller's operation.
    """
    if not people:
        return []
    rows = list(TaskAssignment.objects.filter(task=task))
    wanted = {
        name: _wanted({one.pk for one in chosen}, _have(rows, name), (shown or {}).get(name))
        for name, chosen in people.items()
    }
    held = holders(task.account_id, wanted.get("roles", ()))
    if held:
        wanted["roles"] -= held.keys()
        doers = wanted.setdefault("resources", set(_have(rows, "resources")))
        doers |= {resource.pk for resource in held.values()}
    gone: list[int] = []
    added: dict[str, set[int]] = {}
    changed = []
    for name, want in wanted.items():
        have = _have(rows, name)
        gone += [have[pk] for pk in have.keys() - want]
        added[name] = want - have.keys()
        if have.keys() != want:
            changed.append(name)
    if gone:
        TaskAssignment.objects.filter(pk__in=gone).delete()
    new = [
        TaskAssignment(task=task, **{f"{ASSIGNED[name]}_id": pk})
        for name, ids in added.items()
        for pk in sorted(ids)
    ]
    if new:
        TaskAssignment.objects.bulk_create(new)
    if added.get("resources"):
        allocated_told(actor=actor, kind="task", record=task, resource_ids=added["resources"])
    return changed


def _have(rows: Iterable[TaskAssignment], name: str) -> dict[int, int]:
    """The ids of one kind that are assigned, each with its row."""
    have = {getattr(row, f"{ASSIGNED[name]}_id"): row.pk for row in rows}
    have.pop(None, None)
    return have


def _wanted(want: set[int], have: Mapping[int, int], shown: Iterable[Any] | None) -> set[int]:
    if shown is None:
        return want
    seen = {getattr(one, "pk", one) for one in shown}
    return (have.keys() - (seen - want)) | (want - seen)
