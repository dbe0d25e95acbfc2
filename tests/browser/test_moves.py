"""Moves that take others along, in a real Chromium: asked in the form and in Success Tracker."""

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
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def world() -> dict:
    csm = make_csm(first_name="Mara", last_name="Koch")
    account = make_account(name="Northwind")
    make_account(name="Acme")
    make_account_role(account, csm.resource)
    plan = make_plan(account, name="Onboarding", start_date=DAY, end_date=dt.date(2026, 9, 30))
    objective = make_objective(
        plan, name="Less churn", start_date=DAY, due_date=dt.date(2026, 6, 30)
    )
    make_kpi(objective, title="Churn rate", target_date=dt.date(2026, 6, 1))
    playbook = make_playbook(
        objective, name="Recovery", start_date=DAY, end_date=dt.date(2026, 5, 1)
    )
    task = make_task(playbook, name="Call everybody", start_date=DAY, end_date=DAY)
    return {
        "csm": csm,
        "account": account,
        "plan": plan,
        "objective": objective,
        "playbook": playbook,
        "task": task,
    }


@pytest.fixture
def page(chromium, live_server, world) -> Iterator[Page]:
    """A page of a signed-in person; an error in its console fails the test."""
    client = Client()
    client.force_login(world["csm"])
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 860}
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    opened = context.new_page()
    wrong: list[str] = []

    def heard(message) -> None:
        if message.type == "error" and "status of 422" not in message.text:
            wrong.append(message.text)

    opened.on("console", heard)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def row(page: Page, kind: str, record):
    return page.locator(f"#{kind}-{record.pk}")


def tick(page: Page, record, kind: str = "task"):
    return page.locator(f"#move-{kind}-{record.pk}")


def tracker_of(page: Page, world) -> None:
    page.goto(f"/success-tracker/?plan={world['plan'].pk}&scale=weeks&expand=all")


def test_a_form_asks_before_it_moves_and_undo_brings_all_back(page, world):
    page.goto(f"/objectives/{world['objective'].pk}/edit/")
    page.fill("#id_start_date", "2026-03-16")
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_contain_text(
        "1 task and 1 playbook will move 14 days later."
    )
    expect(page.get_by_role("button", name="Save and move")).to_be_focused()
    # What was typed is there, a step away.
    expect(page.locator("#id_start_date")).not_to_be_visible()
    page.get_by_text("What you typed").click()
    expect(page.locator("#id_start_date")).to_have_value("2026-03-16")
    page.get_by_role("button", name="Save and move").click()
    notices = page.locator("#notices")
    expect(notices).to_contain_text("1 task and 1 playbook moved 14 days later.")
    world["task"].refresh_from_db()
    assert world["task"].start_date == dt.date(2026, 3, 16)
    notices.get_by_role("button", name="Undo").click()
    expect(notices).not_to_contain_text("moved 14 days later")
    world["task"].refresh_from_db()
    world["objective"].refresh_from_db()
    assert (world["task"].start_date, world["objective"].start_date) == (DAY, DAY)


def test_the_tracker_asks_by_keyboard_and_the_rows_below_follow(page, world):
    tracker_of(page, world)
    row(page, "objective", world["objective"]).focus()
    page.keyboard.press("Alt+ArrowRight")
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("1 task and 1 playbook will move 7 days later.")
    expect(row(page, "objective", world["objective"])).to_have_attribute("data-start", "2026-03-02")
    expect(page.get_by_role("button", name="Save and move")).to_be_focused()
    page.keyboard.press("Enter")
    for kind in ("objective", "playbook", "task"):
        expect(row(page, kind, world[kind])).to_have_attribute("data-start", "2026-03-09")
    expect(dialog).not_to_be_visible()
    expect(row(page, "objective", world["objective"])).to_be_focused()
    expect(page.locator("#notices")).to_contain_text("moved 7 days later")
    expect(page.locator("#notices").get_by_role("button", name="Undo")).to_be_visible()


def test_a_refusal_stays_in_the_dialog_with_the_ticks(page, world):
    tracker_of(page, world)
    row(page, "playbook", world["playbook"]).focus()
    page.keyboard.press("Alt+ArrowRight")
    tick(page, world["task"]).uncheck()
    page.get_by_role("button", name="Save and move").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("before the start of the playbook “Recovery” (9 Mar 2026)")
    expect(tick(page, world["task"])).not_to_be_checked()
    tick(page, world["task"]).check()
    page.get_by_role("button", name="Save and move").click()
    expect(row(page, "task", world["task"])).to_have_attribute("data-start", "2026-03-09")
    expect(dialog).not_to_be_visible()


def test_cancel_and_escape_leave_everything_as_it_is(page, world):
    tracker_of(page, world)
    for leave in ("Escape", "Cancel"):
        row(page, "objective", world["objective"]).focus()
        page.keyboard.press("Alt+ArrowRight")
        expect(page.locator("#dialog")).to_be_visible()
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#dialog")).not_to_be_visible()
        expect(row(page, "objective", world["objective"])).to_be_focused()
    world["objective"].refresh_from_db()
    assert world["objective"].start_date == DAY


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_the_question(page, world, theme, width):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(f"/plans/{world['plan'].pk}/edit/")
    page.fill("#id_account", "Acme")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#preview")).to_contain_text("will move to Acme.")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    tracker_of(page, world)
    row(page, "objective", world["objective"]).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
