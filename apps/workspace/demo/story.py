"""Invents plans, objectives, KPIs, playbooks and activities around the real readings.

Seeded by the account, so that the demo always tells the same story. Every KPI is fed by an
attribute: its baseline is the reading at the plan's start, its history is the file's.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from apps.core.rules import met
from apps.workspace.demo.ravenstack import AccountRow
from apps.workspace.demo.words import MEASURES, NOTES, REASONS, TASKS, THEMES

PLANNED_ACCOUNTS: Final = 120


@dataclass(frozen=True)
class KpiRow:
    """A KPI fed by an attribute."""

    title: str
    attribute: str
    unit: str
    category: str
    direction: str
    baseline: Decimal
    target: Decimal
    target_date: dt.date | None
    blocked: bool


@dataclass(frozen=True)
class TaskRow:
    """A task of a playbook."""

    name: str
    start: dt.date
    end: dt.date
    status: str
    percent: int
    priority: str


@dataclass(frozen=True)
class PlaybookRow:
    """A playbook with its tasks."""

    name: str
    stage: str
    status: str
    start: dt.date
    end: dt.date
    tasks: list[TaskRow]


@dataclass(frozen=True)
class ObjectiveRow:
    """An objective with its KPIs and playbooks."""

    name: str
    category: str
    status: str
    priority: str
    risk: str
    health: int
    start: dt.date | None
    due: dt.date | None
    kpis: list[KpiRow]
    playbooks: list[PlaybookRow]
    shared: bool


@dataclass(frozen=True)
class ActivityRow:
    """A note, call or meeting."""

    type: str
    subject: str
    notes: str
    days_ago: int
    minutes: int


@dataclass(frozen=True)
class PlanRow:
    """A success plan of one account."""

    account: str
    name: str
    status: str
    start: dt.date
    end: dt.date
    review: dt.date | None
    objectives: list[ObjectiveRow]
    challenges: list[tuple[str, str, str]]
    activities: list[ActivityRow] = field(default_factory=list)


def done_at(end: dt.date, now: dt.datetime) -> dt.datetime:
    """When a completed task was done: in the afternoon of its last day, and not in the future."""
    return min(now, now.replace(hour=15, minute=0, second=0, microsecond=0) + (end - now.date()))


def plans(accounts: list[AccountRow], today: dt.date) -> list[PlanRow]:
    """Plans for the larger active accounts, one or two each."""
    active = [a for a in accounts if a.status == "active" and len(a.readings["mrr"]) >= 10]
    largest = sorted(active, key=lambda a: (-a.arr, a.external_id))[:PLANNED_ACCOUNTS]
    found = []
    for account in largest:
        chance = random.Random(f"plan {account.external_id}")  # noqa: S311 (a demo, not a secret)
        for place in range(2 if chance.random() < 0.3 else 1):
            found.append(_plan(account, today, chance, place))
    return found


def _plan(account: AccountRow, today: dt.date, chance: random.Random, place: int) -> PlanRow:
    start = _first_of_month(today, -chance.randint(3, 9) if place == 0 else chance.randint(-2, 2))
    end = _first_of_month(start, chance.choice([9, 12])) - dt.timedelta(days=1)
    themes = chance.sample(sorted(THEMES), chance.randint(2, 4))
    name = chance.choice(["Success plan", "Value plan", "Growth plan", "Adoption plan"])
    return PlanRow(
        account=account.external_id,
        name=f"{name} {start.year}" if place == 0 else f"Renewal and expansion {end.year}",
        status="completed"
        if end < today and chance.random() < 0.6
        else chance.choices(["active", "draft", "on_hold"], [12, 1, 1])[0],
        start=start,
        end=end,
        review=account.review,
        objectives=[_objective(account, theme, start, end, today, chance) for theme in themes],
        challenges=[
            (*REASONS[reason], chance.choice(["high", "medium", "low"]))
            for reason in sorted(set(account.churn_reasons))
        ]
        if place == 0
        else [],
        activities=[
            ActivityRow(
                *note, days_ago=chance.randint(0, 90), minutes=chance.choice([15, 30, 45, 60])
            )
            for note in chance.sample(NOTES, chance.randint(1, 4))
        ],
    )


def _objective(
    account: AccountRow,
    theme: str,
    start: dt.date,
    end: dt.date,
    today: dt.date,
    chance: random.Random,
) -> ObjectiveRow:
    names, category, attributes, playbooks = THEMES[theme]
    begins = start + dt.timedelta(days=chance.choice([0, 0, 14, 30]))
    due = end - dt.timedelta(days=chance.choice([0, 30, 60]))
    kpis = [
        row
        for attribute in attributes
        if chance.random() < 0.8 and (row := _kpi(account, attribute, begins, due, today, chance))
    ]
    reached = bool(kpis) and all(
        met(account.readings[kpi.attribute][-1][1], kpi.target, kpi.direction) for kpi in kpis
    )
    return ObjectiveRow(
        name=chance.choice(names),
        category=category,
        status=_objective_status(begins, today, reached, chance),
        priority=chance.choices(["high", "medium", "low"], [3, 5, 2])[0],
        risk=chance.choices(["high", "medium", "low"], [1, 3, 5])[0],
        health=5 if reached else chance.choices([1, 2, 3, 4], [1, 2, 4, 2])[0],
        start=None if chance.random() < 0.05 else begins,
        due=due,
        kpis=kpis,
        playbooks=[
            _playbook(name, begins, due, today, chance)
            for name in playbooks
            if chance.random() < 0.75
        ],
        shared=chance.random() < 0.3,
    )


def _objective_status(begins: dt.date, today: dt.date, reached: bool, chance: random.Random) -> str:
    if begins > today:
        return "Not Started"
    if reached and chance.random() < 0.7:
        return "Completed"
    going = ["In Progress", "Paused", "Blocked", "Abandoned"]
    return chance.choices(going, [14, 1, 1, 0.5])[0]


def _kpi(
    account: AccountRow,
    attribute: str,
    begins: dt.date,
    due: dt.date,
    today: dt.date,
    chance: random.Random,
) -> KpiRow | None:
    earlier = [value for day, value in account.readings[attribute] if day < begins]
    if not earlier:
        return None
    title, unit, category, direction, factors = MEASURES[attribute]
    baseline = earlier[-1]
    target = (baseline * Decimal(chance.choice(factors))).quantize(Decimal("0.1"))
    if attribute in ("seats", "usage", "tickets", "mrr"):
        target = target.quantize(Decimal(1))
    if direction == "higher" and target <= baseline:
        target = baseline + 1
    if direction == "lower" and target >= baseline:
        return None
    when = chance.choices([due, None, begins + dt.timedelta(days=60)], [8, 1, 1.5])[0]
    return KpiRow(
        title=title,
        attribute=attribute,
        unit=unit,
        category=category,
        direction=direction,
        baseline=baseline,
        target=target,
        target_date=when,
        blocked=chance.random() < 0.03,
    )


def _playbook(
    name: str, begins: dt.date, due: dt.date, today: dt.date, chance: random.Random
) -> PlaybookRow:
    length = max((due - begins).days // 2, 28)
    start = begins + dt.timedelta(days=chance.randrange(0, 20))
    end = start + dt.timedelta(days=length)
    names = TASKS[name]
    step = length // len(names)
    tasks = []
    for place, task in enumerate(names):
        task_start = start + dt.timedelta(days=place * step)
        task_end = min(task_start + dt.timedelta(days=step), end)
        if task_end < today and chance.random() < 0.85:
            status, percent = "completed", 100
        elif task_start <= today:
            status, percent = "in_progress", chance.choice([10, 25, 40, 60, 80])
        else:
            status, percent = "planned", 0
        tasks.append(
            TaskRow(
                task,
                task_start,
                task_end,
                status,
                percent,
                chance.choice(["high", "medium", "low"]),
            )
        )
    done = all(task.status == "completed" for task in tasks)
    stage = "completed" if done else "in_progress" if start <= today else "planned"
    late = any(task.end < today and task.status != "completed" for task in tasks)
    colour = "red" if late and chance.random() < 0.4 else "yellow" if late else "green"
    return PlaybookRow(name, stage, colour, start, end, tasks)


def _first_of_month(day: dt.date, months: int) -> dt.date:
    total = day.year * 12 + day.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)
