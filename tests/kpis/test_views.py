"""Pages of KPIs over HTTP: list, record, panel, forms, grid; who may; what it costs."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.choices import RowScope
from apps.core.models import Organisation, Preference, Unit
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.kpis.tables import KpiTable
from tests.factories import (
    make_account,
    make_account_role,
    make_activity,
    make_attribute,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_resource,
    objective_status,
)
from tests.pages import edit_data, form_data, queries, saving

pytestmark = pytest.mark.django_db

LIST, NEW, GRID = reverse("kpis:list"), reverse("kpis:create"), reverse("kpis:grid")
FALLS = {"baseline": 8, "current": 7, "target": 3, "direction": "lower"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def kpi():
    plan = make_plan(make_account(name="Acme"))
    return make_kpi(make_objective(plan, name="Less churn"), title="Churn rate", **FALLS)


def address(name, kpi):
    return reverse(f"kpis:{name}", args=[kpi.pk])


def text(response):
    return (
        BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" ", strip=True)
    )


def titles(client, query=""):
    page = BeautifulSoup(client.get(LIST + query).content, "html.parser")
    return [cell.get_text(strip=True) for cell in page.select("td.col-title")]


def test_the_list_shows_percent_and_status_in_one_row(client, csm, kpi):
    page = BeautifulSoup(client.get(LIST).content, "html.parser")
    (row,) = [tr for tr in page.select("tbody tr") if "Churn rate" in tr.get_text()]
    assert "20%" in row.get_text()
    assert "In progress" in row.get_text()


@pytest.mark.parametrize(
    "name", [n for n, c in KpiTable.base_columns.items() if c.orderable is not False]
)
def test_every_column_sorts_both_ways(client, csm, kpi, name):
    Preference.objects.create(
        user=csm, key="list:kpi", data={"columns": list(KpiTable.base_columns)}
    )
    make_kpi(kpi.objective, title="Other")
    assert sorted(titles(client, f"?sort={name}")) == sorted(titles(client, f"?sort=-{name}"))


def test_the_list_is_narrowed(client, csm, kpi):
    owner = make_resource(name="Jo", user=csm) if not hasattr(csm, "resource") else csm.resource
    mine = make_objective(make_plan(), owner=owner, status=objective_status("blocked"))
    done = make_kpi(mine, title="Done", baseline=0, current=1, target=1, target_date="2026-03-01")
    for query, found in {
        "q=churn": ["Churn rate"],
        "q=acme": ["Churn rate"],
        f"q=OKPI-{done.pk:08d}": ["Done"],
        f"q=okpi-{done.pk}": ["Done"],
        "status=completed": ["Done"],
        "status=in_progress": ["Churn rate"],
        "blocked=yes": ["Done"],
        "blocked=no": ["Churn rate"],
        "mine=1": ["Done"],
        "due_from=2026-03-01&due_to=2026-03-01": ["Done"],
        "due_to=2026-02-28": [],
    }.items():
        assert titles(client, f"?{query}") == found, query


def test_the_record_names_everything(client, csm, kpi):
    shown = text(client.get(address("detail", kpi)))
    for word in (
        kpi.number,
        "Acme",
        "Less churn",
        "From 8 to 3",
        "Lower is better",
        "20%",
        "In progress",
    ):
        assert word in shown, word


def test_r_kpi_2_worse_than_baseline_is_said(client, csm):
    kpi = make_kpi(**FALLS | {"current": 9})
    assert "worse than baseline" in text(client.get(address("detail", kpi)))
    assert "worse than baseline" in text(client.get(LIST))


def test_overdue_says_for_how_long(client, csm):
    kpi = make_kpi(**FALLS, target_date=dt.date.today() - dt.timedelta(days=40))
    assert "40 days overdue" in text(client.get(address("detail", kpi)))
    assert "40 days overdue" in text(client.get(LIST))


def test_r_kpi_8_the_record_says_who_blocks(client, csm):
    kpi = make_kpi(make_objective(status=objective_status("blocked")), is_blocked=True)
    assert "By hand and by the objective's status" in text(client.get(address("detail", kpi)))


def test_related_shows_values_with_chart_and_activities(client, csm, kpi):
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=5)
    make_activity(account=kpi.objective.account, kpi=kpi, subject="Called them")
    response = client.get(f"{address('detail', kpi)}?tab=related")
    page = BeautifulSoup(response.content, "html.parser")
    # Both values are of one day: the last one is drawn, the table has both.
    assert len(page.select("svg.figure-chart .figure-mark")) == 1
    assert [
        td.get_text(strip=True)
        for td in page.select("section[aria-label='KPI values'] tbody td:nth-child(2)")
    ] == ["5", "7"]
    assert "Called them" in text(response)


def test_history_names_field_door_and_both_values(client, csm, kpi):
    url = address("edit", kpi)
    assert client.post(url, edit_data(client, url, current="5")).status_code == 302
    shown = text(client.get(f"{address('detail', kpi)}?tab=history"))
    assert "current 7 → 5" in shown
    assert "Page" in shown


def test_the_panel_has_chart_values_and_notes(client, csm, kpi):
    make_activity(account=kpi.objective.account, kpi=kpi, subject="Called them")
    headers = {
        "HX-Request": "true",
        "HX-Target": "panel",
        "HX-Current-URL": "http://testserver/value-tracker/",
    }
    page = BeautifulSoup(client.get(address("detail", kpi), headers=headers).content, "html.parser")
    panel = page.select_one("aside#panel")
    assert page.find("main") is None
    assert panel.select_one("svg.figure-chart") is not None
    for word in ("KPI values", "CS Activity Notes", "Called them", "From 8 to 3"):
        assert word in panel.get_text(" ", strip=True), word
    note = panel.find("a", string=lambda s: s and "Add CS Activity Note" in s) or panel.select_one(
        "a[href*='activities/new']"
    )
    assert f"kpi={kpi.pk}" in note["href"]


def test_a_kpi_is_made_from_its_objective_and_leads_back(client, csm, kpi):
    url = f"{NEW}?objective={kpi.objective_id}&next=/value-tracker/"
    data = form_data(
        client.get(url), title="Logins", baseline="1,000", target="2,000", current="1,250"
    )
    response = client.post(url, data)
    assert (response.status_code, response.url) == (302, "/value-tracker/")
    made = ObjectiveKpi.objects.get(title="Logins")
    assert (made.objective, made.direction, made.percent_complete) == (kpi.objective, "higher", 25)
    assert KpiValue.objects.filter(kpi=made).count() == 1


def test_a_refused_form_keeps_what_was_typed(client, csm, kpi):
    url = address("edit", kpi)
    response = client.post(url, edit_data(client, url, target="9", title="Typed"))
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert (
        page.select_one("[name=target]")["value"],
        page.select_one("[name=title]")["value"],
    ) == ("9", "Typed")
    assert "the target 9 is above the baseline 8" in text(response)
    kpi.refresh_from_db()
    assert (kpi.target, kpi.title) == (3, "Churn rate")


def test_r_kpi_7_the_form_says_that_a_new_unit_keeps_the_numbers(client, csm, kpi):
    unit = Unit.objects.get(label="Percent")
    url = address("edit", kpi)
    response = client.post(url, edit_data(client, url, unit=str(unit.pk)), follow=True)
    assert "The unit is now Percent; its numbers stayed." in response.content.decode()


def test_two_people_one_field_is_409_with_both_values(client, csm, kpi):
    url = address("edit", kpi)
    data = edit_data(client, url, current="5")
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=6)
    response = client.post(url, data)
    assert response.status_code == 409
    assert "current 6 5" in text(response).lower()
    kpi.refresh_from_db()
    assert kpi.current == 6
    assert client.post(url, form_data(response)).status_code == 302
    kpi.refresh_from_db()
    assert kpi.current == 5


def test_saving_the_form_needs_at_most_12_statements(client, csm, kpi):
    url = address("edit", kpi)
    client.get(url)
    own = saving(client, url, edit_data(client, url, current="5"))
    assert len(own) <= 12, "\n".join(own)


def test_deleting_asks_names_what_stays_and_does_it(client, csm, kpi):
    make_activity(account=kpi.objective.account, kpi=kpi)
    asked = client.get(address("delete", kpi))
    assert "Its values over time" in text(asked)
    assert "Its CS activities" in text(asked)
    assert client.post(address("delete", kpi)).status_code == 302
    assert not ObjectiveKpi.objects.filter(pk=kpi.pk).exists()
    assert KpiValue.objects.filter(kpi_id=kpi.pk).count() == 1


def grid(kpi, more=""):
    return f"{GRID}?objective={kpi.objective_id}{more}"


def test_the_grid_adds_changes_and_deletes_in_one_operation(client, csm, kpi):
    gone = make_kpi(kpi.objective, title="Old")
    url = grid(kpi, "&next=/success-tracker/")
    data = edit_data(client, url)
    place = {data[f"rows-{n}-id"][0]: n for n in range(2)}
    data |= {f"rows-{place[str(kpi.pk)]}-current": "5", f"rows-{place[str(gone.pk)]}-DELETE": "on"}
    data |= {"rows-2-title": "New", "rows-2-baseline": "0", "rows-2-target": "4"}
    response = client.post(url, data)
    assert (response.status_code, response.url) == (302, "/success-tracker/")
    found = dict(ObjectiveKpi.objects.values_list("title", "current"))
    assert found == {"Churn rate": 5, "New": None}
    events = ObjectiveKpi.events.rel.related_model.objects.order_by("-pgh_id")[:3]
    assert {event.pgh_label for event in events} == {"insert", "update", "delete"}
    assert len({event.pgh_operation for event in events}) == 1


def test_the_grid_saves_all_or_nothing_and_keeps_what_was_typed(client, csm, kpi):
    url = grid(kpi)
    data = edit_data(
        client, url, **{"rows-0-current": "5", "rows-1-title": "New", "rows-1-target": "x"}
    )
    response = client.post(url, data)
    assert response.status_code == 422
    assert "“x” is not a number here" in text(response)
    kpi.refresh_from_db()
    assert (kpi.current, ObjectiveKpi.objects.count()) == (7, 1)


def test_the_grid_shows_both_values_of_a_conflict(client, csm, kpi):
    url = grid(kpi)
    data = edit_data(client, url, **{"rows-0-current": "5"})
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=6)
    response = client.post(url, data)
    assert response.status_code == 409
    assert "current 6 5" in text(response).lower()


def test_the_grid_adds_a_row_without_javascript(client, csm, kpi):
    url = grid(kpi)
    data = edit_data(client, url, **{"rows-0-current": "5"})
    page = BeautifulSoup(client.post(url, data | {"add_row": "1"}).content, "html.parser")
    assert page.select_one("[name=rows-0-current]")["value"] == "5"
    assert page.select_one("[name=rows-2-title]") is not None


def test_the_grid_remembers_its_columns(client, csm, kpi):
    Preference.objects.create(user=csm, key="kpi-grid", data={"columns": ["target", "current"]})
    page = BeautifulSoup(client.get(grid(kpi)).content, "html.parser")
    names = [
        e["name"].removeprefix("rows-0-") for e in page.select("[name^=rows-0-]:not([type=hidden])")
    ]
    assert names == ["title", "target", "current", "DELETE"]


def test_r_kpi_3_the_grid_refuses_a_value_also_while_the_column_of_the_other_is_hidden(
    client, csm, kpi
):
    Preference.objects.create(user=csm, key="kpi-grid", data={"columns": ["baseline"]})
    url = grid(kpi)
    response = client.post(url, edit_data(client, url, **{"rows-0-baseline": "2"}))
    assert response.status_code == 422
    assert "the target 3 is above the baseline 2" in text(response)
    kpi.refresh_from_db()
    assert kpi.baseline == 8


def test_r_kpi_3_a_new_row_takes_its_direction_also_while_that_column_is_hidden(client, csm, kpi):
    columns = ["baseline", "target"]
    Preference.objects.create(user=csm, key="kpi-grid", data={"columns": columns})
    url = grid(kpi)
    new = {"rows-1-title": "Fewer tickets", "rows-1-baseline": "9", "rows-1-target": "4"}
    assert client.post(url, edit_data(client, url, **new)).status_code == 302
    assert ObjectiveKpi.objects.get(title="Fewer tickets").direction == "lower"


def test_the_grid_needs_an_objective_one_sees(client, csm):
    for query in ("", "?objective=x", "?objective=999999"):
        assert client.get(GRID + query).status_code == 404


def test_the_objectives_section_shows_progress_badges_and_edit(client, csm, kpi):
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(is_blocked=True)
    response = client.get(reverse("objectives:detail", args=[kpi.objective_id]))
    section = BeautifulSoup(response.content, "html.parser").select_one(".objective-kpis")
    said = section.get_text(" ", strip=True)
    for word in ("Overall KPI progress", "20%", "Churn rate", "In progress", "Blocked", "Edit"):
        assert word in said, word
    assert section.find("a", string="Churn rate")["href"] == address("detail", kpi)
    assert section.select_one(f"a[href^='{GRID}?objective={kpi.objective_id}']") is not None


def test_a_participant_edits_but_does_not_delete(client, kpi):
    client.force_login(make_participant())
    assert client.get(address("edit", kpi)).status_code == 200
    page = client.get(grid(kpi)).content.decode()
    assert "DELETE" not in page
    for response in (client.get(address("delete", kpi)), client.post(address("delete", kpi))):
        assert response.status_code == 403
        assert "does not let you delete KPIs" in response.content.decode()
    assert ObjectiveKpi.objects.filter(pk=kpi.pk).exists()


def test_another_teams_kpi_is_404_and_in_no_list_or_choice(client, csm, kpi):
    mine = make_account()
    make_account_role(mine, csm.resource)
    seen = make_kpi(make_objective(account=mine), title="Seen")
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    assert titles(client) == [seen.title]
    for url in (address("detail", kpi), address("edit", kpi), address("delete", kpi), grid(kpi)):
        assert client.get(url).status_code == 404
        assert client.post(url).status_code in (404, 405)
    assert "Churn" not in client.get(f"{reverse('kpis:options')}?q=").content.decode()
    data = form_data(client.get(NEW), title="New", objective=f"Less churn #{kpi.objective_id}")
    assert client.post(NEW, data).status_code == 422


def test_lists_and_records_need_as_many_queries_for_1_row_as_for_8(client, csm, kpi):
    pages = [LIST, grid(kpi), address("detail", kpi), f"{address('detail', kpi)}?tab=related"]
    pages += [
        f"{address('detail', kpi)}?tab=history",
        reverse("objectives:detail", args=[kpi.objective_id]),
    ]
    make_activity(account=kpi.objective.account, kpi=kpi)
    before = [queries(client, page) for page in pages]
    for number in range(7):
        make_kpi(kpi.objective, unit=Unit.objects.all()[number], **FALLS)
        ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=number / 4)
        make_activity(account=kpi.objective.account, kpi=kpi)
    assert [queries(client, page) for page in pages] == before


def test_r_kpi_10_a_fed_kpi_says_by_what(client, csm):
    kpi = make_kpi(attribute=make_attribute(label="Active users"))
    assert "Active users" in text(client.get(address("detail", kpi)))
