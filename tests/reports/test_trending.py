"""KPI Trending: its numbers against a computation of their own, and its edges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import AttributeValue
from apps.core.choices import ProgressStatus
from apps.core.models import Organisation, Unit
from apps.core.rules import expected_progress, mean, percent_shown, progress
from apps.core.scope import today
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.kpis.rules import kpi_status
from apps.kpis.selectors import kpis, summary
from apps.objectives.models import Objective
from apps.reports import trending_selectors
from apps.reports.trending_rules import mean_of, period, weeks_between, weeks_until
from apps.reports.trending_selectors import standings, trend
from tests.factories import (
    make_account,
    make_account_role,
    make_attribute,
    make_csm,
    make_kpi,
    make_objective,
)

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 18)
FIRST = dt.date(2026, 1, 1)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


# Weeks ------------------------------------------------------------------------------------------


def test_weeks_end_on_sunday_and_the_running_one_today():
    assert weeks_until(TODAY, 3) == [dt.date(2026, 3, 8), dt.date(2026, 3, 15), TODAY]


def test_a_sunday_is_the_last_day_of_its_week():
    sunday = dt.date(2026, 3, 15)
    assert weeks_until(sunday, 2) == [dt.date(2026, 3, 8), sunday]
    assert weeks_between(dt.date(2026, 3, 8), sunday) == [dt.date(2026, 3, 8), sunday]


@given(st.integers(0, 400), st.integers(0, 400))
def test_weeks_between_two_days_are_sundays_and_the_last_day(begin: int, length: int):
    first, last = day(begin), day(begin + length)
    days = weeks_between(first, last)
    assert days[-1] == last and days == sorted(set(days)) and days[0] >= first
    assert all(one.isoweekday() == 7 for one in days[:-1])
    gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
    assert all(gap == 7 for gap in gaps[:-1]) and all(0 < gap <= 7 for gap in gaps[-1:])


@pytest.mark.parametrize(
    ("choice", "count"), [("13", 13), ("26", 26), ("52", 52), ("", 26), ("x", 26)]
)
def test_a_period_has_as_many_points_as_weeks(choice: str, count: int):
    assert len(period(choice, None, None, today=TODAY).days) == count


def test_a_period_that_ends_before_it_begins_is_named_and_the_usual_one_shown():
    found = period("own", day(20), day(10), today=TODAY)
    assert found.days == weeks_until(TODAY, 26)
    assert "21 Jan 2026" in found.error and "11 Jan 2026" in found.error


def test_a_period_looks_at_no_day_to_come_and_at_three_years_at_most():
    assert period("", day(0), dt.date(2027, 1, 1), today=TODAY).days[-1] == TODAY
    long = period("", dt.date(1990, 1, 1), None, today=TODAY)
    assert len(long.days) == 157 and long.days[-1] == TODAY and "157 weeks" in long.error


def test_a_mean_of_thirds_reads_as_the_whole():
    third = Decimal(1) / 3
    assert mean_of(third * 3, 3) == Decimal("0.3333333333") and mean_of(None, 0) is None


# Against Python ---------------------------------------------------------------------------------

NUMBERS = st.one_of(st.none(), st.integers(-20, 20))
OFFSETS = st.one_of(st.none(), st.integers(-10, 90))


@st.composite
def series(draw):
    """The values of one KPI: late ones, changed targets and directions, gaps, none at all."""
    told = []
    for _ in range(draw(st.integers(0, 5))):
        low, high = sorted([draw(st.integers(-9, 9)), draw(st.integers(-9, 9))])
        direction = draw(st.sampled_from(["higher", "lower"]))
        baseline, target = (low, high) if direction == "higher" else (high, low)
        told.append(
            {
                "measured_on": draw(st.one_of(st.none(), st.integers(-30, 90).map(day))),
                "recorded_at": dt.datetime(2026, 1, 1, 23, 30, tzinfo=dt.UTC)
                + dt.timedelta(days=draw(st.integers(-5, 80))),
                "baseline": draw(st.sampled_from([baseline, baseline, baseline, None])),
                "target": target,
                "current": draw(NUMBERS),
                "direction": direction,
            }
        )
    start, due = draw(OFFSETS), draw(OFFSETS)
    return {
        "start": None if start is None else day(start),
        "due": None if due is None else day(due),
        "born": draw(st.integers(-20, 70)),
        "values": told,
    }


def stored(made):
    """The KPIs with exactly these values over time; the days are Berlin's."""
    for one in made:
        kpi = make_kpi(make_objective(start_date=one["start"]), target_date=one["due"])
        born = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=one["born"])
        ObjectiveKpi.objects.filter(pk=kpi.pk).update(created_at=born)
        KpiValue.objects.bulk_create(
            KpiValue(kpi=kpi, door="page", **value) for value in one["values"]
        )


