"""Account 360 in a real Chromium: the summary, the lists in its tabs, readings; both themes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Account
from apps.objectives.models import Objective
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean
from tests.browser.test_rich_text import painted, press, write
from tests.browser.test_undo import signed_in  # noqa: F401
from tests.factories import (
    make_account,
    make_activity,
    make_attribute,
    make_challenge,
    make_contact,
    make_kpi,
    make_objective,
    make_plan,
    objective_status,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(chromium, live_server) -> Iterator[Page]:
    """A page whose console may speak of a conflict, and of nothing else."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert [text for text in wrong if "status of 409" not in text] == []


@pytest.fixture
def account() -> Account:
    found = make_account(name="Northwind", summary="<div>Less <strong>churn</strong></div>")
    plan = make_plan(found, name="Onboarding", status="active")
    objective = make_objective(
        plan,
        name="Adopt more",
        health=4,
        status=objective_status("not_started"),
        due_date=dt.date(2027, 1, 15),
    )
    make_kpi(objective, title="Active users", baseline=0, current=4, target=10)
    make_contact(found, name="Kim Lee", email="kim@example.com", title="Head of IT")
    make_challenge(found, title="No sponsor", severity="high")
    make_activity(account=found, subject="Kick-off call", notes="<div>Said hello</div>")
    seats = make_attribute(label="Seats")
    for month in range(1, 7):
        found.readings.create(
            definition=seats, value=40 + month * month, measured_on=dt.date(2026, month, 1)
        )
    make_account(name="Northwind Retail", parent=found)
    return found


def test_the_summary_is_edited_where_it_stands_and_undone(signed_in, account):  # noqa: F811
    tab = signed_in
    tab.goto(f"/accounts/{account.pk}/")
    clean(tab)
    tab.get_by_role("link", name="Edit the plan summary").click()
    box = tab.get_by_role("textbox", name="Plan summary")
    expect(box).to_be_focused()
    clean(tab)
    press(tab, "End")
    write(tab, ", fast")
    expect(box).to_have_text("Less churn, fast")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.locator("#summary .rich")).to_have_text("Less churn, fast")
    expect(tab.locator("#summary")).to_contain_text("Last edited by")
    expect(tab.get_by_role("link", name="Edit the plan summary")).to_be_focused()
    tab.locator(".notice").get_by_role("button", name="Undo").click()
    expect(tab.locator("#summary .rich")).to_have_text("Less churn")


def test_a_conflict_keeps_both_and_cancel_shows_theirs(signed_in, account):  # noqa: F811
    tab = signed_in
    tab.goto(f"/accounts/{account.pk}/")
    tab.get_by_role("link", name="Edit the plan summary").click()
    box = tab.get_by_role("textbox", name="Plan summary")
    expect(box).to_be_focused()
    painted(tab)
    write(tab, "Mine: ")
    expect(box).to_contain_text("Mine:")
    Account.objects.filter(pk=account.pk).update(summary="<div>Theirs</div>")
    with tab.expect_response("**/summary/") as answer:
        tab.get_by_role("button", name="Save", exact=True).click()
    assert answer.value.status == 409
    expect(tab.locator(".form-conflict")).to_contain_text("Theirs")
    expect(box).to_contain_text("Mine:")
    clean(tab)
    tab.get_by_role("link", name="Cancel").click()
    expect(tab.locator("#summary .rich")).to_have_text("Theirs")


def test_objectives_are_worked_in_the_tab(signed_in, account):  # noqa: F811
    tab = signed_in
    objective = Objective.objects.get()
    tab.goto(f"/accounts/{account.pk}/?tab=objectives")
    row = tab.locator(f"#objective-{objective.pk}")
    clean(tab)
    row.locator(".col-status").click()
    row.locator("select").select_option(label="Paused")
    tab.keyboard.press("Enter")
    expect(row.locator(".col-status")).to_contain_text("Paused")
    settled(tab)
    objective.refresh_from_db()
    assert objective.status.label == "Paused"
    tab.get_by_role("link", name="Completed", exact=True).click()
    expect(tab.locator("#list")).to_contain_text("Nothing matches")
    tab.goto(f"/accounts/{account.pk}/?tab=objectives")
    tab.locator("thead a", has_text="Due").click()
    expect(tab.locator('th[data-name="due_date"]')).to_have_attribute("aria-sort", "ascending")
    assert "tab=objectives" in tab.url
    expect(row).to_be_visible()


def test_a_contact_is_added_and_a_reading_recorded_over_the_page(signed_in, account):  # noqa: F811
    tab = signed_in
    tab.goto(f"/accounts/{account.pk}/?tab=contacts")
    clean(tab)
    tab.get_by_role("link", name="New contact").click()
    tab.locator("#dialog [name=name]").fill("Ada Moss")
    settled(tab)
    tab.keyboard.press("Enter")
    expect(tab.locator("#list")).to_contain_text("Ada Moss")
    tab.goto(f"/accounts/{account.pk}/?tab=attributes")
    tab.get_by_role("link", name="Seats").click()
    expect(tab.locator("svg.chart")).to_be_visible()
    clean(tab)
    tab.locator("#attributes [name=value]").fill("99")
    tab.get_by_role("button", name="Record").click()
    expect(tab.locator("[aria-labelledby=account-series] tbody tr").first).to_contain_text("99")
    expect(tab.locator("#attributes form [name=definition]")).to_have_value(
        str(account.readings.first().definition_id)
    )
