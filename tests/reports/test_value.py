"""Value: each unit apart, each number with the KPIs behind it, for every kind of customer."""

from __future__ import annotations

import io
from collections import defaultdict
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.core.choices import RowScope
from apps.core.models import Organisation, Unit
from apps.kpis.models import KpiCategory, ObjectiveKpi
from apps.kpis.selectors import kpis
from apps.objectives.models import Objective
from apps.reports.value_rules import Gains, gain
from apps.reports.value_selectors import value_of
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
    make_user,
    objective_status,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db
PAGE = reverse("reports:value")


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def unit(label):
    return Unit.objects.get(label=label)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def table(page, key):
    """The lines of a figure's table, as they are read."""
    return [
        [" ".join(cell.text.split()) for cell in row.select("th, td")]
        for row in page.select(f"#figure-{key} tbody tr, #figure-{key} tfoot tr")
    ]


def cards(page):
    return {
        " ".join(one.select_one(".label").text.split()): (
            one.select_one("strong").text,
            one.select_one(".muted").text,
        )
        for one in page.select(".number-card")
    }


def of(account):
    return make_objective(account=account)


def test_currencies_stand_apart_and_percent_is_averaged(client, csm):
    acme, bolt = make_account(name="Acme"), make_account(name="Bolt")
    for account, label, baseline, current, target, direction in [
        (acme, "EUR", "100", "150.50", "200", "higher"),
        (acme, "USD", "10", "30", "40", "higher"),
        (acme, "JPY", "500", "900", "1000", "higher"),
        (bolt, "EUR", "80", "60", "10", "lower"),
        (bolt, "EUR", "50", "40", "100", "higher"),
        (acme, "Percent", "10", "20", "50", "higher"),
        (bolt, "Percent", "10", "15", "50", "higher"),
        (bolt, "Hours", "40", "25", "10", "lower"),
    ]:
        make_kpi(
            of(account),
            unit=unit(label),
            baseline=baseline,
            current=current,
            target=target,
            direction=direction,
        )
    make_kpi(of(bolt), unit=unit("EUR"), baseline=5)
    page = soup(client.get(PAGE))
    assert cards(page) == {
        "EUR": ("60.50 €", "4 KPIs, 1 worse than baseline, 1 without values"),
        "JPY": ("400 ¥", "1 KPI"),
        "USD": ("20.00 $", "1 KPI"),
        "Percent, mean": ("7.50 %", "2 KPIs"),
        "Hours": ("15.00 h", "1 KPI"),
    }
    assert table(page, f"value-{unit('EUR').pk}") == [
        ["Acme", "1", "50.50", "—", "50.50", "0", "—", "0"],
        ["Bolt", "3", "-10.00", "20.00", "10.00", "1", "-10.00", "1"],
        ["All", "4", "40.50", "20.00", "60.50", "1", "-10.00", "1"],
    ]
    assert "60.50" not in "".join(one[0] for name, one in cards(page).items() if name != "EUR")
    by_unit = table(page, "value-by-unit")
    assert [line[:2] for line in by_unit if line[0] == "Percent"] == [["Percent", "Mean"]]
    assert not page.select("#figure-value-by-unit tfoot"), "there is no sum of all units"
    assert [line[-1] for line in table(page, "value-worse")] == ["-10"]
    assert [line[2] for line in table(page, "value-missing")] == ["current value"]


def test_every_number_leads_to_as_many_kpis(client, csm):
    acme = make_account(name="Acme")
    category = KpiCategory.objects.first()
    for current in (None, 5, 10, 15):
        make_kpi(of(acme), unit=unit("EUR"), baseline=10, current=current, target=20)
    make_kpi(of(make_account()), baseline=10, current=1, target=20, category=category)
    page = soup(client.get(PAGE))
    links = [one for one in page.select(".figure-data td.num a") if one.text.strip().isdigit()]
    assert len(links) > 12
    for link in {(one["href"], one.text.strip()) for one in links}:
        listed = soup(client.get(link[0]))
        assert len(listed.select("#list tbody tr[id]")) == int(link[1]), link
    for card in page.select("a.number-card"):
        assert client.get(card["href"]).status_code == 200


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["EUR", "USD", "Percent", None]),
            st.sampled_from(["higher", "lower"]),
            st.none() | st.decimals(-100, 100, places=4),
            st.none() | st.decimals(-100, 100, places=4),
        ),
        max_size=12,
    )
)
def test_the_database_sums_up_what_the_rule_says_of_each(csm, made):
    ObjectiveKpi.objects.all().delete()
    objectives = [of(make_account()) for _ in range(3)]
    units = {one.label: one for one in Unit.objects.all()}
    expected: dict[tuple[int | None, int], Gains] = defaultdict(Gains)
    for place, label, direction, baseline, current in made:
        owner = objectives[place]
        ObjectiveKpi.objects.create(
            objective=owner,
            title="KPI",
            unit=units.get(label),
            direction=direction,
            baseline=baseline,
            current=current,
        )
        found = gain(baseline, current, direction)
        zero = Decimal(0)
        known = found is not None
        expected[units[label].pk if label else None, owner.account_id] += Gains(
            1,
            int(known),
            int(known and direction == "higher"),
            int(known and found < 0),
            found if known and direction == "higher" else zero,
            found if known and direction == "lower" else zero,
            found if known and found < 0 else zero,
        )
    value = value_of(kpis(csm))
    assert {key: gains for key, (_, gains) in value.accounts.items()} == expected
    units_expected: dict[int | None, Gains] = defaultdict(Gains)
    for (unit_pk, _), gains in expected.items():
        units_expected[unit_pk] += gains
    assert value.units == units_expected


