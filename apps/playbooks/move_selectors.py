"""What a change does to others: read from what it did, and what may move along (R-CAS-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Q, QuerySet

from apps.accounts.models import Contact
from apps.activities.models import CsActivity
from apps.core.access import may
from apps.core.person import Person, person_of
from apps.core.preview_rules import Group, Line
from apps.core.selectors import HIDDEN
from apps.core.undo_selectors import DELETE, UPDATE, RowChange, events_of, operation_changes
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective, ObjectiveChallenge
from apps.plans.models import BusinessChallenge, PlanChallenge, SuccessPlan
from apps.playbooks import move_rules as rules
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.playbooks.rules import task_date_errors

# The kinds that follow another record, as a preview lists them.
FOLLOWERS: Final[dict[Any, str]] = {
    Objective: "objective",
    Playbook: "playbook",
    PlaybookTask: "task",
    CsActivity: "activity",
}
KINDS: Final[dict[Any, str]] = {SuccessPlan: "plan", **FOLLOWERS}
PLACE: Final = ("account_id", "plan_id", "objective_id", "playbook_id")
CONTACT: Final[dict[Any, str]] = {Objective: "owner_contact_id", Playbook: "co_owner_id"}
LINKS: Final[dict[Any, str]] = {PlanChallenge: "plan_id", ObjectiveChallenge: "objective_id"}

# Whose dates a person set after they were made, other than by moving what they hang on.
BY_HAND: Final = """
    SELECT DISTINCT told.pgh_obj_id FROM (
        SELECT pgh_obj_id, pgh_label, pgh_actor_id, pgh_operation, start_date, end_date,
               lag(start_date) OVER line AS was_start, lag(end_date) OVER line AS was_end
        FROM {event} WHERE pgh_obj_id = ANY(%s)
        WINDOW line AS (PARTITION BY pgh_obj_id ORDER BY pgh_id)
    ) told
    WHERE told.pgh_label = 'update' AND told.pgh_actor_id IS NOT NULL
      AND (told.start_date, told.end_date) IS DISTINCT FROM (told.was_start, told.was_end)
      AND NOT EXISTS (
        SELECT 1 FROM {above} above
        WHERE above.pgh_obj_id = %s AND above.pgh_label = 'update'
          AND above.pgh_operation = told.pgh_operation
      )
"""


def set_by_hand(model: Any, ids: Collection[int], above: Any) -> set[int]:
    """Those of some playbooks or tasks whose dates a person set after they were made.

    What moved together with the record `above` does not count.
    """
    if not ids:
        return set()
    tables = {
        "event": connection.ops.quote_name(events_of(model)._meta.db_table),
        "above": connection.ops.quote_name(events_of(type(above))._meta.db_table),
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND.format(**tables), [list(ids), above.pk])
        return {pk for (pk,) in cursor.fetchall()}


def objective_offers(
    actor: Any, objective: Objective, days: int, without: Collection[str] = ()
) -> list[Line]:
    """What may move with an objective's start: playbooks, tasks, and KPIs unless left out (R-OBJ-8).

    What is over and what was dated by hand is not proposed, nor are KPIs.
    """
    playbooks = _dated(Playbook._base_manager.filter(objective=objective))
    tasks = _dated(PlaybookTask._base_manager.filter(objective=objective)).select_related(
        "playbook"
    )
    lines = _offers(actor, objective, days, playbooks, tasks, {})
    if may(actor, "kpi.edit"):
        person = person_of(actor)
        kpis = ObjectiveKpi._base_manager.filter(objective=objective, target_date__isnull=False)
        lines += [
            _line(person, "kpi", kpi, rules.Span(kpi.target_date), days, "", False)
            for kpi in kpis.order_by("target_date", "title", "pk")
        ]
    return _worth_asking([line for line in lines if line.key not in without])


def playbook_offers(actor: Any, playbook: Playbook, days: int, dates: rules.Span) -> list[Line]:
    """What may move with a playbook's start: its tasks (R-DATE-1). It will have these dates."""
    tasks = _dated(PlaybookTask._base_manager.filter(playbook=playbook)).select_related("playbook")
    spans = {playbook.pk: dates}
    none = Playbook._base_manager.none()
    return _worth_asking(_offers(actor, playbook, days, none, tasks, spans))


