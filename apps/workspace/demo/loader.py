"""Puts the demo into an empty database: bulk statements, one transaction, always the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
    Role,
    TeamPool,
    TeamPoolMember,
)
from apps.activities.models import ActivityType, CsActivity
from apps.core import history
from apps.core.choices import Door
from apps.core.models import Organisation, Unit, User
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS, PARTICIPANT
from apps.kpis.models import KpiCategory, ObjectiveKpi
from apps.objectives.choices import CompletionType
from apps.objectives.models import Objective, ObjectiveCategory, ObjectiveStatus
from apps.plans.models import BusinessChallenge, ChallengeCategory, PlanChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.workspace.demo import ravenstack, story

PASSWORD = "demo"  # noqa: S105 (a demo on one's own machine)
NOTE = (
    "Demo data: RavenStack, a synthetic data set by River @ Rivalytics. Company and people names"
    " are invented; all dates are shifted by {months} months, so that the last month is last month."
)
# (first name, last name, e-mail, groups)
CSMS = [
    ("Mara", "Koch", "mara.koch"),
    ("Jonas", "Lind", "jonas.lind"),
    ("Anna", "Rüd", "anna.rued"),
    ("Sofia", "Pereira", "sofia.pereira"),
    ("Amir", "Rahman", "amir.rahman"),
    ("Lena", "Brandt", "lena.brandt"),
]


def is_loaded() -> bool:
    """Whether there are accounts already; their data is kept."""
    return Account.objects.exists()


def load(today: dt.date) -> dict[str, int]:
    """Load everything and return how many records of each kind there are."""
    with history.through(Door.IMPORT), history.operation(None, note="Demo data"):
        csms = _people()
        rows = ravenstack.accounts(today)
        _organisation(today)
        accounts = _accounts(rows, csms)
        definitions = _definitions()
        plans = story.plans(rows, today)
        begins = {plan.account: plan.start for plan in reversed(plans)}
        # What was measured before a plan began comes first, what follows feeds its KPIs.
        earlier = _readings(rows, accounts, definitions, begins, before=True)
        counts = _plans(plans, accounts, definitions, csms)
        counts["readings"] = earlier + _readings(rows, accounts, definitions, begins, before=False)
        counts["accounts"] = len(accounts)
    return counts


def _people() -> list[Resource]:
    groups = {group.name: group for group in Group.objects.all()}
    role = Role.objects.order_by("position")[0]

    def user(first: str, last: str, name: str, *names: str, **extra: Any) -> User:
        made = User.objects.create_user(
            f"{name}@demo.example", PASSWORD, first_name=first, last_name=last, **extra
        )
        made.groups.set([groups[group] for group in names])
        return made

    csms = []
    pool = TeamPool.objects.create(name="Customer success")
    for first, last, name in CSMS:
        person = user(first, last, name, CUSTOMER_SUCCESS)
        resource = Resource.objects.create(
            user=person, name=str(person), email=person.email, role=role
        )
        TeamPoolMember.objects.create(pool=pool, resource=resource)
        csms.append(resource)
    paula = user("Paula", "Stein", "paula.stein", PARTICIPANT)
    Resource.objects.create(user=paula, name=str(paula), email=paula.email)
    Resource.objects.create(name="Piet Sanders", email="piet.sanders@demo.example", kind="psa")
    user("Alex", "Admin", "admin", ADMINISTRATOR, CUSTOMER_SUCCESS, is_staff=True)
    return csms


def _organisation(today: dt.date) -> None:
    months = ravenstack.months_to_shift(today)
    Organisation.objects.update_or_create(
        pk=1, defaults={"name": "RavenStack", "note": NOTE.format(months=months)}
    )


def _accounts(rows: list[ravenstack.AccountRow], csms: list[Resource]) -> dict[str, Account]:
    dollar = Unit.objects.get(label="USD")
    accounts = {
        row.external_id: Account(
            name=row.name,
            external_id=row.external_id,
            status=row.status,
            lifecycle_stage=row.stage,
            segment=row.region,
            tier=row.tier,
            industry=row.industry,
            country=row.country,
            arr=row.arr,
            currency=dollar,
            signup_date=row.signup,
            renewal_date=row.renewal,
            next_review_date=row.review,
        )
        for row in rows
    }
    Account.objects.bulk_create(accounts.values())
    children = []
    for row in rows:
        if row.parent:
            child = accounts[row.external_id]
            child.parent = accounts[row.parent]
            children.append(child)
    Account.objects.bulk_update(children, ["parent"])
    Contact.objects.bulk_create(
        Contact(account=accounts[row.external_id], name=c.name, email=c.email, title=c.title)
        for row in rows
        for c in row.contacts
    )
    role = Role.objects.order_by("position")[0]
    AccountRole.objects.bulk_create(
        AccountRole(account=account, resource=csms[place % len(csms)], role=role)
        for place, account in enumerate(accounts.values())
    )
    return accounts


def _definitions() -> dict[str, AttributeDefinition]:
    units = {unit.label: unit for unit in Unit.objects.all()}
    return {
        key: AttributeDefinition.objects.create(
            key=key, label=label, type=kind, unit=units[unit], position=10 * place
        )
        for place, (key, (label, kind, unit)) in enumerate(ravenstack.ATTRIBUTES.items(), 1)
    }


def _readings(
    rows: Iterable[ravenstack.AccountRow],
    accounts: dict[str, Account],
    definitions: dict[str, AttributeDefinition],
    begins: dict[str, dt.date],
    *,
    before: bool,
) -> int:
    values = [
        AttributeValue(
            account=accounts[row.external_id],
            definition=definitions[key],
            value=value,
            measured_on=day,
            door=Door.IMPORT,
        )
        for row in rows
        for key, series in row.readings.items()
        for day, value in series
        if (day < begins.get(row.external_id, dt.date.max)) is before
    ]
    AttributeValue.objects.bulk_create(values, batch_size=5000)
    return len(values)


def _plans(
    rows: list[story.PlanRow],
    accounts: dict[str, Account],
    definitions: dict[str, AttributeDefinition],
    csms: list[Resource],
) -> dict[str, int]:
    # Each plan is its account's: given to a role there, and so to whoever holds it (R-OWN-2).
    team = {
        role.account_id: role
        for role in AccountRole.objects.select_related("resource").order_by("pk")
    }
    plans = [
        SuccessPlan(
            account=accounts[row.account],
            name=row.name,
            status=row.status,
            start_date=row.start,
            end_date=row.end,
            review_date=row.review,
            owner=team[accounts[row.account].pk].resource,
            owner_role_id=team[accounts[row.account].pk].role_id,
        )
        for row in rows
    ]
    SuccessPlan.objects.bulk_create(plans)
    challenges = _challenges(rows, plans)
    objectives = _objectives(rows, plans, definitions)
    kpis = _kpis(rows, objectives, definitions)
    playbooks, tasks = _playbooks(rows, objectives)
    activities = _activities(rows, plans)
    return {
        "plans": len(plans),
        "challenges": challenges,
        "objectives": len(objectives),
        "kpis": kpis,
        "playbooks": playbooks,
        "tasks": tasks,
        "activities": activities,
    }


def _challenges(rows: list[story.PlanRow], plans: list[SuccessPlan]) -> int:
    categories = {category.label: category for category in ChallengeCategory.objects.all()}
    pairs = [
        (
            plan,
            BusinessChallenge(
                account=plan.account,
                title=title,
                category=categories[category],
                severity=severity,
                identified_on=row.start,
            ),
        )
        for row, plan in zip(rows, plans, strict=True)
        for title, category, severity in row.challenges
    ]
    BusinessChallenge.objects.bulk_create(challenge for _, challenge in pairs)
    PlanChallenge.objects.bulk_create(
        PlanChallenge(plan=plan, challenge=challenge) for plan, challenge in pairs
    )
    return len(pairs)


def _objectives(
    rows: list[story.PlanRow],
    plans: list[SuccessPlan],
    definitions: dict[str, AttributeDefinition],
) -> list[Objective]:
    units = {unit.label: unit for unit in Unit.objects.all()}
    now = timezone.now()
    statuses = {status.label: status for status in ObjectiveStatus.objects.all()}
    categories = {category.label: category for category in ObjectiveCategory.objects.all()}
    objectives = [
        Objective(
            account=plan.account,
            plan=plan,
            name=item.name,
            category=categories[item.category],
            status=statuses[item.status],
            priority=item.priority,
            risk=item.risk,
            health=item.health,
            start_date=item.start,
            due_date=item.due,
            owner=plan.owner,
            is_external=item.shared,
            completed_at=story.done_at(item.due, now)
            if item.due and item.status == "Completed"
            else None,
            **_measured(item, units, definitions),
        )
        for row, plan in zip(rows, plans, strict=True)
        for item in row.objectives
    ]
    return Objective.objects.bulk_create(objectives)


def _measured(
    item: story.ObjectiveRow, units: dict[str, Unit], definitions: dict[str, AttributeDefinition]
) -> dict[str, Any]:
    """One that a single KPI tells of follows that KPI's attribute itself."""
    if len(item.kpis) != 1:
        return {}
    (kpi,) = item.kpis
    return {
        "completion_type": CompletionType.ATTRIBUTE,
        "attribute": definitions[kpi.attribute],
        "unit": units[kpi.unit],
        "direction": kpi.direction,
        "baseline": kpi.baseline,
        "target": kpi.target,
    }


