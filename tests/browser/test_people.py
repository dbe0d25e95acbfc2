"""Somebody comes and goes: invited by an administrator, in by a link, out with a hand-over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.core.models import User
from apps.core.people_selectors import INVITATION, link_path
from tests.browser.test_main_job import clean
from tests.browser.test_shape_admin import save, shoot
from tests.factories import PASSWORD, make_administrator, make_plan, make_pool, make_resource

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "a short sentence nobody guesses"


@pytest.fixture
def browser_of(chromium, live_server):
    """A browser of somebody."""
    contexts = []

    def open_one() -> Page:
        contexts.append(
            chromium.new_context(
                base_url=live_server.url,
                viewport={"width": 1440, "height": 900},
                reduced_motion="reduce",
            )
        )
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def administrator(browser_of) -> Page:
    page = browser_of()
    page.goto("/auth/login/")
    page.fill("input[name=login]", make_administrator().email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def test_somebody_is_invited_comes_in_and_leaves(administrator, browser_of):
    page = administrator
    make_pool()
    jo = make_resource(name="Jo")
    page.goto("/admin/core/user/")
    page.get_by_role("link", name="Add user").click()
    page.get_by_label("E-mail address").fill("kim@example.com")
    page.get_by_label("First name").fill("Kim")
    page.get_by_label("Last name").fill("Lee")
    page.get_by_label("CSC - Customer Success").check()
    clean(page)
    shoot(page, "add")
    save(page)
    expect(page.get_by_text("An invitation is on its way to kim@example.com.")).to_be_visible()
    kim = User.objects.get(email="kim@example.com")

    theirs = browser_of()
    theirs.goto(link_path(kim, INVITATION))
    clean(theirs)
    shoot(theirs, "invitation")
    theirs.get_by_label("Password").fill(NEW)
    theirs.get_by_label("The same again").fill(NEW)
    theirs.get_by_role("button", name="Save it and sign in").click()
    expect(theirs.get_by_text("Welcome, Kim Lee")).to_be_visible()
    theirs.goto("/preferences/")
    theirs.get_by_role("link", name="Where you are signed in").click()
    expect(theirs.get_by_text("This one")).to_be_visible()
    clean(theirs)
    shoot(theirs, "sessions")
    theirs.goto("/preferences/address/")
    clean(theirs)
    shoot(theirs, "address")

    plan = make_plan(owner=kim.resource)
    page.goto(f"/admin/core/user/{kim.pk}/change/")
    clean(page)
    shoot(page, "person")
    page.get_by_role("link", name="Deactivate …").click()
    page.get_by_label("Give it to one person").check()
    page.get_by_label("Who gets it").select_option(str(jo.pk))
    clean(page)
    shoot(page, "leave")
    page.get_by_role("button", name="Deactivate Kim Lee").click()
    expect(page.get_by_text("is deactivated and signed out everywhere. Jo gets")).to_be_visible()
    plan.refresh_from_db()
    assert plan.owner == jo
    theirs.goto("/preferences/")
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/admin/core/user/")
    clean(page)
    shoot(page, "users")


def test_an_own_group_is_ticked_together(administrator):
    page = administrator
    page.goto("/admin/auth/group/add/")
    page.get_by_label("Name", exact=False).first.fill("Readers")
    page.get_by_label("View plans").check()
    clean(page)
    shoot(page, "group")
    save(page)
    expect(page.get_by_text("Your own: 1 permission")).to_be_visible()
    page.get_by_role("link", name="CSC - Participant User").click()
    expect(page.get_by_text("comes with the program")).to_be_visible()
    clean(page)
    shoot(page, "builtin")
