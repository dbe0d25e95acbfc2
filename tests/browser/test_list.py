"""A list that is worked in, in a real Chromium: cells, keys, selection, refusals that lose nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective, ObjectiveStatus
from apps.playbooks.models import PlaybookTask
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean
from tests.factories import (
    PASSWORD,
    make_account,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
START, END = dt.date(2026, 3, 2), dt.date(2026, 6, 26)


class Seen(Page):
    """A page with what its console may say in this test."""

    expected: set[str]


@pytest.fixture
def world():
    csm = make_csm(first_name="Mara", last_name="Koch")
    plan = make_plan(make_account(name="Northwind"), start_date=START, end_date=END)
    rows = [
        make_objective(plan, name=f"Objective {number}", start_date=START, due_date=END)
        for number in range(1, 6)
    ]
    return {"csm": csm, "plan": plan, "rows": rows}


@pytest.fixture
def page(chromium, live_server, world) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.expected = set()
    opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto("/auth/login/")
    opened.fill("[name=login]", world["csm"].email)
    opened.fill("[name=password]", PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url(lambda url: "/auth/" not in url)
    yield opened
    context.close()
    assert [text for text in wrong if not any(word in text for word in opened.expected)] == []


def cell(page: Page, record: object, column: str) -> Locator:
    kind = (
        type(record).__name__.lower().replace("objectivekpi", "kpi").replace("playbooktask", "task")
    )
    return page.locator(f"#{kind}-{record.pk} .col-{column}")


def box(page: Page, record: object, column: str) -> Locator:
    return cell(page, record, column).locator(":is(input, select):not([type=hidden])")


def opened_list(page: Page, address: str) -> None:
    page.goto(address)
    settled(page)


def test_cells_are_edited_by_keyboard_alone(page, world):
    first, second = world["rows"][:2]
    opened_list(page, "/objectives/")
    clean(page)
    page.locator("#list td[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    status = box(page, first, "status")
    expect(status).to_be_focused()
    clean(page)
    status.select_option(label="Paused")
    page.keyboard.press("Enter")
    expect(cell(page, first, "status")).to_contain_text("Paused")
    # Enter went on in the row below.
    expect(box(page, second, "status")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell(page, second, "status")).to_be_focused()
    expect(page.locator("#notices")).to_contain_text("Objective 1” was saved")
    expect(page.locator("#notices button", has_text="Undo")).to_be_visible()
    first.refresh_from_db()
    assert first.status.label == "Paused"


def test_values_typed_fast_down_a_column_are_all_kept(page, world):
    kpis = [
        make_kpi(world["rows"][0], title=f"KPI {number}", baseline=0, current=1, target=100)
        for number in range(12)
    ]
    opened_list(page, "/kpis/?sort=title")
    page.locator("[data-by-hand]").hover()
    cell(page, kpis[0], "current").dblclick(position={"x": 4, "y": 4})
    expect(box(page, kpis[0], "current")).to_be_focused()
    ordered = sorted(kpis, key=lambda kpi: kpi.title)
    for place, kpi in enumerate(ordered):
        expect(box(page, kpi, "current")).to_be_focused()
        page.keyboard.type(str(40 + place))
        page.keyboard.press("Enter")
    settled(page)
    expect(page.locator("#list td.is-open")).to_have_count(0)
    expect(page.locator("#list td.is-wrong, #list td.is-unsaved")).to_have_count(0)
    stored = list(ObjectiveKpi.objects.order_by("title").values_list("current", flat=True))
    assert stored == [40 + place for place in range(12)]
    for place, kpi in enumerate(ordered):
        expect(cell(page, kpi, "current")).to_contain_text(str(40 + place))


def test_an_expired_session_keeps_what_was_typed_and_retry_saves_it(page, world):
    kpi = make_kpi(
        world["rows"][0], title="Churn", baseline=8, current=7, target=3, direction="lower"
    )
    opened_list(page, "/kpis/")
    cell(page, kpi, "current").click(position={"x": 4, "y": 4})
    expect(box(page, kpi, "current")).to_be_focused()
    page.expected.add("401")
    page.context.clear_cookies()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    notices = page.locator("#notices")
    expect(notices).to_contain_text("You are signed out")
    expect(box(page, kpi, "current")).to_have_value("5")
    other = page.context.new_page()
    other.goto(notices.get_by_role("link", name="Sign in").get_attribute("href"))
    other.fill("[name=login]", world["csm"].email)
    other.fill("[name=password]", PASSWORD)
    other.keyboard.press("Enter")
    expect(other.locator("#rail")).to_be_visible()
    other.close()
    notices.get_by_role("button", name="Retry").click()
    expect(cell(page, kpi, "current").locator("input")).to_have_count(0)
    expect(cell(page, kpi, "progress")).to_contain_text("60%")
    kpi.refresh_from_db()
    assert kpi.current == 5


def test_a_lost_connection_keeps_what_was_typed_and_the_next_success_sends_it(page, world):
    one = make_kpi(world["rows"][0], title="A", baseline=8, current=7, target=3, direction="lower")
    two = make_kpi(world["rows"][0], title="B", baseline=8, current=7, target=3, direction="lower")
    opened_list(page, "/kpis/")
    page.expected |= {"ERR_FAILED", "htmx:", "undefined"}
    page.route(f"**/kpis/{one.pk}/cell/", lambda route: route.abort())
    cell(page, one, "current").click(position={"x": 4, "y": 4})
    expect(box(page, one, "current")).to_be_focused()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("No answer from the server")
    expect(box(page, one, "current")).to_have_value("5")
    expect(page.locator("td.is-unsaved")).to_have_count(1)
    page.unroute(f"**/kpis/{one.pk}/cell/")
    expect(box(page, two, "current")).to_be_focused()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(cell(page, two, "progress")).to_contain_text("80%")
    expect(cell(page, one, "progress")).to_contain_text("60%")
    assert list(ObjectiveKpi.objects.order_by("title").values_list("current", flat=True)) == [5, 4]


def test_a_conflict_shows_both_values_and_a_refusal_says_what_is_right(page, world):
    kpi = make_kpi(
        world["rows"][0], title="Churn", baseline=8, current=7, target=3, direction="lower"
    )
    page.expected |= {"409", "422"}
    opened_list(page, "/kpis/")
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=6)
    current = cell(page, kpi, "current")
    current.click(position={"x": 4, "y": 4})
    expect(box(page, kpi, "current")).to_be_focused()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(current).to_contain_text("Somebody else changed this to 6 meanwhile. You typed 5.")
    expect(box(page, kpi, "current")).to_have_value("5")
    clean(page)
    current.get_by_role("button", name="Keep mine").click()
    expect(cell(page, kpi, "progress")).to_contain_text("60%")
    current.click(position={"x": 4, "y": 4})
    expect(box(page, kpi, "current")).to_be_focused()
    page.keyboard.type("five")
    page.keyboard.press("Enter")
    expect(current).to_contain_text("“five” is not a number here.")
    expect(box(page, kpi, "current")).to_have_value("five")
    box(page, kpi, "current").focus()
    page.keyboard.press("Escape")
    expect(current).to_contain_text("5")
    kpi.refresh_from_db()
    assert kpi.current == 5


def test_a_date_that_moves_others_asks_over_the_list_first(page, world):
    objective = world["rows"][0]
    playbook = make_playbook(objective, start_date=START, end_date=END)
    make_task(playbook, name="Call", start_date=START, end_date=START)
    opened_list(page, "/objectives/?group=status")
    page.locator("details[data-choose]:not(.views) summary").click()
    settled(page)
    page.locator("[name=columns][value=start_date]").check()
    page.locator(".columns-form button", has_text="Apply").click()
    settled(page)
    cell(page, objective, "start_date").click(position={"x": 3, "y": 3})
    box(page, objective, "start_date").fill("2026-03-09")
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog[open]")
    expect(dialog).to_contain_text("Nothing is saved yet")
    clean(page)
    dialog.get_by_role("button", name="Save and move").click()
    expect(page.locator("#dialog[open]")).to_have_count(0)
    expect(page.locator("#notices")).to_contain_text("was saved")
    assert PlaybookTask.objects.get().start_date == dt.date(2026, 3, 9)
    assert Objective.objects.get(pk=objective.pk).start_date == dt.date(2026, 3, 9)


def test_rows_selected_by_keyboard_are_paused_at_once_and_undone(page, world):
    paused = ObjectiveStatus.objects.get(label="Paused")
    opened_list(page, "/objectives/")
    page.locator("#list td[tabindex='0']").focus()
    for _ in range(3):
        page.keyboard.press("x")
        page.keyboard.press("ArrowDown")
    expect(page.locator(".bulk-count")).to_have_text("3 selected")
    clean(page)
    page.locator("#bulk [name=quick]").select_option(label="Paused")
    expect(page.locator("#notices")).to_contain_text("3 objectives were changed.")
    assert Objective.objects.filter(status=paused).count() == 3
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("Undone: 3 records are as before.")
    assert Objective.objects.filter(status=paused).count() == 0


def test_the_owner_is_chosen_over_the_list(page, world):
    objective = world["rows"][0]
    opened_list(page, "/objectives/")
    page.locator("#list td[tabindex='0']").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(cell(page, objective, "owner")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("Mara Koch").first.check()
    clean(page)
    dialog.get_by_role("button", name="Allocate").click()
    expect(cell(page, objective, "owner")).to_contain_text("Mara Koch")
    expect(cell(page, objective, "owner")).to_be_focused()


def test_many_rows_change_after_a_preview(page, world):
    opened_list(page, "/objectives/")
    page.locator("[data-pick-all]").check()
    page.locator("#bulk button", has_text="Edit").click()
    page.wait_for_url("**/bulk-edit/")
    clean(page)
    page.locator("[name=priority]").select_option("high")
    expect(page.locator("[name=set][value=priority]")).to_be_checked()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("5 will change")
    clean(page)
    page.get_by_role("button", name="Change 5 records").click()
    expect(page.locator("#notices")).to_contain_text("5 objectives were changed.")
    assert Objective.objects.filter(priority="high").count() == 5


def test_a_view_is_saved_under_a_name_and_comes_back(page, world):
    opened_list(page, "/objectives/?priority=&q=Objective+2")
    page.locator("details.views summary").click()
    settled(page)
    page.get_by_role("link", name="Save this view…").click()
    page.locator("#dialog [name=name]").fill("Second")
    clean(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**view=*")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.goto("/objectives/")
    expect(page.locator("#list tbody tr")).to_have_count(5)
    page.locator("details.views summary").click()
    settled(page)
    page.locator(".views-list a", has_text="Second").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_the_first_arrow_leads_into_the_rows(page, world):
    opened_list(page, "/objectives/")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#list tbody tr[id]").first.locator("td").nth(1)).to_be_focused()


def test_two_heads_with_shift_sort_by_both(page, world):
    opened_list(page, "/objectives/")
    page.locator("th[data-name=status] a").click()
    page.wait_for_url("**sort=status**")
    settled(page)
    page.locator("th[data-name=name] a").click(modifiers=["Shift"])
    page.wait_for_url("**sort=status,name**")
    expect(page.locator("th .sort-place")).to_have_text(["2", "1"])
    # A filter keeps the order that was chosen after the page came.
    page.locator(".filters [name=group]").select_option(label="Status")
    page.wait_for_url("**group=status**")
    assert "sort=status%2Cname" in page.url or "sort=status,name" in page.url
