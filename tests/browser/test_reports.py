"""Outcomes and Value in a real Chromium: readable in both themes and at both widths, without a script
error; filters and sorting change the page where it stands."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.core.models import Unit
from apps.core.scope import today
from apps.kpis.models import KpiCategory
from apps.objectives.models import Objective, ObjectiveCategory
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.factories import (
    PASSWORD,
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_resource,
    objective_status,
)

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("Acme Industries", "Northwind Traders of the Upper Valley and Sons", "Bolt", "Zenith")
KINDS = ("completed", "in_progress", "completed", "paused", "in_progress", "abandoned")
DAY = dt.timedelta(days=1)


def customers() -> None:
    """Four customers with three currencies, hours and shares; some of it late, worse or missing."""
    user = make_csm(email="ana@example.com")
    day = today(user)
    units = ["EUR", "USD", "GBP", "Hours", "Percent", None]
    categories, kinds = list(ObjectiveCategory.objects.all()), list(KpiCategory.objects.all())
    for place, name in enumerate(NAMES):
        account = make_account(name=name)
        make_account_role(account, user.resource)
        plan = make_plan(account, name=f"Growth {place}")
        for number, kind in enumerate(KINDS):
            goal = make_objective(
                plan,
                name=f"Reach goal {number} of {name}",
                status=objective_status(kind),
                category=categories[(place + number) % len(categories)] if number else None,
                owner=make_resource() if number % 2 else user.resource,
                start_date=day - 90 * DAY,
                due_date=day + (number * 40 - 60) * DAY,
            )
            lower = number % 2 == 1
            make_kpi(
                goal,
                unit=Unit.objects.filter(label=units[number]).first(),
                category=kinds[number % len(kinds)],
                direction="lower" if lower else "higher",
                baseline=1000 if lower else 200,
                target=100 if lower else 5000,
                current=None if place + number == 5 else 150 + 700 * place * (1 + number),
            )
    Objective.objects.filter(completed_at__isnull=False).update(
        completed_at=timezone.now() - 50 * DAY
    )


def shot(
    page: Page,  # noqa: F811
    name: str,
) -> None:
    """Pictures for whoever wants to look: with SHOTS set to a folder."""
    folder = os.environ.get("SHOTS", "")
    if not folder:
        return
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for wide in (1440, 390):
            page.set_viewport_size({"width": wide, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{wide}-{theme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.pdf(path=Path(folder) / f"{name}.pdf", prefer_css_page_size=True)


@pytest.fixture
def signed_in(page: Page) -> Page:  # noqa: F811
    customers()
    page.goto("/auth/login/")
    page.fill("[name=login]", "ana@example.com")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def test_outcomes_and_value_are_read_filtered_and_printed(signed_in):
    page = signed_in  # noqa: F811
    page.goto("/reports/outcomes/")
    settled(page)
    expect(page.locator(".group-row").first).to_contain_text("completed")
    clean(page)
    shot(page, "outcomes")
    page.get_by_label("Group by").select_option("due_month")
    expect(page.get_by_role("heading", name="By month due")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Progress").click()
    settled(page)
    expect(page).to_have_url(re.compile("group=due_month.*sort=progress"))
    page.get_by_role("link", name="Print all").click()
    expect(page.locator(".report-printed .grid-table tbody tr[id]")).to_have_count(24)
    clean(page)
    shot(page, "print")
    page.goto("/reports/value/")
    settled(page)
    expect(page.get_by_role("heading", name="EUR by account")).to_be_visible()
    clean(page)
    shot(page, "value")
    page.get_by_label("Unit", exact=True).select_option(label="Hours")
    expect(page.get_by_role("heading", name="EUR by account")).to_have_count(0)
