"""Account 360 over HTTP: each number opens its list, children are included, nothing is lost."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils.html import escape

from apps.accounts.models import AccountRole, AttributeValue, Role
from apps.core.choices import RowScope
from apps.core.models import Organisation, Unit
from tests.factories import (
    make_account,
    make_account_role,
    make_activity,
    make_administrator,
    make_attribute,
    make_challenge,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
    objective_status,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db
TABS = ("overview", "objectives", "activity", "contacts", "attributes", "challenges", "related")


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def detail(account, query=""):
    return reverse("accounts:detail", args=[account.pk]) + query


def text(response):
    return response.content.decode()


def filled(account, number=1):
    """An account with `number` of everything, one of each kind over and done."""
    for _ in range(number):
        plan = make_plan(account, owner=make_resource(), status="active")
        objective = make_objective(plan, owner=make_resource(), due_date=dt.date(2030, 1, 1))
        make_kpi(objective, baseline=0, current=5, target=10)
        make_kpi(objective)
        make_task(make_playbook(objective)).assignments.create(resource=make_resource())
        contact = make_contact(account)
        activity = make_activity(account=account, objective=objective, owner=make_resource())
        activity.contact_links.create(contact=contact)
        make_challenge(account)
        make_account_role(account, make_resource())
        record(account, make_attribute(), 1)
    return account


def record(account, definition, value, day=dt.date(2026, 1, 1)):
    account.readings.create(definition=definition, value=value, measured_on=day)


# The band


def test_the_band_says_who_where_how_much_and_when(client, csm):
    group = make_account(name="Group")
    account = make_account(
        name="Acme",
        parent=make_account(name="Region", parent=group),
        lifecycle_stage="growth",
        arr=Decimal("120500"),
        currency=Unit.objects.get(label="EUR"),
        renewal_date=dt.date(2030, 1, 1),
        next_review_date=dt.date(2029, 6, 1),
    )
    make_account_role(account, make_resource(name="Jo Field"), Role.objects.first())
    page = BeautifulSoup(text(client.get(detail(account))), "html.parser")
    crumbs = [link["href"] for link in page.select(".crumbs a")]
    assert crumbs == ["/accounts/", detail(group), detail(account.parent)]
    band = page.select_one(".header-facts").get_text(" ", strip=True)
    for said in ("Jo Field", "Growth", "120,500 EUR", "1 Jan 2030", "1 Jun 2029", "in "):
        assert said in band


def test_what_one_makes_from_here_is_filled_in(client, csm):
    account = make_account(name="Acme")
    page = text(client.get(detail(account)))
    assert f"{reverse('activities:create')}?account={account.pk}" in page
    # What can be made from a template is chosen in the library first.
    for kind in ("plan", "objective", "playbook"):
        address = f"{reverse('library:list')}?kind={kind}&account={account.pk}"
        assert escape(address) in page
    for tracker in ("success-tracker", "value-tracker"):
        assert f"/{tracker}/?account={account.pk}" in page


def test_a_participant_is_offered_only_what_they_may(client):
    client.force_login(make_participant())
    account = filled(make_account(name="Acme"))
    page = text(client.get(detail(account)))
    for address in (
        reverse("accounts:edit", args=[account.pk]),
        reverse("accounts:delete", args=[account.pk]),
        reverse("plans:create") + "?",
        reverse("accounts:team-add", args=[account.pk]),
        reverse("accounts:team-remove", args=[account.account_roles.get().pk]),
    ):
        assert address not in page
    assert reverse("objectives:create") in page
    attributes = text(client.get(detail(account, "?tab=attributes")))
    assert reverse("accounts:reading-add", args=[account.pk]) not in attributes


# Tabs


@pytest.mark.parametrize("tab", [*TABS, "history", "nonsense"])
def test_every_tab_shows_its_own(client, csm, tab):
    account = make_account(name="Acme", summary="<p>Our <b>plan</b></p>")
    plan = make_plan(account, name="Grow together")
    make_objective(plan, name="Adopt more")
    make_activity(account=account, subject="Kick-off call", notes="Said hello")
    make_contact(account, name="Kim Lee")
    record(account, make_attribute(label="Seats"), 41)
    make_challenge(account, title="No sponsor")
    make_playbook(account=account, name="Onboarding run")
    page = text(client.get(detail(account, f"?tab={tab}")))
    shown = {
        "overview": ["Grow together", "Kick-off call", "Our <b>plan</b>", "Internal"],
        "objectives": ["Adopt more"],
        "activity": ["Kick-off call", "Said hello"],
        "contacts": ["Kim Lee"],
        "attributes": ["Seats", "41"],
        "challenges": ["No sponsor"],
        "related": ["Onboarding run"],
        "history": ["created"],
        "nonsense": ["Grow together"],
    }[tab]
    for said in shown:
        assert said in page
    if tab in TABS and tab != "objectives":
        assert "Adopt more" not in page


def test_an_empty_account_says_what_the_next_step_is(client, csm):
    account = make_account()
    page = text(client.get(detail(account)))
    assert "Make a success plan" in page
    assert "Nobody looks after this account yet" in page
    for tab, said in {
        "objectives": "No objectives yet",
        "activity": "No activities yet",
        "contacts": "No contacts yet",
        "attributes": "Nothing was measured yet",
        "challenges": "No challenges yet",
        "related": "No playbooks yet",
    }.items():
        assert said in text(client.get(detail(account, f"?tab={tab}")))


def test_the_summary_is_clean_and_names_its_last_editor(client, csm):
    account = make_account(summary="<p>Grow</p><script>alert(1)</script>", summary_edited_by=csm)
    account.summary_edited_at = account.created_at
    account.save()
    page = text(client.get(detail(account)))
    assert "<p>Grow</p>" in page
    assert "alert(1)" not in page
    assert f"Last edited by {csm}" in page


# The numbers


def numbers(page):
    """Each key number with the address it opens."""
    soup = BeautifulSoup(page, "html.parser")
    cards = [(card["href"], card.strong.get_text()) for card in soup.select("a.number-card")]
    shares = [(link["href"], link.strong.get_text()) for link in soup.select(".share-list a")]
    return {address: int(number.replace(",", "")) for address, number in cards + shares}


def counted(client, address):
    return int(re.sub(r"\D", "", text(client.get(f"{address}&count=1"))))


@pytest.mark.parametrize("children", [False, True])
def test_every_number_opens_exactly_the_list_it_counts(client, csm, children):
    account, other = make_account(name="Acme"), make_account()
    below = make_account(parent=make_account(parent=account))
    for place in (account, below, other):
        filled(place, 2)
        make_plan(place, status="completed")
        blocked = make_objective(account=place, status=objective_status("blocked"))
        make_kpi(blocked, baseline=0, current=10, target=10)
        make_objective(account=place, status=objective_status("abandoned"))
        make_task(account=place, status="completed")
    found = numbers(text(client.get(detail(account, "?children=1" if children else ""))))
    times = 2 if children else 1
    by_list = {}
    for address, number in found.items():
        assert counted(client, address) == number, address
        assert ("children=1" in address) == children
        by_list.setdefault(address.split("?")[0], []).append(number)
    assert by_list["/plans/"] == [2 * times]
    assert by_list["/objectives/"] == [3 * times]
    assert by_list["/tasks/"] == [2 * times]
    # all, then by status: completed, in progress or the like, not available; then blocked
    assert by_list["/kpis/"][0] == 5 * times
    assert sum(by_list["/kpis/"][1:-1]) == 5 * times
    assert by_list["/kpis/"][-1] == times


def test_r_kpi_6_the_overall_progress_is_the_mean_of_all_kpis_rounded_down(client, csm):
    objective = make_objective()
    for current in (1, 2, 5):
        make_kpi(objective, baseline=0, current=current, target=3)
    page = text(client.get(detail(objective.account)))
    overall = BeautifulSoup(page, "html.parser").select_one(".overall").get_text(" ", strip=True)
    assert overall == "Overall progress 66%"


# Child accounts


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "overview"])
def test_children_are_all_descendants_and_only_when_asked(client, csm, tab):
    account = make_account(name="Acme")
    below = make_account(name="Far below", parent=make_account(parent=account))
    filled(below)
    assert "Far below" not in text(client.get(detail(account, f"?tab={tab}")))
    page = text(client.get(detail(account, f"?tab={tab}&children=1")))
    assert "Far below" in page
    assert f"/success-tracker/?account={account.pk}&amp;children=1" in page


def test_the_switch_is_there_only_when_something_is_below(client, csm):
    account = make_account()
    assert "child account" not in text(client.get(detail(account)))
    make_account(parent=make_account(parent=account))
    page = text(client.get(detail(account)))
    assert "Include 2 child accounts" in page
    assert f"{detail(account)}?tab=overview&amp;children=1" in page


def test_r_vis_1_another_teams_account_is_404_with_all_its_actions(client, csm):
    account = filled(make_account())
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    for tab in (*TABS, "history"):
        assert client.get(detail(account, f"?tab={tab}")).status_code == 404
    member = account.account_roles.get()
    for name, pk in (
        ("team-add", account.pk),
        ("team-remove", member.pk),
        ("reading-add", account.pk),
    ):
        assert client.post(reverse(f"accounts:{name}", args=[pk])).status_code == 404
    assert AccountRole.objects.filter(pk=member.pk).exists()


def test_without_a_permission_set_there_is_no_account(client):
    client.force_login(make_user(None))
    assert client.get(detail(make_account())).status_code == 404


# The team


def test_a_team_member_is_added_and_taken_off(client, csm):
    account, jo = make_account(name="Acme"), make_resource(name="Jo Field")
    role = Role.objects.first()
    url = reverse("accounts:team-add", args=[account.pk])
    response = client.post(url, {"resource": "Jo Field", "role": role.pk}, follow=True)
    assert response.redirect_chain == [(detail(account), 302)]
    assert "Jo Field is on the team of Acme" in text(response)
    member = AccountRole.objects.get()
    assert (member.account, member.resource, member.role) == (account, jo, role)
    assert "created" in text(client.get(detail(account, "?tab=history")))
    gone = client.post(reverse("accounts:team-remove", args=[member.pk]), follow=True)
    assert f"Jo Field is no longer {role} of Acme" in text(gone)
    assert not AccountRole.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Gone Person", "no longer active"),
        ("Hired Person", "is a PSA resource"),
        ("Nobody at all", "There is no resource"),
        ("Jo Field", "already"),
    ],
)
def test_r_own_1_a_refused_team_member_is_422_and_keeps_what_was_typed(client, csm, typed, said):
    account, role = make_account(name="Acme"), Role.objects.first()
    make_resource(name="Gone Person", is_active=False)
    make_resource(name="Hired Person", kind="psa")
    make_account_role(account, make_resource(name="Jo Field"), role)
    url = reverse("accounts:team-add", args=[account.pk])
    response = client.post(url, {"resource": typed, "role": role.pk})
    page = text(response)
    assert response.status_code == 422
    assert said in response.context["role_form"].errors["resource"][0]
    assert said in page
    assert f'value="{typed}"' in page
    assert f'value="{role.pk}" selected' in page
    assert "<details" in page
    assert "disclose" in page
    assert account.account_roles.count() == 1


def test_a_participant_changes_no_team_and_records_nothing(client):
    client.force_login(make_participant())
    account, definition = make_account(), make_attribute()
    member = make_account_role(account, make_resource(name="Jo Field"))
    for name, pk, data in (
        ("team-add", account.pk, {"resource": "Jo Field", "role": Role.objects.last().pk}),
        ("team-remove", member.pk, {}),
        (
            "reading-add",
            account.pk,
            {"definition": definition.pk, "value": "1", "measured_on": "2026-01-01"},
        ),
    ):
        response = client.post(reverse(f"accounts:{name}", args=[pk]), data)
        assert response.status_code == 403
        assert "Your permission set" in text(response)
    assert AccountRole.objects.count() == 1
    assert not AttributeValue.objects.exists()


@pytest.mark.parametrize("name", ["team-add", "team-remove", "reading-add"])
def test_actions_are_not_links(client, csm, name):
    account = make_account()
    pk = make_account_role(account, make_resource()).pk if name == "team-remove" else account.pk
    assert client.get(reverse(f"accounts:{name}", args=[pk])).status_code == 405


# Attributes


def test_an_attribute_shows_its_latest_value_change_and_shape(client, csm):
    account = make_account()
    seats = make_attribute(label="Seats", unit=Unit.objects.get(label="Quantity"))
    record(account, seats, 1200, dt.date(2026, 3, 1))
    record(account, seats, 1000, dt.date(2026, 2, 1))
    page = text(client.get(detail(account, "?tab=attributes")))
    row = BeautifulSoup(page, "html.parser").select_one("tbody tr")
    assert row.get_text(" ", strip=True).startswith("Seats 1,200 Quantity +200 1 Mar 2026")
    assert row.select_one("svg.spark polyline")


def test_r_kpi_10_a_reading_is_recorded_and_its_kpis_follow_at_once(client, csm):
    seats = make_attribute(label="Seats")
    kpi = make_kpi(baseline=0, target=100, attribute=seats)
    account = kpi.objective.account
    url = reverse("accounts:reading-add", args=[account.pk])
    data = {"definition": seats.pk, "value": "1,040.5", "measured_on": "2026-03-01"}
    response = client.post(url, data, follow=True)
    assert response.redirect_chain == [(detail(account, "?tab=attributes"), 302)]
    assert "Seats of 1 Mar 2026 was recorded: 1,040.5. It feeds 1 KPI." in text(response)
    kpi.refresh_from_db()
    assert kpi.current == Decimal("1040.5")
    reading = AttributeValue.objects.get()
    assert (reading.door, reading.recorded_by) == ("page", csm)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("value", "many"), ("value", ""), ("measured_on", "2026-13-01"), ("definition", "")],
)
def test_a_refused_reading_is_422_and_keeps_what_was_typed(client, csm, field, typed):
    account, seats = make_account(), make_attribute(label="Seats")
    data = {"definition": seats.pk, "value": "12.5", "measured_on": "2026-03-01"} | {field: typed}
    response = client.post(reverse("accounts:reading-add", args=[account.pk]), data)
    page = text(response)
    assert response.status_code == 422
    assert list(response.context["reading_form"].errors) == [field]
    for name in {"value", "measured_on"} - {field}:
        assert f'value="{data[name]}"' in page
    if field == "value" and typed:
        assert 'value="many"' in page
    assert 'aria-current="page">Attributes' in page
    assert not AttributeValue.objects.exists()


# The side panel, and the number of queries


def test_the_side_panel_is_one_element_with_the_numbers(client, csm):
    account = filled(make_account(name="Acme"))
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    response = client.get(detail(account), headers=headers)
    page = text(response)
    assert page.strip().startswith('<aside id="panel"')
    assert page.strip().endswith("</aside>")
    assert f"/kpis/?account={account.pk}" in page
    assert "HX-Target" in response.headers["Vary"]
    # The panel has no tabs, whatever the address says.
    again = text(client.get(f"{detail(account)}?tab=history", headers=headers))
    assert again.replace("?tab=history", "") == page


@pytest.mark.parametrize("scope", ["", "&children=1"])
@pytest.mark.parametrize("tab", [*TABS, "history"])
def test_every_tab_needs_the_same_few_queries_at_1_and_8_rows(client, csm, tab, scope):
    counts = []
    for number in (1, 8):
        account = filled(make_account(parent=make_account()), number)
        for _ in range(number):
            filled(make_account(parent=account))
        counts.append(queries(client, detail(account, f"?tab={tab}{scope}")))
    assert counts[0] == counts[1] <= 20


def test_the_page_needs_no_more_queries_under_row_scope_for_more_rows(client, csm):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    counts = []
    for number in (1, 8):
        account = filled(make_account(parent=make_account()), number)
        make_account_role(account, csm.resource)
        counts.append(queries(client, detail(account)))
    assert counts[0] == counts[1] <= 22


def test_an_administrator_sees_the_same_page_with_delete(client):
    client.force_login(make_administrator())
    account = filled(make_account(name="Acme"))
    page = text(client.get(detail(account)))
    assert reverse("accounts:delete", args=[account.pk]) in page
    assert reverse("accounts:team-add", args=[account.pk]) in page
