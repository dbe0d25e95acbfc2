"""Writes of objectives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.ownership_services import owner_problems, owner_told, with_owner
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.person import person_of
from apps.core.services import apply, create, lock, set_links
from apps.objectives.choices import CompletionType
from apps.objectives.models import Objective, ObjectiveChallenge, ObjectiveTag
from apps.objectives.rules import direction_error, objective_errors
from apps.objectives.selectors import first_status
from apps.plans.models import BusinessChallenge
from apps.plans.move_services import contacts_stay
from apps.plans.services import check_challenges, require_new, require_on, unfit_owner
from apps.plans.template_rules import lies_in_template, template_problems

LINKS = {"tags": (ObjectiveTag, "tag"), "challenges": (ObjectiveChallenge, "challenge")}


def objective_problems(
    actor: User, objective: Objective, values: Mapping[str, Any]
) -> dict[str, str]:
    """What is wrong with an objective once it holds these values, by field.

    It stays in or out of a template (R-TPL-1), dates (R-DATE-1), plan and owner of the same
    account (R-OBJ-1, R-OBJ-3), an owner who can be allocated (R-OWN-1), direction (R-KPI-3).
    """

    def value(name: str) -> Any:
        return values[name] if name in values else getattr(objective, name)

    account, plan, contact = value("account"), value("plan"), value("owner_contact")
    if account is None and not lies_in_template(objective, values):
        return {"account": "An objective belongs to an account. Choose one."}
    misplaced = template_problems(objective, values)
    if misplaced:
        return misplaced
    account_id = account and account.pk
    same_plan = plan is None or plan.account_id == account_id
    # One who is not chosen anew stays behind when the account changes.
    leaves = "owner_contact" not in values and account_id != objective.account_id
    same_contact = contact is None or contact.account_id == account_id or leaves
    errors = objective_errors(
        start=value("start_date"),
        due=value("due_date"),
        account=str(account),
        plan="" if same_plan else str(plan),
        plan_account="" if same_plan else str(plan.account),
        contact="" if same_contact else str(contact),
        contact_account="" if same_contact else str(contact.account),
    )
    unfit = unfit_owner(values.get("owner"), objective.owner_id)
    if unfit:
        errors["owner"] = unfit
    stays = {"owner_contact": None} if leaves else {}
    errors |= owner_problems("objective", objective, {**values, **stays})
    wrong = direction_error(
        value("baseline"), value("target"), value("direction"), person_of(actor).number
    )
    if wrong:
        errors["target"] = wrong
    if value("completion_type") == CompletionType.ATTRIBUTE and value("attribute") is None:
        errors["attribute"] = "Choose the attribute that completes this objective."
    return errors


def objective_create(*, actor: User, values: Mapping[str, Any]) -> Objective:
    """A new objective of an account, or in a template, with its `tags` and `challenges`.

    Raises ValidationError by field for what `objective_problems` names and for challenges of
    another account (R-CAS-2).
    """
    require_new(actor, "objective.create", Objective(), values)
    plain, links = _split(values)
    _require_guarded(actor, plain | links)
    if plain.get("plan") is not None and plain.get("account") is None:
        plain["account"] = plain["plan"].account
    if plain.get("status") is None:
        plain["status"] = first_status()
    with operation(actor):
        objective = Objective()
        _refuse(objective_problems(actor, objective, plain | links))
        account = plain.get("account")
        check_challenges(links.get("challenges", ()), account)
        objective = create(Objective(**with_owner(objective, plain, account)))
        _link(objective, links)
        owner_told(actor=actor, kind="objective", record=objective)
    return objective


def objective_update(
    *,
    actor: User,
    objective: Objective,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change an objective and return the names of the fields that changed.

    With its plan or account its playbooks, tasks and activities move (R-OBJ-2, R-OBJ-3); with its
    account its challenges are unlinked (R-CAS-2). Both are the database's work. Contacts of the
    old account stay behind. Raises ValidationError as `objective_create` does, and Conflict.
    """
    require_on(actor, "objective.edit", objective.account_id)
    plain, links = _split(changes)
    with operation(actor):
        locked = lock(objective, "account", "plan__account", "owner_contact__account")
        _require_guarded(actor, plain | links, locked)
        _refuse(objective_problems(actor, locked, plain | links))
        moves = "account" in plain and plain["account"] != locked.account
        if moves and "owner_contact" not in plain:
            plain["owner_contact"] = None
        before = locked.owner_id
        account = plain.get("account", locked.account)
        changed = apply(locked, with_owner(locked, plain, account), shown)
        owner_told(actor=actor, kind="objective", record=locked, before=before)
        if moves:
            contacts_stay(moved=locked)
            links.pop("challenges", None)
        check_challenges(links.get("challenges", ()), locked.account)
        changed += _link(locked, links, shown or {})
    return changed


def objective_link_challenges(*, objective: Objective, wanted: Iterable[BusinessChallenge]) -> None:
    """Link challenges of its account to an objective that was just made, within its operation."""
    ObjectiveChallenge.objects.bulk_create(
        ObjectiveChallenge(objective=objective, challenge=one) for one in wanted
    )


def objective_delete(*, actor: User, objective: Objective) -> None:
    """Delete an objective without KPIs; playbooks, tasks and activities stay (R-OBJ-4, R-DEL-1).

    Raises ValidationError that lists the KPIs in the way.
    """
    require_on(actor, "objective.delete", objective.account_id)
    with operation(actor):
        locked = lock(objective)
        titles = list(locked.kpis.order_by("title", "pk").values_list("title", flat=True))
        if titles:
            raise ValidationError(
                f"“{locked}” has {_count(len(titles))}: {', '.join(titles)}."
                " Delete them first, then the objective."
            )
        locked.delete()


def _count(kpis: int) -> str:
    return "1 KPI" if kpis == 1 else f"{kpis} KPIs"


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    plain = {name: value for name, value in values.items() if name not in LINKS}
    return plain, {name: list(values[name]) for name in LINKS if name in values}


def _require_guarded(
    actor: User, values: Mapping[str, Any], objective: Objective | None = None
) -> None:
    stands = bool(objective and objective.is_external)
    if values.get("is_external", stands) != stands:
        require(actor, "objective.share")
    if values.get("tags"):
        require(actor, "tag.use")


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise ValidationError(errors)


def _link(
    objective: Objective,
    links: Mapping[str, Iterable[Any]],
    shown: Mapping[str, Iterable[Any]] | None = None,
) -> list[str]:
    return [
        name
        for name, wanted in links.items()
        if set_links(
            LINKS[name][0],
            owner={"objective": objective},
            target=LINKS[name][1],
            wanted=wanted,
            shown=(shown or {}).get(name),
        )
    ]
