"""What was said for the customer too: on what they see, and nowhere else."""

from __future__ import annotations

import pytest

from apps.activities.models import Comment
from apps.portal.selectors import said
from apps.portal.services import token_of
from tests.factories import (
    make_account,
    make_challenge,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_share,
    make_task,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm():
    return make_csm(first_name="Mara", last_name="Koch")


@pytest.fixture
def plan():
    return make_plan(make_account(name="Acme"), name="Growth", is_shared=True)


def say(csm, text, *, external=True, **on):
    return Comment.objects.create(author=csm, text=text, is_external=external, **on)


def words(share):
    return [(one.about, one.text) for one in said.comments(share)]


def test_r_plan_2_only_what_is_marked_for_the_customer_and_hangs_on_what_they_see(csm, plan):
    objective = make_objective(plan, name="Adoption", is_external=True)
    hidden = make_objective(plan, name="Secret")
    kpi = make_kpi(objective, title="Users", is_external=True)
    book = make_playbook(objective, plan=plan, name="Start", is_shared=True)
    task = make_task(book, name="Call", is_shared=True)
    for number, on in enumerate(
        ({"plan": plan}, {"objective": objective}, {"kpi": kpi}, {"playbook": book}, {"task": task})
    ):
        say(csm, f"Said {number}", **on)
        say(csm, "Internal", external=False, **on)
    say(csm, "Hidden", objective=hidden)
    say(csm, "Hidden too", kpi=make_kpi(objective))
    say(csm, "Of another plan", plan=make_plan(plan.account, is_shared=True))
    say(csm, "On the account", account=plan.account)
    say(csm, "On a challenge", challenge=make_challenge(plan.account))
    assert words(make_share(plan=plan)) == [
        ("Call", "Said 4"),
        ("Start", "Said 3"),
        ("Users", "Said 2"),
        ("Adoption", "Said 1"),
        ("Growth", "Said 0"),
    ]
    whole = [text for _, text in words(make_share(plan.account))]
    assert whole[:2] == ["On the account", "Of another plan"]
    assert "On a challenge" not in whole
    assert words(make_share()) == []


def test_the_page_says_who_said_it_and_to_what(client, csm, plan):
    task = make_task(account=plan.account, plan=plan, name="Call", is_shared=True)
    say(csm, "We begin on <Monday>.", task=task)
    kim = make_contact(plan.account, name="Kim Lee")
    Comment.objects.create(author_contact=kim, text="Good.", is_external=True, task=task)
    share = make_share(plan=plan, anyone=True)
    page = client.get(f"/share/{token_of(share)}/").content.decode()
    assert "We begin on &lt;Monday&gt;." in page
    assert "Mara Koch" in page
    assert 'Kim Lee</strong> <span class="muted">(Acme)' in page


def test_comments_need_as_many_queries_for_one_as_for_eight(client, csm, plan):
    address = f"/share/{token_of(make_share(plan=plan, anyone=True))}/"
    say(csm, "One", plan=plan)
    one = queries(client, address)
    for number in range(7):
        say(csm, f"Said {number}", plan=plan)
    assert queries(client, address) == one