def held(one, on):
    """The values of a KPI on a day, None before it was there: the slow and simple way."""
    dated = [
        (
            value["measured_on"] or (value["recorded_at"] + dt.timedelta(hours=1)).date(),
            value["recorded_at"],
            at,
            value,
        )
        for at, value in enumerate(one["values"])
    ]
    before = sorted((row for row in dated if row[0] <= on), key=lambda row: row[:3])
    if before:
        return before[-1][3]
    if day(one["born"]) <= on:
        return {"baseline": None, "current": None, "target": None, "direction": "higher"}
    return None


def expected(one, on):
    if one["start"] is None or one["due"] is None:
        return None
    if one["due"] <= one["start"]:
        return Fraction(int(on >= one["start"]))
    return min(max(expected_progress(one["start"], one["due"], on), Fraction(0)), Fraction(1))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=st.lists(series(), max_size=4))
def test_must_show_2_the_numbers_are_those_of_a_computation_of_their_own(made, berlin):
    ObjectiveKpi.objects.all().delete()
    stored(made)
    days = weeks_until(TODAY, 13)
    weeks = trend(berlin, kpis(berlin), days).weeks
    for week in weeks:
        there = [(one, value) for one in made if (value := held(one, week.day))]
        statuses = dict.fromkeys(ProgressStatus.values, 0)
        for one, value in there:
            known = {name: value[name] for name in ("baseline", "current", "target", "direction")}
            statuses[
                kpi_status(**known, start=one["start"], target_date=one["due"], today=week.day)
            ] += 1
        assert week.statuses == statuses
        shares = [
            progress(value["baseline"], value["current"], value["target"], value["direction"])
            for _, value in there
        ]
        assert close(week.progress, shares)
        assert close(
            week.expected, [e for one, _ in there if (e := expected(one, week.day)) is not None]
        )


def close(found, shares):
    """The mean to ten places; None of nothing."""
    if not shares:
        return found is None
    return abs(Fraction(found) - mean(shares)) <= Fraction(1, 2 * 10**10)


@pytest.fixture
def berlin():
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    return make_csm()


@pytest.mark.parametrize(
    ("on", "late", "share", "wanted", "status"),
    [
        ("2026-01-04", False, 0, 10, "not_available"),
        ("2026-01-11", False, 40, 33, "on_track"),
        ("2026-01-18", False, 40, 56, "off_track"),
        ("2026-01-18", True, 60, 56, "on_track"),
        ("2026-02-01", True, 60, 100, "overdue"),
    ],
)
def test_the_worked_numbers_of_the_rules(berlin, on, late, share, wanted, status):
    told = [{"measured_on": dt.date(2026, 1, 8), "current": 4, "recorded_at": at("2026-01-08")}]
    if late:
        told.append(
            {"measured_on": dt.date(2026, 1, 15), "current": 6, "recorded_at": at("2026-01-20")}
        )
    rest = {"baseline": 0, "target": 10, "direction": "higher"}
    dates = {"start": dt.date(2026, 1, 1), "due": dt.date(2026, 1, 31), "born": 1}
    stored([dates | {"values": [value | rest for value in told]}])
    week = trend(berlin, kpis(berlin), [dt.date.fromisoformat(on)]).weeks[0]
    assert (percent_shown(week.progress), percent_shown(week.expected)) == (share, wanted)
    assert week.statuses[status] == week.count == 1


