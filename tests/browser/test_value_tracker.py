"""Value Tracker by keyboard in a real Chromium; an error in its console fails the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from apps.core.models import Preference, Unit
from apps.kpis.models import KpiCategory, KpiValue, ObjectiveKpi
from tests.browser.conftest import settled
from tests.factories import (
    PASSWORD,
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
)

pytestmark = pytest.mark.django_db(transaction=True)

PAST = dt.date(2020, 1, 1)
FUTURE = dt.date(2099, 1, 1)


@pytest.fixture
def world(live_server) -> dict:
    csm = make_csm(first_name="Mara", last_name="Koch")
    account = make_account(name="Northwind")
    make_account_role(account, csm.resource)
    plan = make_plan(account, name="Onboarding")
    churn = make_objective(plan, name="Less churn", start_date=PAST)
    users = make_objective(plan, name="More users", start_date=PAST)
    falls = {"baseline": 8, "target": 3, "direction": "lower"}
    return {
        "url": live_server.url,
        "csm": csm,
        "plan": plan,
        "rate": make_kpi(churn, title="Churn rate", current=7, target_date=PAST, **falls),
        "saved": make_kpi(churn, title="Saved", baseline=0, current=66, target=100),
        "active": make_kpi(users, title="Weekly users", baseline=1200, current=1360, target=1680),
    }


@pytest.fixture
def tracker(chromium, live_server, world) -> Iterator[Page]:
    """The tracker of the plan, opened by a signed-in person."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 860}
    )
    page = context.new_page()
    sign_in(page, world)
    wrong: list[str] = []
    page.expected = {"409", "422"}  # type: ignore[attr-defined]

    def heard(message) -> None:
        known = any(
            f"status of {code}" in message.text or code in message.text for code in page.expected
        )  # type: ignore[attr-defined]
        if message.type == "error" and not known:
            wrong.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"/value-tracker/?plan={world['plan'].pk}")
    yield page
    context.close()
    assert wrong == []


def sign_in(page: Page, world: dict) -> None:
    client = Client()
    client.force_login(world["csm"])
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": world["url"]}
    page.context.add_cookies([cookie])


def row(page: Page, kpi: ObjectiveKpi):
    return page.locator(f"#kpi-{kpi.pk}")


def value(page: Page, kpi: ObjectiveKpi, name: str = "current"):
    return row(page, kpi).locator(f"[name={name}]")


def percent(page: Page, kpi: ObjectiveKpi, shown: str) -> None:
    expect(row(page, kpi).locator(".percent")).to_have_text(shown)


def chip(page: Page, label: str, count: int) -> None:
    expect(page.locator("#value-totals .chip", has_text=label)).to_have_text(f"{label} {count}")


def test_values_are_typed_by_keyboard_and_everything_follows(tracker, world):
    rate, saved = world["rate"], world["saved"]
    tracker.evaluate("window.here = true")
    expect(tracker.locator(".v-overall strong")).to_have_text("39%")
    chip(tracker, "Overdue", 1)
    chip(tracker, "Completed", 0)
    value(tracker, rate).focus()
    tracker.keyboard.type("3")
    tracker.keyboard.press("Tab")
    expect(value(tracker, saved)).to_be_focused()
    tracker.keyboard.type("80")
    tracker.keyboard.press("Enter")
    expect(row(tracker, rate)).to_contain_text("Completed")
    percent(tracker, rate, "100%")
    percent(tracker, saved, "80%")
    expect(value(tracker, saved)).to_be_focused()
    chip(tracker, "Overdue", 0)
    chip(tracker, "Completed", 1)
    mean = tracker.locator(f"#mean-{rate.objective_id} .percent")
    expect(mean).to_have_text("90%")
    expect(tracker.locator(".v-overall strong")).to_have_text("71%")
    expect(tracker.locator("#value-saved")).to_contain_text("Saved")
    assert tracker.evaluate("window.here") is True
    rate.refresh_from_db()
    assert (rate.current, rate.percent_complete) == (3, 100)
    assert KpiValue.objects.filter(kpi=rate, door="page").count() == 1


def test_arrows_move_and_escape_takes_back(tracker, world):
    value(tracker, world["rate"]).focus()
    tracker.keyboard.press("ArrowDown")
    expect(value(tracker, world["saved"])).to_be_focused()
    tracker.keyboard.press("ArrowDown")
    expect(value(tracker, world["active"])).to_be_focused()
    expect(value(tracker, world["active"])).to_have_value("1,360")
    tracker.keyboard.type("9")
    tracker.keyboard.press("Escape")
    expect(value(tracker, world["active"])).to_have_value("1,360")
    tracker.keyboard.press("ArrowUp")
    tracker.keyboard.press("ArrowRight")
    expect(value(tracker, world["saved"], "target")).to_be_focused()
    assert not KpiValue.objects.filter(door="page").exists()


