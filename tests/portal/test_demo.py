"""The demo's share: made once, of the plan that has most to show, with something left internal."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from apps.plans.choices import PlanStatus
from apps.portal import demo
from apps.portal.models import Share
from apps.portal.selectors import shown
from apps.portal.selectors.shares import opened_by
from tests.factories import (
    make_account,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_task,
)

pytestmark = pytest.mark.django_db


def test_the_demo_shares_one_plan_with_its_contacts_once(capsys):
    csm = make_csm(email=demo.WHO)
    account = make_account()
    kim = make_contact(account, email="kim@acme.com")
    make_plan(account, owner=csm.resource, status=PlanStatus.ACTIVE)
    plan = make_plan(account, owner=csm.resource, status=PlanStatus.ACTIVE)
    for _ in range(3):
        objective = make_objective(plan)
        make_kpi(objective, baseline=1, current=2, target=3)
        make_task(make_playbook(objective, plan=plan))
    call_command("share_demo")
    token = demo.load()
    share = opened_by(token)
    assert f"/share/{token}/" in capsys.readouterr().out
    assert (share.plan, list(share.contacts.all())) == (plan, [kim])
    assert Share.objects.count() == 1
    # Two of three of each kind, and what hangs on the one that stays internal is hidden too.
    assert shown.objectives(share).count() == 2
    assert shown.tasks(share).filter(assignments__contact=kim).count() == 2


def test_an_empty_installation_shares_nothing(capsys):
    call_command("share_demo")
    assert capsys.readouterr().out == ""
    assert not Share.objects.exists()
