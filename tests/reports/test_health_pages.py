"""The pages of health: who sees what, the order, the parts, what moved, the file."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AttributeValue
from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.core.scope import today
from apps.reports.health_services import health_calculate
from apps.reports.models import HealthMetric, HealthScore
from tests import factories

pytestmark = pytest.mark.django_db


def scored(name, score, back=0, parts=None, **fields):
    account = fields.pop("account", None) or factories.make_account(name=name, **fields)
    HealthScore.objects.create(
        account=account,
        day=today() - dt.timedelta(days=back),
        score=score,
        parts=parts or {},
        calculated_at=timezone.now(),
    )
    return account


@pytest.fixture
def csm(client):
    user = factories.make_csm()
    client.force_login(user)
    return user


def soup(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def order(client, query):
    page = soup(client, f"/reports/health/{query}")
    section = page.select_one("[aria-labelledby=health-accounts]")
    return [link.get_text(strip=True) for link in section.select("tbody th a")]


def test_r_hlt_3_the_lowest_come_first_and_any_column_sorts(client, csm):
    scored("Middling", 55, segment="B")
    scored("Well", 90, segment="A")
    scored("Badly", "12.5", segment="C")
    factories.make_account(name="Nothing known")
    assert order(client, "?mine=") == ["Badly", "Middling", "Well", "Nothing known"]
    assert order(client, "?mine=&by=-health") == ["Well", "Middling", "Badly", "Nothing known"]
    assert order(client, "?mine=&by=name")[0] == "Badly"
    assert order(client, "?mine=&by=segment")[1:] == ["Well", "Middling", "Badly"]
    assert order(client, "?mine=&by=nonsense&start=x")[0] == "Badly"
    assert order(client, "?health=poor") == ["Badly"]
    assert order(client, "?health=unknown") == ["Nothing known"]


def test_r_hlt_3_the_list_of_accounts_shows_sorts_and_filters_by_health(client, csm):
    low, high = scored("Low", 20), scored("High", "69.99")
    page = soup(client, "/accounts/?sort=-health")
    found = [a.get_text(strip=True) for a in page.select("a.health-link")]
    assert found == ["69 Fair", "20 Poor"]
    assert page.select_one(f'a[href="/reports/health/{low.pk}/"]')
    text = soup(client, "/accounts/?health=fair").get_text()
    assert high.name in text and low.name not in text


def test_r_hlt_3_parts_points_missing_inputs_and_what_moved(client, csm):
    HealthMetric.objects.all().delete()
    logins = factories.make_attribute(label="Logins")
    account = factories.make_account()
    one = HealthMetric.objects.create(
        label="Use", source="attribute", attribute=logins, lower=10, upper=20, weight=50
    )
    HealthMetric.objects.create(
        label="Late tasks", source="overdue_tasks", lower=10, upper=0, weight=50
    )
    now = today(csm)
    for back, value in ((40, 20), (0, 12)):
        AttributeValue.objects.create(
            account=account,
            definition=logins,
            value=value,
            measured_on=now - dt.timedelta(days=back),
        )
    health_calculate(day=now - dt.timedelta(days=35))
    health_calculate(day=now)
    page = soup(client, f"/reports/health/{account.pk}/")
    said = page.select_one("#report").get_text(" ", strip=True)
    assert "10.0 of 50" in said
    assert "Add a task: without any there is nothing that could be overdue." in said
    moved = page.select_one("[aria-labelledby=health-moved] tbody tr").get_text(" ", strip=True)
    assert moved == "Use 20.0 12.0 −80.0"
    early = (now - dt.timedelta(days=90)).isoformat()
    assert (
        "There is no score of that day"
        in soup(client, f"/reports/health/{account.pk}/?since={early}").get_text()
    )
    one.delete()
    assert "A metric that was removed" in soup(client, f"/reports/health/{account.pk}/").get_text()


def test_r_hlt_3_without_any_score_the_pages_say_so(client, csm):
    account = factories.make_account()
    assert "Nothing is measured yet" in soup(client, f"/reports/health/{account.pk}/").get_text()
    assert "No scores yet" in soup(client, "/reports/health/?mine=").get_text()


def test_r_hlt_3_the_file_has_every_account_that_the_filters_choose(client, csm):
    scored("Low", 20)
    scored("Low", 30, account=scored("High", 80), back=31)
    answer = client.get("/reports/health/?mine=&csv=accounts")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Low,20,Poor,,")
    assert lines[2].startswith("High,80,Good,30,")


def test_r_vis_1_only_accounts_that_one_sees_have_a_page(client, csm):
    account = scored("Theirs", 20)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    assert client.get(f"/reports/health/{account.pk}/").status_code == 404
    assert order(client, "?mine=") == []


def test_the_number_of_statements_does_not_grow(client, csm):
    counts = []
    client.get("/reports/health/?mine=")
    for more in (1, 7):
        for number in range(more):
            scored(f"Account {number}", 50)
        with CaptureQueriesContext(connection) as queries:
            client.get("/reports/health/?mine=")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12