def test_typing_on_while_a_value_of_the_row_is_saved_loses_nothing(tracker, world):
    saved = world["saved"]
    slow = lambda route: (tracker.wait_for_timeout(400), route.continue_())  # noqa: E731
    tracker.route(f"**/kpis/{saved.pk}/?*", slow)
    value(tracker, saved).fill("70")
    value(tracker, saved, "target").focus()
    tracker.keyboard.press("ControlOrMeta+a")
    tracker.keyboard.type("14", delay=30)
    percent(tracker, saved, "70%")
    expect(value(tracker, saved, "target")).to_be_focused()
    tracker.keyboard.type("0")
    tracker.keyboard.press("Enter")
    percent(tracker, saved, "50%")
    saved.refresh_from_db()
    assert (saved.current, saved.target) == (70, 140)


def test_a_refused_value_says_why_in_its_cell_and_stays(tracker, world):
    rate = world["rate"]
    value(tracker, rate, "target").fill("many")
    tracker.keyboard.press("Enter")
    cell = row(tracker, rate).locator("td.col-target")
    expect(cell).to_contain_text("“many” is not a number here. Write it like 1,234.5.")
    expect(value(tracker, rate, "target")).to_have_value("many")
    expect(value(tracker, rate, "target")).to_be_focused()
    tracker.keyboard.press("ControlOrMeta+a")
    tracker.keyboard.type("9")
    tracker.keyboard.press("Enter")
    expect(cell).to_contain_text("the target 9 is above the baseline 8")
    tracker.keyboard.press("Escape")
    expect(value(tracker, rate, "target")).to_have_value("3")
    expect(cell).not_to_contain_text("above")


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", 5), ("Take theirs", 4)])
def test_two_people_one_value_both_are_shown(tracker, world, choice, kept):
    rate = world["rate"]
    ObjectiveKpi.objects.filter(pk=rate.pk).update(current=4)
    value(tracker, rate).fill("5")
    tracker.keyboard.press("Enter")
    cell = row(tracker, rate).locator("td.col-current")
    expect(cell).to_contain_text("Somebody else changed this to 4 meanwhile. You typed 5.")
    expect(value(tracker, rate)).to_have_value("5")
    cell.get_by_text(choice).focus()
    tracker.keyboard.press("Enter")
    expect(cell).not_to_contain_text("Somebody else")
    expect(value(tracker, rate)).to_have_value(str(kept))
    rate.refresh_from_db()
    assert rate.current == kept


