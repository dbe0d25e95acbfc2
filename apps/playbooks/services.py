"""Writes of playbooks and tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Account
from apps.accounts.ownership_services import owner_problems, owner_told, with_owner
from apps.accounts.rules import allocation_error
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import apply, create, lock, touch
from apps.objectives.models import Objective
from apps.plans.move_services import contacts_stay
from apps.plans.services import require_new, require_on, unfit_owner
from apps.plans.template_rules import lies_in_template, template_problems
from apps.playbooks import rules
from apps.playbooks.assign_services import ASSIGNED, assign, split
from apps.playbooks.choices import OVER_STAGES
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.selectors import last_position, tasks_outside

R = TypeVar("R", Playbook, PlaybookTask)

# What each record can hang on, the nearest first.
ABOVE: Final[dict[type[Any], tuple[str, ...]]] = {
    Playbook: ("objective", "plan"),
    PlaybookTask: ("playbook", "objective", "plan"),
}


def _final(record: Any, values: Mapping[str, Any], name: str) -> Any:
    return values[name] if name in values else getattr(record, name)


def placed(record: R, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Where a record will stand once it holds these values, and what is wrong with that, by field.

    What it hangs on brings its own parents and account along (R-OBJ-2, R-OBJ-3). The database
    would let them follow without a word; here a person who said otherwise is told.
    """
    names: tuple[str, ...] = ABOVE[type(record)]
    what = "task" if isinstance(record, PlaybookTask) else "playbook"
    if record.pk and not any(name in values for name in (*names, "account")):
        return {}, {}
    account = _final(record, values, "account")
    lowest = next((name for name in names if _final(record, values, name) is not None), None)
    if lowest is None:
        if account or lies_in_template(record, values):
            return {}, {}
        return {}, {"account": rules.NO_ACCOUNT.format(what)}
    parent = _final(record, values, lowest)
    if account is not None and account.pk != parent.account_id:
        error = rules.foreign_parent_error(lowest, str(parent), str(parent.account), str(account))
        return {}, {lowest: error}
    place, errors = {"account": parent.account}, {}
    for name in names[names.index(lowest) + 1 :]:
        its = getattr(parent, name)
        # A new record leaves empty what follows; emptying it on an old one is a wish.
        wished = name in values and (values[name] is not None or record.pk)
        if wished and values[name] != its:
            wanted = str(values[name] or "")
            errors[name] = rules.other_parent_error(
                lowest, str(parent), name, str(its or ""), wanted
            )
        place[name] = its
    return place, errors


def playbook_problems(
    playbook: Playbook, values: Mapping[str, Any], *, tasks_move: bool = False
) -> dict[str, str]:
    """What is wrong with a playbook once it holds these values, by field.

    Its place (R-OBJ-1), dates that leave its tasks inside (R-DATE-1), an owner who can be
    allocated (R-OWN-1), a co-owner of the same account while it is shared (R-OWN-2). While its
    `tasks_move` with it, whoever moves them judges where they lie.
    """
    place, errors = placed(playbook, values)
    errors |= template_problems(playbook, values)
    if "start_date" in values or "end_date" in values:
        errors |= _playbook_dates(playbook, values, tasks_move)
    unfit = unfit_owner(values.get("owner"), playbook.owner_id)
    if unfit:
        errors["owner"] = unfit
    errors |= owner_problems("playbook", playbook, values)
    account = place.get("account") or _final(playbook, values, "account")
    # A co-owner who is not chosen anew stays behind when the account changes.
    leaves = "co_owner" not in values and _leaves(playbook, account)
    if not leaves and ("co_owner" in values or "is_shared" in values):
        error = _co_owner_error(playbook, values, account)
        if error:
            errors["co_owner"] = error
    return errors


def _leaves(playbook: Playbook, account: Account | None) -> bool:
    return bool(playbook.pk and account and account.pk != playbook.account_id)


def _playbook_dates(
    playbook: Playbook, values: Mapping[str, Any], tasks_move: bool
) -> dict[str, str]:
    start, end = (_final(playbook, values, name) for name in ("start_date", "end_date"))
    # Only a date that changes can push a task out.
    narrower = {
        "before": start if start != playbook.start_date else None,
        "after": end if end != playbook.end_date else None,
    }
    outside = {
        side: tasks_outside(playbook, **{side: day})
        if playbook.pk and day and not tasks_move
        else []
        for side, day in narrower.items()
    }
    return rules.playbook_date_errors(start=start, end=end, **outside)


