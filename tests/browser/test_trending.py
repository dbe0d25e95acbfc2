"""KPI Trending in a real Chromium: filtered where it stands, embedded where it is looked at."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from apps.core.scope import today
from apps.kpis.models import KpiValue
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.factories import (
    PASSWORD,
    make_account,
    make_account_role,
    make_csm,
    make_kpi,
    make_objective,
)

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)


def test_a_trend_is_filtered_in_place_and_follows_to_other_pages(page: Page):  # noqa: F811
    user = make_csm(email="ana@example.com")
    on = today(user)
    for name in ("Acme", "Bolt"):
        account = make_account(name=name)
        make_account_role(account, user.resource)
        goal = make_objective(account=account, start_date=on - 90 * DAY)
        for target_date in (on + 60 * DAY, on - 5 * DAY, None):
            kpi = make_kpi(
                goal,
                baseline=0,
                current=1,
                target=10,
                measured_on=on - 80 * DAY,
                target_date=target_date,
            )
            KpiValue.objects.bulk_create(
                KpiValue(
                    kpi=kpi,
                    measured_on=on - back * DAY,
                    baseline=0,
                    current=current,
                    target=10,
                    direction="higher",
                    door="page",
                )
                for back, current in ((50, 3), (20, 6))
            )
    page.goto("/auth/login/")
    page.fill("[name=login]", "ana@example.com")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)

    page.goto("/reports/kpi-trending/")
    expect(page).to_have_url(re.compile("accounts=1"))
    clean(page)
    page.get_by_label("Compare by").select_option("owner")
    expect(page.get_by_role("heading", name="Average progress by owner")).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile("by=owner"))
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.emulate_media(color_scheme="dark")
    clean(page)

    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/objectives/{goal.pk}/")
    page.locator(".trend-later").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="Average progress")).to_be_visible()
    clean(page)
