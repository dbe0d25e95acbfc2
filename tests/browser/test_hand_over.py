"""A person leaves: handed over in a real Chromium, by keyboard, and told in the bell."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from apps.core.models import Notification, User
from tests.browser.test_main_job import clean, page, tab_to  # noqa: F401
from tests.browser.test_undo import signed_in  # noqa: F401
from tests.factories import make_account, make_plan, make_resource

pytestmark = pytest.mark.django_db(transaction=True)


def test_choosing_people_chooses_the_rule_and_one_tick_is_for_all(signed_in):  # noqa: F811
    leaver = make_resource(name="Leaver")
    first, second = make_resource(name="First"), make_resource(name="Second")
    plans = [make_plan(make_account(), owner=leaver, name=f"Plan {n}") for n in range(3)]
    signed_in.goto(f"/resources/{leaver.pk}/hand-over/")
    every, lines = (
        signed_in.get_by_label("All success plans"),
        signed_in.locator(".hand-lines input"),
    )
    expect(every).to_be_checked()
    every.uncheck()
    expect(lines.first).not_to_be_checked()
    lines.nth(1).check()
    assert every.evaluate("box => box.indeterminate")
    every.check()
    for person in (first, second):
        tab_to(signed_in, signed_in.locator(f"input[value=resource-{person.pk}]"))
        signed_in.keyboard.press("Space")
    expect(signed_in.get_by_label("In turn, to several", exact=True).first).to_be_checked()
    clean(signed_in)
    tab_to(signed_in, signed_in.get_by_role("button", name="Show who gets what"))
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(".preview")).to_contain_text("First gets 2 success plans.")
    clean(signed_in)
    tab_to(signed_in, signed_in.get_by_role("button", name="Hand over", exact=True))
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(".notice")).to_contain_text("Second gets 1 success plan.")
    expect(signed_in.locator("main")).to_contain_text("Leaver owns nothing")
    signed_in.locator(".notice").get_by_role("button", name="Undo").click()
    expect(signed_in.locator(".hand-lines label")).to_have_count(len(plans))


def test_the_bell_leads_to_what_was_given_by_keyboard(signed_in):  # noqa: F811
    plan = make_plan(name="Given")
    Notification.objects.create(
        user=User.objects.get(),
        kind="allocated",
        text="Somebody gave you “Given”.",
        path=f"/plans/{plan.pk}/",
    )
    signed_in.goto("/")
    tab_to(signed_in, signed_in.get_by_role("link", name="Notifications: 1 new"))
    signed_in.keyboard.press("Enter")
    clean(signed_in)
    tab_to(signed_in, signed_in.locator(".notification-open"))
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("h1")).to_contain_text("Given")
    expect(signed_in.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