def test_an_expired_session_keeps_the_value_and_retry_saves_it(tracker, world):
    rate = world["rate"]
    tracker.expected.add("401")
    tracker.context.clear_cookies()
    value(tracker, rate).fill("5")
    tracker.keyboard.press("Enter")
    notices = tracker.locator("#notices")
    expect(notices).to_contain_text("You are signed out")
    expect(value(tracker, rate)).to_have_value("5")
    expect(notices.get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")
    rate.refresh_from_db()
    assert rate.current == 7
    other = tracker.context.new_page()
    other.goto(notices.get_by_role("link", name="Sign in").get_attribute("href"))
    other.get_by_label("Email").fill(world["csm"].email)
    other.get_by_label("Password").fill(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.locator("#rail")).to_be_visible()
    other.close()
    notices.get_by_role("button", name="Retry").click()
    percent(tracker, rate, "60%")
    rate.refresh_from_db()
    assert rate.current == 5


def test_offline_keeps_the_value_and_the_next_success_sends_it(tracker, world):
    rate, saved = world["rate"], world["saved"]
    tracker.expected |= {"ERR_FAILED", "htmx:", "undefined"}
    tracker.route(f"**/kpis/{rate.pk}/?*", lambda route: route.abort())
    value(tracker, rate).fill("5")
    tracker.keyboard.press("Enter")
    expect(tracker.locator("#notices")).to_contain_text("No answer from the server")
    expect(value(tracker, rate)).to_have_value("5")
    expect(value(tracker, rate)).to_have_class("v-input is-unsaved")
    tracker.unroute(f"**/kpis/{rate.pk}/?*")
    value(tracker, saved).fill("70")
    tracker.keyboard.press("Enter")
    percent(tracker, saved, "70%")
    percent(tracker, rate, "60%")


def test_title_unit_category_and_date_are_changed_in_the_cell(tracker, world):
    rate = world["rate"]
    unit, category = Unit.objects.get(label="Percent"), KpiCategory.objects.get(label="Retention")
    for slot, editor, typed in (
        ("unit", "select", unit.label),
        ("category", "select", category.label),
        ("title", "input", "Monthly churn"),
        ("target_date", "input", "2099-01-31"),
    ):
        place = row(tracker, rate).locator(f"[data-slot={slot}]")
        place.locator("a[hx-get*=cell]").focus()
        tracker.keyboard.press("Enter")
        field = place.locator(f"{editor}.v-editor")
        expect(field).to_be_focused()
        if editor == "select":
            field.select_option(label=typed)
        else:
            field.fill(typed)
        tracker.keyboard.press("Enter")
        expect(place.locator(".v-editor")).to_have_count(0)
    expect(row(tracker, rate)).to_contain_text("Monthly churn")
    expect(row(tracker, rate)).to_contain_text("31 Jan 2099")
    expect(row(tracker, rate)).to_contain_text("On track")
    rate.refresh_from_db()
    assert (rate.title, rate.unit, rate.category) == ("Monthly churn", unit, category)
    assert rate.target_date == dt.date(2099, 1, 31)


def test_escape_closes_an_editor(tracker, world):
    place = row(tracker, world["rate"]).locator("[data-slot=unit]")
    place.locator("a").focus()
    tracker.keyboard.press("Enter")
    expect(place.locator("select")).to_be_focused()
    settled(tracker)
    tracker.keyboard.press("Escape")
    expect(place.locator("select")).to_have_count(0)
    expect(place.locator("a")).to_be_focused()


def test_the_menu_blocks_and_unblocks(tracker, world):
    rate = world["rate"]
    for name, shown in (("Block", 1), ("Unblock", 0)):
        row(tracker, rate).locator("[popovertarget]").focus()
        tracker.keyboard.press("Enter")
        entry = row(tracker, rate).get_by_role("button", name=name, exact=True)
        expect(entry).to_be_visible()
        entry.focus()
        tracker.keyboard.press("Enter")
        expect(row(tracker, rate).locator(".badge-blocked")).to_have_count(shown)
        chip(tracker, "Blocked", shown)
    expect(row(tracker, rate).locator("[popovertarget]")).to_be_focused()


def test_the_panel_opens_from_the_title_and_follows(tracker, world):
    rate = world["rate"]
    row(tracker, rate).locator(".v-title").focus()
    tracker.keyboard.press("Enter")
    panel = tracker.locator("#panel")
    expect(panel).to_contain_text("CS Activity Notes")
    expect(panel).to_contain_text("20%")
    assert f"open=kpi-{rate.pk}" in tracker.url
    value(tracker, rate).fill("5")
    tracker.keyboard.press("Enter")
    expect(panel).to_contain_text("60%")
    tracker.reload()
    expect(tracker.locator("#panel")).to_contain_text("Churn rate")
    tracker.keyboard.press("Escape")
    expect(tracker.locator("#panel")).to_be_hidden()
    assert "open=" not in tracker.url


def test_full_screen_and_closed_groups_are_in_the_address(tracker, world):
    tracker.keyboard.press("f")
    expect(tracker.locator("#rail")).to_be_hidden()
    assert "full=1" in tracker.url
    toggle = tracker.get_by_role("button", name="KPIs of Less churn")
    toggle.focus()
    tracker.keyboard.press("Enter")
    expect(row(tracker, world["rate"])).to_be_hidden()
    tracker.reload()
    expect(tracker.locator("#rail")).to_be_hidden()
    expect(row(tracker, world["rate"])).to_be_hidden()
    expect(row(tracker, world["active"])).to_be_visible()
    tracker.keyboard.press("Escape")
    expect(tracker.locator("#rail")).to_be_visible()


def test_columns_are_chosen_and_kept(tracker, world):
    tracker.locator("details.columns summary").click()
    tracker.locator("details.columns").get_by_role("checkbox", name="Trend").uncheck()
    tracker.locator("details.columns").get_by_text("Apply").click()
    expect(tracker.locator("#values thead th")).to_have_count(9)
    tracker.wait_for_load_state()
    expect(tracker.locator("#values thead")).not_to_contain_text("Trend")
    assert "trend" not in Preference.objects.get(key="value-tracker").data["columns"]
    value(tracker, world["rate"]).fill("5")
    tracker.keyboard.press("Enter")
    percent(tracker, world["rate"], "60%")
    expect(row(tracker, world["rate"]).locator("td")).to_have_count(9)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(tracker, world, theme, width):
    tracker.emulate_media(color_scheme=theme)
    tracker.set_viewport_size({"width": width, "height": 900})
    tracker.goto(f"/value-tracker/?open=kpi-{world['rate'].pk}")
    expect(tracker.locator("#panel")).to_contain_text("CS Activity Notes")
    found = Axe().run(tracker)
    assert found.violations_count == 0, found.generate_report()
    tracker.keyboard.press("Escape")
    if width > 600:
        value(tracker, world["rate"]).fill("no")
        tracker.keyboard.press("Enter")
        expect(row(tracker, world["rate"])).to_contain_text("not a number")
        row(tracker, world["rate"]).locator("[data-slot=unit] a").click()
        expect(row(tracker, world["rate"]).locator("select")).to_be_visible()
    found = Axe().run(tracker)
    assert found.violations_count == 0, found.generate_report()


def test_the_page_works_without_javascript(chromium, live_server, world):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, world)
    page.goto(f"/value-tracker/?plan={world['plan'].pk}&status=overdue")
    value(page, world["rate"]).fill("5")
    row(page, world["rate"]).get_by_role("button", name="Save").click()
    percent(page, world["rate"], "60%")
    assert "status=overdue" in page.url
    value(page, world["rate"]).fill("x")
    row(page, world["rate"]).get_by_role("button", name="Save").click()
    expect(row(page, world["rate"])).to_contain_text("“x” is not a number")
    expect(value(page, world["rate"])).to_have_value("x")
    context.close()
