"""The editor for text with formatting: by keyboard, under the strict policy, in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Account
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.browser.test_undo import signed_in  # noqa: F401
from tests.factories import make_account

pytestmark = pytest.mark.django_db(transaction=True)


def summary(account: Account) -> str:
    account.refresh_from_db()
    return account.summary


def box(tab: Page):
    return tab.get_by_role("textbox", name="Summary")


def press(tab: Page, *keys: str) -> None:
    for key in keys:
        tab.keyboard.press(key)
        painted(tab)


def write(tab: Page, text: str) -> None:
    tab.keyboard.type(text)
    painted(tab)


def painted(tab: Page) -> None:
    """The editor draws what was typed with the next picture."""
    tab.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")


def test_text_is_formatted_by_keyboard_and_kept(signed_in):  # noqa: F811
    account = make_account(name="Northwind", summary="Two lines\nof plain text")
    tab = signed_in
    tab.goto(f"/accounts/{account.pk}/edit/")
    expect(box(tab)).to_have_text("Two lines\nof plain text", use_inner_text=True)
    clean(tab)
    # Looking is not changing: what was not touched is not sent in another form.
    tab.get_by_label("Industry").fill("Mining")
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_contain_text("Northwind")
    assert summary(account) == "Two lines\nof plain text"

    tab.goto(f"/accounts/{account.pk}/edit/")
    tab.locator("label", has_text="summary").click()
    expect(box(tab)).to_be_focused()
    press(tab, "Control+a", "Backspace", "Control+b")
    bold = tab.get_by_role("button", name="Bold")
    expect(bold).to_have_attribute("aria-pressed", "true")
    write(tab, "Less churn")
    press(tab, "Control+b")
    expect(bold).to_have_attribute("aria-pressed", "false")
    write(tab, " soon")
    press(tab, "Enter")
    # The tools are one stop of the Tab key; the arrows go along them.
    press(tab, "Shift+Tab")
    bar = tab.get_by_role("toolbar")
    expect(bar.get_by_role("button", name="Bold")).to_be_focused()
    for _ in range(7):
        press(tab, "ArrowRight")
    expect(bar.get_by_role("button", name="List", exact=True)).to_be_focused()
    press(tab, "Enter")
    expect(box(tab)).to_be_focused()
    expect(bar.get_by_role("button", name="List", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    write(tab, "first")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("h1")).to_contain_text("Northwind")
    expect(tab.locator(".rich strong")).to_have_text("Less churn")
    assert summary(account) == (
        "<div><strong>Less churn</strong> soon</div><ul><li>first</li></ul>"
    )


def test_a_link_is_made_in_place_and_saves_nothing(signed_in):  # noqa: F811
    account = make_account(name="Northwind")
    tab = signed_in
    tab.goto(f"/accounts/{account.pk}/edit/")
    box(tab).focus()
    painted(tab)
    write(tab, "our wiki")
    press(tab, "Control+a", "Control+k")
    address = tab.get_by_role("textbox", name="Address of the link")
    expect(address).to_be_focused()
    clean(tab)
    write(tab, "https://example.com/")
    press(tab, "Enter")
    expect(box(tab).get_by_role("link", name="our wiki")).to_be_visible()
    assert summary(account) == ""
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".rich a")).to_have_attribute("href", "https://example.com/")