def _kpis(
    rows: list[story.PlanRow],
    objectives: list[Objective],
    definitions: dict[str, AttributeDefinition],
) -> int:
    units = {unit.label: unit for unit in Unit.objects.all()}
    categories = {category.label: category for category in KpiCategory.objects.all()}
    items = [item for row in rows for item in row.objectives]
    kpis = [
        ObjectiveKpi(
            objective=objective,
            title=kpi.title,
            category=categories[kpi.category],
            unit=units[kpi.unit],
            direction=kpi.direction,
            baseline=kpi.baseline,
            target=kpi.target,
            target_date=kpi.target_date,
            is_blocked=kpi.blocked,
            attribute=definitions[kpi.attribute],
        )
        for item, objective in zip(items, objectives, strict=True)
        for kpi in item.kpis
    ]
    return len(ObjectiveKpi.objects.bulk_create(kpis))


def _playbooks(rows: list[story.PlanRow], objectives: list[Objective]) -> tuple[int, int]:
    items = [item for row in rows for item in row.objectives]
    pairs = [
        (
            book,
            Playbook(
                account=objective.account,
                plan=objective.plan,
                objective=objective,
                name=book.name,
                stage=book.stage,
                status=book.status,
                start_date=book.start,
                end_date=book.end,
                owner=objective.owner,
            ),
        )
        for item, objective in zip(items, objectives, strict=True)
        for book in item.playbooks
    ]
    Playbook.objects.bulk_create(playbook for _, playbook in pairs)
    now = timezone.now()
    tasks = [
        PlaybookTask(
            account=playbook.account,
            plan=playbook.plan,
            objective=playbook.objective,
            playbook=playbook,
            name=task.name,
            status=task.status,
            percent_complete=task.percent,
            priority=task.priority,
            start_date=task.start,
            end_date=task.end,
            completed_at=story.done_at(task.end, now) if task.status == "completed" else None,
            position=place,
        )
        for book, playbook in pairs
        for place, task in enumerate(book.tasks)
    ]
    PlaybookTask.objects.bulk_create(tasks)
    owner_of: dict[int | None, Any] = {playbook.pk: playbook.owner for _, playbook in pairs}
    TaskAssignment.objects.bulk_create(
        TaskAssignment(task=task, resource=owner_of[task.playbook_id]) for task in tasks
    )
    return len(pairs), len(tasks)


def _activities(rows: list[story.PlanRow], plans: list[SuccessPlan]) -> int:
    types = {kind.label: kind for kind in ActivityType.objects.all()}
    now = timezone.now().replace(second=0, microsecond=0)
    activities = [
        CsActivity(
            account=plan.account,
            plan=plan,
            type=types[item.type],
            subject=item.subject,
            notes=item.notes,
            happened_at=now - dt.timedelta(days=item.days_ago, hours=3),
            duration=item.minutes,
            owner=plan.owner,
            author=plan.owner.user if plan.owner else None,
        )
        for row, plan in zip(rows, plans, strict=True)
        for item in row.activities
    ]
    return len(CsActivity.objects.bulk_create(activities))
