"""The page of a share, as one visitor sees it: read through `shown`, kept as `things`.

A constant number of queries, however much is shown.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from django.conf import settings

from apps.accounts.models import AccountRole, Contact
from apps.core.choices import UnitKind
from apps.core.models import Unit
from apps.core.rules import progress
from apps.kpis.models import ObjectiveKpi
from apps.kpis.rules import kpi_status
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective
from apps.objectives.rules import Measure, objective_progress
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import OVER_STATUSES, Stage, TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.playbooks.selectors import assignments
from apps.portal import news_rules, rules
from apps.portal.models import Share
from apps.portal.selectors import said, shown, things
from apps.portal.selectors.completed import undoable
from apps.portal.selectors.people import Visitor, named
from apps.portal.selectors.series import values, with_values

T = TypeVar("T")

# What the two lists at the top of the page hold at most; all of it stands further down.
TILES: Final = 6
DATES: Final = 6
OUTSIDE: Final = None


def key_of(kind: str, pk: int) -> str:
    """The word for a record in pages for customers; the same as long as the secret is the same."""
    return rules.public_key(settings.SECRET_KEY, kind, pk)


def page(share: Share, visitor: Visitor | None, *, now: dt.datetime) -> things.Page:
    """All that a visitor sees of a share; `now` is in the time zone in which days are told."""
    contacts = visitor.contacts if visitor else ()
    reading = _Reading(share, frozenset(one.pk for one in contacts), now)
    plans = tuple(reading.plans())
    todos = [task for plan in plans for task in plan.all_tasks() if task.mine]
    kpis = [kpi for plan in plans for kpi in plan.all_kpis() if kpi.share > 0]
    return things.Page(
        account=share.account.name,
        plan=plans[0].name if share.plan_id and plans else "",
        plans=plans,
        team=reading.team(),
        contacts=_contacts(share),
        reader=(contacts[0].name if contacts else visitor.email) if visitor else "",
        may_complete=share.may_complete,
        reached=tuple(sorted(kpis, key=lambda kpi: (-kpi.share, kpi.title))[:TILES]),
        done=tuple(_done(plans)),
        todos=tuple(sorted((one for one in todos if not one.done), key=by_end)),
        comments=said.comments(share),
        dates=tuple(sorted(_dates(plans, now.date()), key=lambda one: (one.on, one.name))[:DATES]),
    )


def task_of(
    row: PlaybookTask,
    given: Iterable[TaskAssignment],
    place: str,
    *,
    mine: bool,
    share: Share,
    now: dt.datetime,
    undoable: Collection[int] = (),
) -> things.Task:
    """A task as customers see it; what is theirs they may complete where the share allows it."""
    over = row.status in OVER_STATUSES
    day = None if row.completed_at is None else row.completed_at.astimezone(now.tzinfo).date()
    return things.Task(
        key=key_of("task", row.pk),
        name=row.name,
        description=row.description,
        status=row.status,
        label=row.get_status_display(),
        percent=100 if row.status == TaskStatus.COMPLETED else row.percent_complete,
        start=row.start_date,
        end=row.end_date,
        completed_on=day,
        who=tuple(sorted(str(one) for one in given)),
        place=place,
        mine=mine,
        may_complete=mine and share.may_complete and not over,
        may_undo=mine and share.may_complete and row.pk in undoable,
        late=not over and row.end_date is not None and row.end_date < now.date(),
    )


def digests(page: things.Page) -> dict[str, str]:
    """What is remembered of a visit: a word for each thing that was shown."""
    return {one.key: news_rules.digest(one.said, _over(one)) for _, one in page.everything()}


def with_news(
    page: things.Page, before: Mapping[str, str] | None, since: dt.datetime | None
) -> things.Page:
    """The page, with what is new, changed or completed since the visit before."""
    news = news_rules.news(before, digests(page))
    fresh = tuple(
        things.Fresh(news[one.key], what, _name(one), one.key)
        for what, one in page.everything()
        if one.key in news
    )
    return replace(page, news=news, fresh=fresh, since=since if before is not None else None)


def _over(thing: Any) -> bool:
    return bool(getattr(thing, "done", False))


def _name(thing: Any) -> str:
    return str(thing.title if isinstance(thing, things.Kpi) else thing.name)


def by_end(row: things.Task) -> tuple[dt.date, str]:
    """Sorts tasks by the day they are due, those without a day last."""
    return row.end or dt.date.max, row.name


def _done(plans: Iterable[things.Plan]) -> Iterator[things.Done]:
    """What was completed: goals first, then playbooks, then tasks by day, the newest first."""
    for plan in plans:
        for objective in plan.objectives:
            if objective.done:
                yield things.Done("Objective", objective.name, objective.key)
    for plan in plans:
        for playbook in plan.all_playbooks():
            if playbook.done:
                yield things.Done("Playbook", playbook.name, playbook.key)
    tasks = [task for plan in plans for task in plan.all_tasks() if task.done]
    for task in sorted(tasks, key=lambda one: one.completed_on or dt.date.min, reverse=True):
        yield things.Done("Task", task.name, task.key, task.completed_on)


def _dates(plans: Iterable[things.Plan], today: dt.date) -> Iterator[things.Date]:
    """The days to come, of what is not completed."""
    for plan in plans:
        found: list[tuple[dt.date | None, str, Any]] = [(plan.end, "Plan ends", plan)]
        found += [(one.due, "Objective due", one) for one in plan.objectives]
        found += [(one.target_date, "KPI target", one) for one in plan.all_kpis()]
        found += [(one.end, "Playbook ends", one) for one in plan.all_playbooks()]
        found += [(one.end, "Task due", one) for one in plan.all_tasks()]
        for on, what, thing in found:
            if on is not None and on >= today and not _over(thing):
                yield things.Date(on, what, _name(thing), thing.key)


def _contacts(share: Share) -> tuple[things.Face, ...]:
    rows = Contact._default_manager.filter(
        pk__in=named().filter(share=share).values("contact"), is_active=True
    )
    return tuple(things.Face(one.name, one.title) for one in rows.order_by("name", "pk"))


def _grouped(rows: Iterable[T], name: Callable[[T], Any]) -> dict[Any, list[T]]:
    groups: dict[Any, list[T]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    return groups


def _unit(unit: Unit | None) -> str:
    """A unit as it stands behind a value; a plain number needs none."""
    if unit is None or (unit.kind == UnitKind.NUMBER and not unit.symbol):
        return ""
    return unit.symbol or unit.label


@dataclass
class _Reading:
    """What is read for one page, on its way into values."""

    share: Share
    readers: frozenset[int]
    now: dt.datetime

    def plans(self) -> Iterator[things.Plan]:
        """The plans that are shown, and what stands outside of them."""
        self.names: dict[int, str] = {}
        tasks = self._tasks()
        playbooks = self._playbooks(tasks)
        objectives, unnamed = self._objectives(playbooks, tasks)
        rows = list(
            shown.plans(self.share).select_related("owner__role").order_by("end_date", "pk")
        )
        self.owners = [row.owner for row in rows if row.owner and row.owner.is_active]
        for row in sorted(rows, key=lambda one: one.status == PlanStatus.COMPLETED):
            yield things.Plan(
                key=key_of("plan", row.pk),
                name=row.name,
                label=row.get_status_display(),
                start=row.start_date,
                end=row.end_date,
                objectives=tuple(objectives.get(row.pk, ())),
                playbooks=tuple(unnamed.get(row.pk, ())),
                others=self._others(tasks, row.pk),
            )
        outside = things.Plan(
            "", "", "", None, None,
            tuple(objectives.get(OUTSIDE, ())),
            tuple(unnamed.get(OUTSIDE, ())),
            self._others(tasks, OUTSIDE),
        )  # fmt: skip
        if not outside.empty:
            yield outside

    def team(self) -> tuple[things.Face, ...]:
        """Who is there for the account: by role, and the owners of its plans."""
        roles = AccountRole._default_manager.filter(
            account=self.share.account_id, resource__is_active=True
        )
        faces: dict[int, tuple[Any, list[str]]] = {}
        for row in roles.select_related("resource", "role").order_by("role__position", "pk"):
            faces.setdefault(row.resource_id, (row.resource, []))[1].append(row.role.label)
        for owner in self.owners:
            role = owner.role.label if owner.role else ""
            faces.setdefault(owner.pk, (owner, [role] if role else []))
        return tuple(
            things.Face(one.name, ", ".join(dict.fromkeys(words)), one.email)
            for one, words in faces.values()
        )

    def _tasks(self) -> list[PlaybookTask]:
        rows = list(shown.tasks(self.share).order_by("position", "start_date", "pk"))
        self.undoable = undoable(self.readers, rows, self.now)
        chosen = assignments().filter(task__in=[row.pk for row in rows]).order_by("pk")
        self.assigned = _grouped(chosen, lambda one: one.task_id)
        return rows

    def _task(self, row: PlaybookTask, place: str) -> things.Task:
        given = self.assigned.get(row.pk, [])
        mine = any(one.contact_id in self.readers for one in given if one.contact_id)
        return task_of(
            row, given, place, mine=mine, share=self.share, now=self.now, undoable=self.undoable
        )

    def _playbooks(self, tasks: list[PlaybookTask]) -> dict[tuple[Any, Any], list[things.Playbook]]:
        """The playbooks that are shown, by plan and objective."""
        below = _grouped(tasks, lambda one: one.playbook_id)
        rows = list(shown.playbooks(self.share).order_by("start_date", "name", "pk"))
        found: dict[tuple[Any, Any], list[things.Playbook]] = defaultdict(list)
        for row in sorted(rows, key=lambda one: one.stage == Stage.COMPLETED):
            found[row.plan_id, row.objective_id].append(self._playbook(row, below.get(row.pk, [])))
        return found

    def _playbook(self, row: Playbook, tasks: list[PlaybookTask]) -> things.Playbook:
        return things.Playbook(
            key=key_of("playbook", row.pk),
            name=row.name,
            description=row.description,
            stage=row.stage,
            label=row.get_stage_display(),
            start=row.start_date,
            end=row.end_date,
            tasks=tuple(self._task(task, row.name) for task in tasks),
        )

    def _objectives(
        self,
        playbooks: Mapping[tuple[Any, Any], list[things.Playbook]],
        tasks: list[PlaybookTask],
    ) -> tuple[dict[Any, list[things.Objective]], dict[Any, list[things.Playbook]]]:
        """The objectives that are shown by plan, and by plan the playbooks without an objective."""
        kpis = self._kpis()
        counted = _grouped(tasks, lambda one: one.objective_id)
        rows = shown.objectives(self.share).select_related(
            "status", "owner", "owner_contact", "owner_role"
        )
        found: dict[Any, list[things.Objective]] = defaultdict(list)
        for row in rows.order_by("due_date", "name", "pk"):
            self.names[row.pk] = row.name
            below = playbooks.get((row.plan_id, row.pk), [])
            found[row.plan_id].append(
                self._objective(row, kpis.get(row.pk, []), below, counted.get(row.pk, []))
            )
        for group in found.values():
            group.sort(key=lambda one: one.done)
        unnamed = {plan: group for (plan, above), group in playbooks.items() if above is None}
        return found, unnamed

    def _objective(
        self,
        row: Objective,
        kpis: list[ObjectiveKpi],
        playbooks: list[things.Playbook],
        tasks: list[PlaybookTask],
    ) -> things.Objective:
        kind = row.status.kind if row.status else StatusKind.NOT_STARTED
        share = objective_progress(
            status_kind=kind,
            completion_type=row.completion_type,
            own=Measure(row.baseline, row.current, row.target, row.direction),
            kpis=[Measure(kpi.baseline, kpi.current, kpi.target, kpi.direction) for kpi in kpis],
            tasks_complete=sum(task.status == TaskStatus.COMPLETED for task in tasks),
            tasks_counted=len(tasks),
        )
        today = self.now.date()
        return things.Objective(
            key=key_of("objective", row.pk),
            name=row.name,
            description=row.description,
            kind=kind,
            label=row.status.label if row.status else "",
            start=row.start_date,
            due=row.due_date,
            leader=str(row.owner or row.owner_contact or row.owner_role or ""),
            share=share,
            kpis=tuple(self._kpi(kpi, row.start_date) for kpi in kpis),
            playbooks=tuple(playbooks),
            late=kind != StatusKind.COMPLETED and row.due_date is not None and row.due_date < today,
        )

    def _kpis(self) -> dict[int, list[ObjectiveKpi]]:
        rows = shown.kpis(self.share).select_related("unit").order_by("title", "pk")
        return _grouped(with_values(rows), lambda one: one.objective_id)

    def _kpi(self, row: ObjectiveKpi, start: dt.date | None) -> things.Kpi:
        measure = (row.baseline, row.current, row.target)
        return things.Kpi(
            key=key_of("kpi", row.pk),
            title=row.title,
            description=row.description,
            unit=_unit(row.unit),
            decimals=row.unit.decimals if row.unit else 4,
            baseline=row.baseline,
            current=row.current,
            target=row.target,
            target_date=row.target_date,
            measured_on=row.measured_on,
            share=progress(*measure, row.direction),
            status=kpi_status(
                baseline=row.baseline,
                current=row.current,
                target=row.target,
                direction=row.direction,
                start=start,
                target_date=row.target_date,
                today=self.now.date(),
            ),
            values=values(row),
        )

    def _others(self, tasks: list[PlaybookTask], plan: int | None) -> tuple[things.Group, ...]:
        """The tasks of a plan outside of a playbook: without an objective first, then by it."""
        loose = [row for row in tasks if row.playbook_id is None and row.plan_id == plan]
        groups = _grouped(loose, lambda one: one.objective_id)
        order = sorted(groups, key=lambda pk: self.names.get(pk, ""))
        return tuple(
            things.Group(name, tuple(self._task(row, name) for row in groups[pk]))
            for pk in order
            for name in (self.names.get(pk, ""),)
        )
