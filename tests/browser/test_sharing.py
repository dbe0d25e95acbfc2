"""Sharing a plan in a real Chromium: a link, the ticks with their reasons, the mail, the preview."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.portal.models import Share
from apps.portal.selectors import shown
from apps.portal.services import token_of
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.factories import (
    PASSWORD,
    make_account,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def plan():
    account = make_account(name="Acme GmbH")
    plan = make_plan(account, name="Digital onboarding")
    make_contact(account, name="Kim Lee", title="Head of IT", email="kim.lee@acme.example")
    make_contact(account, name="Jo Brandt", title="CFO", email="jo@acme.example")
    make_contact(account, name="Alex Roth", email="")
    for name in ("Go live in three regions", "Fewer support calls"):
        objective = make_objective(plan, name=name)
        make_kpi(objective, title="Active seats", baseline=10, current=40, target=100)
        playbook = make_playbook(objective, name="Roll-out")
        for task in ("Name the key users", "Invite everybody to the training of the first region"):
            make_task(playbook, name=task)
    make_task(plan=plan, account=account, name="Sign the order form")
    return plan


@pytest.fixture
def signed_in(page):  # noqa: F811
    csm = make_csm()
    page.goto("/auth/login/")
    page.fill("[name=login]", csm.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def shot(page: Page, name: str) -> None:  # noqa: F811
    """Pictures to look at, in both themes and sizes, when a folder for them is named."""
    folder = os.environ.get("SHOTS")
    for theme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=theme)
        for label, size in (("390", PHONE), ("1440", WIDE)):
            page.set_viewport_size(size)
            page.screenshot(path=f"{folder}/{name}-{theme}-{label}.png", full_page=True)
    page.emulate_media(color_scheme="light")


def narrow_enough(page: Page) -> None:  # noqa: F811
    page.set_viewport_size(PHONE)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], wide
    page.set_viewport_size(WIDE)


def test_a_plan_is_shared_ticked_and_mailed(signed_in, plan):
    page = signed_in  # noqa: F811
    page.set_viewport_size(WIDE)
    page.goto(f"/plans/{plan.pk}/")
    expect(page.locator(".customer-mark")).to_contain_text("Internal")
    shot(page, "plan")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("link", name="New link for the customer").click()
    expect(page.get_by_role("checkbox", name="Anyone with the link")).not_to_be_checked()
    page.get_by_label("Kim Lee").check()
    clean(page)
    narrow_enough(page)
    shot(page, "form")
    page.get_by_role("button", name="Create the link").last.click()

    # A tick below what is internal says at once why the customer does not see it.
    task = page.get_by_role("checkbox", name="Sign the order form")
    task.check()
    settled(page)
    expect(
        page.get_by_text("Hidden: its success plan “Digital onboarding” is internal.")
    ).to_be_visible()
    expect(page.get_by_text("1 not saved")).to_be_visible()
    shot(page, "ticks")
    page.get_by_role("button", name="All below “Digital onboarding”").click()
    expect(page.locator(".switch-foot [role=status]")).to_contain_text(
        "2 objectives, 2 KPIs, 2 playbooks and 5 tasks"
    )
    settled(page)
    page.get_by_role("checkbox", name="Fewer support calls").uncheck()
    settled(page)
    expect(
        page.get_by_text("Hidden: its objective “Fewer support calls” is internal.").first
    ).to_be_visible()
    # The key of the tick goes on where it was.
    expect(page.get_by_role("checkbox", name="Fewer support calls")).to_be_focused()
    clean(page)
    narrow_enough(page)
    shot(page, "switches")
    page.get_by_role("button", name="Save").last.click()

    share = Share.objects.get()
    assert {one.name for one in shown.objectives(share)} == {"Go live in three regions"}
    expect(page.get_by_label("Link for the customer")).to_have_value(
        f"http://localhost:8000/share/{token_of(share)}/"
    )
    expect(page.get_by_text("1 objective, 1 KPI, 1 playbook and 3 tasks.")).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    clean(page)
    narrow_enough(page)
    shot(page, "detail")
    page.get_by_role("button", name="Mail the link").click()
    expect(page.get_by_text("The link is on its way to Kim Lee.")).to_be_visible()
    (job,) = ProcrastinateJob.objects.filter(task_name="portal.mail_invitation")
    assert job.args["share_id"] == share.pk

    page.get_by_role("link", name="Preview as Kim Lee").click()
    expect(page.get_by_text("This is what Kim Lee sees.")).to_be_visible()
    expect(page.get_by_role("heading", name="Go live in three regions")).to_be_visible()
    expect(page.get_by_text("Fewer support calls")).to_have_count(0)
    page.get_by_role("link", name="Back to the share").click()
    page.get_by_role("link", name="Shared with customers").click()
    expect(page.get_by_role("row", name="Digital onboarding")).to_contain_text("Kim Lee")
    clean(page)
    narrow_enough(page)
    shot(page, "list")
    page.goto(f"/plans/{plan.pk}/")
    expect(page.locator(".customer-mark")).to_contain_text("The customer sees this")
