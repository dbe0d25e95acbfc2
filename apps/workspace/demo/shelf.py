"""The demo's library: the shipped templates, and what its people made from them."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from django.utils import timezone

from apps.accounts.models import Account, AccountRole
from apps.core import history
from apps.core.choices import Direction, Door
from apps.core.models import User
from apps.kpis.models import ObjectiveKpi
from apps.library.services import create_from
from apps.library.shipped_services import MODELS, library_load
from apps.objectives.choices import StatusKind
from apps.objectives.models import Objective, ObjectiveStatus
from apps.playbooks.choices import PlaybookStatus, Stage, TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask
from apps.workspace.demo.story import done_at

# Which templates are in use, and at least how many days ago each use began.
USED: Final = (
    ("plan", "Onboarding in 90 days", 70),
    ("plan", "Onboarding in 90 days", 24),
    ("plan", "Onboarding in 90 days", 5),
    ("plan", "Adoption programme", 40),
    ("plan", "Renewal in 180 days", 30),
    ("plan", "Executive business review", 12),
    ("plan", "At-risk recovery", 16),
    ("objective", "Secure sign-in for everybody", 20),
    ("objective", "A champion in every team", 50),
    ("playbook", "Kick-off", 9),
    ("playbook", "Training wave", 28),
    ("playbook", "Training wave", 3),
    ("playbook", "Quarterly account check", 6),
    ("playbook", "Escalation", 18),
)


def load(today: dt.date) -> int:
    """Fill an empty library and make records from its templates. How many.

    Once there are templates, what people added, changed or deleted since is left as it is.
    """
    if any(model.objects.filter(is_template=True).exists() for model in MODELS.values()):
        return 0
    library_load(actor=None)
    chance = random.Random("ravenstack library")  # noqa: S311 (a demo, not a secret)
    with history.through(Door.IMPORT):
        for role, (kind, name, days) in zip(_teams(), USED, strict=False):
            user = role.resource.user
            if user is not None:
                begun = today - dt.timedelta(days)
                # Templates start on a Monday, so that their tasks keep clear of weekends.
                start = begun - dt.timedelta(begun.weekday())
                _use(user, role.account, kind, name, start, today, chance)
    return sum(
        model.objects.filter(created_from__isnull=False).count() for model in MODELS.values()
    )


def _teams() -> list[AccountRole]:
    """Who looks after accounts that have no plan yet; always the same ones."""
    rows = AccountRole.objects.filter(
        resource__user__isnull=False, account__plans__isnull=True, account__status="active"
    )
    found = rows.select_related("account", "resource__user").order_by("account__name", "account")
    return list(found[: len(USED)])


def _use(
    user: User,
    account: Account,
    kind: str,
    name: str,
    start: dt.date,
    today: dt.date,
    chance: random.Random,
) -> None:
    """Make a record from a template, and let its first days pass."""
    template = MODELS[kind].objects.get(is_template=True, name=name)
    with history.operation(user, note="Demo data"):
        create_from(
            actor=user,
            kind=kind,
            source=template,
            account=account,
            values={"name": f"{name} {start:%Y}" if kind == "plan" else name},
            start=start,
            first_start=start,
        )
        _tasks_pass(account, today, chance)
        _values_come(account, today, chance)


def _tasks_pass(account: Account, today: dt.date, chance: random.Random) -> None:
    """Most tasks whose time is over are done, those of these days have begun."""
    tasks = list(PlaybookTask.objects.filter(account=account))
    for task in tasks:
        begins, ends = task.start_date or today, task.end_date or today
        if ends < today and chance.random() < 0.92:
            task.status, task.percent_complete = TaskStatus.COMPLETED, 100
            task.completed_at = done_at(ends, timezone.now())
        elif begins <= today:
            task.status, task.percent_complete = TaskStatus.IN_PROGRESS, chance.choice([20, 40, 60])
    PlaybookTask.objects.bulk_update(tasks, ["status", "percent_complete", "completed_at"])
    of_playbook: dict[int | None, list[PlaybookTask]] = defaultdict(list)
    for task in tasks:
        of_playbook[task.playbook_id].append(task)
    playbooks = list(Playbook.objects.filter(account=account))
    for playbook in playbooks:
        playbook.stage, playbook.status = _standing(of_playbook[playbook.pk], today)
    Playbook.objects.bulk_update(playbooks, ["stage", "status"])


def _standing(tasks: Iterable[PlaybookTask], today: dt.date) -> tuple[str, str]:
    """The stage and the status of a playbook, by its tasks."""
    states = {task.status for task in tasks}
    late = any(task.is_open and (task.end_date or today) < today for task in tasks)
    if states <= {TaskStatus.COMPLETED}:
        return Stage.COMPLETED, PlaybookStatus.GREEN
    colour = PlaybookStatus.YELLOW if late else PlaybookStatus.GREEN
    return (Stage.PLANNED if states == {TaskStatus.PLANNED} else Stage.IN_PROGRESS), colour


def _values_come(account: Account, today: dt.date, chance: random.Random) -> None:
    """Objectives have begun, and their KPIs are somewhere on the way."""
    going = ObjectiveStatus.objects.filter(kind=StatusKind.IN_PROGRESS, is_active=True).first()
    objectives = Objective.objects.filter(account=account, start_date__lte=today)
    if going is not None:
        objectives.update(status=going)
    kpis = list(ObjectiveKpi.objects.filter(objective__in=objectives).select_related("objective"))
    for kpi in kpis:
        speed = chance.choices(["0.5", "0.8", "1", "1.1"], [1, 2, 4, 3])[0]
        share = Decimal(speed) * _gone(kpi, today)
        target = kpi.target or Decimal(0)
        if kpi.baseline is None:
            factor = Decimal("0.6") if kpi.direction == Direction.HIGHER else Decimal("1.5")
            kpi.baseline = (target * factor).quantize(Decimal(1))
        kpi.current = (kpi.baseline + share * (target - kpi.baseline)).quantize(Decimal(1))
        kpi.measured_on = today - dt.timedelta(days=chance.randrange(0, 4))
    ObjectiveKpi.objects.bulk_update(kpis, ["baseline", "current", "measured_on"])


def _gone(kpi: ObjectiveKpi, today: dt.date) -> Decimal:
    """The share of the time to its target date that is over, up to all of it."""
    start, end = kpi.objective.start_date, kpi.target_date
    if start is None or end is None or end <= start:
        return Decimal(1)
    return min(Decimal(1), Decimal((today - start).days) / Decimal((end - start).days))
