"""Real records for tests: each function makes one, with what it needs, and takes any field."""

from __future__ import annotations

import itertools
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group

from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    Contact,
    Resource,
    Role,
    TeamPool,
    TeamPoolMember,
)
from apps.activities.models import CsActivity
from apps.core.models import User
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS, PARTICIPANT
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective, ObjectiveStatus
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.portal.models import Share, ShareContact
from apps.portal.rules import derived, hashed

PASSWORD = "correct horse battery staple"
_count = itertools.count(1)


def make_user(group: str | None = CUSTOMER_SUCCESS, **fields: Any) -> User:
    """A person of one permission set, or of none."""
    number = next(_count)
    values = {
        "email": f"person{number}@example.com",
        "first_name": "Person",
        "last_name": str(number),
    }
    user = User.objects.create_user(password=PASSWORD, **(values | fields))
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def make_csm(**fields: Any) -> User:
    """A customer success manager with a resource of their own."""
    user = make_user(CUSTOMER_SUCCESS, **fields)
    make_resource(user=user, name=user.get_full_name())
    return user


def make_participant(**fields: Any) -> User:
    """A participant."""
    return make_user(PARTICIPANT, **fields)


def make_administrator(**fields: Any) -> User:
    """An administrator without superuser rights."""
    return make_user(ADMINISTRATOR, **({"is_staff": True} | fields))


def make_resource(**fields: Any) -> Resource:
    return Resource.objects.create(**({"name": f"Resource {next(_count)}"} | fields))


def make_account(**fields: Any) -> Account:
    return Account.objects.create(**({"name": f"Account {next(_count)}"} | fields))


def make_pool(*resources: Resource) -> TeamPool:
    pool = TeamPool.objects.create(name=f"Pool {next(_count)}")
    for resource in resources:
        TeamPoolMember.objects.create(pool=pool, resource=resource)
    return pool


def make_account_role(
    account: Account, resource: Resource, role: Role | None = None
) -> AccountRole:
    role = role or Role.objects.order_by("position")[0]
    return AccountRole.objects.create(account=account, resource=resource, role=role)


def make_contact(account: Account | None = None, **fields: Any) -> Contact:
    values = {"name": f"Contact {next(_count)}"}
    return Contact.objects.create(account=account or make_account(), **(values | fields))


def make_attribute(**fields: Any) -> AttributeDefinition:
    number = next(_count)
    values = {"key": f"attribute-{number}", "label": f"Attribute {number}"}
    return AttributeDefinition.objects.create(**(values | fields))


def make_plan(account: Account | None = None, **fields: Any) -> SuccessPlan:
    values = {"name": f"Plan {next(_count)}"}
    return SuccessPlan.objects.create(account=account or make_account(), **(values | fields))


def make_challenge(account: Account | None = None, **fields: Any) -> BusinessChallenge:
    values = {"title": f"Challenge {next(_count)}"}
    return BusinessChallenge.objects.create(account=account or make_account(), **(values | fields))


def objective_status(kind: str) -> ObjectiveStatus:
    return ObjectiveStatus.objects.filter(kind=kind).order_by("position")[0]


def make_objective(plan: SuccessPlan | None = None, **fields: Any) -> Objective:
    values: dict[str, Any] = {"name": f"Objective {next(_count)}", "plan": plan}
    if "account" not in fields:
        values["account"] = plan.account if plan else make_account()
    return Objective.objects.create(**(values | fields))


def make_kpi(objective: Objective | None = None, **fields: Any) -> ObjectiveKpi:
    values = {"title": f"KPI {next(_count)}"}
    kpi = ObjectiveKpi.objects.create(objective=objective or make_objective(), **(values | fields))
    kpi.refresh_from_db()
    return kpi


def make_playbook(objective: Objective | None = None, **fields: Any) -> Playbook:
    values: dict[str, Any] = {"name": f"Playbook {next(_count)}", "objective": objective}
    if "account" not in fields:
        values["account"] = objective.account if objective else make_account()
    playbook = Playbook.objects.create(**(values | fields))
    playbook.refresh_from_db()
    return playbook


def make_task(playbook: Playbook | None = None, **fields: Any) -> PlaybookTask:
    values: dict[str, Any] = {"name": f"Task {next(_count)}", "playbook": playbook}
    if "account" not in fields:
        values["account"] = playbook.account if playbook else make_account()
    task = PlaybookTask.objects.create(**(values | fields))
    task.refresh_from_db()
    return task


def make_activity(**fields: Any) -> CsActivity:
    values: dict[str, Any] = {"subject": f"Activity {next(_count)}"}
    activity = CsActivity.objects.create(**(values | fields))
    activity.refresh_from_db()
    return activity


def assign(task: PlaybookTask, to: Resource | Contact | TeamPool | Role) -> TaskAssignment:
    name = {Resource: "resource", Contact: "contact", TeamPool: "pool", Role: "role"}[type(to)]
    return TaskAssignment.objects.create(task=task, **{name: to})


def make_share(
    account: Account | None = None, plan: SuccessPlan | None = None, **fields: Any
) -> Share:
    """A share of a plan or of an account; `contacts` may open it."""
    contacts = fields.pop("contacts", ())
    account = plan.account if plan else account or make_account()
    share = Share(account=account, plan=plan, **fields)
    share.token_hash = hashed(derived(settings.SECRET_KEY, "share", share.key, share.round))
    share.save()
    ShareContact.objects.bulk_create(ShareContact(share=share, contact=one) for one in contacts)
    return share
