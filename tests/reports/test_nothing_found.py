"""Filters that can find nothing, and days at the edge of the calendar, are answered."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_account, make_csm, make_kpi, make_objective

pytestmark = pytest.mark.django_db

REPORTS = ["outcomes", "outcomes-print", "outcomes-export", "kpi-trending", "value", "health"]


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    make_kpi(make_objective(account=make_account(), plan=None), baseline=0, current=1, target=2)
    return user


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(
    "query",
    # No word to search by; no account is mine, nor my team's, whose filter has two names.
    ["q=-", "accounts=mine&mine=mine", "accounts=team&mine=team", "account=0&q=%3F"],
)
def test_filters_that_can_find_nothing_find_nothing(client, csm, report, query):
    response = client.get(f"{reverse(f'reports:{report}')}?{query}")
    assert response.status_code == 200


@pytest.mark.parametrize("query", ["embed=1&accounts=mine", "csv=statuses&accounts=mine"])
def test_the_short_form_and_the_files_of_nothing(client, csm, query):
    assert client.get(f"{reverse('reports:kpi-trending')}?{query}").status_code == 200


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_the_calendar(client, csm, name, day):
    address = reverse("reports:kpi-trending")
    assert client.get(f"{address}?accounts=&{name}={day}").status_code == 200
