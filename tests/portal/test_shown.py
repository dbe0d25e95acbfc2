"""R-EXT-1 and R-EXT-2: the database's answer and the sentence agree, for every chain of parents."""

from __future__ import annotations

import itertools

import pytest

from apps.objectives.choices import StatusKind
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import Stage, TaskStatus
from apps.portal.rules import Link, why_hidden
from apps.portal.selectors import shown
from apps.portal.selectors.shares import opened_by, shares
from apps.portal.services import token_of
from tests.factories import (
    make_account,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_share,
    make_task,
    objective_status,
)

pytestmark = pytest.mark.django_db

SHARED, INTERNAL, NEVER = "shared", "internal", "never"
STATES = (SHARED, INTERNAL, NEVER)
PLANS = {SHARED: PlanStatus.ACTIVE, INTERNAL: PlanStatus.ACTIVE, NEVER: PlanStatus.ARCHIVED}
STAGES = {SHARED: Stage.PLANNED, INTERNAL: Stage.PLANNED, NEVER: Stage.CANCELED}
KINDS = {
    SHARED: StatusKind.COMPLETED,
    INTERNAL: StatusKind.IN_PROGRESS,
    NEVER: StatusKind.ABANDONED,
}
TASKS = {SHARED: TaskStatus.PLANNED, INTERNAL: TaskStatus.PLANNED, NEVER: TaskStatus.DRAFT}


def said(what, name, state):
    return Link(what, name, state != INTERNAL, "never" if state == NEVER else "")


@pytest.fixture
def chains():
    """Every combination of a plan, an objective, a playbook and what hangs on them, and none."""
    account = make_account()
    found = []
    for of_plan, of_objective in itertools.product((*STATES, None), repeat=2):
        plan = objective = None
        above: list[Link] = []
        if of_plan:
            plan = make_plan(account, is_shared=of_plan != INTERNAL, status=PLANS[of_plan])
            above = [said("success plan", plan.name, of_plan)]
            found.append((plan, above))
        if of_objective:
            objective = make_objective(
                plan,
                account=account,
                is_external=of_objective != INTERNAL,
                status=objective_status(KINDS[of_objective]),
            )
            above = [said("objective", objective.name, of_objective), *above]
            found.append((objective, above))
            for state in (SHARED, INTERNAL):
                kpi = make_kpi(objective, is_external=state == SHARED)
                found.append((kpi, [said("KPI", kpi.title, state), *above]))
        for of_playbook in (*STATES, None):
            playbook, higher = None, above
            if of_playbook:
                playbook = make_playbook(
                    objective,
                    account=account,
                    plan=plan,
                    is_shared=of_playbook != INTERNAL,
                    stage=STAGES[of_playbook],
                )
                higher = [said("playbook", playbook.name, of_playbook), *above]
                found.append((playbook, higher))
            for state in STATES:
                task = make_task(
                    playbook,
                    account=account,
                    plan=plan,
                    objective=objective,
                    is_shared=state != INTERNAL,
                    status=TASKS[state],
                )
                found.append((task, [said("task", task.name, state), *higher]))
    return account, found


def everything(share):
    rows = [
        getattr(shown, name)(share)
        for name in ("plans", "objectives", "kpis", "playbooks", "tasks")
    ]
    return {(row._meta.model_name, row.pk) for part in rows for row in part}


def test_r_ext_1_what_is_shown_is_what_nothing_hides(chains):
    account, found = chains
    expected = {(row._meta.model_name, row.pk) for row, chain in found if not why_hidden(chain)}
    assert everything(make_share(account)) == expected
    # All that there is stands in one of the two.
    assert 15 < len(expected) < len(found) // 4


def test_a_share_of_a_plan_shows_that_plan_alone(chains):
    account, found = chains
    plan = next(
        row
        for row, chain in found
        if row._meta.model_name == "successplan" and not why_hidden(chain)
    )
    whole = everything(make_share(account))

    def of_plan(row):
        if row._meta.model_name == "successplan":
            return row == plan
        return (row.objective if row._meta.model_name == "objectivekpi" else row).plan_id == plan.pk

    mine = {(row._meta.model_name, row.pk) for row, _ in found if of_plan(row)}
    assert everything(make_share(plan=plan)) == whole & mine
    assert len(whole & mine) > 3


def test_r_ext_5_another_accounts_records_are_in_no_share(chains):
    assert everything(make_share()) == set()


def test_new_records_are_internal_and_a_shared_plan_shares_no_child():
    plan = make_plan(is_shared=True)
    objective = make_objective(plan)
    playbook = make_playbook(objective, plan=plan)
    make_kpi(objective)
    make_task(playbook)
    share = make_share(plan=plan)
    assert everything(share) == {("successplan", plan.pk)}


def test_switching_a_parent_off_hides_its_children_at_once():
    plan = make_plan(is_shared=True)
    objective = make_objective(plan, is_external=True)
    playbook = make_playbook(objective, plan=plan, is_shared=True)
    make_kpi(objective, is_external=True)
    make_task(playbook, is_shared=True)
    share = make_share(plan=plan)
    assert len(everything(share)) == 5
    for parent, flag, left in (
        (playbook, "is_shared", 3),
        (objective, "is_external", 1),
        (plan, "is_shared", 0),
    ):
        setattr(parent, flag, False)
        parent.save()
        assert len(everything(share)) == left


def test_r_ext_4_a_token_opens_its_share_and_no_other():
    one, two = make_share(), make_share()
    assert opened_by(token_of(one)) == one
    assert opened_by(token_of(two)) == two
    for wrong in ("", token_of(one)[:-1], f"{token_of(one)}A", one.token_hash, str(one.key)):
        assert opened_by(wrong) is None


def test_a_plan_that_went_to_another_account_is_shared_with_the_old_one_no_more():
    plan = make_plan(is_shared=True)
    share, user = make_share(plan=plan, anyone=True), make_csm()
    assert opened_by(token_of(share)) == share
    assert shares(user).get() == share
    plan.account = make_account()
    plan.save()
    assert opened_by(token_of(share)) is None
    assert not shares(user).exists()
