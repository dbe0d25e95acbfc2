"""Value Tracker over HTTP: scopes, cells that save, refusals, permissions, queries."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.choices import RowScope
from apps.core.models import Organisation, Preference, Unit
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.workspace.selectors import values as reads
from apps.workspace.tables.values import ValueTable
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_user,
    objective_status,
)
from tests.kpis.cases import CASES
from tests.pages import queries

pytestmark = pytest.mark.django_db
PAGE = reverse("workspace:value-tracker")
FALLS = {"baseline": 8, "current": 7, "target": 3, "direction": "lower"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def acme(csm):
    account = make_account(name="Acme & Sons <Ltd>")
    make_account_role(account, csm.resource)
    return account


@pytest.fixture
def plan(acme):
    return make_plan(acme, name="Grow")


@pytest.fixture
def churn(plan):
    return make_kpi(make_objective(plan, name="Less churn"), title="Churn <rate>", **FALLS)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def titles(client, query=""):
    rows = soup(client.get(f"{PAGE}{query}")).select("tr.v-row .v-title")
    return [row.get_text() for row in rows]


def row_url(kpi, query=""):
    return reverse("workspace:value-tracker-row", args=[kpi.pk]) + query


def type_into(client, kpi, query="", **values):
    """What the page sends when a person types one value."""
    return client.post(
        row_url(kpi, query),
        {name.replace("initial_", "initial-"): value for name, value in values.items()},
        headers={"HX-Request": "true", "HX-Target": f"kpi-{kpi.pk}"},
    )


# What is shown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_r_kpi_4_every_worked_case_holds_on_the_page(client, case):
    with time_machine.travel(dt.datetime.combine(case.today, dt.time(12)), tick=False):
        user = make_csm(time_zone="UTC")
        client.force_login(user)
        kpi = make_kpi(make_objective(start_date=case.start), title="Worked", **case.values())
        page = soup(client.get(f"{PAGE}?objective={kpi.objective_id}"))
    (row,) = [tr for tr in page.find_all("tr") if "Worked" in tr.get_text()]
    label = case.status.replace("_", " ").capitalize()
    assert row.select_one(".percent").get_text() == f"{case.percent}%"
    assert row.select_one(".status").get_text(strip=True) == label
    assert page.select_one(f"#n-{case.status}").get_text() == "1"
    assert len(page.select(".v-nil")) == 7


def test_one_kpi_is_one_row_with_title_percent_and_status(client, csm, churn):
    page = soup(client.get(f"{PAGE}?plan={churn.objective.plan_id}"))
    (row,) = [tr for tr in page.find_all("tr") if "Churn <rate>" in tr.get_text()]
    text = row.get_text(" ", strip=True)
    assert "20%" in text
    assert "On track" not in text
    assert "In progress" in text
    group = page.select_one(f"#objective-{churn.objective_id}").get_text(" ", strip=True)
    assert (group.split()[:2], "1 KPI" in group, "20%" in group) == (["Less", "churn"], True, True)


def test_scopes_show_their_own_kpis_only(client, csm, acme, plan, churn):
    below = make_account(name="Below", parent=acme)
    deep = make_kpi(make_objective(account=make_account(parent=below)), title="Deep")
    loose = make_kpi(make_objective(account=acme), title="Loose")
    make_kpi(title="Elsewhere")
    make_kpi(make_objective(account=None, in_template=True, is_template=True), title="Template")
    assert titles(client) == ["Churn <rate>", "Loose"]
    assert titles(client, f"?account={acme.pk}") == ["Churn <rate>", "Loose"]
    assert set(titles(client, f"?account={acme.pk}&children=1")) == {
        "Churn <rate>",
        "Loose",
        "Deep",
    }
    assert titles(client, f"?plan={plan.pk}") == ["Churn <rate>"]
    assert titles(client, f"?objective={loose.objective_id}") == ["Loose"]
    assert titles(client, f"?objective={deep.objective_id}") == ["Deep"]


@pytest.mark.parametrize("query", ["?plan=999999", "?account=999999", "?objective=999999"])
def test_what_does_not_exist_is_404(client, csm, query):
    assert client.get(PAGE + query).status_code == 404


def test_nonsense_in_the_address_counts_as_not_said(client, csm, churn):
    nonsense = "?plan=x&status=wild&sort=evil&closed=a,b&open=plan-3&rows=7&full=&children="
    assert titles(client, nonsense) == ["Churn <rate>"]


def test_r_kpi_6_group_and_total_are_means_of_exact_progress_rounded_down(client, csm, plan):
    objective = make_objective(plan)
    for current in (1, 1, 0):
        make_kpi(objective, baseline=0, current=current, target=3)
    make_kpi(objective, title="Without values")
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))
    # (1/3 + 1/3 + 0 + 0) / 4
    assert page.select_one(f"#mean-{objective.pk} .percent").get_text() == "16%"
    assert page.select_one(".v-overall strong").get_text() == "16%"
    assert "1 without values count as 0%." in page.select_one(".v-foot").get_text()


def test_statuses_are_counted_and_filter(client, csm, plan, churn):
    paused = make_objective(plan, name="Held", status=objective_status("blocked"))
    make_kpi(paused, title="Held", **FALLS | {"current": 3})
    make_kpi(churn.objective, title="By hand", is_blocked=True)
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))
    shown = {chip.get_text(" ", strip=True) for chip in page.select(".chip")}
    assert shown == {
        "All 3", "On track 0", "Off track 0", "Overdue 0", "In progress 1", "Not started 0",
        "Completed 1", "Not available 1", "Blocked 2",
    }  # fmt: skip
    for chip in page.select(".chip"):
        label, count = chip.get_text(" ", strip=True).rsplit(" ", 1)
        assert len(titles(client, chip["href"].removeprefix(PAGE))) == int(count), label
    assert set(titles(client, f"?plan={plan.pk}&status=blocked")) == {"Held", "By hand"}
    only = soup(client.get(f"{PAGE}?plan={plan.pk}&status=completed"))
    assert only.select_one(".chip.active").get_text(" ", strip=True) == "Completed 1"
    none = client.get(f"{PAGE}?plan={plan.pk}&status=overdue").content.decode()
    assert "No KPI here has this status." in none


@pytest.mark.parametrize(
    "name", [n for n, c in ValueTable.base_columns.items() if c.orderable is not False]
)
def test_every_column_sorts_both_ways_within_its_objective(client, csm, plan, name):
    objective = make_objective(plan)
    unit = Unit.objects.order_by("-position")[0]
    make_kpi(objective, title="One", baseline=1, current=1, target=3, target_date="2099-01-01")
    make_kpi(
        objective, title="Two", baseline=9, current=4, target=4, direction="lower", unit=unit,
        measured_on="2026-01-01", target_date="2099-01-02",
    )  # fmt: skip
    up = titles(client, f"?plan={plan.pk}&sort={name}")
    down = titles(client, f"?plan={plan.pk}&sort=-{name}")
    assert sorted(up) == sorted(down) == ["One", "Two"]
    if name != "measured_on" and name != "unit":
        assert up == down[::-1]


def test_columns_are_those_the_person_chose(client, csm, plan, churn):
    chosen = ["status", "current", "plan", "account", "blocked", "measured_on", "direction"]
    Preference.objects.create(user=csm, key="value-tracker", data={"columns": chosen})
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))
    heads = [th.get_text(strip=True) for th in page.select("thead th")]
    assert heads == [
        "Objective and KPI", "Status", "Current", "Success plan", "Account", "Blocked",
        "Measured on", "Better", "Actions",
    ]  # fmt: skip
    answer = type_into(client, churn, current="6", initial_current="7")
    assert len(soup(answer).select(f"#kpi-{churn.pk} > td")) == len(heads)


def test_the_rest_is_shown_on_request(client, csm, plan, monkeypatch):
    objective = make_objective(plan)
    for _ in range(4):
        make_kpi(objective)
    monkeypatch.setattr(reads, "MOST", 3)
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))
    assert len(page.select("tr.v-row")) == 3
    assert "3 of 4 KPIs" in page.select_one(".v-group").get_text()
    assert "All 4" in page.select_one(".chip").get_text(" ", strip=True)
    assert "rows=6" in page.find("a", string="Show more")["href"]


def test_objectives_without_kpis_offer_the_first(client, csm, plan):
    objective = make_objective(plan, name="Bare")
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))
    assert "No KPIs yet." in page.get_text()
    add = page.select_one(f"#objective-{objective.pk} .v-add")["href"]
    assert add.startswith(f"{reverse('kpis:create')}?objective={objective.pk}&")
    form = soup(client.get(add)).select_one("#form")
    data = {e["name"]: e.get("value", "") for e in form.select("input[name]:not([type=checkbox])")}
    response = client.post(add, data | {"title": "First"})
    assert (response.status_code, response.url) == (302, f"{PAGE}?plan={plan.pk}")
    assert titles(client, f"?plan={plan.pk}") == ["First"]


def test_nothing_yet_says_what_is_next(client, csm):
    assert "Your accounts have no KPIs yet." in client.get(PAGE).content.decode()
    plan = make_plan()
    assert "No KPIs here yet." in client.get(f"{PAGE}?plan={plan.pk}").content.decode()


def test_the_groups_name_account_and_plan_where_the_scope_spans_several(client, csm, plan, churn):
    def where(query):
        found = soup(client.get(PAGE + query)).select_one(".v-where")
        return found.get_text() if found else ""

    assert where("") == "Acme & Sons <Ltd> · Grow"
    assert where(f"?account={plan.account_id}") == "Grow"
    assert where(f"?account={plan.account_id}&children=1") == "Acme & Sons <Ltd> · Grow"
    assert where(f"?plan={plan.pk}") == ""


def test_the_menu_leads_everywhere_and_back(client, csm, plan, churn):
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))
    links = {a.get_text(): a["href"] for a in page.select(f"#m{churn.pk} a")}
    assert list(links) == ["Open", "Edit", "History", "Add CS Activity Note", "Delete"]
    back = "next=%2Fvalue-tracker%2F%3Fplan%3D" + str(plan.pk)
    assert f"kpi={churn.pk}&note=1&{back}" in links["Add CS Activity Note"]
    assert links["Edit"].endswith(back)
    for label, url in links.items():
        assert client.get(url).status_code == 200, label


# What is typed


def test_a_typed_value_is_saved_and_row_mean_and_totals_answer(client, csm, plan, churn):
    make_kpi(make_objective(plan), baseline=0, current=50, target=100)
    answer = type_into(client, churn, f"?plan={plan.pk}", current="3", initial_current="7")
    assert answer.status_code == 200
    assert len(answer.content) <= 6 * 1024
    page = soup(answer)
    assert "Completed" in page.select_one(f"#kpi-{churn.pk} .status").get_text()
    assert page.select_one(f"#mean-{churn.objective_id}[hx-swap-oob] .percent").get_text() == "100%"
    assert page.select_one("#value-overall[hx-swap-oob] strong").get_text() == "75%"
    assert page.select_one("#value-saved").get_text().startswith("Saved ")
    churn.refresh_from_db()
    assert (churn.current, churn.measured_on) == (3, dt.datetime.now(dt.UTC).date())


def test_the_answer_is_what_a_fresh_page_shows(client, csm, plan, churn):
    answer = soup(type_into(client, churn, f"?plan={plan.pk}", target="2", initial_target="3"))
    page = soup(client.get(f"{PAGE}?plan={plan.pk}"))

    def plain(found):
        for hidden in found.select("[name=csrfmiddlewaretoken]"):
            hidden.decompose()
        return str(found).replace(' hx-swap-oob="true"', "")

    counts = [f"#{number['id']}" for number in page.select(".chip b")]
    assert len(counts) == 9
    for part in (f"#kpi-{churn.pk}", "#value-overall", f"#mean-{churn.objective_id}", *counts):
        assert plain(answer.select_one(part)) == plain(page.select_one(part))


def test_saving_a_value_needs_at_most_12_statements(client, csm, plan, churn):
    columns = ",".join(ValueTable.base_columns)
    with CaptureQueriesContext(connection) as captured:
        query = f"?plan={plan.pk}"
        answer = type_into(client, churn, query, current="6", initial_current="7", columns=columns)
    assert answer.status_code == 200
    own = [
        q["sql"]
        for q in captured
        if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))
        and "set_config('successcloud.actor', ''" not in q["sql"]
    ]
    assert len(own) <= 12, "\n".join(own)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"current": "many"}, "“many” is not a number here. Write it like 1,234.5."),
        ({"current": "1.23456"}, "more than 4 decimal places"),
        ({"target": "9"}, "the target 9 is above the baseline 8"),
        ({"baseline": "1"}, "the target 3 is above the baseline 1"),
        ({"title": " "}, "This field is required."),
        ({"target_date": "tomorrow"}, "Write it like 2026-11-23."),
        ({"direction": "higher"}, "the target 3 is below the baseline 8"),
    ],
)
def test_a_refused_value_answers_422_with_the_sentence_and_what_was_typed(
    client, csm, churn, values, sentence
):
    before = ObjectiveKpi.objects.values().get(pk=churn.pk)
    answer = type_into(client, churn, **values)
    assert answer.status_code == 422
    ((name, typed),) = values.items()
    assert sentence in answer.content.decode()
    page = soup(answer)
    field = page.select_one(f"[name={name}]")
    if field is not None and field.name == "input":
        assert field["value"] == typed
    assert ObjectiveKpi.objects.values().get(pk=churn.pk) == before
    assert KpiValue.objects.filter(kpi=churn).count() == 1


def test_two_people_one_field_both_values_and_mine_can_be_kept(client, csm, churn):
    ObjectiveKpi.objects.filter(pk=churn.pk).update(current=6)
    answer = type_into(client, churn, current="5", initial_current="7")
    assert answer.status_code == 409
    page = soup(answer)
    assert "Somebody else changed this to 6 meanwhile. You typed 5." in page.get_text()
    assert page.select_one("[name=current]")["value"] == "5"
    theirs = page.select_one("[name=initial-current]")["value"]
    assert theirs == "6"
    assert ObjectiveKpi.objects.get(pk=churn.pk).current == 6
    assert type_into(client, churn, current="5", initial_current=theirs).status_code == 200
    assert ObjectiveKpi.objects.get(pk=churn.pk).current == 5


def test_two_people_two_fields_both_are_saved(client, csm, churn):
    ObjectiveKpi.objects.filter(pk=churn.pk).update(target=2)
    assert type_into(client, churn, current="5", initial_current="7").status_code == 200
    churn.refresh_from_db()
    assert (churn.current, churn.target) == (5, 2)


def test_a_conflict_over_a_choice_shows_both_words(client, csm, churn):
    hours, days = Unit.objects.get(label="Hours"), Unit.objects.get(label="Days")
    ObjectiveKpi.objects.filter(pk=churn.pk).update(unit=hours)
    answer = type_into(client, churn, unit=str(days.pk), initial_unit="")
    assert answer.status_code == 409
    page = soup(answer)
    assert "Somebody else changed this to Hours meanwhile. You typed Days." in page.get_text()
    assert page.select_one("select[name=unit] [selected]")["value"] == str(days.pk)
    assert page.select_one("[name=initial-unit]")["value"] == str(hours.pk)


def test_r_kpi_7_a_new_unit_keeps_the_numbers_and_says_so(client, csm, churn):
    unit = Unit.objects.get(label="Percent")
    answer = type_into(client, churn, unit=str(unit.pk), initial_unit="")
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert toast == "The unit is now Percent; the numbers stayed."
    churn.refresh_from_db()
    assert (churn.unit, churn.current) == (unit, 7)


def test_an_empty_value_takes_the_value_away(client, csm, churn):
    answer = type_into(client, churn, current="", initial_current="7")
    assert "Not available" in answer.content.decode()
    assert ObjectiveKpi.objects.get(pk=churn.pk).current is None


def test_r_num_1_numbers_are_read_and_shown_in_the_persons_format(client, csm, churn):
    type(csm).objects.filter(pk=csm.pk).update(number_format="point_comma")
    answer = type_into(client, churn, current="1.234,5", initial_current="7")
    assert answer.status_code == 200
    assert soup(answer).select_one("[name=current]")["value"] == "1.234,5"
    assert str(ObjectiveKpi.objects.get(pk=churn.pk).current) == "1234.5000"


@pytest.mark.parametrize("name", ["title", "category", "unit", "direction", "target_date"])
def test_each_editor_comes_with_what_stands_there(client, csm, churn, name):
    url = reverse("workspace:value-tracker-cell", args=[churn.pk, name])
    page = soup(client.get(url))
    assert page.select_one(f".v-editor[name={name}][form=v{churn.pk}]") is not None
    assert page.select_one(f"[type=hidden][name=initial-{name}]") is not None
    assert client.get(url.replace(name, "objective")).status_code == 404


def test_without_javascript_the_row_saves_and_refusals_keep_what_was_typed(client, csm, churn):
    query = f"?plan={churn.objective.plan_id}&status=in_progress"
    done = client.post(row_url(churn, query), {"current": "6", "initial-current": "7"})
    assert (done.status_code, done.url) == (302, f"{PAGE}{query}")
    wrong = client.post(row_url(churn, query), {"current": "x", "initial-current": "6"})
    assert wrong.status_code == 422
    assert soup(wrong).select_one(f"#kpi-{churn.pk} [name=current]")["value"] == "x"
    assert "“x” is not a number" in soup(wrong).select_one(f"#kpi-{churn.pk}").get_text()
    assert len(soup(wrong).select("tr.v-row")) == 1
    hidden = client.post(
        row_url(churn, f"?plan={churn.objective.plan_id}&status=overdue"), {"current": "y"}
    )
    assert soup(hidden).select_one(f"#kpi-{churn.pk} [name=current]")["value"] == "y"


def test_r_kpi_8_block_and_unblock_touch_the_hand_only(client, csm, plan):
    objective = make_objective(plan, status=objective_status("blocked"))
    kpi = make_kpi(objective, title="Held")
    url = reverse("workspace:value-tracker-block", args=[kpi.pk]) + f"?plan={plan.pk}"
    htmx = {"HX-Request": "true", "HX-Target": f"kpi-{kpi.pk}"}

    def said(response):
        return json.loads(response.headers["HX-Trigger"])["toast"]["text"]

    badge = soup(client.get(f"{PAGE}?plan={plan.pk}")).select_one(".badge-blocked")
    assert badge["title"] == "Blocked by the objective's status"
    answer = client.post(url, {"blocked": "1"}, headers=htmx)
    assert said(answer) == "“Held” is blocked."
    badge = soup(answer).select_one(".badge-blocked")
    assert badge["title"] == "Blocked by hand and by the objective's status"
    answer = client.post(url, {"blocked": "0"}, headers=htmx)
    assert "which blocks it still" in said(answer)
    objective.status = objective_status("in_progress")
    objective.save()
    assert soup(client.get(f"{PAGE}?plan={plan.pk}")).select_one(".badge-blocked") is None
    plainly = client.post(url, {"blocked": "1"})
    assert (plainly.status_code, plainly.url) == (302, f"{PAGE}?plan={plan.pk}")
    assert ObjectiveKpi.objects.get(pk=kpi.pk).is_blocked


def test_one_row_is_fetched_fresh_and_a_browser_is_sent_to_the_page(client, csm, churn):
    query = f"?plan={churn.objective.plan_id}"
    answer = client.get(
        row_url(churn, query), headers={"HX-Request": "true", "HX-Target": f"kpi-{churn.pk}"}
    )
    assert soup(answer).select_one(f"tr#kpi-{churn.pk}") is not None
    plainly = client.get(row_url(churn, query))
    assert plainly.url == f"{PAGE}{query}&open=kpi-{churn.pk}"


# Who may


def test_a_participant_edits_but_does_not_delete(client, churn):
    client.force_login(make_participant())
    page = soup(client.get(f"{PAGE}?plan={churn.objective.plan_id}"))
    entries = [e.get_text() for e in page.select(f"#m{churn.pk} > *")]
    assert entries == ["Open", "Edit", "History", "Add CS Activity Note", "Block"]
    assert type_into(client, churn, current="5", initial_current="7").status_code == 200


def test_who_may_only_look_types_nothing(client, churn):
    looker = make_user(None)
    for name in (
        "kpis.view_objectivekpi",
        "plans.view_successplan",
        "objectives.view_objective",
        "accounts.view_account",
    ):
        app, code = name.split(".")
        looker.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=code)
        )
    client.force_login(looker)
    page = soup(client.get(f"{PAGE}?plan={churn.objective.plan_id}"))
    row = page.select_one(f"#kpi-{churn.pk}")
    assert row.select("input, form, .v-open, .v-pencil") == []
    assert page.find(string="Add KPI") is None
    assert [e.get_text() for e in row.select(".v-menu > *")] == ["Open", "History"]
    for answer in (
        type_into(client, churn, current="5", initial_current="7"),
        client.get(reverse("workspace:value-tracker-cell", args=[churn.pk, "unit"])),
        client.post(reverse("workspace:value-tracker-block", args=[churn.pk]), {"blocked": "1"}),
    ):
        assert answer.status_code == 403
        assert "does not let you edit KPIs" in answer.content.decode()
    churn.refresh_from_db()
    assert (churn.current, churn.is_blocked) == (7, False)
    client.force_login(make_user(None))
    assert client.get(PAGE).status_code == 403


def test_another_teams_kpi_is_404_and_in_no_scope(client, csm, churn):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    theirs = make_kpi(make_objective(make_plan()), title="Theirs", **FALLS)
    place = theirs.objective
    for query in (
        f"?account={place.account_id}",
        f"?plan={place.plan_id}",
        f"?objective={place.pk}",
    ):
        assert client.get(PAGE + query).status_code == 404
    assert titles(client) == ["Churn <rate>"]
    assert type_into(client, theirs, current="5", initial_current="7").status_code == 404
    for name, args in (("cell", [theirs.pk, "unit"]), ("row", [theirs.pk])):
        address = reverse(f"workspace:value-tracker-{name}", args=args)
        assert client.get(address).status_code == 404
    block = reverse("workspace:value-tracker-block", args=[theirs.pk])
    assert client.post(block, {"blocked": "1"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.current, theirs.is_blocked) == (7, False)
    # Nor does another scope in the address let their numbers through.
    answer = type_into(
        client, churn, f"?account={place.account_id}", current="5", initial_current="7"
    )
    assert soup(answer).select_one("#n-all").get_text() == "0"


def test_signed_out_answers_401_even_without_a_token(client, churn):
    stranger = Client(enforce_csrf_checks=True)
    assert type_into(stranger, churn, current="5").status_code == 401
    client.logout()
    assert type_into(client, churn, current="5").status_code == 401
    assert client.get(PAGE).status_code == 302


# How much it costs


@pytest.mark.parametrize("scope", ["", "?plan={plan}", "?account={account}&children=1"])
def test_the_page_needs_as_many_queries_for_1_row_as_for_8(client, csm, plan, churn, scope):
    address = PAGE + scope.format(plan=plan.pk, account=plan.account_id)
    one = queries(client, address)
    for number in range(7):
        objective = make_objective(make_plan(plan.account) if not scope else plan)
        make_kpi(objective, **FALLS | {"current": 8 - number / 2})
    assert queries(client, address) == one
    assert one <= 12


def test_rows_of_an_objective_are_sorted_by_one_key_after_the_other(client):
    client.force_login(make_csm())
    objective = make_objective(make_plan())
    for title, target, current in (("A", 10, 1), ("B", 10, 3), ("C", 5, 2)):
        make_kpi(objective, title=title, baseline=0, current=current, target=target)
    page = client.get(PAGE, {"account": objective.account_id, "sort": "target,-current,nonsense"})
    soup = BeautifulSoup(page.content, "html.parser")
    assert [cell.get_text(strip=True) for cell in soup.select(".v-title")] == ["C", "B", "A"]
    heads = {head["data-name"]: head for head in soup.select("th[data-name]")}
    assert heads["target"]["aria-sort"] == "ascending"
    assert heads["current"]["aria-sort"] == "descending"
    assert heads["current"].select_one("sup").text == "2"
    assert "sort=target,current" in heads["current"].a["data-then"].replace("%2C", ",")
    assert "sort=title" in heads["title"].a["href"]
