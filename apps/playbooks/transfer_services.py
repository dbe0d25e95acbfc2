"""How files of playbooks and tasks are written by the import of their lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.db.models import Max, Min
from django.utils import timezone

from apps.accounts.transfer_services import STAYS, owner_follows, owners_given
from apps.activities.models import CsActivity
from apps.core.bulk_services import held
from apps.core.models import User
from apps.core.transfer_rules import Line
from apps.core.transfer_services import Transfer
from apps.plans.template_rules import template_problems
from apps.playbooks import rules
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.services import placed, playbook_problems

DATES: Final = ("start_date", "end_date")


def _playbooks_ready(actor: User, lines: Sequence[Line]) -> None:
    """From when to when the tasks of playbooks with new dates last (R-DATE-1)."""
    dated = [line for line in lines if not line.is_new and set(DATES) & line.values.keys()]
    if not dated:
        return
    tasks = PlaybookTask._base_manager.filter(playbook__in=[line.instance.pk for line in dated])
    spans = {
        pk: (min(filter(None, days[:2]), default=None), max(filter(None, days[2:]), default=None))
        for pk, *days in tasks.order_by()
        .values_list("playbook")
        .annotate(Min("start_date"), Min("end_date"), Max("start_date"), Max("end_date"))
    }
    for line in dated:
        line.instance.tasks_span = spans.get(line.instance.pk, (None, None))


def _playbook_problems(actor: User, row: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """The rules of playbooks; its tasks are only asked for by name where one would lie outside."""
    first, last = getattr(row, "tasks_span", (None, None))
    start, end = (values[n] if n in values else getattr(row, n) for n in DATES)
    outside = (first and start and first < start) or (last and end and last > end)
    return playbook_problems(row, values, tasks_move=not outside)


def _place(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    place, _ = placed(row, values)
    return {name: value for name, value in place.items() if values.get(name) != value}


def _playbook_follows(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {**owner_follows(actor, row, values), **_place(row, values)}


PLAYBOOKS: Final = Transfer(
    kind="playbook",
    model=Playbook,
    fields=(
        "name",
        "account",
        "plan",
        "objective",
        "stage",
        "status",
        "start_date",
        "end_date",
        "owner",
        "is_shared",
        "description",
    ),
    related=(
        "objective__account",
        "objective__plan",
        "plan__account",
        "co_owner",
        "owner_role",
    ),
    problems=_playbook_problems,
    follows=_playbook_follows,
    ready=_playbooks_ready,
    fixed={"account": STAYS},
    moves=("plan", "objective"),
    followers=(
        ("task", PlaybookTask, "playbook"),
        ("activity", CsActivity, "playbook"),
    ),
    told=owners_given("playbook"),
)


def _task_problems(actor: User, row: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Its place (R-OBJ-1), within its playbook's dates (R-PB-1), a completed one whole (R-OBJ-5).

    Who is to do it stays: an import neither moves a task to another account nor assigns it.
    """
    _, errors = placed(row, values)
    errors |= template_problems(row, values)
    if {*DATES, "playbook"} & values.keys():
        playbook = values.get("playbook", row.playbook)
        start, end = (values[n] if n in values else getattr(row, n) for n in DATES)
        errors |= rules.task_date_errors(
            start=start,
            end=end,
            playbook=str(playbook or ""),
            first=playbook and playbook.start_date,
            last=playbook and playbook.end_date,
        )
    stored = row.status if row.pk else ""
    _, halved = rules.completion(before=stored, wanted=values, now=timezone.now())
    if halved:
        errors["percent_complete"] = halved
    return errors


def _task_follows(actor: User, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    stored = row.status if row.pk else ""
    follows, _ = rules.completion(before=stored, wanted=values, now=timezone.now())
    return {**_place(row, values), **follows}


def _hold_playbooks(ids: Collection[int]) -> None:
    """The playbooks before their tasks, as every other change of tasks takes them (R-PB-1)."""
    books = PlaybookTask._base_manager.filter(pk__in=ids).values("playbook")
    held(Playbook, books)


def _task_places(lines: Sequence[Line]) -> None:
    """New tasks, and those that came from elsewhere, are the last of their playbooks."""
    come = [line for line in lines if line.values.get("playbook") is not None]
    if not come:
        return
    books = {line.values["playbook"].pk for line in come}
    tasks = PlaybookTask._base_manager.filter(playbook__in=books).order_by()
    last = dict(tasks.values_list("playbook").annotate(Max("position")))
    for line in come:
        pk = line.values["playbook"].pk
        last[pk] = (last.get(pk) or 0) + 1
        line.instance.position = line.follows["position"] = last[pk]


def _assigned(row: Any) -> str:
    return "; ".join(sorted(str(one) for one in row.assigned))


TASKS: Final = Transfer(
    kind="task",
    model=PlaybookTask,
    fields=(
        "name",
        "account",
        "plan",
        "objective",
        "playbook",
        "status",
        "percent_complete",
        "priority",
        "start_date",
        "end_date",
        "is_flagged",
        "is_shared",
        "description",
        "notes",
    ),
    related=(
        "playbook__account",
        "playbook__plan",
        "playbook__objective",
        "objective__account",
        "objective__plan",
        "plan__account",
    ),
    problems=_task_problems,
    follows=_task_follows,
    places=_task_places,
    hold=_hold_playbooks,
    fixed={"account": STAYS},
    moves=("plan", "objective", "playbook"),
    followers=(("activity", CsActivity, "task"),),
    shows={"assigned": _assigned},
)
