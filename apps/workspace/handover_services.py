"""A person leaves: what is theirs goes to others, in one operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import AccountRole, Contact, Resource
from apps.accounts.notice_services import Told, allocations_told
from apps.accounts.ownership_rules import parse
from apps.accounts.rules import allocation_error
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.workspace import handover_rules as rules
from apps.workspace import handover_selectors as selectors
from apps.workspace.handover_rules import Item, Rule

PERMISSIONS = {
    "account": "account_role.edit",
    "plan": "plan.edit",
    "objective": "objective.edit",
    "playbook": "playbook.edit",
    "task": "task.edit",
}
MODELS: dict[str, Any] = {"plan": SuccessPlan, "objective": Objective, "playbook": Playbook}


@dataclass(frozen=True)
class Plan:
    """Who would get what: items by taker with the taker's name, and what stays."""

    by_taker: dict[str, list[Item]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    left: list[Item] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """One sentence for each taker."""
        return [
            f"{self.names[word]} gets {rules.counted(items)}."
            for word, items in self.by_taker.items()
        ]


def handover_plan(
    *, actor: User, person: Resource | Contact, keys: Collection[str], rule: Rule
) -> Plan:
    """Who would get which of the chosen things. Raises ValidationError when nobody can (R-OWN-1)."""
    items = [item for item in selectors.held(actor, person) if item.key in set(keys)]
    if not items:
        raise ValidationError("Tick what shall be handed over.")
    takers = _people(person, rule)
    holders = {}
    if rule.kind == rules.ROLE:
        without = person.pk if isinstance(person, Resource) else None
        holders = selectors.role_holders(items, without)
    given, left = rules.distributed(items, rule, holders)
    by_taker: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.key in given:
            by_taker[given[item.key]].append(item)
    named = {word: str(one) for word, one in takers.items()}
    missing = {parsed[1] for word in by_taker if word not in named and (parsed := parse(word))}
    for found in Resource.objects.filter(pk__in=missing):
        named[f"resource-{found.pk}"] = str(found)
    return Plan(dict(by_taker), named, left)


def _people(person: Resource | Contact, rule: Rule) -> dict[str, Any]:
    """Those who shall get it, by notation. Raises ValidationError for one who cannot."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    ids: dict[str, list[int]] = defaultdict(list)
    for word in rule.takers:
        parsed = parse(word)
        if parsed is not None:
            ids[parsed[0]].append(parsed[1])
    resources = Resource.objects.in_bulk(ids["resource"])
    contacts = Contact.objects.in_bulk(ids["contact"]) if ids["contact"] else {}
    for word in rule.takers:
        parsed = parse(word)
        one: Any = None
        if parsed is not None:
            one = (resources if parsed[0] == "resource" else contacts).get(parsed[1])
        if one is None or one == person:
            problems[word] = "Choose somebody else: who leaves cannot get it."
        elif isinstance(one, Resource):
            unfit = allocation_error(one.name, is_active=one.is_active, kind=one.kind)
            if unfit:
                problems[word] = unfit
        elif not isinstance(person, Contact) or one.account_id != person.account_id:
            problems[word] = f"{one} is a contact of another account."
        elif not one.is_active:
            problems[word] = f"{one} has left the company."
        found[word] = one
    error = rules.takers_error(rule, problems)
    if error:
        raise ValidationError(error)
    return found


def hand_over(
    *, actor: User, person: Resource | Contact, keys: Collection[str], rule: Rule
) -> Plan:
    """Give what was ticked to others: one operation, a constant number of statements.

    Only what still is the person's; who has it already keeps it. Whoever gets something is told.
    Raises Refused without the permission for each kind, and ValidationError.
    """
    with operation(actor):
        plan = handover_plan(actor=actor, person=person, keys=keys, rule=rule)
        kinds = {item.kind for items in plan.by_taker.values() for item in items}
        for kind in sorted(kinds):
            require(actor, PERMISSIONS[kind])
        moves: dict[str, list[tuple[Item, str, int]]] = defaultdict(list)
        for word, items in plan.by_taker.items():
            taker, pk = parse(word) or ("", 0)
            for item in items:
                moves[item.kind].append((item, taker, pk))
        for kind, model in MODELS.items():
            _owned(kind, model, moves[kind], person)
        _assigned(moves["task"])
        _roles(moves["account"])
        allocations_told(actor=actor, allocated=_told(plan))
    return plan


def _owned(
    kind: str, model: Any, moves: Sequence[tuple[Item, str, int]], person: Resource | Contact
) -> None:
    if not moves:
        return
    wanted = {item.pk: (taker, pk) for item, taker, pk in moves}
    column = "owner"
    if isinstance(person, Contact):
        column = "co_owner" if kind == "playbook" else "owner_contact"
    rows = list(
        model.objects.select_for_update(of=("self",)).filter(pk__in=wanted, **{column: person})
    )
    names: set[str] = {"updated_at"}
    for row in rows:
        taker, pk = wanted[row.pk]
        if column == "co_owner":
            # A team member cannot be the co-owner: then there is none any more (R-OWN-2).
            values: Mapping[str, Any] = {"co_owner_id": pk if taker == "contact" else None}
        else:
            values = rules.fields_of(kind, taker, pk)
        for name, value in values.items():
            setattr(row, name, value)
            names.add(name.removesuffix("_id"))
        row.updated_at = timezone.now()
    if rows:
        model.objects.bulk_update(rows, sorted(names))


def _assigned(moves: Sequence[tuple[Item, str, int]]) -> None:
    if not moves:
        return
    wanted = {item.pk: (item.record, taker, pk) for item, taker, pk in moves}
    rows = list(TaskAssignment.objects.select_for_update().filter(pk__in=wanted))
    TaskAssignment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    TaskAssignment.objects.bulk_create(
        [
            TaskAssignment(task_id=task, **{f"{taker}_id": pk})
            for task, taker, pk in (wanted[row.pk] for row in rows)
        ],
        ignore_conflicts=True,
    )
    tasks = PlaybookTask.objects.filter(pk__in={wanted[row.pk][0] for row in rows})
    tasks.update(updated_at=timezone.now())


def _roles(moves: Sequence[tuple[Item, str, int]]) -> None:
    if not moves:
        return
    wanted = {item.pk: pk for item, _, pk in moves}
    rows = list(AccountRole.objects.select_for_update().filter(pk__in=wanted))
    AccountRole.objects.filter(pk__in=[row.pk for row in rows]).delete()
    AccountRole.objects.bulk_create(
        [
            AccountRole(account_id=row.account_id, role_id=row.role_id, resource_id=wanted[row.pk])
            for row in rows
        ],
        ignore_conflicts=True,
    )


def _told(plan: Plan) -> dict[int, list[Told]]:
    return {
        parsed[1]: [Told(item.kind, item.name, item.path) for item in items]
        for word, items in plan.by_taker.items()
        if (parsed := parse(word)) and parsed[0] == "resource"
    }
