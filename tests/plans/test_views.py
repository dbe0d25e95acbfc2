"""Pages of plans and challenges over HTTP: who may, what is refused, what is never lost."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.plans.models import BusinessChallenge, ChallengeCategory, PlanChallenge, SuccessPlan
from tests.factories import (
    make_account,
    make_activity,
    make_challenge,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)
from tests.pages import edit_data, form_data, queries, saving

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def test_a_plan_with_two_new_challenges_is_saved_in_one_go(client, csm):
    account = make_account(name="Acme")
    owner = make_resource(name="Jo Field")
    response = client.post(
        reverse("plans:create"),
        {
            "account": f"Acme #{account.pk}",
            "name": "Grow",
            "status": "active",
            "owner": f"Jo Field #{owner.pk}",
            "start_date": "2026-01-01",
            "end_date": "2026-12-31",
            "challenges-new-TOTAL_FORMS": "3",
            "challenges-new-INITIAL_FORMS": "0",
            "challenges-new-0-title": "Low adoption",
            "challenges-new-0-severity": "high",
            "challenges-new-0-status": "open",
            "challenges-new-1-title": "No sponsor",
            "challenges-new-1-severity": "medium",
            "challenges-new-1-status": "open",
            "challenges-new-2-severity": "medium",
            "challenges-new-2-status": "open",
        },
    )
    plan = SuccessPlan.objects.get()
    assert (response.status_code, response.url) == (302, reverse("plans:detail", args=[plan.pk]))
    assert sorted(plan.challenges.values_list("title", flat=True)) == ["Low adoption", "No sponsor"]
    assert (plan.account, plan.owner) == (account, owner)


def test_a_refused_row_saves_nothing_and_keeps_everything_typed(client, csm):
    make_account(name="Acme")
    response = client.post(
        reverse("plans:create"),
        {
            "account": "Acme",
            "name": "Grow",
            "status": "active",
            "challenges-new-TOTAL_FORMS": "1",
            "challenges-new-INITIAL_FORMS": "0",
            "challenges-new-0-severity": "high",
            "challenges-new-0-status": "open",
            "challenges-new-0-identified_on": "2026-02-03",
        },
    )
    assert response.status_code == 422
    assert "title" in response.context["formset"].forms[0].errors
    for typed in ('value="Grow"', 'value="Acme"', "2026-02-03"):
        assert typed in response.content.decode()
    assert not SuccessPlan.objects.exists()


def test_r_date_1_dates_in_the_wrong_order_are_refused_beside_the_field(client, csm):
    make_account(name="Acme")
    response = client.post(
        reverse("plans:create"),
        {
            "account": "Acme",
            "name": "Grow",
            "status": "active",
            "start_date": "2026-03-01",
            "end_date": "2026-02-01",
            "challenges-new-TOTAL_FORMS": "0",
            "challenges-new-INITIAL_FORMS": "0",
        },
    )
    assert response.status_code == 422
    assert response.context["form"].errors["end_date"] == [
        "The start (1 Mar 2026) is after the end (1 Feb 2026)."
    ]


def test_add_row_without_javascript_keeps_what_was_typed_and_judges_nothing(client, csm):
    response = client.post(
        reverse("plans:create"),
        {
            "name": "Half typed",
            "add_row": "1",
            "challenges-new-TOTAL_FORMS": "1",
            "challenges-new-INITIAL_FORMS": "0",
            "challenges-new-0-title": "Typed",
        },
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert 'value="Half typed"' in page
    assert 'value="Typed"' in page
    assert 'name="challenges-new-1-title"' in page
    assert "field-error" not in page


def test_the_form_takes_the_account_from_the_address_and_goes_back(client, csm):
    account = make_account(name="Acme")
    challenge = make_challenge(account, title="Low adoption")
    url = f"{reverse('plans:create')}?account={account.pk}&next=/accounts/"
    page = client.get(url).content.decode()
    assert 'value="Acme"' in page
    assert "Low adoption" in page
    data = {
        "account": f"Acme #{account.pk}",
        "name": "Grow",
        "status": "draft",
        "challenges": [challenge.pk],
        "next": "/accounts/",
        "challenges-new-TOTAL_FORMS": "0",
        "challenges-new-INITIAL_FORMS": "0",
    }
    response = client.post(url, data)
    assert response.url == "/accounts/"
    assert SuccessPlan.objects.get().challenges.get() == challenge


def test_r_plan_3_an_edit_moves_a_plan_with_nothing_below_it_at_once(client, csm):
    plan, acme = make_plan(name="Grow"), make_account(name="Acme")
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, name="Grow more", account="Acme")
    assert client.post(url, data).status_code == 302
    stored = SuccessPlan.objects.get()
    assert (stored.name, stored.account) == ("Grow more", acme)


def test_one_field_changed_by_two_people_is_409_with_both_values(client, csm):
    plan = make_plan(name="As shown")
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, name="Mine")
    SuccessPlan.objects.update(name="Theirs")
    response = client.post(url, data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert SuccessPlan.objects.get().name == "Theirs"
    again = data | {"initial-name": "Theirs"}
    assert client.post(url, again).status_code == 302
    assert SuccessPlan.objects.get().name == "Mine"


def test_different_fields_changed_by_two_people_are_both_saved(client, csm):
    plan = make_plan(name="As shown")
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, name="Mine")
    SuccessPlan.objects.update(status="on_hold")
    assert client.post(url, data).status_code == 302
    stored = SuccessPlan.objects.get()
    assert (stored.name, stored.status) == ("Mine", "on_hold")


@pytest.mark.parametrize("name", ["create", "edit", "delete"])
def test_a_participant_sees_plans_but_may_not_change_them(client, name):
    client.force_login(make_participant())
    plan = make_plan()
    args = [] if name == "create" else [plan.pk]
    assert client.get(reverse("plans:detail", args=[plan.pk])).status_code == 200
    response = client.get(reverse(f"plans:{name}", args=args))
    assert response.status_code == 403
    assert "permission set" in response.content.decode()
    assert client.post(reverse(f"plans:{name}", args=args)).status_code == 403
    assert SuccessPlan.objects.count() == 1


def test_without_a_permission_set_nothing_is_seen(client):
    client.force_login(make_user(None))
    plan = make_plan()
    assert client.get(reverse("plans:detail", args=[plan.pk])).status_code == 404
    assert client.get(reverse("plans:list")).status_code == 403


def test_r_vis_1_another_teams_plan_is_404_and_in_no_list_or_choice(client, csm):
    plan = make_plan(name="Hidden plan")
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    for name in ("detail", "edit", "delete"):
        assert client.get(reverse(f"plans:{name}", args=[plan.pk])).status_code == 404
    for address in (reverse("plans:list"), f"{reverse('plans:options')}?q=Hidden"):
        assert "Hidden plan" not in client.get(address).content.decode()
    response = client.post(
        reverse("plans:create"), {"account": f"#{plan.account_id}", "name": "Sneaky"}
    )
    assert response.status_code == 422
    assert SuccessPlan.objects.count() == 1


def test_r_plan_1_delete_is_offered_in_the_list_and_names_what_stays(client, csm):
    plan = make_plan()
    make_task(make_playbook(make_objective(plan, name="Adopt more")))
    delete_url = reverse("plans:delete", args=[plan.pk])
    assert delete_url in client.get(reverse("plans:list")).content.decode()
    detail = client.get(reverse("plans:detail", args=[plan.pk])).content.decode()
    assert delete_url not in detail
    assert "Adopt more (objective)" in client.get(delete_url).content.decode()
    assert client.post(delete_url).status_code == 302
    assert not SuccessPlan.objects.exists()


def test_a_participant_is_not_offered_to_delete(client):
    client.force_login(make_participant())
    plan = make_plan()
    assert (
        reverse("plans:delete", args=[plan.pk])
        not in client.get(reverse("plans:list")).content.decode()
    )


@pytest.mark.parametrize("tab", ["details", "related", "history"])
def test_every_tab_of_a_plan_shows_its_records(client, csm, tab):
    plan = make_plan()
    objective = make_objective(plan, name="Adopt more")
    make_activity(plan=plan, subject="Kick-off call")
    make_task(make_playbook(objective))
    challenge = make_challenge(plan.account, title="Low adoption")
    PlanChallenge.objects.create(plan=plan, challenge=challenge)
    page = client.get(f"{reverse('plans:detail', args=[plan.pk])}?tab={tab}").content.decode()
    shown = "Adopt more" in page and "Kick-off call" in page and "Low adoption" in page
    assert shown == (tab == "related")
    assert f"/success-tracker/?plan={plan.pk}" in page


def test_the_panel_is_one_element_that_replaces_the_panel(client, csm):
    plan = make_plan()
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    response = client.get(reverse("plans:detail", args=[plan.pk]), headers=headers)
    assert response.content.decode().strip().startswith('<aside id="panel"')
    assert "HX-Target" in response.headers["Vary"]


def test_challenges_have_all_their_pages(client, csm):
    challenge = make_challenge(title="Low adoption")
    detail = reverse("challenges:detail", args=[challenge.pk])
    for address in (reverse("challenges:list"), detail, f"{detail}?tab=related"):
        assert "Low adoption" in client.get(address).content.decode()
    edit = reverse("challenges:edit", args=[challenge.pk])
    data = edit_data(client, edit, severity="high")
    assert client.post(edit, data).status_code == 302
    challenge.refresh_from_db()
    assert challenge.severity == "high"
    options = client.get(f"{reverse('challenges:options')}?q=adop").content.decode()
    assert 'value="Low adoption"' in options
    assert client.post(reverse("challenges:delete", args=[challenge.pk])).status_code == 302
    assert not BusinessChallenge.objects.exists()


def test_a_participant_may_not_delete_a_challenge(client):
    client.force_login(make_participant())
    challenge = make_challenge()
    assert client.post(reverse("challenges:delete", args=[challenge.pk])).status_code == 403
    assert BusinessChallenge.objects.exists()


@pytest.mark.parametrize(
    "sort",
    [
        f"{sign}{name}"
        for sign in ("", "-")
        for name in (
            "name",
            "account",
            "status",
            "owner",
            "start_date",
            "end_date",
            "progress",
            "review_date",
            "updated_at",
        )
    ],
)
def test_plans_sort_by_every_column_both_ways(client, csm, sort):
    for number in range(2):
        objective = make_objective(make_plan(name=f"Plan {number}"))
        make_kpi(objective, baseline=0, current=number, target=2)
    response = client.get(reverse("plans:list"), {"sort": sort})
    assert response.status_code == 200
    body = str(response.context["table"]["body"])
    if "progress" in sort or sort.endswith("name"):
        first, second = ("Plan 0", "Plan 1")[:: -1 if sort.startswith("-") else 1]
        assert body.index(first) < body.index(second)


def many(count):
    for _ in range(count):
        plan = make_plan(owner=make_resource())
        make_task(make_playbook(make_objective(plan, owner=make_resource())))
        challenge = make_challenge(plan.account)
        PlanChallenge.objects.create(plan=plan, challenge=challenge)


def related(count):
    plan = make_plan()
    for _ in range(count):
        make_task(make_playbook(make_objective(plan, owner=make_resource())))
        make_activity(plan=plan, owner=make_resource())
        challenge = make_challenge(plan.account)
        PlanChallenge.objects.create(plan=plan, challenge=challenge)
    return plan


@pytest.mark.parametrize("name", ["plans:list", "challenges:list"])
def test_lists_need_the_same_queries_at_1_and_8_rows(client, csm, name):
    many(1)
    one = queries(client, reverse(name))
    many(7)
    assert queries(client, reverse(name)) == one <= 12


@pytest.mark.parametrize("page", ["detail", "detail?tab=related", "edit", "delete"])
def test_pages_of_a_plan_need_the_same_queries_at_1_and_8_rows(client, csm, page):
    name, _, query = page.partition("?")
    counts = [
        queries(client, f"{reverse(f'plans:{name}', args=[plan.pk])}?{query}")
        for plan in (related(1), related(8))
    ]
    assert counts[0] == counts[1] <= 20


def test_saving_an_edit_needs_at_most_12_queries(client, csm):
    plan = make_plan()
    url = reverse("plans:edit", args=[plan.pk])
    statements = saving(client, url, edit_data(client, url, name="Renamed"))
    assert SuccessPlan.objects.get().name == "Renamed"
    assert len(statements) <= 12, "\n".join(statements)


def test_challenges_are_linked_and_unlinked_by_their_boxes(client, csm):
    plan = make_plan()
    first, second = (make_challenge(plan.account) for _ in range(2))
    make_challenge(title="Of another account")
    url = reverse("plans:edit", args=[plan.pk])
    assert "Of another account" not in client.get(url).content.decode()
    client.post(url, edit_data(client, url, challenges=[first.pk, second.pk]))
    assert set(plan.challenges.all()) == {first, second}
    assert edit_data(client, url)["challenges"] == [str(first.pk), str(second.pk)]
    data = edit_data(client, url, challenges=[second.pk])
    data |= {"challenges-new-0-title": "New one"}
    assert client.post(url, data).status_code == 302
    assert set(plan.challenges.values_list("title", flat=True)) == {second.title, "New one"}


def test_r_cas_2_a_challenge_of_another_account_is_refused(client, csm):
    plan, foreign = make_plan(), make_challenge()
    url = reverse("plans:edit", args=[plan.pk])
    response = client.post(url, edit_data(client, url, name="Renamed", challenges=[foreign.pk]))
    assert response.status_code == 422
    assert "challenges" in response.context["form"].errors
    plan.refresh_from_db()
    assert (plan.name != "Renamed", plan.challenges.count()) == (True, 0)


def test_a_challenge_that_somebody_else_linked_meanwhile_stays(client, csm):
    plan = make_plan()
    first, second = (make_challenge(plan.account) for _ in range(2))
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, challenges=[first.pk])
    PlanChallenge.objects.create(plan=plan, challenge=second)
    assert client.post(url, data).status_code == 302
    assert set(plan.challenges.all()) == {first, second}


def test_the_challenges_of_a_chosen_account_appear_without_judging(client, csm):
    make_challenge(make_account(name="Acme"), title="Low adoption")
    url = reverse("plans:create")
    before = client.get(url)
    assert "Low adoption" not in before.content.decode()
    data = form_data(before) | {"account": "Acme", "refresh": "1"}
    page = client.post(url, data).content.decode()
    assert "Low adoption" in page
    assert "field-error" not in page
    assert not SuccessPlan.objects.exists()


@pytest.mark.parametrize(
    "column", ["title", "account", "category", "severity", "status", "identified_on", "updated_at"]
)
def test_challenges_sort_by_every_column_both_ways(client, csm, column):
    categories = list(ChallengeCategory.objects.all()[:2])
    for place in range(2):
        make_challenge(
            make_account(name=f"Account {place}"),
            title=f"Challenge {place}",
            category=categories[place],
            severity=("high", "low")[place],
            status=("in_progress", "open")[place],
            identified_on=dt.date(2026, 1, 1 + place),
        )
    for sign, order in (("", [0, 1]), ("-", [1, 0])):
        response = client.get(reverse("challenges:list"), {"sort": f"{sign}{column}"})
        body = str(response.context["table"]["body"])
        assert sorted([0, 1], key=lambda place: body.index(f"Challenge {place}")) == order


def filtered(client, name, **query):
    body = str(client.get(reverse(f"{name}:list"), query).context["table"]["body"])
    return {title for title in ("First", "Second") if title in body}


def test_plans_are_filtered_by_what_they_are(client, csm):
    first = make_plan(name="First", description="about seats", status="on_hold", owner=csm.resource)
    make_plan(name="Second")
    for query in (
        {"q": "SEATS about"},
        {"status": "on_hold"},
        {"account": first.account_id},
        {"owner": first.owner_id},
        {"mine": "1"},
    ):
        assert filtered(client, "plans", **query) == {"First"}, query
    assert filtered(client, "plans", mine="0") == {"Second"}


def test_challenges_are_filtered_by_what_they_are(client, csm):
    first = make_challenge(
        title="First",
        status="resolved",
        severity="low",
        category=ChallengeCategory.objects.all()[0],
    )
    make_challenge(title="Second")
    for query in (
        {"q": "first"},
        {"status": "resolved"},
        {"severity": "low"},
        {"category": first.category_id},
        {"account": first.account_id},
    ):
        assert filtered(client, "challenges", **query) == {"First"}, query


def test_a_new_plan_is_offered_as_its_makers_own(client, csm):
    said = f'value="{csm.resource}"'
    assert said in client.get(reverse("plans:create")).content.decode()
    csm.resource.is_active = False
    csm.resource.save()
    assert said not in client.get(reverse("plans:create")).content.decode()


def test_a_plan_opens_with_its_objectives(client, csm):
    plan = make_plan()
    make_objective(plan, name="Less churn")
    address = reverse("plans:detail", args=[plan.pk])
    assert "Less churn" in client.get(address).content.decode()
    panel = client.get(address, headers={"HX-Request": "true", "HX-Target": "panel"})
    assert "Less churn" not in panel.content.decode()
