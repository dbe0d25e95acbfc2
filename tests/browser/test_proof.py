"""From the link in a mail to a task that is completed, in a real Chromium that says no referrer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Page, expect

from apps.playbooks.choices import TaskStatus
from apps.portal import proof_services
from apps.portal.models import PortalCode
from apps.portal.services import token_of
from tests.browser.conftest import settled
from tests.factories import (
    assign,
    make_account,
    make_contact,
    make_objective,
    make_plan,
    make_playbook,
    make_share,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = "kim@acme.com"


@pytest.fixture
def task():
    kim = make_contact(make_account(name="Acme"), name="Kim Lee", email=MAIL)
    plan = make_plan(kim.account, name="Roll out", is_shared=True, status="active")
    playbook = make_playbook(make_objective(plan, is_external=True), is_shared=True)
    task = make_task(playbook, name="Invite the team", is_shared=True, status="in_progress")
    assign(task, kim)
    return task


@pytest.fixture
def share(task):
    cache.clear()
    return make_share(plan=task.plan, contacts=list(task.account.contacts.all()), may_complete=True)


@pytest.fixture(params=["light", "dark"])
def page(request, chromium, live_server) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url,
        viewport={"width": 360, "height": 740},
        color_scheme=request.param,
        java_script_enabled=True,
    )
    yield context.new_page()
    context.close()


def clean(page: Page) -> None:
    settled(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_r_ext_3_from_a_dead_link_to_a_completed_task(page, share, task):
    page.goto(f"/share/{'x' * 43}/")
    clean(page)
    page.get_by_label("Your e-mail address").fill(MAIL)
    page.get_by_role("button", name="Mail me a way in").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

    page.goto(f"/share/{token_of(share)}/")
    clean(page)
    page.get_by_label("Your e-mail address").fill(MAIL)
    page.get_by_role("button", name="Mail me a code").click()
    clean(page)
    page.get_by_label("The six digits of the mail").fill("12")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_contain_text("does not fit")
    clean(page)
    digits = proof_services.digits_of(PortalCode.objects.latest("pk"))
    page.get_by_label("The six digits of the mail").fill(digits)
    page.get_by_role("button", name="Open").click()

    page.get_by_text("Add a comment").first.click()
    page.get_by_label("Comment on Invite the team").first.fill("They are all in.")
    page.get_by_role("button", name="Mark as completed").first.click()
    undo = page.get_by_role("button", name="Undo completing Invite the team")
    expect(undo).to_be_visible()
    task.refresh_from_db()
    assert task.status == TaskStatus.COMPLETED
    assert task.comments.get().text == "They are all in."
    undo.click()
    expect(page.get_by_role("button", name="Mark as completed").first).to_be_visible()
    task.refresh_from_db()
    assert task.status == TaskStatus.IN_PROGRESS
    clean(page)


def test_r_ext_3_the_mailed_link_opens_by_its_button(page, share):
    code = proof_services.code_ask(email=MAIL, share=share)
    page.goto(f"/share/in/{proof_services.link_of(code)}/")
    clean(page)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Roll out")).to_be_visible()
