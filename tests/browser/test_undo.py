"""Undo in a real Chromium: from the message of a page, and of what was saved in place."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from apps.kpis.models import ObjectiveKpi
from apps.plans.models import SuccessPlan
from tests.browser.test_main_job import clean, page, tab_to  # noqa: F401
from tests.factories import PASSWORD, make_csm, make_kpi, make_objective, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in(page):  # noqa: F811
    csm = make_csm()
    page.goto("/auth/login/")
    page.fill("[name=login]", csm.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def test_an_edit_is_undone_from_its_message_by_keyboard(signed_in):
    plan = make_plan(name="Before")
    signed_in.goto(f"/plans/{plan.pk}/edit/")
    signed_in.fill("#form [name=name]", "After")
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url(f"**/plans/{plan.pk}/")
    expect(signed_in.locator("h1")).to_contain_text("After")
    clean(signed_in)
    undo = signed_in.locator(".notice").get_by_role("button", name="Undo")
    tab_to(signed_in, undo)
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("h1")).to_contain_text("Before")
    expect(signed_in.locator(".notice")).to_contain_text("1 record is as before")
    assert SuccessPlan.objects.get(pk=plan.pk).name == "Before"


def test_a_deletion_is_undone_from_history_with_its_id(signed_in):
    objective = make_objective(make_plan())
    kpi = make_kpi(objective, title="Users")
    signed_in.goto(f"/kpis/{kpi.pk}/delete/")
    signed_in.get_by_role("button", name="Delete").click()
    signed_in.locator(".notice").get_by_role("button", name="Undo").click()
    expect(signed_in.locator(".notice")).to_contain_text("as before")
    assert ObjectiveKpi.objects.get(pk=kpi.pk).title == "Users"
    signed_in.goto(f"/kpis/{kpi.pk}/?tab=history")
    signed_in.get_by_role("link", name="Undo…").first.click()
    expect(signed_in.locator("h1")).to_contain_text("One change")
    clean(signed_in)


def test_a_value_saved_in_the_grid_offers_undo_and_the_page_comes_back(signed_in):
    kpi = make_kpi(make_objective(make_plan()), baseline=0, current=1, target=10)
    signed_in.goto(f"/value-tracker/?account={kpi.objective.account_id}")
    box = signed_in.locator("input[name=current]").first
    for value in ("4", "5"):
        box.fill(value)
        with signed_in.expect_response(lambda answer: answer.request.method == "POST"):
            box.press("Enter")
        expect(signed_in.locator("#value-saved")).to_contain_text("Saved")
        expect(signed_in.locator(".notice")).to_have_count(1)
    clean(signed_in)
    signed_in.locator("h1").click()
    signed_in.keyboard.press("u")
    expect(signed_in.locator(".notice").get_by_role("button", name="Undo")).to_be_focused()
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(".notice")).to_contain_text("1 record is as before")
    expect(signed_in.locator("input[name=current]").first).to_have_value("4")
    kpi.refresh_from_db()
    assert kpi.current == 4
    signed_in.locator(".notice").get_by_role("button", name="Redo").click()
    expect(signed_in.locator("input[name=current]").first).to_have_value("5")
    signed_in.get_by_role("button", name="Close").click()
    expect(signed_in.locator(".notice")).to_have_count(0)
