"""A person leaves: what is theirs goes to others, in one operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts.models import AccountRole, Contact, Resource
from apps.accounts.notice_services import Told, allocations_told
from apps.accounts.ownership_rules import parse
from apps.accounts.ownership_selectors import named
from apps.accounts.rules import allocation_error
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.people_selectors import require_people
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.workspace import handover_rules as rules
from apps.workspace import handover_selectors as selectors
from apps.workspace.handover_rules import Item, Rule

MODELS: dict[str, Any] = {"plan": SuccessPlan, "objective": Objective, "playbook": Playbook}


@dataclass(frozen=True)
class Plan:
    """Who would get what: items by taker with the taker's name, and what stays.

    `emptied` are playbooks that lose their co-owner, who cannot be one of us (R-OWN-2).
    """

    rule: Rule
    by_taker: dict[str, list[Item]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    left: list[Item] = field(default_factory=list)
    emptied: list[Item] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """One sentence for each taker, and one for what is emptied."""
        lines = [
            f"{self.names[word]} gets {rules.counted(items)}."
            for word, items in self.by_taker.items()
        ]
        return lines + ([rules.emptied_sentence(len(self.emptied))] if self.emptied else [])

    @property
    def left_lines(self) -> list[str]:
        """What stays, and why."""
        return rules.left_sentences(self.left, self.rule)

    @property
    def mark(self) -> str:
        """What tells this outcome from another."""
        given = {item.key: word for word, items in self.by_taker.items() for item in items}
        return rules.mark(given | {item.key: "" for item in self.emptied}, self.left)


class Changed(ValidationError):
    """The outcome is another than the one that was looked at: `plan` is what it is now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(rules.CHANGED)
        self.plan = plan


def handover_plan(
    *, actor: User, person: Resource | Contact, keys: Collection[str], rule: Rule
) -> Plan:
    """Who would get which of the ticked things. Raises ValidationError when nobody can (R-OWN-1)."""
    items = rules.chosen(selectors.held(actor, person), keys)
    if not items:
        raise ValidationError(rules.GONE if keys else "Tick what shall be handed over.")
    people = selectors.takers(person)
    names = {f"resource-{one.pk}": str(one) for one in people}
    holders: dict[tuple[int, int], int] = {}
    if rule.kind == rules.ROLE:
        holders = selectors.role_holders(items, people)
    else:
        rule = Rule(rule.kind, _fit(actor, person, rule, names), rule.role_id)
    given, left = rules.distributed(items, rule, holders)
    by_taker: dict[str, list[Item]] = defaultdict(list)
    emptied: list[Item] = []
    for item in items:
        word = given.get(item.key, "")
        of_us = word.startswith("resource")
        if isinstance(person, Contact) and item.kind == "playbook" and of_us:
            emptied.append(item)
        elif word:
            by_taker[word].append(item)
    # Those who get something, in the order in which they are offered.
    ranked = {word: by_taker[word] for word in names if word in by_taker}
    return Plan(rule, ranked, names, left, emptied)


def _fit(
    actor: User, person: Resource | Contact, rule: Rule, names: dict[str, str]
) -> tuple[str, ...]:
    """Those who shall get it, each once, pools as their members.

    Adds to `names` who is no team member. Raises ValidationError for those who cannot get it.
    """
    people = set(names)
    pools = [pk for kind, pk in filter(None, map(parse, rule.takers)) if kind == "pool"]
    member_words = {f"resource-{pk}" for pk in selectors.members(pools)} if pools else set()
    words = [word for word in rule.takers if not word.startswith("pool")]
    # In the order of the ranking, which `names` has.
    words += [word for word in names if word in member_words]
    found = named(actor, words)
    problems: list[str] = []
    for word in words:
        if word in people:
            continue
        problem = _problem(person, found.get(word))
        if problem:
            problems.append(problem)
        names[word] = str(found.get(word))
    if problems:
        raise ValidationError(problems)
    if not words:
        raise ValidationError(
            "Nobody of this team pool can be given anything. Choose somebody else."
            if pools
            else "Choose who shall get it."
        )
    return tuple(dict.fromkeys(words))


def _problem(person: Resource | Contact, one: Any) -> str | None:
    """Why somebody who is none of our active people cannot get it; None for a fit contact."""
    if one is None:
        return "Somebody you chose is gone, or you may not see them. Choose again."
    if one == person:
        return "Choose somebody else: who leaves cannot get it."
    if isinstance(one, Resource):
        return allocation_error(one.name, is_active=one.is_active, kind=one.kind)
    if not isinstance(one, Contact):
        return f"{one} cannot get it. Choose a person."
    if not isinstance(person, Contact) or one.account_id != person.account_id:
        return f"{one} is a contact of another account. Choose one of this account."
    return None if one.is_active else f"{one} has left the company. Choose somebody else."


def hand_over(
    *,
    actor: User,
    person: Resource | Contact,
    keys: Collection[str],
    rule: Rule,
    seen: str | None = None,
) -> Plan:
    """Give what was ticked to others: one operation, a constant number of statements.

    Only what still is the person's; who has it already keeps it. Whoever gets something is told.
    Raises Refused without the permission for each kind, ValidationError, and Changed when the
    outcome is another than the one that was `seen`.
    """
    with operation(actor):
        # One after the other, so that nobody is told of what somebody else got.
        type(person)._base_manager.select_for_update(no_key=True).filter(pk=person.pk).first()
        plan = handover_plan(actor=actor, person=person, keys=keys, rule=rule)
        if seen is not None and seen != plan.mark:
            raise Changed(plan)
        moves = _moves(plan)
        for kind in moves:
            require(actor, selectors.PERMISSIONS[kind])
        _give(actor, person, rule, plan, moves)
    return plan


