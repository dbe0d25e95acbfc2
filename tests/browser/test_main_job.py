"""The main job, by keyboard alone in a real Chromium: from signing in to a changed badge.

No page is loaded anew where a value is saved; axe finds nothing on the way, light and dark; an
error in the console fails the test.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from apps.core.scope import today
from apps.kpis.models import KpiValue, ObjectiveKpi
from tests.factories import PASSWORD, make_account, make_account_role, make_csm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(chromium, live_server) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def clean(page: Page) -> None:
    """What axe says about the page as it stands, in both themes."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url} ({theme})\n{found.generate_report()}"
    page.emulate_media(color_scheme="light")


def tab_to(page: Page, wanted: Locator) -> None:
    """Reach an element with the Tab key; fails when the keyboard cannot."""
    expect(wanted).to_be_visible()
    for _ in range(150):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not reach {wanted}.")


def follow(page: Page, link: Locator) -> None:
    tab_to(page, link)
    page.keyboard.press("Enter")


def fill(page: Page, name: str, text: str) -> None:
    field = page.locator(f"#form [name={name}]")
    tab_to(page, field)
    if field.get_attribute("type") == "date":
        # A date box is typed part by part, in the order of the browser's language.
        day = dt.date.fromisoformat(text)
        page.keyboard.type(f"{day:%m%d%Y}")
    else:
        page.keyboard.type(text)


def test_the_main_job_by_keyboard(page, live_server):
    csm = make_csm(first_name="Mara", last_name="Koch")
    make_account_role(make_account(name="Northwind"), csm.resource)
    begin, end = today() - dt.timedelta(days=50), today() + dt.timedelta(days=50)

    page.goto("/")
    clean(page)
    tab_to(page, page.locator("input[name=login]"))
    page.keyboard.type(csm.email)
    tab_to(page, page.locator("input[name=password]"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    clean(page)

    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/accounts/")
    page.keyboard.press("s")
    page.keyboard.type("north")
    page.wait_for_url("**q=north**")
    clean(page)
    follow(page, page.get_by_role("link", name="Northwind", exact=True))
    page.wait_for_url("**/accounts/*/")
    clean(page)

    follow(page, page.locator(".page-actions").get_by_role("link", name="Success plan"))
    follow(page, page.get_by_role("link", name="Blank success plan"))
    page.wait_for_url("**/plans/new/**")
    clean(page)
    fill(page, "name", "Onboarding")
    fill(page, "start_date", begin.isoformat())
    fill(page, "end_date", end.isoformat())
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Onboarding")
    clean(page)

    follow(page, page.locator(".page-actions").get_by_role("link", name="Objective"))
    follow(page, page.get_by_role("link", name="Blank objective"))
    page.wait_for_url("**/objectives/new/**")
    clean(page)
    fill(page, "name", "Less churn")
    fill(page, "start_date", begin.isoformat())
    fill(page, "kpis-0-title", "Churn rate")
    fill(page, "kpis-0-baseline", "8")
    fill(page, "kpis-0-current", "6")
    fill(page, "kpis-0-target", "3")
    fill(page, "kpis-0-target_date", end.isoformat())
    follow(page, page.get_by_role("button", name="Add row"))
    fill(page, "kpis-1-title", "Save rate")
    fill(page, "kpis-1-baseline", "0")
    fill(page, "kpis-1-current", "60")
    fill(page, "kpis-1-target", "100")
    fill(page, "kpis-1-target_date", end.isoformat())
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^[^?]*/plans/\d+/$"))
    churn = ObjectiveKpi.objects.get(title="Churn rate")
    assert (churn.direction, churn.objective.account.name) == ("lower", "Northwind")

    # Value Tracker: 2 of 5 after half the time is off track, 4 of 5 is on track.
    follow(page, page.locator(".tabs").get_by_role("link", name="Value Tracker"))
    page.wait_for_url("**/value-tracker/**")
    row = page.locator("tr", has_text="Churn rate")
    expect(row).to_contain_text("40%")
    expect(row).to_contain_text("Off track")
    clean(page)
    page.evaluate("window.sameDocument = true")
    current = row.get_by_role("textbox", name="Current")
    tab_to(page, current)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("80%")
    expect(row).to_contain_text("On track")
    assert page.evaluate("window.sameDocument")
    assert list(KpiValue.objects.filter(kpi_id=churn.pk).values_list("current", "door")) == [
        (6, "page"),
        (4, "page"),
    ]

    # Success Tracker: the panel's badge and the row follow what is typed over the tree.
    follow(page, page.locator("#rail").get_by_role("link", name="Success Tracker"))
    page.wait_for_url("**/success-tracker/**")
    tab_to(page, page.locator("tr.trk-account"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("tr.trk-plan")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    objective = page.locator("tr.trk-objective")
    expect(objective).to_contain_text("70%")
    page.keyboard.press("ArrowDown")
    expect(objective).to_be_focused()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    item = panel.locator("li", has_text="Churn rate")
    expect(item).to_contain_text("On track")
    clean(page)
    page.evaluate("window.sameDocument = true")
    follow(page, panel.get_by_role("link", name="Edit the KPIs of Less churn"))
    expect(page.locator("#dialog h2")).to_contain_text("KPIs of Less churn")
    clean(page)
    shown = page.locator("#dialog [name=rows-0-title]").input_value()
    number = 0 if shown == "Churn rate" else 1
    tab_to(page, page.locator(f"#dialog [name=rows-{number}-current]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(item).to_contain_text("Completed")
    expect(item).to_contain_text("100%")
    expect(objective).to_contain_text("80%")
    assert page.evaluate("window.sameDocument")
    assert KpiValue.objects.filter(kpi_id=churn.pk).count() == 3
