"""Record types and own fields in a real Chromium: chosen, arranged, asked for in the wizard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.core.shape_models import CustomField, FieldSet, FieldSetItem, RecordType
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean
from tests.factories import PASSWORD, make_account, make_csm
from tests.library.trees import keyed, make_template

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def page(chromium, live_server) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def arranged(kind: str, record_type: RecordType | None, **fields: dict[str, Any]) -> None:
    made = FieldSet.objects.create(kind=kind, record_type=record_type)
    for place, (name, more) in enumerate(fields.items()):
        FieldSetItem.objects.create(field_set=made, name=name, position=place, **more)


def test_a_type_is_chosen_asked_for_and_shown(page):
    csm, account, template = make_csm(), make_account(name="Acme"), make_template()
    about = {"description": "A customer that signs for the first time", "tint": "blue"}
    onboarding = RecordType.objects.create(kind="plan", label="Onboarding", **about)
    RecordType.objects.create(kind="plan", label="Renewal", tint="amber", position=200)
    call, visit = (
        RecordType.objects.create(kind="task", label=label, tint="teal", position=place)
        for place, label in enumerate(["Call", "Visit"])
    )
    PlaybookTask.objects.exclude(name="Task 2").update(record_type=call)
    region = CustomField.objects.create(kind="plan", key="region", label="Sales region")
    CustomField.objects.create(kind="activity", key="mood", label="Mood", help_text="Of the talk")
    where = {"group": "Where it is sold", "is_required": True, "help_text": "As in the contract"}
    arranged("plan", onboarding, **{f"custom_{region.key}": where})
    page.goto("/auth/login/")
    page.fill("[name=login]", csm.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    page.goto(f"/plans/new/?account={account.pk}")
    picture(page, "choose")
    clean(page)
    page.get_by_role("link", name="Onboarding").click()
    expect(page.get_by_role("group", name="Where it is sold")).to_be_visible()
    picture(page, "arranged")
    clean(page)
    page.goto(f"/library/plan/{template.pk}/use/?account={account.pk}")
    page.get_by_role("link", name="Onboarding").click()
    page.get_by_label("Sales region").fill("DACH")
    picture(page, "basics")
    clean(page)
    page.get_by_role("button", name="Go on: select records").last.click()
    key = keyed(template, "Task 2")
    picture(page, "grid")
    clean(page)
    page.get_by_role("button", name="Create 1 success plan").click()
    expect(page.locator(f"#said-{key}")).to_contain_text("Choose of which type it is")
    picture(page, "grid-refused")
    chosen = page.get_by_label("Type of task Task 2")
    chosen.focus()
    chosen.select_option("Visit")
    page.keyboard.press("Tab")
    settled(page)
    page.get_by_role("button", name="Create 1 success plan").click()
    page.wait_for_url("**/plans/*/")
    plan = SuccessPlan.objects.get(account=account)
    assert (plan.record_type, plan.custom) == (onboarding, {"region": "DACH"})
    assert PlaybookTask.objects.get(plan=plan, name="Task 2").record_type == visit
    expect(page.locator("main")).to_contain_text("Sales region")
    picture(page, "plan")
    clean(page)
    page.goto(f"/activities/new/?account={account.pk}")
    expect(page.get_by_label("Mood")).to_be_visible()
    picture(page, "activity")
    clean(page)
    page.set_viewport_size({"width": 390, "height": 844})
    arranged("activity", None, subject={"group": "In short"}, custom_mood={"group": "In short"})
    page.goto(f"/activities/new/?account={account.pk}")
    expect(page.get_by_role("group", name="In short")).to_be_visible()
    picture(page, "activity-phone")
    clean(page)