def at(day_of_it: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day_of_it).replace(hour=12, tzinfo=dt.UTC)


def test_the_standing_of_today_is_that_of_the_list():
    user = make_csm()
    on = today(user)
    objective = make_objective(start_date=on - dt.timedelta(days=30))
    for current in (0, 3, 5, 10, None):
        make_kpi(
            objective,
            baseline=0,
            target=10,
            current=current,
            target_date=on + dt.timedelta(days=30),
        )
    rows = kpis(user)
    found, listed = standings(rows, "account", on), summary(rows)
    assert found.total.count == listed.total == 5
    assert found.total.progress == listed.progress
    assert found.total.off_track == listed.statuses["off_track"] == 2
    assert found.total.without_values == 1 and found.total.expected == Decimal("0.5")
    assert [one.label for one in found.groups] == [str(objective.account)]


def test_groups_begin_with_the_least_progress_and_say_when_there_are_more():
    user = make_csm()
    for current in (9, 1, 5):
        make_kpi(baseline=0, target=10, current=current)
    found = standings(kpis(user), "account", today(user), most=2)
    assert [one.progress for one in found.groups] == [Decimal("0.1"), Decimal("0.5")]
    assert found.more and found.total.count == 3
    assert not standings(kpis(user), "account", today(user), most=3).more


@pytest.mark.parametrize("count", [1, 8])
def test_a_trend_and_its_groups_take_as_many_statements_for_many(count):
    user = make_csm()
    for _ in range(count):
        make_kpi(baseline=0, target=10, current=5)
    rows = kpis(user)
    with CaptureQueriesContext(connection) as queries:
        trend(user, rows, weeks_until(today(user), 26))
        standings(rows, "account", today(user))
    assert len(queries) <= 8


# The page ---------------------------------------------------------------------------------------

URL = "/reports/kpi-trending/"


def page_of(client, query="accounts="):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content[:300]
    return BeautifulSoup(answer.content, "html.parser")


def made(user, current=5, **fields):
    on = today(user)
    return make_kpi(
        make_objective(start_date=on - dt.timedelta(days=50)),
        **{
            "baseline": 0,
            "target": 10,
            "current": current,
            "measured_on": on - dt.timedelta(days=40),
            "target_date": on + dt.timedelta(days=50),
            **fields,
        },
    )


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def test_every_number_of_a_chart_is_in_its_table(client, csm):
    for current in (5, 2):
        made(csm, current)
    page = page_of(client)
    progress_rows = page.select("#figure-progress tbody tr")
    assert len(progress_rows) == 26
    assert [cell.text for cell in progress_rows[-1].select("td")] == ["2", "35%", "50%", "2"]
    assert [cell.text for cell in progress_rows[0].select("td")] == ["0", "—", "—", "0"]
    titles = [title.text for title in page.select("#figure-statuses svg.figure-chart title")]
    heads = [th.text for th in page.select("#figure-statuses thead th")][2:]
    told = [
        f"{row.select_one('th').text}: {head} {cell.text}"
        for row in page.select("#figure-statuses tbody tr")
        for head, cell in zip(heads, row.select("td")[1:], strict=True)
        if cell.text != "0"
    ]
    assert sorted(titles) == sorted(told) and titles


def test_the_numbers_of_today_lead_to_the_kpis_they_count(client, csm):
    kpi, slow = made(csm, 5), made(csm, 2)
    page = page_of(client, f"accounts=&account={slow.objective.account_id}&period=13&by=category")
    links = [
        a["href"]
        for a in page.select("#figure-by-category a, .report-headline a")
        if a["href"].startswith("/kpis/")
    ]
    assert links
    for link in links:
        assert "period" not in link and "by=" not in link
        listed = BeautifulSoup(client.get(link).content, "html.parser")
        assert slow.title in listed.text and kpi.title not in listed.text


