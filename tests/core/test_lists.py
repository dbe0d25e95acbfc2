"""The list recipe: columns, order and page from the address; nonsense in it is no fault."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.list_rules import PAGE_SIZE
from apps.core.models import Preference
from apps.plans.models import SuccessPlan
from tests.factories import make_account, make_csm, make_user
from tests.pages import queries

pytestmark = pytest.mark.django_db
PLANS = "/plans/"


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def plans(count, **fields):
    account = make_account(name="Acme")
    return SuccessPlan.objects.bulk_create(
        SuccessPlan(account=account, name=f"Plan {number:04}", **fields) for number in range(count)
    )


def names(response):
    soup = BeautifulSoup(response.content, "html.parser")
    return [cell.get_text(strip=True) for cell in soup.select("td.col-name")]


def columns(response):
    return [header["name"] for header in response.context["table"]["headers"]]


def test_pages_follow_each_other_without_gap_or_repetition(client, csm):
    plans(2 * PAGE_SIZE + 3)
    seen, address = [], PLANS
    while address:
        response = client.get(address)
        seen += names(response)
        following = response.context["page"]["next_url"]
        address = PLANS + following if following else ""
    assert seen == [f"Plan {number:04}" for number in range(2 * PAGE_SIZE + 3)]


def test_rows_that_sort_alike_are_in_a_stable_order(client, csm):
    account = make_account()
    SuccessPlan.objects.bulk_create(
        SuccessPlan(account=account, name="Same") for _ in range(PAGE_SIZE + 5)
    )
    seen = []
    for page in ("1", "2"):
        soup = BeautifulSoup(client.get(PLANS, {"page": page}).content, "html.parser")
        seen += [row["id"] for row in soup.select("#list tbody tr")]
    assert len(set(seen)) == PAGE_SIZE + 5


def test_a_deep_page_costs_one_query_more_than_the_first(client, csm):
    plans(4 * PAGE_SIZE)
    # First the ids alone: rows that are skipped need none of what a line shows.
    assert queries(client, f"{PLANS}?page=4") == queries(client, f"{PLANS}?size=50") + 1


def test_the_total_is_counted_only_where_it_is_not_known(client, csm):
    plans(PAGE_SIZE + 1)
    page = client.get(PLANS).context["page"]
    assert (page["first"], page["last"], page["total"]) == (1, PAGE_SIZE, None)
    assert client.get(PLANS + page["count_url"]).content == f"of {PAGE_SIZE + 1}".encode()
    last = client.get(PLANS, {"page": 2}).context["page"]
    assert (last["first"], last["last"], last["total"]) == (PAGE_SIZE + 1,) * 2 + (PAGE_SIZE + 1,)


@pytest.mark.parametrize("page", ["x", "1.5", "½", "9" * 8, "9" * 20, "-", "١"])
def test_a_page_number_that_is_none_is_404_never_a_fault(client, csm, page):
    plans(1)
    assert client.get(PLANS, {"page": page}).status_code == 404


@pytest.mark.parametrize("page", ["0", "-3", ""])
def test_a_page_before_the_first_is_the_first(client, csm, page):
    plans(1)
    response = client.get(PLANS, {"page": page})
    assert names(response) == ["Plan 0000"]


def test_a_page_behind_the_last_is_empty_and_leads_back(client, csm):
    plans(1)
    response = client.get(PLANS, {"page": 7})
    assert response.status_code == 200
    assert names(response) == []
    assert response.context["page"]["previous_url"] == "?page=6"


@pytest.mark.parametrize(
    "sort", ["nonsense", "-nonsense", "name;drop", "account__parent", "--name"]
)
def test_an_order_that_does_not_exist_is_ignored(client, csm, sort):
    plans(2)
    response = client.get(PLANS, {"sort": sort})
    assert response.status_code == 200
    assert len(names(response)) == 2


def test_filters_sort_and_page_stay_in_the_address(client, csm):
    plans(PAGE_SIZE + 1, status="active")
    response = client.get(PLANS, {"status": "active", "sort": "-name"})
    assert response.context["page"]["next_url"] == "?status=active&sort=-name&page=2"
    assert names(response)[0] == f"Plan {PAGE_SIZE:04}"
    header = response.context["table"]["headers"][0]
    assert header["sort_url"] == "?status=active&sort=name"


def test_columns_are_kept_for_each_person_in_their_order(client, csm):
    plans(1)
    address = reverse("core:layout", args=["list:plan"])
    client.post(address, {"columns": ["status", "name"], "next": PLANS})
    assert columns(client.get(PLANS)) == ["status", "name"]
    client.force_login(make_csm())
    assert len(columns(client.get(PLANS))) > 2


def test_columns_that_no_longer_exist_are_left_out(client, csm):
    plans(1)
    Preference.objects.create(
        user=csm, key="list:plan", data={"columns": ["gone", "status", "name", 7]}
    )
    assert columns(client.get(PLANS)) == ["status", "name"]
    Preference.objects.update(data={"columns": ["gone"]})
    assert len(columns(client.get(PLANS))) > 2
    Preference.objects.update(data={})
    assert len(columns(client.get(PLANS))) > 2


def test_columns_can_be_set_back(client, csm):
    before = columns(client.get(PLANS)) if plans(1) else []
    address = reverse("core:layout", args=["list:plan"])
    client.post(address, {"columns": ["name"]})
    client.post(address, {"columns": ["name"], "reset": "1"})
    assert columns(client.get(PLANS)) == before


def test_a_layout_key_that_is_too_long_is_refused(client, csm):
    response = client.post(reverse("core:layout", args=["k" * 81]), {"columns": ["name"]})
    assert response.status_code == 422
    assert not Preference.objects.exists()


def test_what_can_be_no_column_or_screen_is_not_kept(client, csm):
    sent = ["name", "a\0b", "x" * 1000, *(f"column{number}" for number in range(1000))]
    client.post(reverse("core:layout", args=["list:plan"]), {"columns": sent})
    kept = Preference.objects.get().data["columns"]
    assert (kept[:2], len(kept)) == (["name", "column0"], 100)
    answer = client.post(reverse("core:layout", args=["a\0b"]), {"columns": ["name"]})
    assert answer.status_code == 422


def test_after_choosing_columns_one_is_never_led_to_another_host(client, csm):
    address = reverse("core:layout", args=["list:plan"])
    response = client.post(address, {"columns": ["name"], "next": "https://evil.example/"})
    assert response.url == "/"


def test_an_empty_list_says_what_comes_next_and_offers_it_to_those_who_may(client, csm):
    page = BeautifulSoup(client.get(PLANS).content, "html.parser").select_one("#list")
    assert "No success plans yet" in page.get_text()
    assert page.select_one("a")["href"] == reverse("plans:create")


def test_filters_that_match_nothing_offer_the_way_back(client, csm):
    plans(1)
    page = BeautifulSoup(client.get(PLANS, {"q": "zzz"}).content, "html.parser").select_one("#list")
    assert "Nothing matches these filters" in page.get_text()
    assert page.select_one("a")["href"] == PLANS


def test_what_people_typed_is_escaped_in_cells(client, csm):
    account = make_account(name="<b>Acme</b>")
    SuccessPlan.objects.create(account=account, name='<script>alert("x")</script>')
    text = client.get(PLANS).content.decode()
    assert "<script>alert" not in text
    assert "<b>Acme" not in text
    assert "&lt;script&gt;alert(&quot;x&quot;)" in text


def test_without_the_permission_there_is_no_list(client):
    client.force_login(make_user(None))
    assert client.get(PLANS).status_code == 403


def test_widths_of_columns_are_kept_beside_the_choice_of_columns(client, csm):
    plans(1)
    address = reverse("core:layout", args=["list:plan"])
    client.post(address, {"columns": ["name", "owner"]})
    sent = "name:260,owner:9,account:5000,a b:90,status:x,progress"
    assert client.post(address, {"widths": sent}).status_code == 204
    client.post(address, {"widths": "owner:90"})
    assert Preference.objects.get().data == {
        "columns": ["name", "owner"],
        "widths": {"name": 260, "owner": 90, "account": 900},
    }
    page = BeautifulSoup(client.get(PLANS).content, "html.parser")
    wide = [col.get("width") for col in page.select("colgroup col:not(.col-pick)")]
    assert wide == ["260", "90"]
    client.post(address, {"columns": ["owner", "name"]})
    assert columns(client.get(PLANS)) == ["owner", "name"]
    assert Preference.objects.get().data["widths"]["name"] == 260
    client.post(address, {"reset": "1"})
    assert Preference.objects.get().data == {}
