"""One record of every kind with everything around it, and every address of the program."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import Account, AttributeValue
from apps.activities.models import Comment, CommentMention, CsActivity
from apps.core.history import operation
from apps.core.kinds import KINDS
from apps.core.models import ExportRun, Notification, SavedView, Tag
from apps.core.unsubscribe_services import unsubscribe_token
from apps.library.models import Draft
from apps.objectives.models import Collaborator, Objective
from apps.plans.models import PlanChallenge, SuccessPlan
from apps.playbooks.models import PlaybookTask, TaskAssignment
from tests import factories

START, END = dt.date(2026, 1, 5), dt.date(2026, 12, 18)


def populate(account: Account, *, rows: int = 1, author: Any = None) -> dict[str, Any]:
    """`rows` records of every kind below an account, linked with each other; the last of each."""
    owner = factories.make_resource()
    made: dict[str, Any] = {"account": account, "resource": owner}
    made |= _aside(author)
    attribute = factories.make_attribute()
    for number in range(rows):
        contact = factories.make_contact(account, email=f"c{number}@example.com")
        made["role"] = factories.make_account_role(account, factories.make_resource())
        made["reading"] = AttributeValue.objects.create(
            account=account, definition=attribute, value=number, measured_on=START
        )
        dates = {"start_date": START, "end_date": END, "owner": owner}
        plan = factories.make_plan(account, description="Why", **dates)
        challenge = factories.make_challenge(account, description="What hurts")
        PlanChallenge.objects.create(plan=plan, challenge=challenge)
        objective = factories.make_objective(
            plan, start_date=START, due_date=END, owner=owner, description="What for"
        )
        kpi = factories.make_kpi(
            objective, baseline=10, current=40, target=100, target_date=END, attribute=attribute
        )
        kpi.current = 50 + number
        kpi.save()
        playbook = factories.make_playbook(objective, **dates)
        task = factories.make_task(playbook, start_date=START, end_date=END)
        TaskAssignment.objects.create(task=task, resource=owner)
        activity = factories.make_activity(
            account=account,
            plan=plan,
            objective=objective,
            kpi=kpi,
            playbook=playbook,
            task=task,
            owner=owner,
            author=author,
            notes="What was said",
        )
        activity.contacts.through._default_manager.create(activity=activity, contact=contact)
        said = {"author": author} if author else {"author_contact": contact}
        comment = Comment.objects.create(objective=objective, text="Who comes?", **said)
        CommentMention.objects.create(comment=comment, resource=owner)
        Collaborator.objects.create(objective=objective, contact=contact)
        made |= {
            "contact": contact,
            "attribute_value": made["reading"],
            "plan": plan,
            "challenge": challenge,
            "objective": objective,
            "kpi": kpi,
            "playbook": playbook,
            "task": task,
            "activity": activity,
            "comment": comment,
            "share": factories.make_share(plan=plan, contacts=[contact]),
        }
    return made


def _aside(author: Any) -> dict[str, Any]:
    """What hangs on no account: a template, a draft of it, a word to somebody, an operation."""
    if author is None:
        author = factories.make_csm()
    with operation(author) as done:
        template = SuccessPlan.objects.create(name="Template", is_template=True, start_date=START)
        objective = Objective.objects.create(plan=template, name="In the template")
        PlaybookTask.objects.create(objective=objective, name="Task in the template")
    draft = Draft.objects.create(user=author, kind="plan", source=template.pk, data=EMPTY_DRAFT)
    note = Notification.objects.create(user=author, kind="allocated", text="Yours", path="/plans/")
    name = f"View of {template.pk}"
    view = SavedView.objects.create(owner=author, key="list:plan", name=name, is_shared=True)
    export = ExportRun.objects.create(user=author, kind="plan", form="csv", state="done")
    made = {
        "export": export,
        "template": template,
        "draft": draft,
        "notification": note,
        "operation": done,
    }
    return {**made, "view": view}


EMPTY_DRAFT: dict[str, Any] = {
    "basics": {"account": None, "name": "Draft"},
    "start": "2026-01-05",
    "first_start": "2026-01-05",
    "edits": {},
    "kpis": {},
    "added": [],
}


@dataclass(frozen=True)
class Address:
    """One line of the program's addresses."""

    name: str
    route: str
    view: Any

    @property
    def namespace(self) -> str:
        return self.name.split(":")[0] if ":" in self.name else ""

    def filled(self, fill: Callable[[str, str], str]) -> str:
        """The path with each variable part filled in: fill(converter, name)."""
        path = re.sub(r"<(?:(\w+):)?(\w+)>", lambda m: fill(m[1] or "str", m[2]), self.route)
        return "/" + path

    def path(self, records: dict[str, Any]) -> str:
        """The path for real records."""
        kinds = {kind.namespace: kind.name for kind in KINDS.values()}
        special = {
            "accounts:team-remove": "role",
            "workspace:success-tracker-rows": "plan",
            "activities:timeline": "plan",
            "library:discard": "draft",
            "core:notification-open": "notification",
            "core:notification-mark": "notification",
            **dict.fromkeys(("core:export", "core:export-file", "core:export-again"), "export"),
            "comments:thread": "plan",
            "comments:edit": "comment",
            "comments:resolve": "comment",
            "comments:delete": "comment",
            "core:view-edit": "view",
            "reports:account-health": "account",
            **dict.fromkeys(("shares:what-plan", "shares:preview-plan"), "plan"),
            **dict.fromkeys(("shares:what-account", "shares:preview-account"), "account"),
        }
        if self.namespace == "shares":
            special.setdefault(self.name, "share")
        if self.namespace == "library":
            special.setdefault(self.name, "template")

        def fill(converter: str, name: str) -> str:
            if self.name == "workspace:activity-tracker-row":
                return {"kind": "task", "pk": str(records["task"].pk)}[name]
            if name == "pk":
                kind = special.get(self.name) or kinds.get(self.namespace, "kpi")
                return str(records[kind].pk)
            if name == "link":
                return "1-none"
            if name == "operation":
                return str(records["operation"])
            if name == "token":
                return unsubscribe_token(records["notification"])
            return {"kind": "plan", "key": "list:plan", "column": "current", "name": "category"}[
                name
            ]

        return self.filled(fill)


def _plain(pattern: Any) -> str:
    """A route; the regular expressions of other packages with a sample for each group."""
    text = str(pattern)
    if not text.startswith("^"):
        return text
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", text).strip("^$").replace("\\Z", "")


def _walk(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = before + _plain(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, here, inner)
        elif isinstance(entry, URLPattern):
            yield Address(f"{space}{entry.name or ''}", here, entry.callback)


def addresses() -> list[Address]:
    """Every address of the program, those of the admin and of signing in among them."""
    return list(_walk(get_resolver()))


def own_addresses() -> list[Address]:
    """The addresses of our own pages."""
    return [a for a in addresses() if a.namespace and a.namespace not in ("admin", "djdt")]


def tagged(account: Account) -> None:
    """An account with a tag, set as a person would."""
    with operation(None):
        account.tags.through._default_manager.create(account=account, tag=Tag.objects.all()[0])


__all__ = ["Address", "CsActivity", "addresses", "own_addresses", "populate", "tagged"]