def test_a_row_narrows_the_report_to_itself(client, csm):
    kpi = made(csm)
    link = page_of(client).select_one("#figure-by-account tbody th a")["href"]
    assert f"account={kpi.objective.account_id}" in link
    narrowed = BeautifulSoup(client.get(link).content, "html.parser")
    assert narrowed.select_one("#figure-values-title").text.startswith(kpi.title)


@pytest.mark.parametrize("by", ["account", "plan", "category", "owner"])
def test_kpis_are_compared_by_what_was_chosen(client, csm, by):
    made(csm)
    page = page_of(client, f"accounts=&by={by}")
    assert page.select_one(f"#figure-by-{by} tbody tr") is not None


def test_the_report_begins_with_ones_own_accounts_if_there_are_any(client, csm):
    assert client.get(URL).status_code == 200
    make_account_role(make_account(), csm.resource)
    assert client.get(URL).headers["Location"] == f"{URL}?accounts=1"


def test_files_have_the_numbers_of_each_figure(client, csm):
    made(csm)
    for key in ("progress", "statuses", "pace", "by-account", "values"):
        text = client.get(f"{URL}?accounts=&csv={key}").content.decode()
        assert len(text.splitlines()) >= 2, key
    assert client.get(f"{URL}?accounts=&csv=nothing").status_code == 404
    rows = client.get(f"{URL}?accounts=&csv=progress").content.decode().splitlines()
    assert rows[-1].endswith(",1,50,50,1")


def test_a_wrong_period_is_named_and_what_was_typed_stays(client, csm):
    made(csm)
    page = page_of(client, "accounts=&since=2026-03-01&until=2026-02-01")
    assert "begins (1 Mar 2026) after it ends (1 Feb 2026)" in page.select_one(".form-error").text
    assert page.select_one("#id_since")["value"] == "2026-03-01"


def test_one_kpi_shows_its_values_on_real_dates_with_the_expected_line(client, csm):
    kpi = made(csm)
    on = today(csm)
    KpiValue.objects.create(
        kpi=kpi,
        measured_on=on - dt.timedelta(days=5),
        baseline=0,
        current=7,
        target=10,
        direction="higher",
        door="page",
    )
    page = page_of(client, f"q={kpi.number}")
    chart = page.select_one("#figure-values svg.figure-chart")
    assert kpi.title in chart["aria-label"] and "7 on" in chart["aria-label"]
    assert len(chart.select("polyline.dashed")) == 3
    assert len(page.select("#figure-values tbody tr")) == 2


def test_a_few_kpis_of_one_unit_share_a_chart_and_of_two_units_do_not(client, csm):
    first, second = Unit.objects.all()[:2]
    made(csm, unit=first), made(csm, unit=first)
    assert page_of(client).select_one("#figure-values") is not None
    made(csm, unit=second)
    assert page_of(client).select_one("#figure-values") is None


def test_another_page_gets_the_short_form_when_it_is_looked_at(client, csm):
    kpi = made(csm)
    for at in (f"/objectives/{kpi.objective_id}/", f"/accounts/{kpi.objective.account_id}/"):
        page = BeautifulSoup(client.get(at).content, "html.parser")
        later = page.select_one(".trend-embed[hx-get]")
        assert later["hx-trigger"] == "revealed", at
        short = BeautifulSoup(client.get(later["hx-get"]).content, "html.parser")
        assert len(short.select("figure")) == 2 and short.select_one("html") is None
        link = short.select("a")[-1]["href"]
        assert "embed" not in link and client.get(link).status_code == 200


def test_nobody_sees_what_is_not_theirs(client, csm):
    kpi = made(csm)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    assert kpi.objective.account.name not in page_of(client).text
    assert "No KPIs match" in page_of(client).text


