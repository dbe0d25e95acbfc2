"""Writes of success plans and business challenges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.accounts.models import Account, Resource
from apps.accounts.ownership_services import owner_problems, owner_told, with_owner
from apps.accounts.rules import allocation_error
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import User
from apps.core.services import apply, create, lock, set_links
from apps.plans.models import BusinessChallenge, PlanChallenge, SuccessPlan
from apps.plans.move_services import contacts_stay
from apps.plans.rules import foreign_challenges_error, plan_errors
from apps.plans.template_rules import lies_in_template, template_problems

# Whose permission for templates a record in one needs (R-TPL-1).
TEMPLATES_OF: Final = {
    "plan": "plan",
    "objective": "objective",
    "kpi": "objective",
    "playbook": "playbook",
    "task": "playbook",
}


def require_on(actor: User, what: str, account_id: int | None) -> None:
    """Raise Refused unless the person may do this; in a template, unless they may edit templates."""
    record, _ = what.split(".")
    require(actor, f"{TEMPLATES_OF[record]}.save_as_template" if account_id is None else what)


def require_new(actor: User, what: str, record: Any, values: Mapping[str, Any]) -> None:
    """Raise Refused unless the person may make this; in a template, unless they may edit those."""
    kind, _ = what.split(".")
    shelved = lies_in_template(record, values)
    require(actor, f"{TEMPLATES_OF[kind]}.save_as_template" if shelved else what)


def check_challenges(wanted: Iterable[BusinessChallenge], account: Account | None) -> None:
    """Raise ValidationError for `challenges` when one belongs to another account (R-CAS-2)."""
    account_id = account.pk if account else None
    foreign = [challenge.title for challenge in wanted if challenge.account_id != account_id]
    error = foreign_challenges_error(foreign, str(account))
    if error:
        raise ValidationError({"challenges": error})


def unfit_owner(owner: Resource | None, kept_id: int | None) -> str | None:
    """Why this resource cannot become the owner; who owns it already may stay (R-OWN-1)."""
    if owner is None or owner.pk == kept_id:
        return None
    return allocation_error(owner.name, is_active=owner.is_active, kind=owner.kind)


def plan_problems(plan: SuccessPlan, values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a plan once it holds these values, by field (R-DATE-1, R-OWN-1)."""

    def value(name: str) -> Any:
        return values[name] if name in values else getattr(plan, name)

    errors = template_problems(plan, values)
    errors |= plan_errors(start=value("start_date"), end=value("end_date"))
    unfit = unfit_owner(values.get("owner"), plan.owner_id)
    if unfit:
        errors["owner"] = unfit
    return errors | owner_problems("plan", plan, values)


def _check_plan(plan: SuccessPlan, values: Mapping[str, Any]) -> None:
    errors = plan_problems(plan, values)
    if errors:
        raise ValidationError(errors)


def plan_create(*, actor: User, values: Mapping[str, Any]) -> SuccessPlan:
    """A new plan of an account, or a template; `challenges` of that account are linked.

    Raises ValidationError for dates in the wrong order (R-DATE-1), an owner who cannot be
    allocated (R-OWN-1) and challenges of another account (R-CAS-2).
    """
    require_new(actor, "plan.create", SuccessPlan(), values)
    if values.get("is_shared"):
        require(actor, "plan.share")
    plain = dict(values)
    wanted = list(plain.pop("challenges", ()))
    account = plain.get("account")
    if account is None and not lies_in_template(SuccessPlan(), plain):
        raise ValidationError({"account": "A plan belongs to an account. Choose one."})
    with operation(actor):
        _check_plan(SuccessPlan(), values)
        check_challenges(wanted, account)
        plan = create(SuccessPlan(**with_owner(SuccessPlan(), plain, account)))
        _link(plan, wanted)
        owner_told(actor=actor, kind="plan", record=plan)
    return plan


def plan_update(
    *,
    actor: User,
    plan: SuccessPlan,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a plan and return the names of the fields that changed.

    With its account all that belongs to it moves (R-PLAN-3), its challenges are unlinked (R-CAS-2)
    and contacts stay behind. Raises ValidationError as `plan_create` does, and Conflict.
    """
    require_on(actor, "plan.edit", plan.account_id)
    if "is_shared" in changes:
        require(actor, "plan.share")
    plain = dict(changes)
    wanted = plain.pop("challenges", None)
    with operation(actor):
        locked = lock(plan, "account")
        if locked.account_id is not None and plain.get("account", locked.account) is None:
            raise ValidationError({"account": "A plan belongs to an account. Choose one."})
        _check_plan(locked, changes)
        before = locked.owner_id
        account = plain.get("account", locked.account)
        changed = apply(locked, with_owner(locked, plain, account), shown)
        owner_told(actor=actor, kind="plan", record=locked, before=before)
        if "account" in changed:
            contacts_stay(moved=locked)
        elif wanted is not None:
            check_challenges(wanted, locked.account)
            if _link(locked, wanted, (shown or {}).get("challenges")):
                changed.append("challenges")
    return changed


def _link(
    plan: SuccessPlan,
    wanted: Iterable[BusinessChallenge],
    shown: Iterable[BusinessChallenge] | None = None,
) -> bool:
    return set_links(
        PlanChallenge, owner={"plan": plan}, target="challenge", wanted=wanted, shown=shown
    )


def plan_link_challenges(*, plan: SuccessPlan, wanted: Iterable[BusinessChallenge]) -> None:
    """Link challenges of its account to a plan that was just made, within its operation."""
    PlanChallenge.objects.bulk_create(PlanChallenge(plan=plan, challenge=one) for one in wanted)


def plan_delete(*, actor: User, plan: SuccessPlan) -> None:
    """Delete a plan; what hung on it stays with the account (R-PLAN-1)."""
    require_on(actor, "plan.delete", plan.account_id)
    with operation(actor):
        lock(plan).delete()


def challenge_create(
    *, actor: User, values: Mapping[str, Any], plan: SuccessPlan | None = None
) -> BusinessChallenge:
    """A new challenge of an account, linked to a plan of that account when one is given."""
    require(actor, "challenge.create")
    if plan is not None:
        require(actor, "plan.edit")
    with operation(actor):
        challenge = create(BusinessChallenge(**values))
        if plan is not None:
            check_challenges([challenge], plan.account)
            PlanChallenge.objects.create(plan=plan, challenge=challenge)
    return challenge


def challenge_update(
    *,
    actor: User,
    challenge: BusinessChallenge,
    changes: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change a challenge. Its account is fixed while it is linked to anything (R-CAS-2).

    Returns the names of the fields that changed. Raises ValidationError and Conflict.
    """
    require(actor, "challenge.edit")
    with operation(actor):
        locked = lock(challenge)
        moves = "account" in changes and changes["account"] != locked.account
        if moves and (locked.plan_links.exists() or locked.objective_links.exists()):
            raise ValidationError(
                {
                    "account": "This challenge is linked to plans or objectives of"
                    f" {locked.account}. Unlink it there first, then choose another account."
                }
            )
        return apply(locked, changes, shown)


def challenge_delete(*, actor: User, challenge: BusinessChallenge) -> None:
    """Delete a challenge; plans and objectives lose the link and stay (R-DEL-1)."""
    require(actor, "challenge.delete")
    with operation(actor):
        lock(challenge).delete()