def _worth_asking(lines: list[Line]) -> list[Line]:
    """Nothing is asked about dates when all that could move is over."""
    return lines if any(not line.over for line in lines) else []


def _dated(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(Q(start_date__isnull=False) | Q(end_date__isnull=False)).order_by(
        "start_date", "end_date", "name", "pk"
    )


def _offers(
    actor: Any,
    above: Any,
    days: int,
    playbooks: QuerySet[Any],
    tasks: QuerySet[Any],
    spans: dict[int, rules.Span],
) -> list[Line]:
    """The lines of some playbooks and tasks; `spans` are the dates that playbooks will have."""
    person = person_of(actor)
    lines = []
    for row, word in _with_words(Playbook, playbooks, above, may(actor, "playbook.edit")):
        dates = rules.Span(row.start_date, row.end_date)
        line = _line(person, "playbook", row, dates, days, word, not word)
        spans[row.pk] = _later(dates, days) if line.ticked else dates
        lines.append(line)
    for row, word in _with_words(PlaybookTask, tasks, above, may(actor, "task.edit")):
        dates = rules.Span(row.start_date, row.end_date)
        holder = row.playbook
        around = rules.Span()
        if holder is not None:
            around = spans.get(holder.pk) or rules.Span(holder.start_date, holder.end_date)
        moves, why = rules.proposed(dates, days, moves=not word, playbook=around)
        lines.append(
            _line(person, "task", row, dates, days, ", ".join(filter(None, [word, why])), moves)
        )
    return lines


def _with_words(
    model: Any, rows: QuerySet[Any], above: Any, allowed: object
) -> list[tuple[Any, str]]:
    """Each row with the word that speaks against moving it, empty when nothing does."""
    if not allowed:
        return []
    listed = list(rows)
    by_hand = set_by_hand(model, [row.pk for row in listed], above)
    return [(row, _over(row) or (rules.BY_HAND if row.pk in by_hand else "")) for row in listed]


def _over(row: Playbook | PlaybookTask) -> str:
    if row.is_open:
        return ""
    word = row.get_stage_display() if isinstance(row, Playbook) else row.get_status_display()
    return word.lower()


def _line(
    person: Person, kind: str, row: Any, dates: rules.Span, days: int, note: str, ticked: bool
) -> Line:
    before, after = _written(person, dates), _written(person, _later(dates, days))
    over = not getattr(row, "is_open", True)
    return Line(kind, row.pk, str(row), before, after, note, ticked, over)


def _later(dates: rules.Span, days: int) -> rules.Span:
    try:
        return dates.moved(days)
    except ValueError as error:
        raise ValidationError({"start_date": str(error)}) from error


def _written(person: Person, dates: rules.Span) -> str:
    both = [person.date(day) for day in (dates.start, dates.end) if day is not None]
    return " – ".join(dict.fromkeys(both))


def dated_group(offers: Sequence[Line], chosen: Sequence[bool], days: int) -> Group:
    """The offered rows with their ticks, and what is said of those that are ticked."""
    lines = [replace(line, ticked=on) for line, on in zip(offers, chosen, strict=True)]
    words = rules.dated_words(Counter(line.kind for line in lines if line.ticked), days)
    return Group(*words, lines, offered=True)


def outside(
    before: Any, after: Any, *, playbooks: Collection[int], tasks: Collection[int]
) -> list[str]:
    """Which tasks a move has taken out of their playbook's dates, both dates named (R-PB-1).

    `before` and `after` are the objective or playbook whose start moved, `playbooks` and `tasks`
    what moved with it. Only what a move parted is looked at: a task and its playbook that moved
    together lie to each other as they did.
    """
    early = Q(start_date__lt=F("playbook__start_date")) | Q(end_date__lt=F("playbook__start_date"))
    late = Q(start_date__gt=F("playbook__end_date")) | Q(end_date__gt=F("playbook__end_date"))
    moved = Q(pk__in=tasks)
    if isinstance(after, Playbook):
        wrong = early | late if after.end_date != before.end_date else early | (moved & late)
        rows = PlaybookTask._base_manager.filter(wrong, playbook=after)
    else:
        parted = (moved & ~Q(playbook__in=playbooks)) | (~moved & Q(playbook__in=playbooks))
        rows = PlaybookTask._base_manager.filter(parted, early | late, objective=after)
    found = list(rows.select_related("playbook").order_by("start_date", "pk"))
    return [f"“{task}”: {' '.join(_dates_wrong(task))}" for task in found]


def _dates_wrong(task: PlaybookTask) -> Iterable[str]:
    holder: Any = task.playbook
    return task_date_errors(
        start=task.start_date,
        end=task.end_date,
        playbook=str(holder),
        first=holder.start_date,
        last=holder.end_date,
    ).values()


def moved_groups(actor: Any, before: Any, after: Any, operation: UUID) -> list[Group]:
    """What an operation that changed a record's place did to others, read from its history.

    `before` and `after` are the record with what it hangs on. Nothing when its place is the same.
    """
    kind = KINDS[type(before)]
    names = rules.PLACES[kind]
    part = next((n for n in names if getattr(before, f"{n}_id") != getattr(after, f"{n}_id")), None)
    if part is None:
        return []
    source, target = (str(getattr(one, part) or rules.NOWHERE[part]) for one in (before, after))
    changes = operation_changes(operation)
    groups = [_placed(actor, before, changes, source, target)]
    if part == "account":
        groups += [_unlinked(actor, changes, source), _contacts(actor, changes, source)]
    return [group for group in groups if group.lines]


def _placed(
    actor: Any, record: Any, changes: Sequence[RowChange], source: str, target: str
) -> Group:
    followers = [
        change
        for change in changes
        if change.model in FOLLOWERS
        and change.label == UPDATE
        and (change.model, change.pk) != (type(record), record.pk)
        and set(PLACE).intersection(change.changed)
    ]
    lines = [
        Line(FOLLOWERS[c.model], c.pk, _named(actor, FOLLOWERS[c.model], c.name), source, target)
        for c in followers
    ]
    order = list(FOLLOWERS.values())
    lines.sort(key=lambda line: (order.index(line.kind), line.name, line.pk))
    return Group(*rules.placed_words(Counter(line.kind for line in lines), target), lines)


def _named(actor: Any, kind: str, name: str) -> str:
    return name if may(actor, f"{kind}.view") else HIDDEN


def _unlinked(actor: Any, changes: Sequence[RowChange], source: str) -> Group:
    ended = [c for c in changes if c.model in LINKS and c.label == DELETE]
    ids = {change.before["challenge_id"] for change in ended}
    titles = _names(actor, BusinessChallenge, ids)
    named = {(KINDS[c.model], c.pk): c.name for c in changes if c.model in KINDS}
    lines = []
    for change in ended:
        column = LINKS[change.model]
        kind = column.removesuffix("_id")
        linked = named.get((kind, change.before[column]), "")
        pk = change.before["challenge_id"]
        lines.append(
            Line("challenge", pk, titles.get(pk, HIDDEN), f"linked to {linked}", "not linked")
        )
    lines.sort(key=lambda line: (line.name, line.pk, line.before))
    return Group(*rules.unlinked_words(len(ids), source), lines)


def _contacts(actor: Any, changes: Sequence[RowChange], source: str) -> Group:
    named = {(KINDS[c.model], c.pk): c.name for c in changes if c.model in KINDS}
    lost: list[tuple[str, int, int]] = []
    for change in changes:
        column = CONTACT.get(change.model)
        if column and column in change.changed and change.after[column] is None:
            lost.append((KINDS[change.model], change.pk, change.before[column]))
        elif change.model is TaskAssignment and change.label == DELETE:
            contact = change.before["contact_id"]
            if contact is not None:
                lost.append(("task", change.before["task_id"], contact))
    people = _names(actor, Contact, {contact for _, _, contact in lost})
    lines = [
        Line(
            kind,
            pk,
            _named(actor, kind, named.get((kind, pk), "")),
            people.get(contact, HIDDEN),
            "taken off",
        )
        for kind, pk, contact in lost
    ]
    lines.sort(key=lambda line: (line.kind, line.name, line.pk, line.before))
    numbers = Counter(kind for kind, _ in {(line.kind, line.pk) for line in lines})
    return Group(*rules.stays_words(numbers, source), lines)


def _names(actor: Any, model: Any, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {row.pk: str(row) for row in model.objects.visible_to(actor).filter(pk__in=ids)}
