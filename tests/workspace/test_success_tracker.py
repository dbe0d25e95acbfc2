"""Success Tracker over HTTP: the page, branches, refreshed rows, moves, permissions, queries."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.choices import RowScope
from apps.core.models import Organisation, Preference
from apps.core.scope import today
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask
from apps.workspace.choices import Scale
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGE = "/success-tracker/"


@pytest.fixture
def csm():
    return make_csm()


@pytest.fixture
def acme(csm):
    account = make_account(name="Acme & Sons <Ltd>")
    make_account_role(account, csm.resource)
    return account


@pytest.fixture
def plan(acme):
    return make_plan(
        acme, name="Plan", start_date=dt.date(2026, 1, 1), end_date=dt.date(2026, 6, 30)
    )


@pytest.fixture
def signed_in(client, csm):
    client.force_login(csm)
    return client


def rows_of(response):
    soup = BeautifulSoup(f"<table>{response.content.decode()}</table>", "html.parser")
    return {row["id"]: row for row in soup.select("tr.trk-row")}


def dates_url(kind, record):
    return reverse("workspace:success-tracker-dates", args=[kind, record.pk])


def move(client, kind, record, start, end, **more):
    data = {"scale": "days", "edge": "both", "by": 1, "start": start or "", "end": end or ""}
    return client.post(dates_url(kind, record), data | more, headers={"HX-Request": "true"})


def test_the_page_is_a_treegrid_that_reads_without_javascript(signed_in, plan, acme):
    make_objective(plan, name="Objective")
    response = signed_in.get(
        PAGE, {"account": acme.pk, "expand": f"account-{acme.pk},plan-{plan.pk}"}
    )
    soup = BeautifulSoup(response.content, "html.parser")
    grid = soup.select_one("table[role=treegrid]")
    rows = grid.select("tr.trk-row")
    assert [row["aria-level"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["aria-expanded"] == "true"
    assert "Acme & Sons <Ltd>" in rows[0].text
    assert rows[1].select_one("a.trk-label")["href"] == f"/plans/{plan.pk}/"
    assert rows[1].select_one("svg title").text.startswith("1 Jan 2026 – 30 Jun 2026, 0% done")
    # The toggle is a link that closes the branch when there is no JavaScript.
    closed = signed_in.get(rows[1].select_one("a.trk-toggle")["href"])
    assert [
        row["id"] for row in BeautifulSoup(closed.content, "html.parser").select("tr.trk-row")
    ] == [
        f"account-{acme.pk}",
        f"plan-{plan.pk}",
    ]
    assert "style=" not in response.content.decode()


def test_a_branch_equals_the_page(signed_in, plan, acme):
    objective = make_objective(plan, name="Objective")
    make_task(None, account=acme, plan=plan, name="Task")
    page = rows_of(
        signed_in.get(PAGE, {"account": acme.pk, "expand": f"account-{acme.pk},plan-{plan.pk}"})
    )
    closed = rows_of(signed_in.get(PAGE, {"account": acme.pk}))
    branch = rows_of(
        signed_in.get(closed[f"plan-{plan.pk}"]["data-rows"], headers={"HX-Request": "true"})
    )
    assert set(page) == set(closed) | set(branch)
    for name, row in branch.items():
        for both in (row, page[name]):
            for link in both.select("a.trk-toggle, a.trk-add"):
                link["href"] = ""  # the way back differs: what else is open
            both["data-rows"] = ""
        assert str(row) == str(page[name])
    assert f"objective-{objective.pk}" in branch


@pytest.mark.parametrize("scale", Scale.values)
def test_every_scale_is_remembered_for_the_person(signed_in, csm, plan, scale):
    response = signed_in.post(
        f"{reverse('workspace:success-tracker-scale')}?plan={plan.pk}", {"scale": scale}
    )
    assert response.status_code == 302
    assert f"plan={plan.pk}" in response.url
    page = BeautifulSoup(signed_in.get(PAGE).content, "html.parser")
    assert page.select_one(".trk-scales [aria-pressed=true]")["value"] == scale
    assert Preference.objects.get(user=csm, key="success-tracker-scale").data == {"scale": scale}


def test_an_unknown_scale_is_refused(signed_in):
    assert (
        signed_in.post(reverse("workspace:success-tracker-scale"), {"scale": "eons"}).status_code
        == 422
    )
    assert not Preference.objects.exists()


def test_the_window_moves_and_returns(signed_in, plan):
    page = BeautifulSoup(
        signed_in.get(PAGE, {"plan": plan.pk, "scale": "months"}).content, "html.parser"
    )
    links = [a["href"] for a in page.select(".trk-window a")]
    assert all("plan=" in link for link in links)
    assert "begin=" in links[0]
    assert "begin=" not in links[1]
    later = BeautifulSoup(signed_in.get(links[2]).content, "html.parser")
    assert (
        later.select_one(".trk-ticks .trk-tick").text
        != page.select_one(".trk-ticks .trk-tick").text
    )


def test_columns_are_chosen_and_ordered_on_the_server(signed_in, plan, acme):
    signed_in.post(
        reverse("core:layout", args=["success-tracker"]),
        {"columns": ["progress", "start", "own_status"]},
    )
    page = BeautifulSoup(signed_in.get(PAGE, {"plan": plan.pk}).content, "html.parser")
    heads = [th.get_text(strip=True) for th in page.select("thead th")]
    assert heads[:4] == ["Name", "Progress", "Start", "Own status"]
    row = page.select_one(f"#plan-{plan.pk}")
    assert row.select_one(".col-start").text == "1 Jan 2026"
    assert row.select_one(".col-own_status").text == "Active"


@pytest.mark.parametrize("sort", ["name", "owner", "progress"])
def test_sort_is_in_the_address_and_turns_round(signed_in, plan, sort):
    page = BeautifulSoup(
        signed_in.get(PAGE, {"plan": plan.pk, "sort": sort}).content, "html.parser"
    )
    head = page.select_one("th[aria-sort=ascending] a")
    assert f"sort=-{sort}" in head["href"]
    turned = BeautifulSoup(signed_in.get(head["href"]).content, "html.parser")
    assert turned.select_one("th[aria-sort=descending]")


def test_search_marks_what_it_found(signed_in, plan, acme):
    make_task(None, account=acme, plan=plan, name="Call the sponsor")
    make_task(None, account=acme, plan=plan, name="Something else")
    page = BeautifulSoup(signed_in.get(PAGE, {"q": "sponsor"}).content, "html.parser")
    assert [r.select_one(".trk-label").text for r in page.select("tr.is-found")] == [
        "Call the sponsor"
    ]
    assert len(page.select("tr.trk-row")) == 3
    assert "1 row matches “sponsor”" in page.select_one(".trk-found").text
    nothing = signed_in.get(PAGE, {"q": "zebra"}).content.decode()
    assert "Nothing here has these words in its name." in nothing


def test_the_first_answer_holds_fifty_accounts_and_offers_more(signed_in, csm):
    for number in range(53):
        make_account_role(make_account(name=f"A{number:02}"), csm.resource)
    page = BeautifulSoup(signed_in.get(PAGE).content, "html.parser")
    assert len(page.select("tr.trk-row")) == 50
    more = signed_in.get(page.select_one(".trk-foot a")["href"])
    assert len(BeautifulSoup(more.content, "html.parser").select("tr.trk-row")) == 53


def test_a_long_branch_goes_on_where_it_ended(signed_in, acme):
    playbook = make_playbook(None, account=acme)
    PlaybookTask.objects.bulk_create(
        PlaybookTask(account=acme, playbook=playbook, name=f"T{n:03}", position=n)
        for n in range(450)
    )
    address = reverse("workspace:success-tracker-rows", args=["playbook", playbook.pk])
    seen = []
    while address:
        soup = BeautifulSoup(
            f"<table>{signed_in.get(address).content.decode()}</table>", "html.parser"
        )
        seen += [row.select_one(".trk-label").text for row in soup.select("tr.trk-row")]
        more = soup.select_one("tr.trk-more a")
        address = more["hx-get"] if more else ""
    assert seen == [f"T{n:03}" for n in range(450)]


def test_a_change_refreshes_its_row_and_those_above(signed_in, plan):
    objective = make_objective(plan)
    answer = signed_in.get(
        reverse("workspace:success-tracker-changed"), {"kind": "objective", "id": objective.pk}
    )
    assert list(rows_of(answer)) == [
        f"objective-{objective.pk}",
        f"plan-{plan.pk}",
        f"account-{plan.account_id}",
    ]
    assert (
        signed_in.get(
            reverse("workspace:success-tracker-changed"), {"kind": "x", "id": "1"}
        ).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("scale", "edge", "by", "start", "end"),
    [
        ("days", "both", 1, dt.date(2026, 1, 2), dt.date(2026, 7, 1)),
        ("weeks", "both", -1, dt.date(2025, 12, 25), dt.date(2026, 6, 23)),
        ("months", "end", 1, dt.date(2026, 1, 1), dt.date(2026, 7, 30)),
        ("months", "start", -1, dt.date(2025, 12, 1), dt.date(2026, 6, 30)),
        ("days", "both", 1500, dt.date(2030, 2, 9), dt.date(2030, 8, 8)),
    ],
)
def test_dates_move_by_a_unit_of_the_scale(signed_in, plan, scale, edge, by, start, end):
    answer = move(
        signed_in, "plan", plan, plan.start_date, plan.end_date, scale=scale, edge=edge, by=by
    )
    assert answer.status_code == 204
    events = json.loads(answer.headers["HX-Trigger"])
    assert events["record-changed"] == {"kind": "plan", "id": plan.pk}
    plan.refresh_from_db()
    assert (plan.start_date, plan.end_date) == (start, end)


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook", "task"])
def test_every_dated_kind_moves_through_its_own_service(signed_in, acme, kind):
    day = dt.date(2026, 3, 1)
    make = {
        "plan": make_plan,
        "objective": make_objective,
        "playbook": make_playbook,
        "task": make_task,
    }[kind]
    end = "due_date" if kind == "objective" else "end_date"
    first = acme if kind == "plan" else None
    where = {} if kind == "plan" else {"account": acme}
    record = make(first, **where, **{"start_date": day, end: day})
    assert move(signed_in, kind, record, day, day).status_code == 204
    record.refresh_from_db()
    assert (record.start_date, getattr(record, end)) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2))


def test_somebody_elses_move_is_a_conflict_and_nothing_changes(signed_in, plan):
    shown = (plan.start_date, plan.end_date)
    SuccessPlan.objects.filter(pk=plan.pk).update(end_date=dt.date(2026, 9, 30))
    answer = move(signed_in, "plan", plan, *shown)
    assert answer.status_code == 409
    assert "30 Sep 2026" in answer.content.decode()
    assert "1 Jul 2026" in answer.content.decode()
    plan.refresh_from_db()
    assert (plan.start_date, plan.end_date) == (shown[0], dt.date(2026, 9, 30))


def test_r_date_1_an_end_before_the_start_is_refused_with_the_reason(signed_in, plan):
    answer = move(
        signed_in, "plan", plan, plan.start_date, plan.end_date, scale="years", edge="end", by=-1
    )
    assert answer.status_code == 422
    assert "start" in answer.content.decode()
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["level"] == "danger"
    plan.refresh_from_db()
    assert plan.end_date == dt.date(2026, 6, 30)


def test_nothing_to_move_and_nonsense_are_refused(signed_in, acme):
    bare = make_plan(acme)
    assert move(signed_in, "plan", bare, None, None).status_code == 422
    for far in ("much", "4001"):
        assert move(signed_in, "plan", bare, None, None, by=far).status_code == 422


def test_participants_make_no_plans_and_move_none(client, plan):
    client.force_login(make_participant())
    page = client.get(PAGE, {"plan": plan.pk}).content.decode()
    assert "Add Success Plan" not in page
    assert "/plans/new/" not in page
    assert "Add Objective" in page
    assert 'data-dates="/success-tracker/rows/plan' not in page
    assert move(client, "plan", plan, plan.start_date, plan.end_date).status_code == 403
    plan.refresh_from_db()
    assert plan.start_date == dt.date(2026, 1, 1)


def test_plus_fills_in_the_parent_and_comes_back(signed_in, plan):
    objective = make_objective(plan)
    playbook = make_playbook(objective)
    page = BeautifulSoup(
        signed_in.get(PAGE, {"plan": plan.pk, "expand": "all"}).content, "html.parser"
    )

    def plus(row):
        return page.select_one(f"#{row} a.trk-add")["href"]

    assert plus(f"plan-{plan.pk}").startswith(
        f"/objectives/new/?plan={plan.pk}&next=%2Fsuccess-tracker%2F"
    )
    assert plus(f"objective-{objective.pk}").startswith(
        f"/playbooks/new/?objective={objective.pk}&"
    )
    assert plus(f"playbook-{playbook.pk}").startswith(f"/tasks/new/?playbook={playbook.pk}&")


def test_r_vis_1_another_teams_rows_are_404_everywhere(signed_in, acme):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    other = make_plan(
        make_account(name="Rival"), name="Rival plan", start_date=today(), end_date=today()
    )
    for address in (
        f"{PAGE}?plan={other.pk}",
        f"{PAGE}?account={other.account_id}",
        reverse("workspace:success-tracker-rows", args=["plan", other.pk]),
        reverse("workspace:success-tracker-rows", args=["unplanned", other.account_id]),
    ):
        assert signed_in.get(address).status_code == 404
    assert move(signed_in, "plan", other, today(), today()).status_code == 404
    assert b"Rival plan" not in signed_in.get(PAGE, {"q": "Rival"}).content
    changed = signed_in.get(
        reverse("workspace:success-tracker-changed"), {"kind": "plan", "id": other.pk}
    )
    assert changed.content == b""


@pytest.mark.parametrize("scale", Scale.values)
def test_dates_at_the_ends_of_the_calendar_are_no_fault(signed_in, acme, scale):
    first, last = dt.date.min, dt.date.max
    make_plan(acme, start_date=first, end_date=last)
    make_plan(acme, start_date=last, end_date=last)
    make_plan(acme, start_date=first, end_date=first)
    for begin in ("", first, last, dt.date(1900, 1, 1), dt.date(2999, 12, 31)):
        for begins in (begin, str(begin)[:7]):
            answer = signed_in.get(PAGE, {"account": acme.pk, "scale": scale, "begin": str(begins)})
            assert answer.status_code == 200
            assert len(rows_of(answer)) == 4


@pytest.mark.parametrize("nonsense", ["9" * 30, "9" * 5000, "-1", "\0", "٣"])
def test_an_address_that_says_nonsense_is_no_fault(signed_in, plan, nonsense):
    rows = reverse("workspace:success-tracker-rows", args=["plan", plan.pk])
    for name in ("account", "plan", "after", "top", "branch", "rows", "begin", "expand", "open"):
        for address in (PAGE, rows):
            assert signed_in.get(address, {name: nonsense}).status_code in (200, 404)
    asked = {"kind": "plan", "id": nonsense}
    assert signed_in.get(reverse("workspace:success-tracker-changed"), asked).status_code == 404


def test_without_permission_there_is_no_tracker(client):
    client.force_login(make_user(None))
    assert client.get(PAGE).status_code == 403


def test_an_empty_tracker_says_the_next_step(signed_in):
    page = signed_in.get(PAGE).content.decode()
    assert "You are on no account's team yet" in page.replace("&#x27;", "'")


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        response = client.get(address)
    assert response.status_code == 200
    return len(found), len(response.content)


def test_sixty_accounts_with_eight_thousand_rows_need_fifteen_queries(signed_in, csm):
    """The first answer does not grow with the rows below the fold, nor do its queries."""
    accounts = [make_account(name=f"Account {n:02}") for n in range(60)]
    for account in accounts:
        make_account_role(account, csm.resource)
    bare = queries(signed_in, PAGE)
    plans = SuccessPlan.objects.bulk_create(
        SuccessPlan(account=a, name=f"Plan {n}", owner=csm.resource)
        for a in accounts
        for n in range(2)
    )
    PlaybookTask.objects.bulk_create(
        PlaybookTask(account_id=p.account_id, plan=p, name=f"Task {n}")
        for p in plans
        for n in range(66)
    )
    full = queries(signed_in, PAGE)
    assert full[0] == bare[0] <= 15
    # Only what makes a row openable came with them.
    assert full[1] < bare[1] * 1.8
    branch = reverse("workspace:success-tracker-rows", args=["plan", plans[0].pk])
    assert queries(signed_in, branch)[0] <= 15
    assert queries(signed_in, f"{PAGE}?q=Task 65")[0] <= 18


def test_as_many_queries_for_eight_rows_as_for_one(signed_in, acme):
    def more():
        plan = make_plan(acme, owner=make_resource())
        objective = make_objective(plan, owner=make_resource())
        make_task(make_playbook(objective, owner=make_resource()))
        return plan

    first = more()
    addresses = [
        f"{PAGE}?account={acme.pk}",
        f"{PAGE}?account={acme.pk}&expand=all",
        reverse("workspace:success-tracker-rows", args=["account", acme.pk]),
        f"{reverse('workspace:success-tracker-changed')}?kind=plan&id={first.pk}",
    ]
    one = [queries(signed_in, address)[0] for address in addresses]
    for _ in range(7):
        more()
    assert [queries(signed_in, address)[0] for address in addresses] == one


def test_rows_are_sorted_by_one_key_after_the_other(signed_in, acme):
    day = dt.date(2026, 1, 1)
    for name, start in (("B", day), ("A", day), ("C", dt.date(2025, 1, 1))):
        make_plan(acme, name=name, start_date=start)
    page = signed_in.get(PAGE, {"account": acme.pk, "sort": "-start,name,-name,wrong"})
    soup = BeautifulSoup(page.content, "html.parser")
    names = [row.select_one(".trk-label").text for row in soup.select("tr.trk-plan")]
    assert names == ["A", "B", "C"]
    heads = {head["data-name"]: head for head in soup.select("th[data-name]")}
    assert heads["name"]["aria-sort"] == "ascending"
    assert heads["name"].select_one("sup").text == "2"
