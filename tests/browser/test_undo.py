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
