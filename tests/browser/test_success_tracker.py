"""Success Tracker by keyboard in a real Chromium; an error in its console fails the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> dict:
    csm = make_csm(first_name="Mara", last_name="Koch")
    account = make_account(name="Northwind")
    make_account_role(account, csm.resource)
    days = {"start_date": dt.date(2026, 3, 1)}
    plan = make_plan(account, name="Onboarding", end_date=dt.date(2026, 9, 30), **days)
    objective = make_objective(plan, name="Less churn", due_date=dt.date(2026, 6, 30), **days)
    make_kpi(objective, title="Churn rate", baseline=8, target=3, current=6, direction="lower")
    playbook = make_playbook(objective, name="Recovery", end_date=dt.date(2026, 5, 1), **days)
    make_task(playbook, name="Call everybody", end_date=dt.date(2026, 3, 1), **days)
    return {
        "csm": csm,
        "account": account,
        "plan": plan,
        "objective": objective,
        "playbook": playbook,
    }


@pytest.fixture
def tracker(chromium, live_server, world) -> Iterator[Page]:
    """The tracker of the account, opened by a signed-in person."""
    client = Client()
    client.force_login(world["csm"])
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 860}
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page = context.new_page()
    wrong: list[str] = []
    expected = ("409", "422")

    def heard(message) -> None:
        if message.type == "error" and not any(
            f"status of {code}" in message.text for code in expected
        ):
            wrong.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"/success-tracker/?account={world['account'].pk}&scale=days")
    yield page
    context.close()
    assert wrong == []


def row(page: Page, kind: str, record):
    return page.locator(f"#{kind}-{record.pk}")


def at(page: Page, kind: str, record) -> None:
    expect(row(page, kind, record)).to_be_focused()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_arrows_open_branches_and_walk(tracker, world):
    row(tracker, "account", world["account"]).focus()
    press(tracker, "ArrowDown")
    at(tracker, "plan", world["plan"])
    press(tracker, "ArrowRight")
    expect(row(tracker, "plan", world["plan"])).to_have_attribute("aria-expanded", "true")
    press(tracker, "ArrowRight")
    at(tracker, "objective", world["objective"])
    press(tracker, "ArrowLeft")
    at(tracker, "plan", world["plan"])
    press(tracker, "End")
    at(tracker, "objective", world["objective"])
    press(tracker, "Home")
    at(tracker, "account", world["account"])
    # What is open is in the address: reloading shows the same.
    tracker.reload()
    expect(row(tracker, "objective", world["objective"])).to_be_visible()
    row(tracker, "plan", world["plan"]).focus()
    press(tracker, "ArrowLeft")
    expect(row(tracker, "objective", world["objective"])).to_have_count(0)
    expect(row(tracker, "plan", world["plan"])).to_have_attribute("aria-expanded", "false")


def test_enter_opens_the_panel_and_escape_returns(tracker, world):
    row(tracker, "plan", world["plan"]).focus()
    press(tracker, "ArrowRight")
    expect(row(tracker, "objective", world["objective"])).to_be_visible()
    press(tracker, "ArrowDown", "Enter")
    expect(tracker.locator("#panel")).to_contain_text("Less churn")
    assert f"open=objective-{world['objective'].pk}" in tracker.url
    press(tracker, "Escape")
    expect(tracker.locator("#panel")).to_be_hidden()
    at(tracker, "objective", world["objective"])
    assert "open=" not in tracker.url


def test_the_panel_has_an_address_of_its_own(tracker, world):
    tracker.goto(
        f"/success-tracker/?plan={world['plan'].pk}&open=objective-{world['objective'].pk}"
    )
    expect(tracker.locator("#panel")).to_contain_text("Less churn")
    expect(row(tracker, "objective", world["objective"])).to_have_attribute("aria-selected", "true")


def test_dates_move_by_keyboard_and_the_row_follows(tracker, world):
    plan = world["plan"]
    row(tracker, "plan", plan).focus()
    press(tracker, "Alt+ArrowRight")
    expect(row(tracker, "plan", plan)).to_have_attribute("data-start", "2026-03-02")
    expect(row(tracker, "plan", plan)).to_have_attribute("data-end", "2026-10-01")
    at(tracker, "plan", plan)
    press(tracker, "Alt+Shift+ArrowLeft")
    expect(row(tracker, "plan", plan)).to_have_attribute("data-end", "2026-09-30")
    plan.refresh_from_db()
    assert (plan.start_date, plan.end_date) == (dt.date(2026, 3, 2), dt.date(2026, 9, 30))


def test_a_refused_move_says_why_and_loses_nothing(tracker, world):
    plan = world["plan"]
    type(plan).objects.filter(pk=plan.pk).update(end_date=dt.date(2026, 12, 24))
    row(tracker, "plan", plan).focus()
    press(tracker, "Alt+Shift+ArrowRight")
    expect(tracker.locator("#notices")).to_contain_text("Somebody else moved")
    expect(row(tracker, "plan", plan)).to_have_attribute("data-end", "2026-12-24")
    plan.refresh_from_db()
    assert plan.end_date == dt.date(2026, 12, 24)


def test_a_changed_record_is_refreshed_with_those_above(tracker, world):
    row(tracker, "plan", world["plan"]).focus()
    press(tracker, "ArrowRight")
    expect(row(tracker, "objective", world["objective"])).to_be_visible()
    kpi = world["objective"].kpis.get()
    expect(row(tracker, "plan", world["plan"]).locator(".percent")).to_have_text("40%")
    type(kpi).objects.filter(pk=kpi.pk).update(current=3)
    tracker.evaluate(
        "id => document.body.dispatchEvent(new CustomEvent('record-changed', {detail: {kind: 'kpi', id}}))",
        kpi.pk,
    )
    expect(row(tracker, "plan", world["plan"]).locator(".percent")).to_have_text("100%")
    expect(row(tracker, "plan", world["plan"])).to_have_attribute("aria-expanded", "true")


def test_plus_offers_what_can_be_made_below(tracker, world):
    row(tracker, "plan", world["plan"]).focus()
    press(tracker, "ArrowRight")
    expect(row(tracker, "objective", world["objective"])).to_be_visible()
    press(tracker, "ArrowDown", "+")
    menu = tracker.locator("#trk-menu-objective")
    expect(menu).to_be_visible()
    expect(menu.get_by_text("Run playbook")).to_be_focused()
    press(tracker, "ArrowDown")
    expect(menu.get_by_text("Custom playbook")).to_be_focused()
    press(tracker, "Escape")
    expect(menu).to_be_hidden()
    at(tracker, "objective", world["objective"])
    press(tracker, "+", "ArrowUp", "Enter")
    tracker.wait_for_url(f"**/tasks/new/?objective={world['objective'].pk}&**")
    tracker.go_back()
    row(tracker, "objective", world["objective"]).focus()
    press(tracker, "+", "Enter")
    tracker.wait_for_url("**/library/?kind=playbook&objective=*")
    # A playbook holds nothing but tasks: one thing needs no menu.
    tracker.go_back()
    row(tracker, "objective", world["objective"]).focus()
    press(tracker, "ArrowRight")
    expect(row(tracker, "playbook", world["playbook"])).to_be_visible()
    press(tracker, "ArrowDown", "+")
    tracker.wait_for_url(f"**/tasks/new/?playbook={world['playbook'].pk}&**")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(tracker, world, theme, width):
    tracker.emulate_media(color_scheme=theme)
    tracker.set_viewport_size({"width": width, "height": 900})
    tracker.goto(f"/success-tracker/?account={world['account'].pk}&expand=all")
    found = Axe().run(tracker)
    assert found.violations_count == 0, found.generate_report()
