"""Giving a record to somebody in a real Chromium, by keyboard; an error in the console fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from apps.accounts.models import Role
from tests.factories import (
    make_account,
    make_account_role,
    make_csm,
    make_objective,
    make_plan,
    make_resource,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> dict:
    csm = make_csm(first_name="Mara", last_name="Koch")
    account = make_account(name="Northwind")
    role = Role.objects.order_by("position")[0]
    jo, kim = make_resource(name="Jo Field"), make_resource(name="Kim Lund")
    make_plan(account, owner=jo)
    make_account_role(account, jo, role)
    return {
        "csm": csm,
        "role": role,
        "jo": jo,
        "kim": kim,
        "objective": make_objective(account=account, name="More users"),
    }


@pytest.fixture
def page(chromium, live_server, world) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 860}
    )
    client = Client()
    client.force_login(world["csm"])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert not wrong


def test_by_keyboard_somebody_is_sought_and_given_the_record(page, world):
    objective = world["objective"]
    page.goto(f"/objectives/{objective.pk}/")
    page.get_by_role("link", name="Allocate More users").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Allocate “More users”")
    names = page.locator("#choosers fieldset").first.locator(".chooser-name")
    expect(names).to_have_text(["Kim Lund", "Mara Koch", "Jo Field"])
    assert not Axe().run(page).response["violations"]
    page.get_by_label("Search by name").focus()
    page.keyboard.type("jo f")
    expect(names).to_have_text(["Jo Field"])
    expect(page.get_by_label("Search by name")).to_be_focused()
    page.get_by_role("radio", name="Jo Field").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Allocate").press("Enter")
    expect(page.locator("#notices")).to_contain_text("“More users” was given to Jo Field.")
    objective.refresh_from_db()
    assert objective.owner == world["jo"]


def test_r_own_1_choosing_one_owner_in_a_form_empties_the_others(page, world):
    page.goto(f"/objectives/{world['objective'].pk}/edit/")
    member, role = page.locator("#id_owner"), page.locator("#id_owner_role")
    member.fill("Kim Lund")
    member.press("Tab")
    role.select_option(label=f"{world['role']} · Jo Field")
    expect(member).to_have_value("")
    member.fill("Kim Lund")
    member.press("Tab")
    expect(role).to_have_value("")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#notices")).to_contain_text("was saved")
    world["objective"].refresh_from_db()
    assert world["objective"].owner == world["kim"]
