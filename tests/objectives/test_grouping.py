"""Creating an objective offers the account's playbooks that still go on, to group under it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.access import Refused
from apps.objectives.models import Objective
from apps.playbooks.choices import OVER_STAGES
from apps.playbooks.models import Playbook
from apps.playbooks.services import playbooks_group
from tests.factories import (
    make_account,
    make_activity,
    make_administrator,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_task,
)
from tests.pages import form_data

pytestmark = pytest.mark.django_db

NEW = reverse("objectives:create")


@pytest.fixture
def acme():
    return make_account(name="Acme")


@pytest.fixture(params=[make_csm, make_participant])
def person(client, request):
    user = request.param()
    client.force_login(user)
    return user


def offered(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [label.get_text(strip=True) for label in page.select("#id_playbooks label")]


def test_those_that_go_on_are_offered_free_ones_first(client, person, acme):
    other = make_objective(account=acme, name="Adopt")
    make_playbook(other, name="Assist")
    make_playbook(account=acme, name="Recover", stage="in_progress")
    make_playbook(account=acme, name="Zeal")
    make_playbook(name="Elsewhere")
    for stage in OVER_STAGES:
        make_playbook(account=acme, name=f"Over {stage}", stage=stage)
    assert offered(client.get(f"{NEW}?account={acme.pk}")) == [
        "Recover · In Progress",
        "Zeal · Planned",
        "Assist · Planned · now under “Adopt”",
    ]


def test_it_says_so_when_there_are_none_and_when_no_account_is_known(client, person, acme):
    make_playbook(account=acme, stage="completed")
    said = client.get(f"{NEW}?account={acme.pk}").content.decode()
    assert "Acme has no playbook that still goes on: run one after saving." in said
    form = client.get(NEW)
    assert "They appear when the account is chosen." in form.content.decode()
    make_playbook(account=acme, name="Recover")
    refreshed = client.post(NEW, form_data(form, account="Acme", refresh="1"))
    assert offered(refreshed) == ["Recover · Planned"]


def test_r_obj_2_saving_groups_them_in_one_operation_with_all_that_hangs_on_them(
    client, person, acme
):
    plan = make_plan(acme)
    playbook = make_playbook(account=acme, name="Recover")
    task = make_task(playbook)
    activity = make_activity(account=acme, playbook=playbook)
    kept = make_playbook(account=acme, name="Zeal")
    form = client.get(f"{NEW}?plan={plan.pk}")
    response = client.post(
        f"{NEW}?plan={plan.pk}", form_data(form, name="Adopt", playbooks=[playbook.pk])
    )
    assert response.status_code == 302
    objective = Objective.objects.get()
    for row in (playbook, task, activity):
        row.refresh_from_db()
        assert (row.objective, row.plan) == (objective, plan)
    kept.refresh_from_db()
    assert kept.objective is None
    operations = {
        row.events.order_by("-pgh_id").first().pgh_operation for row in (objective, playbook, task)
    }
    assert len(operations) == 1


def test_a_playbook_of_another_account_is_refused_and_what_was_typed_stays(client, person, acme):
    foreign = make_playbook(name="Elsewhere")
    form = client.get(f"{NEW}?account={acme.pk}")
    response = client.post(NEW, form_data(form, name="Adopt", playbooks=[foreign.pk]))
    assert response.status_code == 422
    assert 'value="Adopt"' in response.content.decode()
    assert not Objective.objects.exists()


def test_the_edit_form_does_not_offer_them(client, person, acme):
    objective = make_objective(account=acme)
    make_playbook(account=acme)
    page = client.get(reverse("objectives:edit", args=[objective.pk]))
    assert "playbooks" not in page.context["form"].fields


def test_the_service_refuses_what_is_over_elsewhere_or_not_allowed(acme):
    objective, csm = make_objective(account=acme), make_csm()
    over = make_playbook(account=acme, name="Over", stage="canceled")
    foreign = make_playbook(name="Elsewhere")
    fit = make_playbook(account=acme)
    with pytest.raises(ValidationError, match="“Over” is no playbook of Acme that still goes on"):
        playbooks_group(actor=csm, objective=objective, playbooks=[fit, over])
    with pytest.raises(ValidationError, match="“Over” and “Elsewhere” are no playbooks of Acme"):
        playbooks_group(actor=csm, objective=objective, playbooks=[over, foreign])
    with pytest.raises(Refused):
        playbooks_group(actor=make_administrator(), objective=objective, playbooks=[fit])
    assert not Playbook.objects.filter(objective=objective).exists()


def test_grouping_takes_a_constant_number_of_statements(acme):
    csm, counts = make_csm(), []
    csm.get_all_permissions()
    for size in (1, 8):
        objective = make_objective(account=acme)
        rows = [make_playbook(account=acme) for _ in range(size)]
        with CaptureQueriesContext(connection) as captured:
            playbooks_group(actor=csm, objective=objective, playbooks=rows)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8
