"""Outcomes: what is counted is what the list behind each number shows; nothing else is seen."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.core.scope import today, zone
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.models import Objective, ObjectiveCategory
from apps.objectives.selectors import objectives
from apps.reports.outcome_rules import (
    Outcomes,
    outcomes_sentence,
    subtotal_words,
    together,
)
from apps.reports.outcome_selectors import GROUPS, outcomes_by
from tests.factories import (
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_resource,
    make_task,
    make_user,
    objective_status,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db
PAGE = reverse("reports:outcomes")
DAY = dt.timedelta(days=1)


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def completed(days_ago, **fields):
    """An objective that was completed so many days ago."""
    made = make_objective(status=objective_status("completed"), **fields)
    Objective.objects.filter(pk=made.pk).update(completed_at=timezone.now() - days_ago * DAY)
    return made


def of(user, **query):
    """The objectives that the list shows under a query."""

    class Request:
        pass

    Request.user = user
    return ObjectiveFilter(query, queryset=objectives(user), request=Request()).qs


def all_kinds(user):
    """One objective of every outcome, on two accounts."""
    day = today(user)
    acme, bolt = make_account(name="Acme"), make_account(name="Bolt")
    going = objective_status("in_progress")
    made = {
        "on time": completed(3, account=acme, due_date=day),
        "on the day": completed(0, account=acme, due_date=day),
        "late": completed(3, account=acme, due_date=day - 5 * DAY),
        "no due date": completed(3, account=bolt),
        "overdue": make_objective(account=bolt, status=going, due_date=day - DAY),
        "overdue, paused": make_objective(
            account=bolt, status=objective_status("paused"), due_date=day - DAY
        ),
        "off track": make_objective(
            account=bolt, status=going, start_date=day - 30 * DAY, due_date=day + 60 * DAY
        ),
        "a third, on track": make_objective(
            account=bolt, status=None, start_date=day - 30 * DAY, due_date=day + 60 * DAY
        ),
        "behind, paused": make_objective(
            account=acme,
            status=objective_status("paused"),
            start_date=day - 30 * DAY,
            due_date=day + 60 * DAY,
        ),
        "abandoned": make_objective(
            account=acme, status=objective_status("abandoned"), due_date=day - DAY
        ),
    }
    for current in (10, 0, 20):
        make_kpi(made["a third, on track"], baseline=0, current=current, target=30)
    make_kpi(made["off track"], baseline=0, current="9.9999", target=30)
    return made


def test_the_outcomes_of_several_groups_are_one():
    some = Outcomes(3, 1, 1, 0, 1, 1, 0, Decimal("1.5"))
    other = Outcomes(2, 0, 0, 0, 0, 0, 1, Decimal("0.25"))
    total = together([some, other])
    assert total == Outcomes(5, 1, 1, 0, 1, 1, 1, Decimal("1.75"))
    assert total.mean == Fraction(7, 16), "the abandoned one is not in the mean"
    assert together([]).mean is None
    assert Outcomes(1, given_up=1).mean is None


@pytest.mark.parametrize(
    ("outcomes", "sentence", "short"),
    [
        (Outcomes(), "0 objectives: 0 completed, 0 overdue, 0 off track.", "0 · 0 completed"),
        (
            Outcomes(1, 1, 1, done=Decimal(1)),
            "1 objective: 1 completed, 1 of 1 on time, 0 overdue, 0 off track, mean progress 100%.",
            "1 · 1 completed · 100%",
        ),
        (
            Outcomes(1200, 2, 1, 1, 3, 4, 0, Decimal("1199.9")),
            "1,200 objectives: 2 completed, 1 of 2 on time, 3 overdue, 4 off track,"
            " mean progress 99%.",
            "1,200 · 2 completed · 3 overdue · 4 off track · 99%",
        ),
    ],
)
def test_the_words_never_round_up(outcomes, sentence, short):
    assert outcomes_sentence(outcomes) == sentence
    assert subtotal_words(outcomes) == short


def test_r_due_1_r_trk_1_each_number_counts_what_the_list_shows(csm):
    made = all_kinds(csm)
    (all_of_them,) = outcomes_by(objectives(csm), "", today(csm), zone(csm))
    counted = all_of_them.outcomes
    names = {pk: name for name, pk in ((name, one.pk) for name, one in made.items())}

    def shown(outcome):
        return {names[one.pk] for one in of(csm, outcome=outcome)}

    assert shown("completed") == {"on time", "on the day", "late", "no due date"}
    assert shown("on_time") == {"on time", "on the day"}
    assert shown("late") == {"late"}
    assert shown("overdue") == {"overdue", "overdue, paused"}
    assert shown("off_track") == {"off track"}
    assert shown("on_track") == {"a third, on track"}
    assert counted.count == len(made)
    assert (counted.completed, counted.on_time, counted.late) == (4, 2, 1)
    assert (counted.overdue, counted.off_track, counted.given_up) == (2, 1, 1)
    third = Fraction(1, 3)
    exact = (4 + third + Fraction("9.9999") / 30) / 9
    assert abs(counted.mean - exact) < Fraction(1, 10**9)


@pytest.mark.parametrize("group", GROUPS)
def test_subtotals_add_up_to_the_whole_whatever_the_group(csm, group):
    made = all_kinds(csm)
    plan = make_plan(made["late"].account)
    one = made["late"]
    one.plan, one.category = plan, ObjectiveCategory.objects.first()
    one.owner = make_resource()
    one.save()
    other = made["on time"]
    other.owner_contact = make_contact(other.account)
    other.save()
    groups = outcomes_by(objectives(csm), group, today(csm), zone(csm))
    (whole,) = outcomes_by(objectives(csm), "", today(csm), zone(csm))
    assert together(part.outcomes for part in groups) == whole.outcomes
    assert len(groups) == len({part.key for part in groups}) > 1


def test_every_number_leads_to_as_many_rows(client, csm):
    all_kinds(csm)
    for group in GROUPS:
        page = soup(client.get(f"{PAGE}?group={group}"))
        checked = 0
        for cell in page.select(".figure-data td.num a"):
            listed = soup(client.get(cell["href"]))
            assert len(listed.select("#list tbody tr[id]")) == int(cell.text), cell
            checked += 1
        assert checked, group


def test_the_rows_are_grouped_with_subtotals_and_sorted_by_any_column(client, csm):
    all_kinds(csm)
    page = soup(client.get(f"{PAGE}?group=account&sort=-progress"))
    heads = [" ".join(one.text.split()) for one in page.select(".group-row")]
    assert heads[0] == "Acme 5 · 3 completed · 75%"
    assert heads[1] == "Bolt 5 · 1 completed · 2 overdue · 1 off track · 33%"
    for header in page.select("#list thead a"):
        assert client.get(f"{PAGE}{header['href']}").status_code == 200
    for group in GROUPS:
        assert client.get(f"{PAGE}?group={group}&sort=name").status_code == 200


def test_it_begins_with_ones_own_accounts_and_shows_all_when_asked(client, csm):
    all_kinds(csm)
    assert client.get(PAGE).status_code == 200, "who has no accounts sees all"
    mine = make_account(name="Mine")
    make_objective(account=mine, name="My goal")
    make_account_role(mine, csm.resource)
    first = client.get(PAGE)
    assert first.status_code == 302
    page = soup(client.get(first["Location"]))
    assert page.select_one(".number-card strong").text == "1"
    clear = page.select_one(".filter-buttons a")["href"]
    assert soup(client.get(clear)).select_one(".number-card strong").text == "11"


def test_r_vis_1_nothing_of_others_is_counted(client):
    user = make_csm()
    client.force_login(user)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    all_kinds(user)
    mine = make_account()
    make_objective(account=mine)
    make_account_role(mine, user.resource)
    page = soup(client.get(f"{PAGE}?accounts=&group=account"))
    assert page.select_one(".number-card strong").text == "1"
    assert "Acme" not in page.text


def test_files_hold_exactly_what_is_shown(client, csm):
    all_kinds(csm)
    query = "group=account&sort=-progress&outcome=completed"
    names = [
        one.text.strip()
        for one in soup(client.get(f"{PAGE}?{query}")).select("#list td.col-name a")
    ]
    export = reverse("reports:outcomes-export")
    sheet = load_workbook(
        io.BytesIO(b"".join(client.get(f"{export}?{query}&format=xlsx").streaming_content))
    ).active
    lines = list(sheet.values)
    at = lines[0].index("Name")
    assert [line[at] for line in lines[1:]] == names
    csv = b"".join(client.get(f"{export}?{query}&format=csv").streaming_content).decode()
    assert len(csv.splitlines()) == len(names) + 1
    numbers = client.get(f"{PAGE}?{query}&csv=outcomes-by-account").content.decode()
    assert numbers.splitlines()[1] == "Acme,3,3,2,1,0,0,100"
    book = client.get(f"{PAGE}?{query}&xlsx=outcomes-by-account").content
    assert list(load_workbook(io.BytesIO(book)).active.values)[-1][:4] == ("All", 4, 4, 2)


def test_the_print_has_all_rows_and_says_what_was_chosen(client, csm):
    account = make_account(name="Acme")
    for _ in range(60):
        make_objective(account=account)
    printed = soup(
        client.get(reverse("reports:outcomes-print") + "?group=account&outcome=on_track")
    )
    assert len(printed.select("tbody tr[id]")) == 60
    assert "Outcome: On track" in printed.text


def test_a_print_of_too_many_is_refused_with_the_way_out(client, csm, monkeypatch):
    monkeypatch.setattr("apps.reports.views.outcomes.MOST_PRINTED", 1)
    make_objective()
    make_objective()
    printed = client.get(reverse("reports:outcomes-print"))
    assert "A print holds 1 objectives at most, and these are 2." in printed.content.decode()


@pytest.mark.parametrize("name", ["outcomes", "outcomes-export", "outcomes-print"])
def test_who_may_not_see_reports_sees_none(client, name):
    client.force_login(make_user(group=None))
    assert client.get(reverse(f"reports:{name}")).status_code == 403


def test_an_empty_report_says_so(client, csm):
    assert "No objectives yet." in client.get(PAGE).content.decode()
    make_objective()
    assert "Nothing matches these filters." in client.get(f"{PAGE}?outcome=late").content.decode()


def test_the_number_of_statements_does_not_grow(client, csm):
    def more(count):
        for _ in range(count):
            one = make_objective(make_plan(), due_date=today(csm), owner=make_resource())
            make_kpi(one, baseline=0, current=5, target=10)

    more(1)
    addresses = [f"{PAGE}?group=account", f"{PAGE}?group=owner", f"{PAGE}?accounts="]
    addresses.append(reverse("reports:outcomes-print") + "?group=account")
    before = [queries(client, one) for one in addresses]
    more(7)
    assert [queries(client, one) for one in addresses] == before
    assert max(before) <= 12


def test_two_thousand_objectives_stay_readable(client, csm):
    accounts = [make_account(name=f"Customer {number:02}") for number in range(40)]
    status = objective_status("in_progress")
    Objective.objects.bulk_create(
        Objective(
            account=accounts[number % 40],
            name=f"Goal {number}",
            status=status,
            due_date=dt.date(2030, 1, 1) + number % 700 * DAY,
        )
        for number in range(2000)
    )
    page = soup(client.get(f"{PAGE}?group=account"))
    assert page.select_one(".number-card strong").text == "2,000"
    assert len(page.select("#list tbody tr[id]")) == 50
    assert len(page.select(".figure-data tbody tr")) == 40
    assert not page.select_one(".figure-data").has_attr("open")
    printed = soup(client.get(reverse("reports:outcomes-print") + "?group=account"))
    assert len(printed.select(".report-printed > .table-scroll tbody tr[id]")) == 2000


def test_a_customer_without_kpis_is_told_by_tasks_and_status(client, csm):
    account = make_account(name="Acme")
    goal = make_objective(account=account)
    for status in ("completed", "planned", "planned"):
        make_task(account=account, objective=goal, status=status)
    make_objective(account=account)
    page = soup(client.get(f"{PAGE}?group=account"))
    assert " ".join(page.select_one(".group-row").text.split()) == "Acme 2 · 0 completed · 16%"


def test_r_trk_1_a_customer_of_whom_all_is_blocked_is_neither_on_nor_off_track(client, csm):
    day = today(csm)
    blocked = objective_status("blocked")
    for days in (-1, 60):
        goal = make_objective(
            account=make_account(),
            status=blocked,
            start_date=day - 90 * DAY,
            due_date=day + days * DAY,
        )
        make_kpi(goal, baseline=0, current=1, target=10, is_blocked=True)
    cards = [one.text for one in soup(client.get(PAGE)).select(".number-card strong")]
    assert cards == ["2", "0", "1", "0", "10%"]


def test_one_objective_that_is_all_there_is(client, csm):
    make_objective(account=make_account(name="Acme"), due_date=today(csm))
    page = soup(client.get(f"{PAGE}?group=due_month"))
    assert page.select_one("#report > .visually-hidden").text == (
        "1 objective: 0 completed, 0 overdue, 0 off track, mean progress 0%."
    )
    assert len(page.select(".figure-data tbody tr")) == 1


def test_an_accounts_page_leads_to_its_outcomes_and_its_value(client, csm):
    goal = make_objective(account=make_account(name="Acme"))
    make_kpi(goal, baseline=0, current=1, target=10)
    make_objective(account=make_account(name="Bolt"))
    home = reverse("accounts:detail", args=[goal.account_id])
    for tab, words in (("objectives", "Outcomes"), ("overview", "Value achieved")):
        page = soup(client.get(f"{home}?tab={tab}"))
        (link,) = [one for one in page.select("main a[href^='/reports/']") if one.text == words]
        assert soup(client.get(link["href"])).select_one(".number-card").text.strip()
        assert "Bolt" not in soup(client.get(link["href"])).select_one("#report").text
