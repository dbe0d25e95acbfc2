"""Account 360 over HTTP: each number opens its list, children are included, nothing is lost."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from apps.accounts.models import AccountRole, AttributeValue, Role
from apps.core.choices import RowScope
from apps.core.models import Organisation, Unit
from apps.core.scope import today
from apps.objectives.services import objective_update
from apps.reports.models import HealthScore
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
    if tab in TABS and tab not in ("objectives", "overview"):
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


# The summary, edited where it stands


def summary_url(account):
    return reverse("accounts:summary", args=[account.pk])


def in_place(client, account, data=None):
    headers = {"HX-Request": "true", "HX-Target": "summary"}
    if data is None:
        return client.get(summary_url(account), headers=headers)
    return client.post(summary_url(account), data, headers=headers)


def test_the_summary_is_edited_in_place_by_name_and_time(client, csm):
    account = make_account(name="Acme", summary="<div>Before</div>")
    form = BeautifulSoup(text(in_place(client, account)), "html.parser").select_one("#summary form")
    assert form["hx-target"] == "#summary"
    assert form.select_one("textarea")["data-rich"]
    typed = "<div>Less <strong>churn</strong><script>x()</script></div>"
    data = {"summary": typed, "initial-summary": "<div>Before</div>"}
    answer = in_place(client, account, data)
    assert answer.status_code == 200
    shown = BeautifulSoup(text(answer), "html.parser")
    assert [part["id"] for part in shown.find_all(recursive=False)] == ["summary"]
    assert shown.select_one(".rich strong").text == "churn"
    assert str(csm) in shown.text
    assert "Undo" not in shown.text
    assert "undo" in answer.headers["HX-Trigger"]
    account.refresh_from_db()
    assert account.summary == "<div>Less <strong>churn</strong></div>"
    assert account.summary_edited_by == csm
    # Without JavaScript it is a page of its own that leads back.
    answer = client.post(summary_url(account), {"summary": "", "initial-summary": account.summary})
    assert answer.url == detail(account)
    account.refresh_from_db()
    assert account.summary == ""


def test_a_summary_that_somebody_else_changed_is_409_and_both_are_kept(client, csm):
    account = make_account(name="Acme", summary="<div>Theirs <em>now</em></div>")
    data = {"summary": "<div>Mine</div>", "initial-summary": "<div>Before</div>"}
    answer = in_place(client, account, data)
    assert answer.status_code == 409
    page = BeautifulSoup(text(answer), "html.parser")
    assert "Theirs" in page.select_one(".form-conflict").text
    assert page.select_one("textarea").text.strip() == "<div>Mine</div>"
    account.refresh_from_db()
    assert account.summary == "<div>Theirs <em>now</em></div>"
    # Saved again, it is kept: the page was told what stands there.
    data["initial-summary"] = page.select_one("[name=initial-summary]")["value"]
    assert in_place(client, account, data).status_code == 200


def test_an_unchanged_summary_stays_as_it_is(client, csm):
    account = make_account(summary="Plain\nlines")
    data = {"summary": "Plain\r\nlines", "initial-summary": "Plain\r\nlines"}
    answer = in_place(client, account, data)
    assert "left as it is" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    account.refresh_from_db()
    assert account.summary_edited_at is None


def test_a_participant_reads_the_summary_and_cannot_edit_it(client):
    client.force_login(make_participant())
    account = make_account(summary="Ours")
    assert summary_url(account) not in text(client.get(detail(account)))
    assert in_place(client, account, {"summary": "Mine"}).status_code == 403
    account.refresh_from_db()
    assert account.summary == "Ours"


# What changed last, and how the objectives stand


def recent(response):
    lines = BeautifulSoup(text(response), "html.parser").select(
        "[aria-labelledby=account-recent] li"
    )
    return [line.get_text(" ", strip=True) for line in lines]


def test_what_changed_last_says_what_of_it_and_who(client, csm):
    account = make_account(name="Acme")
    objective = make_objective(make_plan(account), name="Adopt more")
    objective_update(
        actor=csm, objective=objective, changes={"health": 4, "due_date": dt.date(2030, 1, 1)}
    )
    lines = recent(client.get(detail(account)))
    assert lines[0].startswith(f"Adopt more {csm} changed health score, due, ")
    assert any(line.startswith("Plan") and "created it" in line for line in lines)
    other = make_plan(make_account(parent=account), name="Below")
    assert not any("Below" in line for line in recent(client.get(detail(account))))
    lines = recent(client.get(detail(account, "?children=1")))
    assert lines[0].startswith(f"{other.name} ")


@pytest.mark.django_db
def test_r_hlt_3_the_head_shows_the_score_its_band_and_what_moved_in_a_month(client, csm):
    account = make_account()

    def head():
        page = BeautifulSoup(text(client.get(detail(account))), "html.parser")
        return page.select_one(".facts").get_text(" ", strip=True)

    assert "Health —" in head()
    day = today(csm)
    for back, score in ((0, "72.9"), (31, "60")):
        HealthScore.objects.create(
            account=account,
            day=day - dt.timedelta(days=back),
            score=score,
            calculated_at=timezone.now(),
        )
    assert "Health 72 Good +12.9 in 30 days" in " ".join(head().split())


# Tabs that are lists


def test_objectives_are_worked_in_the_tab_as_in_their_list(client, csm):
    account = make_account(name="Acme")
    objective = make_objective(make_plan(account), name="Adopt more")
    make_objective(name="Elsewhere")
    page = BeautifulSoup(text(client.get(detail(account, "?tab=objectives"))), "html.parser")
    table = page.select_one("#list table")
    assert page.select_one("#list")["data-records"] == reverse("objectives:list")
    assert "account" not in table["data-columns"].split(",")
    assert [row["id"] for row in table.select("tbody tr")] == [f"objective-{objective.pk}"]
    assert page.select_one("#bulk [name=query]")["value"] == f"account={account.pk}"
    assert table.select_one("td.col-status")["data-v"] is not None
    # The table alone, sorted, for its own heads.
    sort = table.select_one('th[data-name="due_date"] a')["hx-get"]
    headers = {"HX-Request": "true", "HX-Target": "list"}
    part = text(client.get(reverse("accounts:detail", args=[account.pk]) + sort, headers=headers))
    assert part.strip().startswith('<div id="list"')
    assert 'aria-sort="ascending"' in part


@pytest.mark.parametrize(
    ("tab", "chip", "names"),
    [
        ("objectives", "kind=open", ["Going"]),
        ("objectives", "kind=completed", ["Done"]),
        ("objectives", "q=goin", ["Going"]),
        ("contacts", "is_active=0", ["Gone"]),
        ("contacts", "is_active=1", ["Here"]),
        ("challenges", "status=resolved", ["Solved"]),
    ],
)
def test_chips_and_words_narrow_the_tab(client, csm, tab, chip, names):
    account = make_account()
    plan = make_plan(account)
    make_objective(plan, name="Going")
    make_objective(plan, name="Done", status=objective_status("completed"))
    make_contact(account, name="Here")
    make_contact(account, name="Gone", is_active=False)
    make_challenge(account, title="Still there")
    make_challenge(account, title="Solved", status="resolved")
    page = BeautifulSoup(text(client.get(detail(account, f"?tab={tab}&{chip}"))), "html.parser")
    cell = "td.col-title" if tab == "challenges" else "td.col-name"
    assert [found.get_text(strip=True) for found in page.select(f"#list {cell}")] == names
    assert page.select_one('[aria-current="true"]') is not None or chip.startswith("q=")


# Readings


def test_a_series_is_a_chart_and_a_table_and_takes_readings_in_place(client, csm):
    account = make_account(name="Acme")
    seats = make_attribute(label="Seats")
    record(account, seats, 41, dt.date(2026, 1, 1))
    record(account, seats, 45, dt.date(2026, 2, 1))
    record(make_account(), seats, 7)
    page = BeautifulSoup(
        text(client.get(detail(account, f"?tab=attributes&series={seats.pk}"))), "html.parser"
    )
    assert page.select_one("svg.chart")["aria-label"] == "Seats over time"
    values = [
        row.select("td")[1].text.strip()
        for row in page.select("[aria-labelledby=account-series] tbody tr")
    ]
    assert values == ["45", "41"]
    form = page.select_one("#attributes form")
    assert form.select_one("[name=definition] option[selected]").text == "Seats"
    answer = client.post(
        form["hx-post"],
        {"definition": seats.pk, "value": "50", "measured_on": "2026-03-01"},
        headers={"HX-Request": "true", "HX-Target": "attributes"},
    )
    assert answer.status_code == 200
    part = BeautifulSoup(text(answer), "html.parser")
    assert [one["id"] for one in part.find_all(recursive=False)] == ["attributes"]
    assert "50" in part.select_one("[aria-labelledby=account-series] tbody tr").text
    refused = client.post(
        form["hx-post"],
        {"definition": seats.pk, "value": "much", "measured_on": "2026-03-01"},
        headers={"HX-Request": "true", "HX-Target": "attributes"},
    )
    assert refused.status_code == 422
    assert 'value="much"' in text(refused)


@pytest.mark.parametrize("series", ["0", "9" * 30, "x", "²"])
def test_a_series_that_is_none_shows_none(client, csm, series):
    account = make_account()
    page = text(client.get(detail(account, f"?tab=attributes&series={series}")))
    assert "account-series" not in page
