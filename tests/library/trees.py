"""Templates for tests: made the short way, with everything that can lie in one."""

from __future__ import annotations

import datetime as dt

from apps.accounts.models import Role
from apps.core.models import Unit
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

START = dt.date(2025, 1, 6)


def role(label="Customer Success Manager"):
    return Role.objects.get(label=label)


def days(number):
    return START + dt.timedelta(number)


def make_template(name="Onboarding", **fields):
    """A plan with one objective, a KPI, a playbook with two tasks and a task of its own."""
    values = {"name": name, "is_template": True, "start_date": START, "end_date": days(90)}
    plan = SuccessPlan.objects.create(**(values | {"owner_role": role()} | fields))
    objective = Objective.objects.create(
        plan=plan, name="Go live", start_date=START, due_date=days(30)
    )
    ObjectiveKpi.objects.create(
        objective=objective,
        title="Active users",
        unit=Unit.objects.get(label="Quantity"),
        baseline=10,
        current=35,
        target=100,
        target_date=days(30),
    )
    playbook = Playbook.objects.create(
        objective=objective, name="Kick-off", start_date=START, end_date=days(14)
    )
    for number in (1, 2):
        task = PlaybookTask.objects.create(
            playbook=playbook,
            name=f"Task {number}",
            start_date=days(number),
            end_date=days(number + 1),
            position=number,
        )
        TaskAssignment.objects.create(task=task, role=role())
    PlaybookTask.objects.create(plan=plan, name="One-off", start_date=days(40))
    return plan


def fill(plan, tasks):
    """More tasks for a template, without a word to anybody."""
    playbook = Playbook.objects.get(plan=plan, in_template=True)
    rows = PlaybookTask.objects.bulk_create(
        PlaybookTask(playbook=playbook, name=f"More {n}", start_date=days(3), position=n + 9)
        for n in range(tasks)
    )
    TaskAssignment.objects.bulk_create(TaskAssignment(task=row, role=role()) for row in rows)


def keyed(record, name):
    """The key of the row of a template that is called like this."""
    models = {"objective": Objective, "playbook": Playbook, "task": PlaybookTask}
    for kind, model in models.items():
        found = model.objects.filter(name=name, account=None).first()
        if found is not None:
            return f"{kind}-{found.pk}"
    raise LookupError(name)