def give_on_leaving(*, actor: User, leaver: Resource, taker: Resource) -> Plan | None:
    """Give all that goes on to one person: the leaver's user is being deactivated.

    This belongs to setting people up, so the permission to edit users suffices. None when there is
    nothing. Raises Refused, and ValidationError when the taker cannot get it (R-OWN-1).
    """
    require_people(actor)
    rule = Rule(rules.ONE, (f"resource-{taker.pk}",))
    with operation(actor):
        Resource.objects.select_for_update(no_key=True).filter(pk=leaver.pk).first()
        keys = rules.proposed(selectors.held(actor, leaver))
        if not keys:
            return None
        plan = handover_plan(actor=actor, person=leaver, keys=keys, rule=rule)
        _give(actor, leaver, rule, plan, _moves(plan))
    return plan


def _moves(plan: Plan) -> dict[str, dict[str, list[Item]]]:
    """What goes to whom, by kind and taker."""
    moves: dict[str, dict[str, list[Item]]] = defaultdict(dict)
    for word, items in [*plan.by_taker.items(), ("", plan.emptied)]:
        for item in items:
            moves[item.kind].setdefault(word, []).append(item)
    return moves


def _give(
    actor: User,
    person: Resource | Contact,
    rule: Rule,
    plan: Plan,
    moves: Mapping[str, Mapping[str, list[Item]]],
) -> None:
    for kind in MODELS:
        if kind in moves:
            _owned(kind, moves[kind], person, rule)
    _assigned(moves.get("task", {}), person)
    _roles(moves.get("account", {}), person)
    allocations_told(actor=actor, allocated=_told(plan))


def _owned(
    kind: str, moves: Mapping[str, Sequence[Item]], person: Resource | Contact, rule: Rule
) -> None:
    """Write the new owners of one kind: locked and written in one statement each."""
    column = "owner"
    if isinstance(person, Contact):
        column = "co_owner" if kind == "playbook" else "owner_contact"
    model = MODELS[kind]
    ids = [item.pk for items in moves.values() for item in items]
    mine = model.objects.select_for_update(of=("self",)).filter(pk__in=ids, **{column: person})
    still = set(mine.order_by("pk").values_list("pk", flat=True))
    # Values by column, each with the rows that get it.
    written: dict[str, dict[int | None, list[int]]] = defaultdict(lambda: defaultdict(list))
    for word, items in moves.items():
        taker, pk = parse(word) or ("", None)
        for item in items:
            if item.pk not in still:
                continue
            values: Mapping[str, Any] = {"co_owner": pk}
            if column != "co_owner":
                role = (rule.role_id or item.role_id) if rule.kind == rules.ROLE else None
                values = rules.fields_of(kind, taker, pk or 0, role)
            for name, value in values.items():
                written[name][value].append(item.pk)
    changes: dict[str, Any] = {name: _by_row(model, name, rows) for name, rows in written.items()}
    if changes:
        model.objects.filter(pk__in=still).update(**changes, updated_at=timezone.now())


def _by_row(model: Any, name: str, rows: Mapping[int | None, list[int]]) -> Cast:
    column = model._meta.get_field(name)
    whens = [When(pk__in=ids, then=Value(value, column)) for value, ids in rows.items()]
    return Cast(Case(*whens, output_field=column), column)


def _assigned(moves: Mapping[str, Sequence[Item]], person: Resource | Contact) -> None:
    """Assign the tasks to others; who is assigned already is so once."""
    wanted = _taken(moves)
    if not wanted:
        return
    column = "contact" if isinstance(person, Contact) else "resource"
    mine = TaskAssignment.objects.filter(pk__in=wanted, **{column: person})
    rows = list(mine.select_for_update(of=("self",)).order_by("pk"))
    TaskAssignment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    TaskAssignment.objects.bulk_create(
        [
            TaskAssignment(task_id=row.task_id, **{f"{kind}_id": pk})
            for row in rows
            for kind, pk in [wanted[row.pk]]
        ],
        ignore_conflicts=True,
    )
    tasks = PlaybookTask.objects.filter(pk__in={row.task_id for row in rows})
    tasks.update(updated_at=timezone.now())


def _roles(moves: Mapping[str, Sequence[Item]], person: Resource | Contact) -> None:
    """Give roles on accounts to others; who has the role there already has it once."""
    wanted = _taken(moves)
    if not wanted:
        return
    mine = AccountRole.objects.filter(pk__in=wanted, resource=person.pk)
    rows = list(mine.select_for_update(of=("self",)).order_by("pk"))
    AccountRole.objects.filter(pk__in=[row.pk for row in rows]).delete()
    AccountRole.objects.bulk_create(
        [
            AccountRole(
                account_id=row.account_id, role_id=row.role_id, resource_id=wanted[row.pk][1]
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )


def _taken(moves: Mapping[str, Iterable[Item]]) -> dict[int, tuple[str, int]]:
    return {
        item.pk: taker
        for word, items in moves.items()
        if (taker := parse(word)) is not None
        for item in items
    }


def _told(plan: Plan) -> dict[int, list[Told]]:
    """What each resource is told; contacts are not told of our work."""
    return {
        taker[1]: [
            Told(item.kind, item.account, item.path)
            if item.kind == "account"
            else Told(item.kind, item.name, item.path, item.account)
            for item in items
        ]
        for word, items in plan.by_taker.items()
        if (taker := parse(word)) and taker[0] == "resource"
    }
