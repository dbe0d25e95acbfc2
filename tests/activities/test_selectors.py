"""Reads of activities: who sees which, and what an address fills in."""

from __future__ import annotations

import pytest

from apps.activities import selectors
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.objectives.models import Objective
from tests.factories import (
    make_account,
    make_account_role,
    make_activity,
    make_administrator,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_user,
)

pytestmark = pytest.mark.django_db


def seen_by(user):
    # A fresh user: the scope is read once a request and kept on it.
    fresh = type(user).objects.get(pk=user.pk)
    return {activity.subject for activity in selectors.activities(fresh)}


def test_r_vis_1_without_account_it_is_seen_by_its_author_and_by_administrators():
    author = make_csm()
    make_activity(author=author, subject="Thought")
    assert seen_by(author) == {"Thought"}
    assert seen_by(make_administrator()) == {"Thought"}
    assert seen_by(make_csm()) == set()
    assert seen_by(make_user(None)) == set()


def test_r_vis_1_with_the_account_team_scope_only_its_accounts_are_seen():
    csm, mine = make_csm(), make_account()
    make_account_role(mine, csm.resource)
    make_activity(account=make_account(parent=mine), subject="Child's")
    make_activity(account=mine, subject="Mine")
    make_activity(account=make_account(), subject="Theirs")
    assert seen_by(csm) == {"Mine", "Child's", "Theirs"}
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    assert seen_by(csm) == {"Mine", "Child's"}


def test_an_address_names_a_link_and_with_it_the_account():
    user = make_csm()
    plan = make_plan()
    kpi = make_kpi(make_objective(plan))
    assert selectors.named_in(user, {"kpi": str(kpi.pk)}) == {"kpi": kpi, "account": plan.account}
    both = selectors.named_in(user, {"account": str(make_account().pk), "plan": str(plan.pk)})
    assert both == {"account": plan.account, "plan": plan}


def test_an_address_names_nothing_that_is_not_seen():
    user = make_csm()
    in_template = Objective.objects.create(name="In a template")
    plan = make_plan()
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    query = {"objective": str(in_template.pk), "plan": str(plan.pk), "kpi": "x", "task": "99"}
    assert selectors.named_in(user, query) == {}
