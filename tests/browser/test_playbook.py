"""A playbook's tasks by keyboard in a real Chromium; an error in its console fails the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from apps.playbooks.models import Playbook, PlaybookTask
from tests.browser.conftest import settled
from tests.factories import (
    make_account,
    make_csm,
    make_objective,
    make_playbook,
    make_resource,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def csm():
    return make_csm(first_name="Mara", last_name="Koch")


@pytest.fixture
def playbook() -> Playbook:
    made = make_playbook(
        name="Recovery", start_date=dt.date(2026, 3, 2), end_date=dt.date(2026, 3, 31)
    )
    for place, name in enumerate(("Call", "Plan", "Train"), start=1):
        make_task(made, name=name, position=place, start_date=dt.date(2026, 3, 2 + place))
    return made


@pytest.fixture
def page(chromium, live_server, csm, playbook) -> Iterator[Page]:
    """The page of the playbook, opened by a signed-in person."""
    client = Client()
    client.force_login(csm)
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    opened = context.new_page()
    wrong: list[str] = []

    def heard(message) -> None:
        expected = any(f"status of {code}" in message.text for code in (409, 422))
        if message.type == "error" and not expected:
            wrong.append(message.text)

    opened.on("console", heard)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(f"/playbooks/{playbook.pk}/")
    yield opened
    context.close()
    assert wrong == []


def task(name: str) -> PlaybookTask:
    return PlaybookTask.objects.get(name=name)


def control(page: Page, what: str, name: str):
    return page.locator(f"#{what}-{task(name).pk}")


def shown(page: Page, *names: str) -> None:
    expect(page.locator(".task-name a")).to_have_text(list(names))


def test_order_flag_pin_and_completion_by_keyboard(page, playbook):
    control(page, "open", "Train").focus()
    page.keyboard.press("Alt+ArrowUp")
    shown(page, "Call", "Train", "Plan")
    expect(control(page, "open", "Train")).to_be_focused()
    settled(page)
    page.keyboard.press("Alt+ArrowUp")
    shown(page, "Train", "Call", "Plan")
    # At the top it goes no further, and the focus stays with it.
    page.keyboard.press("Alt+ArrowUp")
    expect(control(page, "open", "Train")).to_be_focused()
    control(page, "down", "Train").press("Enter")
    shown(page, "Call", "Train", "Plan")
    expect(control(page, "down", "Train")).to_be_focused()

    settled(page)
    control(page, "flag", "Plan").press("Enter")
    expect(
        page.locator(f"#task-{task('Plan').pk} .task-name .icon[aria-label=Flagged]")
    ).to_be_visible()
    expect(control(page, "flag", "Plan")).to_be_focused()
    assert task("Plan").is_flagged

    settled(page)
    control(page, "pin", "Plan").press("Enter")
    shown(page, "Plan", "Call", "Train")
    expect(control(page, "pin", "Plan")).to_be_focused()

    settled(page)
    control(page, "done", "Call").press("Enter")
    expect(control(page, "done", "Call")).to_have_attribute("aria-label", "Reopen Call")
    expect(page.locator("#record-facts")).to_contain_text("33%")
    expect(control(page, "done", "Call")).to_be_focused()
    assert task("Call").status == "completed"
    page.reload()
    shown(page, "Plan", "Call", "Train")


def test_a_row_of_tasks_is_typed_without_leaving_the_list(page, playbook):
    make_resource(name="Jo")
    name = page.locator("#quick-name")
    name.focus()
    page.keyboard.type("Write")
    page.keyboard.press("Tab")
    page.keyboard.type("+3")
    page.keyboard.press("Tab")
    page.keyboard.type("2026-03-12")
    page.keyboard.press("Tab")
    page.keyboard.type("Jo")
    page.keyboard.press("Enter")
    shown(page, "Call", "Plan", "Train", "Write")
    expect(page.locator(f"#task-{task('Write').pk}")).to_contain_text("day 3 – day 10")
    expect(name).to_be_focused()
    expect(name).to_have_value("")
    page.keyboard.type("Send")
    page.keyboard.press("Enter")
    shown(page, "Call", "Plan", "Train", "Write", "Send")
    # What is typed stays while something else in the list is done, and when it is refused.
    page.keyboard.type("Half")
    page.locator("#quick-end_date").fill("+99")
    control(page, "done", "Plan").click()
    expect(control(page, "done", "Plan")).to_have_attribute("aria-label", "Reopen Plan")
    control(page, "pin", "Plan").click()
    shown(page, "Plan", "Call", "Train", "Write", "Send")
    expect(name).to_have_value("Half")
    name.press("Enter")
    expect(page.locator("#task-quick")).to_contain_text("is after the end of the playbook")
    expect(name).to_have_value("Half")
    # Dropped, and brought back from the message.
    control(page, "drop", "Send").press("Enter")
    shown(page, "Plan", "Call", "Train", "Write")
    page.locator("#notices").get_by_role("button", name="Undo").last.click()
    shown(page, "Plan", "Call", "Train", "Write", "Send")


def test_dates_and_status_change_where_they_stand(page, playbook):
    control(page, "days", "Call").press("Enter")
    control(page, "start", "Call").fill("+5")
    control(page, "end", "Call").fill("+2")
    page.keyboard.press("Enter")
    line = page.locator(f"#task-{task('Call').pk}")
    expect(line).to_contain_text("is after the end (4 Mar 2026)")
    expect(control(page, "start", "Call")).to_have_value("+5")
    control(page, "end", "Call").fill("+9")
    page.keyboard.press("Enter")
    expect(line).to_contain_text("day 5 – day 9")
    expect(control(page, "days", "Call")).to_be_focused()
    assert task("Call").end_date == dt.date(2026, 3, 11)
    control(page, "status", "Call").select_option("on_hold")
    expect(line.locator(".in-place.tone-amber")).to_be_visible()
    assert task("Call").status == "on_hold"
    settled(page)
    page.locator("#fact-stage").select_option("in_progress")
    expect(page.locator("#notices")).to_contain_text("“Recovery” was saved.")
    playbook.refresh_from_db()
    assert playbook.stage == "in_progress"
    # Somebody else changes the health meanwhile: both are shown, saving again keeps one's own.
    Playbook.objects.filter(pk=playbook.pk).update(status="yellow")
    settled(page)
    page.locator("#fact-status").select_option("red")
    expect(page.locator("#record-facts")).to_contain_text("theirs is Yellow, yours Red")
    page.locator("#record-facts form:has(#fact-status)").get_by_role("button").click()
    expect(page.locator("#record-facts")).not_to_contain_text("theirs is")
    playbook.refresh_from_db()
    assert playbook.status == "red"


def test_a_task_is_given_to_somebody_over_the_list(page, playbook):
    jo = make_resource(name="Jo")
    control(page, "give", "Call").press("Enter")
    box = page.locator(f"#dialog input[value=resource-{jo.pk}]")
    box.check()
    page.locator("#dialog form").get_by_role("button", name="Allocate").click()
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator(f"#task-{task('Call').pk} .task-people")).to_contain_text("Jo")


def test_a_task_is_dragged_to_its_place(page, playbook):
    grip = page.locator(f"#task-{task('Train').pk} [data-grip]")
    page.locator(f"#task-{task('Train').pk}").hover()
    grip.drag_to(page.locator(f"#task-{task('Call').pk}"), target_position={"x": 200, "y": 4})
    shown(page, "Train", "Call", "Plan")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(page, playbook, theme, width):
    control(page, "flag", "Plan").click()
    expect(page.locator("#notices")).to_contain_text("is flagged")
    control(page, "pin", "Plan").click()
    shown(page, "Plan", "Call", "Train")
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.reload()
    control(page, "days", "Call").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_objective_in_a_list_is_carried_out_from_its_row(page, csm):
    objective = make_objective(account=make_account(name="Acme"), name="Adopt")
    page.goto(f"/accounts/{objective.account_id}/?tab=objectives")
    settled(page)
    page.locator("#list td[tabindex='0']").press("r")
    menu = page.locator("#run-menu")
    expect(menu.get_by_text("Run playbook")).to_be_focused()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/playbooks/new/?objective={objective.pk}&**")
    page.locator("#id_name").fill("Custom")
    page.locator("#id_start_date").fill("2026-03-02")
    page.locator("#id_tasks-0-name").fill("First")
    page.get_by_role("button", name="Add row").click()
    page.locator("#id_tasks-1-name").fill("Second")
    page.locator("#id_tasks-1-name").press("Enter")
    page.wait_for_url(f"**/accounts/{objective.account_id}/?tab=objectives")
    made = Playbook.objects.get(name="Custom")
    assert made.objective == objective
    assert list(made.tasks.values_list("name", flat=True)) == ["First", "Second"]
