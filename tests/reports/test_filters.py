"""The filters of a report: those used most in sight, the others behind a button, none hidden."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.accounts.filters import AccountFilter
from apps.kpis.filters import KpiFilter
from apps.objectives.filters import ObjectiveFilter
from apps.reports.trending_filters import TrendingFilter
from tests.factories import make_csm, make_kpi

pytestmark = pytest.mark.django_db

REPORTS = [
    ("outcomes", ObjectiveFilter, "tag", "due_from"),
    ("kpi-trending", TrendingFilter, "since", "stale"),
    ("value", KpiFilter, "q", "owner"),
    ("health", AccountFilter, "status", "tier"),
]
SET = {"due_from": "2026-01-01", "owner": "1", "stale": "1", "tier": "Gold"}


@pytest.mark.parametrize(("name", "filterset", "hidden", "asked"), REPORTS)
def test_few_filters_stand_first_and_every_other_is_behind_the_button(
    client, name, filterset, hidden, asked
):
    client.force_login(make_csm())
    page = BeautifulSoup(client.get(reverse(f"reports:{name}"), {"q": ""}).content, "html.parser")
    more = page.select_one("form.filters details.more-filters")
    assert more is not None and not more.has_attr("open")
    behind = {box["name"] for box in more.select("[name]")}
    first = {box["name"] for box in page.select("form.filters [name]")} - behind
    assert hidden in behind
    assert 4 <= len(first) <= 6
    assert not first & behind
    assert set(filterset.base_filters) <= first | behind
    asked_for = {asked: SET[asked]}
    page = BeautifulSoup(client.get(reverse(f"reports:{name}"), asked_for).content, "html.parser")
    assert page.select_one("details.more-filters").has_attr("open")


@pytest.mark.parametrize("name", ["kpi-trending", "value", "health"])
def test_a_report_is_printed_from_its_page_and_says_on_paper_what_it_is_narrowed_to(client, name):
    client.force_login(make_csm())
    make_kpi()
    narrowed = {"lifecycle_stage": "adoption"} if name == "health" else {"status": "not_available"}
    page = BeautifulSoup(client.get(reverse(f"reports:{name}"), narrowed).content, "html.parser")
    assert page.select_one("button[data-print]")
    assert page.select_one('script[src*="js/print"]')
    said = page.select_one("#report .on-paper").get_text()
    assert said == ("Lifecycle: Adoption." if name == "health" else "Status: Not available.")
