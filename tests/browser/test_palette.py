"""The palette, the search page and the keys by keyboard alone, in a real Chromium."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from apps.activities.models import Comment, CommentMention
from apps.core.key_rules import COLUMNS
from apps.core.models import Notification, User
from apps.core.scope import today
from tests.browser.conftest import settled
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_activity,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def csm() -> User:
    return make_csm(first_name="Mara", last_name="Koch")


@pytest.fixture
def page(chromium, live_server, csm) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    client = Client()
    client.force_login(csm)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    opened = context.new_page()
    wrong: list[str] = []
    # Typing on takes the place of a request under way, which htmx tells; and one test is signed out.
    known = ("htmx:afterRequest", "htmx:sendAbort", "status of 401", "Error Code 401")

    def heard(message) -> None:
        if message.type == "error" and not any(one in message.text for one in known):
            wrong.append(message.text)

    opened.on("console", heard)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def clean(page: Page, name: str = "") -> None:
    """What axe says about the page as it stands, in both themes and at both widths."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 860})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{page.url} ({theme})\n{found.generate_report()}"
            if name and os.environ.get("PICTURES"):
                page.screenshot(path=f"{os.environ['PICTURES']}/{name}-{width}-{theme}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def test_any_record_and_any_action_by_keyboard(page, csm):
    account = make_account(name="Élan Logistics")
    make_account_role(account, csm.resource)
    plan = make_plan(account, name="Renewal in spring")
    make_kpi(make_objective(plan, name="Renew early"), title="Renewal rate")
    box = page.locator("#palette-text")
    options = page.locator("#palette-list [role=option]")

    page.goto("/")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("elan")
    expect(options.first).to_contain_text("Élan Logistics")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/accounts/{account.pk}/")

    page.keyboard.press("Control+k")
    page.keyboard.type("renew")
    expect(page.locator("#palette-list [role=option]", has_text="Renewal rate")).to_be_visible()
    clean(page, "palette")
    chosen = page.locator("#palette-list [aria-selected=true]")
    first = chosen.text_content()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id"))
    assert chosen.text_content() != first
    page.keyboard.press("ArrowUp")
    assert chosen.text_content() == first
    with page.context.expect_page() as other:
        page.keyboard.press("Control+Enter")
    other.value.close()
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()

    # Where one is goes along; what is done by a button is done.
    page.keyboard.press("/")
    page.keyboard.type("create contact")
    expect(options.first).to_contain_text("Create contact")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/contacts/new/?account={account.pk}")
    page.keyboard.press("Control+k")
    page.keyboard.type("dark theme")
    expect(options.first).to_contain_text("Use the dark theme")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")

    # Recently viewed comes first.
    page.goto("/")
    page.keyboard.press("/")
    expect(options.first).to_contain_text("Élan Logistics")
    clean(page, "palette-recent")


def test_the_keys_that_are_told_are_obeyed(page, csm):
    make_account(name="Northwind")
    page.goto("/")
    page.keyboard.press("?")
    told = page.locator("#keys dt")
    expect(told.first).to_be_visible()
    assert told.count() == sum(len(place.keys) for column in COLUMNS for place in column)
    clean(page, "keys")
    page.keyboard.press("Escape")
    goes = {
        one.keys: page.locator(f'#keys [data-key="{one.keys}"]').get_attribute("data-go")
        for column in COLUMNS
        for place in column
        for one in place.keys
        if one.url
    }
    for keys, address in goes.items():
        page.goto("/accounts/" if address == "/" else "/")
        for key in keys.split():
            page.keyboard.press(key)
        page.wait_for_url(f"**{address}")
    page.goto("/accounts/")
    page.keyboard.press("c")
    expect(page.locator(".dropdown-menu a").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("main input[type=search]")).to_be_focused()


def test_the_bell_is_fresh_without_a_reload(page, csm):
    page.clock.install()
    page.goto("/")
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Notifications")
    Notification.objects.create(user=csm, kind="allocated", text="Yours", path="/plans/")
    page.clock.fast_forward(66_000)
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Notifications: 1 new")
    settled(page)
    # Signed out meanwhile: a poll says nothing.
    page.context.clear_cookies()
    with page.expect_response("**/notifications/bell/**") as answer:
        page.clock.fast_forward(66_000)
    assert answer.value.status == 401
    settled(page)
    expect(page.locator("#notices .notice")).to_have_count(0)


def test_the_search_page(page, csm):
    account = make_account(name="Élan Logistics", summary="<p>Élan wants to grow.</p>")
    make_contact(account, name="Ana Élan", email="ana@elan.example")
    plan = make_plan(account, name="Growth", description="What Élan needs by spring " * 9)
    Comment.objects.create(plan=plan, author=csm, text="Ask Élan about the budget")
    for number in range(7):
        make_activity(account=account, subject=f"Call {number}", notes="Élan was happy with it")
    page.goto("/search/")
    page.keyboard.type("elan")
    expect(page.locator("#results h2").first).to_contain_text("Accounts")
    page.wait_for_url("**q=elan")
    clean(page, "search")
    page.get_by_role("link", name="All activities that match").click()
    expect(page.locator(".search-hits li")).to_have_count(7)
    page.goto("/search/?q=nothinglikethat")
    clean(page, "search-empty")


def test_home_with_a_day_of_work(page, csm):
    day = today(csm)
    account = make_account(name="Élan Logistics", renewal_date=day + dt.timedelta(days=40))
    make_account_role(account, csm.resource)
    plan = make_plan(account, name="Growth", owner=csm.resource, review_date=day)
    objective = make_objective(
        plan, name="Fewer tickets", owner=csm.resource, priority="high", health=2, due_date=day
    )
    make_kpi(objective, title="Tickets a week", target_date=day + dt.timedelta(days=3))
    for name, end in (("Call the sponsor", 0), ("Send the agenda", -4), ("Prepare slides", 6)):
        task = make_task(account=account, name=name, end_date=day + dt.timedelta(days=end))
        assign(task, csm.resource)
    said = Comment.objects.create(plan=plan, author=make_csm(), text="Could you look at this?")
    CommentMention.objects.create(comment=said, resource=csm.resource)
    page.goto(f"/plans/{plan.pk}/")
    page.goto("/")
    clean(page, "home")
    page.get_by_role("link", name="My Overdue Tasks").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.goto("/")
    page.get_by_role("link", name="My team", exact=True).click()
    expect(page.get_by_role("link", name="My Team's Overdue Tasks")).to_be_visible()