def test_no_kpis_says_what_would_be_told_here(client, csm):
    assert "No KPIs yet." in client.get(PAGE).content.decode()
    make_kpi()
    assert "No KPI matches these filters." in client.get(f"{PAGE}?gain=worse").content.decode()


def test_one_reading_and_no_current_value_are_missing_not_nought(client, csm):
    make_kpi(of(make_account(name="Acme")), unit=unit("EUR"), current=5)
    page = soup(client.get(PAGE))
    assert cards(page) == {"EUR": ("—", "1 KPI, 1 without values")}
    assert table(page, "value-missing")[0][1:] == ["Acme", "baseline"]


def test_r_kpi_8_what_is_blocked_still_counts(client, csm):
    blocked = objective_status("blocked")
    goal = make_objective(account=make_account(), status=blocked)
    make_kpi(goal, unit=unit("EUR"), baseline=0, current=5, target=10, is_blocked=True)
    assert cards(soup(client.get(PAGE)))["EUR"] == ("5.00 €", "1 KPI")


def test_r_vis_1_nothing_of_others_is_summed(client):
    user = make_csm()
    client.force_login(user)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    mine = make_account(name="Mine")
    make_account_role(mine, user.resource)
    for account in (mine, make_account(name="Secret")):
        make_kpi(of(account), unit=unit("EUR"), baseline=9, current=1, target=20)
    first = client.get(PAGE)
    assert first.status_code == 302
    assert "accounts=1" in first["Location"]
    page = soup(client.get(f"{PAGE}?accounts="))
    assert cards(page)["EUR"][0] == "-8.00 €"
    assert "Secret" not in page.text


def test_files_hold_plain_exact_numbers(client, csm):
    acme = make_account(name="=Acme")
    make_kpi(of(acme), unit=unit("EUR"), baseline=0, current="1234.5", target=5000)
    key = f"value-{unit('EUR').pk}"
    lines = client.get(f"{PAGE}?accounts=&csv={key}").content.decode().splitlines()
    assert lines[0].endswith(
        "Account,KPIs,Gained (€),Saved (€),Achieved (€),Worse,Lost (€),Without values"
    )
    assert lines[1] == "'=Acme,1,1234.5000,,1234.5000,0,,0"
    book = client.get(f"{PAGE}?accounts=&xlsx={key}").content
    values = list(load_workbook(io.BytesIO(book)).active.values)
    assert values[1][2] == 1234.5
    assert values[2][0] == "All"
    assert client.get(f"{PAGE}?csv=nothing").status_code == 404


def test_who_may_not_see_reports_sees_none(client):
    client.force_login(make_user(group=None))
    assert client.get(PAGE).status_code == 403


def test_the_number_of_statements_does_not_grow(client, csm):
    def more(count):
        for number in range(count):
            goal = of(make_account())
            make_kpi(goal, unit=unit("EUR"), baseline=0, current=5, target=10)
            make_kpi(goal, unit=unit("USD"), baseline=0, current=-1 - number, target=10)
            make_kpi(goal, unit=unit("EUR"), category=KpiCategory.objects.first())

    more(1)
    before = queries(client, f"{PAGE}?accounts=")
    more(7)
    assert queries(client, f"{PAGE}?accounts=") == before
    assert before <= 14


def test_two_thousand_objectives_stay_readable(client, csm):

    accounts = [make_account(name=f"Customer {number:02}") for number in range(40)]
    goals = Objective.objects.bulk_create(
        Objective(account=accounts[number % 40], name=f"Goal {number}") for number in range(2000)
    )
    ObjectiveKpi.objects.bulk_create(
        ObjectiveKpi(
            objective=goal,
            title="Saved",
            unit=unit("EUR"),
            direction="lower",
            baseline=100,
            current=40 if number % 3 else 130,
            target=0,
        )
        for number, goal in enumerate(goals)
    )
    page = soup(client.get(PAGE))
    worse = len(range(0, 2000, 3))
    total = 60 * (2000 - worse) - 30 * worse
    assert cards(page)["EUR"][0] == f"{total:,}.00 €"
    assert len(table(page, "value-worse")) == 50
    assert len(page.select(f"#figure-value-{unit('EUR').pk} .figure-bars rect.figure-part")) == 10


def test_paper_says_what_was_chosen_and_the_page_reads_as_one_unit(client, csm):
    for label in ("EUR", "USD"):
        make_kpi(of(make_account(name="Acme")), unit=unit(label), baseline=0, current=3, target=9)
    page = soup(client.get(f"{PAGE}?unit={unit('USD').pk}&gain=better"))
    assert page.select_one(".on-paper").text == "Unit: USD; Gain: Better than baseline."
    assert list(cards(page)) == ["USD"]
    assert soup(client.get(PAGE)).select_one(".on-paper").text == "All accounts that you see."