def _co_owner_error(
    playbook: Playbook, values: Mapping[str, Any], account: Account | None
) -> str | None:
    contact = _final(playbook, values, "co_owner")
    if contact is None:
        return None
    if not _final(playbook, values, "is_shared"):
        return rules.CO_OWNER_NEEDS_SHARING
    if account is None or contact.account_id != account.pk:
        return rules.foreign_contact_error([str(contact)], str(account))
    if not contact.is_active and contact.pk != playbook.co_owner_id:
        return rules.left_error(str(contact))
    return None


def task_problems(task: PlaybookTask, values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a task once it holds these values, by field.

    Its place (R-OBJ-1), dates within those of its playbook (R-DATE-1, R-PB-1), a completed one
    is whole (R-OBJ-5), people who can be given it (R-OWN-1) and contacts of its own account.
    """
    place, errors = placed(task, values)
    errors |= template_problems(task, values)
    if any(name in values for name in ("start_date", "end_date", "playbook")):
        playbook = _final(task, values, "playbook")
        errors |= rules.task_date_errors(
            start=_final(task, values, "start_date"),
            end=_final(task, values, "end_date"),
            playbook=str(playbook or ""),
            first=playbook and playbook.start_date,
            last=playbook and playbook.end_date,
        )
    stored = task.status if task.pk else ""
    _, halved = rules.completion(before=stored, wanted=values, now=timezone.now())
    if halved:
        errors["percent_complete"] = halved
    if place or any(name in values for name in ("account", *ASSIGNED)):
        account = place.get("account") or _final(task, values, "account")
        errors |= _unfit_people(task, values, account)
    return errors


def _unfit_people(
    task: PlaybookTask, values: Mapping[str, Any], account: Account | None
) -> dict[str, str]:
    errors = {}
    rows = list(task.assignments.select_related("contact")) if task.pk else []
    kept = {row.resource_id for row in rows}
    for resource in values.get("resources", ()):
        if resource.pk not in kept:
            unfit = allocation_error(
                resource.name, is_active=resource.is_active, kind=resource.kind
            )
            if unfit:
                errors["resources"] = unfit
    contacts = values.get("contacts", [row.contact for row in rows if row.contact])
    foreign = [c.name for c in contacts if account is None or c.account_id != account.pk]
    error = rules.foreign_contact_error(foreign, str(account))
    if error:
        errors["contacts"] = error
    return errors


def _refuse(errors: Mapping[str, str]) -> None:
    if errors:
        raise ValidationError(dict(errors))


def _require_sharing(actor: User, what: str, record: R, values: Mapping[str, Any]) -> None:
    if values.get("is_shared", record.is_shared) != record.is_shared:
        require(actor, f"{what}.share")


def playbook_create(*, actor: User, values: Mapping[str, Any]) -> Playbook:
    """A new playbook of an account, or in a template; where it hangs says which, when not given.

    Raises ValidationError by field for what `playbook_problems` names.
    """
    require_new(actor, "playbook.create", Playbook(), values)
    plain = dict(values)
    _require_sharing(actor, "playbook", Playbook(), plain)
    with operation(actor):
        _refuse(playbook_problems(Playbook(), plain))
        place, _ = placed(Playbook(), plain)
        plain |= place
        playbook = create(Playbook(**with_owner(Playbook(), plain, plain.get("account"))))
        owner_told(actor=actor, kind="playbook", record=playbook)
        return playbook


def playbook_update(
    *,
    actor: User,
    playbook: Playbook,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    tasks_move: bool = False,
) -> list[str]:
    """Change a playbook and return the names of the fields that changed.

    Its tasks and activities follow it to another objective, plan or account: the database's work
    (R-OBJ-2, R-OBJ-3). Contacts of the old account stay behind. `tasks_move` says that the caller
    moves its tasks too. Raises ValidationError as `playbook_create` does, and Conflict.
    """
    require_on(actor, "playbook.edit", playbook.account_id)
    with operation(actor):
        locked = lock(playbook)
        _require_sharing(actor, "playbook", locked, changes)
        _refuse(playbook_problems(locked, changes, tasks_move=tasks_move))
        place, _ = placed(locked, changes)
        before = locked.owner_id
        wanted = {**changes, **place}
        wanted = with_owner(locked, wanted, wanted.get("account", locked.account_id))
        leaves = _leaves(locked, wanted.get("account"))
        if leaves:
            wanted.setdefault("co_owner", None)
        changed = apply(locked, wanted, shown)
        if leaves:
            contacts_stay(moved=locked)
        owner_told(actor=actor, kind="playbook", record=locked, before=before)
        return changed


def playbooks_group(*, actor: User, objective: Objective, playbooks: Collection[Playbook]) -> None:
    """Group playbooks of its account under an objective; their tasks and activities follow.

    Raises ValidationError for one of another account, or one that does not go on any more. A
    constant number of statements.
    """
    if not playbooks:
        return
    require_on(actor, "playbook.edit", objective.account_id)
    with operation(actor):
        ids = [playbook.pk for playbook in playbooks]
        rows = Playbook.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        held = [row for row in rows if row.account_id == objective.account_id]
        fit = [row.pk for row in held if row.stage not in OVER_STAGES]
        lost = [str(playbook) for playbook in playbooks if playbook.pk not in fit]
        if lost:
            raise ValidationError(
                {"playbooks": rules.ungrouped_error(lost, str(objective.account))}
            )
        Playbook.objects.filter(pk__in=fit).update(
            objective=objective, plan=objective.plan, updated_at=timezone.now()
        )


def playbook_delete(*, actor: User, playbook: Playbook, with_tasks: bool = False) -> None:
    """Delete a playbook; its activities stay, its tasks stay or go with it (R-DEL-1).

    What stays hangs on the nearest kept parent: the objective, the plan, or else the account.
    """
    require_on(actor, "playbook.delete", playbook.account_id)
    if with_tasks:
        require_on(actor, "task.delete", playbook.account_id)
    with operation(actor):
        locked = lock(playbook)
        if with_tasks:
            locked.tasks.all().delete()
        locked.delete()


def task_create(*, actor: User, values: Mapping[str, Any]) -> PlaybookTask:
    """A new task, the last of its playbook; `resources`, `contacts`, `roles`, `pools` are to do it.

    Its account follows from what it hangs on when not given (R-OBJ-2). Raises ValidationError by
    field for what `task_problems` names.
    """
    require_new(actor, "task.create", PlaybookTask(), values)
    plain, people = split(values)
    _require_sharing(actor, "task", PlaybookTask(), plain)
    with operation(actor):
        playbook = plain.get("playbook")
        if playbook is not None:
            plain["playbook"] = playbook = _held(playbook)
        _refuse(task_problems(PlaybookTask(), plain | people))
        place, _ = placed(PlaybookTask(), plain)
        follows, _ = rules.completion(before="", wanted=plain, now=timezone.now())
        if playbook is not None:
            plain.setdefault("position", last_position(playbook) + 1)
        task = create(PlaybookTask(**(plain | place | follows)))
        assign(actor=actor, task=task, people=people)
    return task


def task_update(
    *,
    actor: User,
    task: PlaybookTask,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a task and who is to do it; return the names of the fields that changed.

    Completing it makes it whole and stamps it, reopening takes both back (R-OBJ-5); in another
    playbook it comes last. Raises ValidationError as `task_create` does, and Conflict.
    """
    require_on(actor, "task.edit", task.account_id)
    plain, people = split(changes)
    with operation(actor):
        # The playbook first: its own service takes the rows in this order too.
        if plain.get("playbook") is not None:
            plain["playbook"] = _held(plain["playbook"])
        elif "start_date" in plain or "end_date" in plain:
            _hold_stored(task)
        locked = lock(task)
        _require_sharing(actor, "task", locked, plain)
        _refuse(task_problems(locked, plain | people))
        place, _ = placed(locked, plain)
        follows, _ = rules.completion(before=locked.status, wanted=plain, now=timezone.now())
        playbook = plain.get("playbook")
        if playbook is not None and playbook.pk != locked.playbook_id:
            follows.setdefault("position", last_position(playbook) + 1)
        changed = apply(locked, {**plain, **place, **follows}, shown)
        moved = assign(actor=actor, task=locked, people=people, shown=shown or {})
        if moved and not changed:
            touch(PlaybookTask.objects.filter(pk=locked.pk))
    return changed + moved


def _held(playbook: Playbook) -> Playbook:
    """A task's playbook as it stands now, kept from moving until the task is saved (R-PB-1)."""
    rows = Playbook.objects.select_for_update(of=("self",))
    held = rows.select_related("account", "plan", "objective").filter(pk=playbook.pk).first()
    if held is None:
        sentence = f"“{playbook}” was deleted meanwhile. Choose another playbook, or none."
        raise ValidationError({"playbook": sentence})
    return held


def _hold_stored(task: PlaybookTask) -> None:
    holder = Playbook.objects.select_for_update(of=("self",)).filter(tasks=task)
    holder.order_by().values_list("pk").first()


def task_delete(*, actor: User, task: PlaybookTask) -> None:
    """Delete a task and its assignments; its activities stay with its parents (R-DEL-1)."""
    require_on(actor, "task.delete", task.account_id)
    with operation(actor):
        lock(task).delete()
