"""Who is offered as an owner and in which order (R-OWN-3), and who holds a role (R-OWN-2)."""

from __future__ import annotations

import pytest

from apps.accounts.choices import ResourceKind
from apps.accounts.models import Role, TeamPool, TeamPoolMember
from apps.accounts.ownership_selectors import holders, offers, ranked
from apps.plans.choices import PlanStatus
from apps.playbooks.choices import Stage
from tests.factories import (
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_plan,
    make_playbook,
    make_resource,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def roles():
    return list(Role.objects.order_by("position")[:3])


def busy(name, *, plans=0, playbooks=0, **fields):
    """A resource who owns so many plans and playbooks that go on."""
    resource = make_resource(name=name, **fields)
    for _ in range(plans):
        make_plan(owner=resource)
    for _ in range(playbooks):
        make_playbook(owner=resource)
    return resource


def test_r_own_3_same_role_then_fewest_plans_then_fewest_playbooks_then_name(roles):
    csm, other, _ = roles
    busy("Few plans, other role", role=other)
    busy("Two plans", plans=2, role=csm)
    busy("One plan, two playbooks", plans=1, playbooks=2, role=csm)
    busy("One plan, one playbook", plans=1, playbooks=1, role=csm)
    busy("B nothing", role=csm)
    busy("A nothing", role=csm)
    assert [row.name for row in ranked(csm.pk)] == [
        "A nothing",
        "B nothing",
        "One plan, one playbook",
        "One plan, two playbooks",
        "Two plans",
        "Few plans, other role",
    ]
    assert ranked()[2].name == "Few plans, other role"


def test_r_own_3_what_is_over_and_what_lies_in_a_template_does_not_count():
    resource = busy("Jo", plans=1, playbooks=1)
    for status in (PlanStatus.COMPLETED, PlanStatus.ARCHIVED):
        make_plan(owner=resource, status=status)
    for stage in (Stage.COMPLETED, Stage.CANCELED):
        make_playbook(owner=resource, stage=stage)
    for status in (PlanStatus.DRAFT, PlanStatus.ON_HOLD):
        make_plan(owner=resource, status=status)
    type(make_plan()).objects.create(name="Template", owner=resource, is_template=True)
    make_playbook(account=None, owner=resource, is_template=True)
    (row,) = ranked()
    assert (row.active_plans, row.active_playbooks) == (3, 1)


def test_r_own_1_only_active_ones_that_are_not_psa_are_ranked_or_hold_a_role(roles):
    account = make_account()
    left = make_resource(name="Left", is_active=False)
    psa = make_resource(name="Psa", kind=ResourceKind.PSA)
    for resource in (left, psa):
        make_account_role(account, resource, roles[0])
    assert not ranked().exists()
    assert holders(account, [roles[0].pk]) == {}


def test_r_own_2_of_several_who_hold_a_role_the_best_ranked_one_is_taken(
    roles, django_assert_num_queries
):
    account, (csm, architect, sponsor) = make_account(), roles
    make_account_role(account, busy("Busy", plans=2), csm)
    free = busy("Free", plans=1)
    make_account_role(account, free, csm)
    make_account_role(account, free, architect)
    by_trade = busy("By trade", plans=5, role=architect)
    make_account_role(account, by_trade, architect)
    make_account_role(make_account(), busy("Elsewhere"), csm)
    with django_assert_num_queries(1):
        found = holders(account, [csm.pk, architect.pk, sponsor.pk])
    assert found == {csm.pk: free, architect.pk: by_trade}
    with django_assert_num_queries(0):
        assert holders(None, [csm.pk]) == {}
        assert holders(account, []) == {}


def test_offers_hold_what_the_rule_allows_with_what_explains_the_ranking(roles):
    user, account = make_user(), make_account(name="Acme")
    ana = busy("Ana Ruiz", plans=3, playbooks=1, role=roles[0])
    make_account_role(account, ana, roles[0])
    pool = TeamPool.objects.create(name="EMEA")
    TeamPoolMember.objects.create(pool=pool, resource=ana)
    busy("Bo Lund")
    contact = make_contact(account, name="Cy Young", title="CIO")
    make_contact(account, name="Gone", is_active=False)
    make_contact(name="Elsewhere")
    found = offers(user, account, ("resource", "role", "contact", "pool"))
    assert [(one.value, one.about) for one in found.resources] == [
        (f"resource-{row.pk}", about)
        for row, about in (
            (ranked()[0], "0 active plans, 0 active playbooks"),
            (ana, f"{roles[0]} · 3 active plans, 1 active playbook"),
        )
    ]
    held = {one.value: one.about for one in found.roles}
    assert held[f"role-{roles[0].pk}"] == "held by Ana Ruiz here"
    assert held[f"role-{roles[1].pk}"] == "nobody holds it here yet"
    assert [(one.value, one.name, one.about) for one in found.contacts] == [
        (f"contact-{contact.pk}", "Cy Young", "CIO")
    ]
    assert [(one.name, one.about) for one in found.pools] == [("EMEA", "1 team member")]
    only = offers(user, account, ("resource",))
    assert (only.roles, only.contacts, only.pools) == ([], [], [])


def test_offers_are_narrowed_by_name_and_pool_and_keep_who_is_chosen(roles):
    user, account = make_user(), make_account()
    ana, bo = busy("Ana Ruiz"), busy("Bo Lund", role=roles[0])
    left = make_resource(name="Left", is_active=False)
    pool = TeamPool.objects.create(name="EMEA")
    TeamPoolMember.objects.create(pool=pool, resource=bo)

    def names(**sought):
        return [one.name for one in offers(user, account, ("resource",), **sought).resources]

    assert names(q="ruiz ana") == ["Ana Ruiz"]
    assert names(pool_id=pool.pk) == ["Bo Lund"]
    assert names(role_id=roles[0].pk) == ["Bo Lund", "Ana Ruiz"]
    assert names(q="bo", chosen=[f"resource-{left.pk}", "nonsense"]) == ["Bo Lund", "Left"]
    assert names(q="nobody\0 at all") == []
    assert offers(user, account, ("resource",), q="xyz").empty
    assert names(q="", chosen=[f"resource-{ana.pk}"])[0] == "Ana Ruiz"


def test_offers_show_only_what_the_person_may_see():
    make_resource()
    account = make_account()
    make_contact(account)
    found = offers(make_user(None), account, ("resource", "contact"))
    assert (found.resources, found.contacts) == ([], [])


@pytest.mark.parametrize("number", [1, 8])
def test_offers_need_the_same_number_of_statements(number, roles, django_assert_num_queries):
    user, account = make_csm(), make_account()
    for _ in range(number):
        make_account_role(account, busy("Jo", plans=1, role=roles[0]), roles[0])
        make_contact(account)
    user.has_perm("accounts.view_resource")
    with django_assert_num_queries(6):
        offers(user, account, ("resource", "role", "contact", "pool"))


def test_who_is_chosen_is_never_cut_off_and_stands_in_its_place(monkeypatch):
    monkeypatch.setattr("apps.accounts.ownership_selectors.MOST", 3)
    user, account = make_user(), make_account()
    for number in range(5):
        busy(f"Free {number}")
        make_contact(account, name=f"Contact {number}")
    last = busy("Busy", plans=2)
    contact = make_contact(account, name="Zoe")
    chosen = [f"resource-{last.pk}", f"contact-{contact.pk}"]
    found = offers(user, account, ("resource", "contact"), chosen=chosen)
    assert [one.name for one in found.resources] == ["Free 0", "Free 1", "Busy"]
    assert [one.name for one in found.contacts] == ["Contact 0", "Contact 1", "Zoe"]
    assert found.more