def test_very_many_are_counted_after_the_page_is_shown(client, csm, monkeypatch):
    made(csm)
    made(csm)
    monkeypatch.setattr(trending_selectors, "MANY", 1)
    monkeypatch.setattr(trending_selectors, "SLOW", -1)
    page = page_of(client)
    later = page.select_one("#report")["hx-get"]
    assert not page.select("figure") and "now=1" in later
    part = {"HX-Request": "true", "HX-Target": "report"}
    # So is a change of the filters: nobody waits without a word.
    assert later in unescape(client.get(f"{URL}?accounts=", headers=part).content.decode())
    answer = client.get(later, headers=part)
    assert "figure-progress" in answer.content.decode() and "now" not in answer.headers.get(
        "HX-Push-Url", ""
    )
    # What took long is kept until a value is added.
    assert "Counted" in client.get(later).content.decode()
    made(csm)
    assert "Counted" not in client.get(later).content.decode()


@pytest.mark.parametrize("count", [1, 8])
def test_the_page_takes_as_many_statements_for_many(client, csm, count):
    for _ in range(count):
        made(csm, unit=Unit.objects.first())
    client.get(f"{URL}?accounts=")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{URL}?accounts=")
    assert len(queries) <= 20


# Five customers at the edges ----------------------------------------------------------------------


def test_a_customer_with_three_currencies_has_means_but_no_chart_of_mixed_money(client, csm):
    units = Unit.objects.filter(kind="currency")[:3]
    for unit in units:
        made(csm, unit=unit)
    assert len(units) == 3
    page = page_of(client)
    assert page.select_one("#figure-values") is None
    assert page.select("#figure-progress tbody tr")[-1].select("td")[1].text == "50%"


def test_a_customer_without_kpis_is_told_so(client, csm):
    account = make_account()
    page = page_of(client, f"account={account.pk}")
    assert not page.select("figure") and "No KPIs match these filters" in page.text
    assert client.get(f"{URL}?account={account.pk}&csv=progress").status_code == 200
    assert "No KPIs yet" in client.get(f"{URL}?account={account.pk}&embed=1").content.decode()


def test_a_customer_with_one_reading_has_one_point(client, csm):
    account, attribute = make_account(), make_attribute()
    kpi = make_kpi(make_objective(account=account), baseline=0, target=10, attribute=attribute)
    AttributeValue.objects.create(
        account=account, definition=attribute, value=4, measured_on=today(csm)
    )
    page = page_of(client, f"account={account.pk}")
    assert kpi.title in page.select_one("#figure-values-title").text
    assert page.select("#figure-progress tbody tr")[-1].select("td")[1].text == "40%"


def test_a_customer_with_everything_blocked_keeps_its_statuses(client, csm):
    kpi = made(csm, is_blocked=True)
    page = page_of(client, f"account={kpi.objective.account_id}&blocked=yes")
    assert page.select("#figure-progress tbody tr")[-1].select("td")[0].text == "1"


def test_a_customer_with_2000_objectives_is_readable(client, csm):
    account = make_account()
    Objective.objects.bulk_create(
        Objective(account=account, name=f"Objective {n}") for n in range(2000)
    )
    ObjectiveKpi.objects.bulk_create(
        ObjectiveKpi(objective=one, title="KPI", baseline=0, current=n % 10, target=10)
        for n, one in enumerate(Objective.objects.filter(account=account))
    )
    answer = client.get(f"{URL}?account={account.pk}&by=plan")
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.select("#figure-progress tbody tr")[-1].select("td")[:2][1].text == "45%"
    assert len(page.select("#figure-by-plan tbody tr")) == 1 and len(answer.content) < 150_000


def test_a_kpi_leads_to_its_trend(client, csm):
    kpi = made(csm)
    page = BeautifulSoup(client.get(f"/kpis/{kpi.pk}/?tab=related").content, "html.parser")
    link = page.find("a", string="Open in KPI Trending")["href"]
    assert (
        kpi.title
        in BeautifulSoup(client.get(link).content, "html.parser")
        .find(id="figure-values-title")
        .text
    )
