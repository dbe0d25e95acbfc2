"""Search and palette: what a person finds, and only what they may see."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from apps.activities.models import Comment
from apps.core.choices import RowScope
from apps.core.models import Notification, Organisation, RecentView, SavedView
from apps.core.recent_services import KEPT, viewed
from apps.workspace import palette_rules
from apps.workspace.palette_rules import Action, Group
from tests import factories
from tests.pages import queries

pytestmark = pytest.mark.django_db

PALETTE = {"HX-Request": "true", "HX-Target": "palette-list"}


@pytest.fixture
def csm(client):
    user = factories.make_csm()
    client.force_login(user)
    return user


def limit_to_teams():
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})


def found(client, text, **query):
    page = client.get(reverse("workspace:search"), {"q": text, **query}).content.decode()
    results = page.partition('id="results"')[2]
    return re.findall(r'<li>\s*<a href="([^"]+)"', results), page


def one_of_each(account, word):
    """One record of every kind with this word in it; the addresses that a search shows."""
    plan = factories.make_plan(account, name=f"{word} plan")
    objective = factories.make_objective(plan, name=f"{word} objective")
    kpi = factories.make_kpi(objective, title=f"{word} KPI")
    playbook = factories.make_playbook(objective, name=f"{word} playbook")
    task = factories.make_task(playbook, notes=f"about {word}")
    contact = factories.make_contact(account, name=f"{word} person")
    challenge = factories.make_challenge(account, description=f"no {word}")
    activity = factories.make_activity(account=account, notes=f"<p>we said {word} twice</p>")
    Comment.objects.create(kpi=kpi, author=factories.make_csm(), text=f"see {word}")
    return {
        f"/plans/{plan.pk}/",
        f"/objectives/{objective.pk}/",
        f"/kpis/{kpi.pk}/",
        f"/playbooks/{playbook.pk}/",
        f"/tasks/{task.pk}/",
        f"/contacts/{contact.pk}/",
        f"/challenges/{challenge.pk}/",
        f"/activities/{activity.pk}/",
        f"/comments/kpi/{kpi.pk}/",
    }


def test_every_kind_is_found_and_grouped(client, csm):
    account = factories.make_account(name="Zephyr Foods")
    pages = one_of_each(account, "zephyr")
    urls, page = found(client, "ZÉPH")
    assert set(urls) == pages | {f"/accounts/{account.pk}/"}
    assert "we said <mark>zeph</mark>yr twice" in page
    assert "<mark>Zeph</mark>yr Foods" in page


def test_r_vis_1_what_one_may_not_see_is_neither_found_nor_counted(client, csm):
    limit_to_teams()
    one_of_each(factories.make_account(name="Foreign zephyr"), "zephyr")
    own = factories.make_account(name="Own zephyr")
    factories.make_account_role(own, csm.resource)
    pages = one_of_each(own, "zephyr")
    urls, page = found(client, "zephyr")
    assert set(urls) == pages | {f"/accounts/{own.pk}/"}
    assert "Foreign" not in page
    assert set(re.findall(r'class="muted">(\d+)', page)) == {"1"}
    urls, _ = found(client, "foreign")
    assert urls == []


def test_r_vis_1_an_activity_without_account_is_found_by_its_author_alone(client, csm):
    activity = factories.make_activity(subject="zephyr", author=csm)
    factories.make_activity(subject="zephyr", author=factories.make_csm())
    assert found(client, "zephyr")[0] == [f"/activities/{activity.pk}/"]


def test_text_is_shown_as_text(client, csm):
    factories.make_plan(name="<script>alert(1)</script> zephyr", description="a <b>zephyr & co</b>")
    _, page = found(client, "zephyr")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_one_kind_has_pages(client, csm):
    account = factories.make_account()
    plans = [factories.make_plan(account, name=f"Zephyr {n:02d}") for n in range(33)]
    urls, page = found(client, "zephyr")
    assert len(urls) == 5 and "All 33" in page
    first, page = found(client, "zephyr", kind="plan")
    assert "kind=plan&amp;page=2" in page
    second, page = found(client, "zephyr", kind="plan", page=2)
    assert "page=3" not in page
    assert first + second == [f"/plans/{plan.pk}/" for plan in plans]


def test_titles_come_before_texts_and_my_accounts_before_others(client, csm):
    mine = factories.make_account()
    factories.make_account_role(mine, csm.resource)
    text = factories.make_plan(description="about zephyr")
    other = factories.make_plan(name="Zephyr")
    own = factories.make_plan(mine, name="Zephyr too")
    assert found(client, "zephyr", kind="plan")[0] == [
        f"/plans/{plan.pk}/" for plan in (own, other, text)
    ]


def test_a_person_comes_before_comments_that_name_them(client, csm):
    account = factories.make_account(name="Acme")
    factories.make_account_role(account, csm.resource)
    for number in range(3):
        Comment.objects.create(account=account, author=csm, text=f"@Zora, a {number}. Zora?")
    other = factories.make_resource(name="Zora Rüd")
    page = palette(client, "zora")
    links = re.findall(r'href="(/(?:resources|comments)/[^"]+)"', page)
    assert links[0] == f"/resources/{other.pk}/"
    assert len(links) == 4


def test_a_short_comment_is_its_own_title_and_not_said_twice(client, csm):
    account = factories.make_account(name="Acme")
    Comment.objects.create(account=account, author=csm, text="Ask Zora.")
    page = client.get(reverse("workspace:search"), {"q": "zora"}).content.decode()
    assert page.count("<mark>Zora</mark>") == 1


@pytest.mark.parametrize("text", ["", "???", "a\0b", "'x' & !", "%%", "x" * 5000])
def test_any_text_is_answered(client, csm, text):
    page = client.get(reverse("workspace:search"), {"q": text, "kind": "nonsense", "page": "x"})
    assert page.status_code == 200
    assert client.get(reverse("workspace:search"), {"q": text}, headers=PALETTE).status_code == 200


def test_a_person_without_permission_finds_nothing_of_that_kind(client):
    client.force_login(factories.make_user(None))
    one_of_each(factories.make_account(name="zephyr"), "zephyr")
    assert found(client, "zephyr")[0] == []


def test_the_search_needs_as_many_queries_for_one_as_for_eight(client, csm):
    address = f"{reverse('workspace:search')}?q=zephyr"
    one_of_each(factories.make_account(), "zephyr")
    one = queries(client, address)
    for _ in range(7):
        one_of_each(factories.make_account(), "zephyr")
    assert queries(client, address) == one <= 20


def test_words_of_a_record_and_of_its_account_find_it_together(client, csm):
    elan, other = (
        factories.make_account(name="Élan Logistics"),
        factories.make_account(name="Other"),
    )
    plan = factories.make_plan(elan, name="Renewal in spring")
    factories.make_plan(other, name="Renewal in spring")
    for text in ("elan renewal", "renewal elan logistics", "spring ren elan"):
        assert found(client, text)[0] == [f"/plans/{plan.pk}/"], text
        assert f'href="/plans/{plan.pk}/"' in palette(client, text)
    assert found(client, "elan nothing")[0] == []
    limit_to_teams()
    assert found(client, "elan renewal")[0] == []


# The palette.


def palette(client, text="", **query):
    return client.get(
        reverse("workspace:search"), {"q": text, **query}, headers=PALETTE
    ).content.decode()


def test_the_palette_finds_records_and_things_to_do(client, csm):
    plan = factories.make_plan(name="Playful")
    page = palette(client, "play")
    assert f'href="/plans/{plan.pk}/"' in page
    assert "Create playbook" in page and "Go to Playbooks" in page
    assert "Sign out" not in page
    assert "q=play" in page
    assert 'href="/activities/new/' in palette(client, "log call")


def test_the_palette_creates_where_one_is(client, csm):
    page = palette(client, "create task", context="account=3&plan=4&evil=x&objective=y")
    assert "/tasks/new/?account=3&amp;plan=4" in page
    assert "evil" not in page and "objective=y" not in page


def test_the_palette_begins_with_what_was_viewed_last(client, csm):
    plans = [factories.make_plan(name=f"Plan {letter}") for letter in "ABC"]
    for plan in (plans[0], plans[1], plans[2], plans[0]):
        assert client.get(f"/plans/{plan.pk}/").status_code == 200
    account = plans[1].account
    client.get(f"/accounts/{account.pk}/")
    urls = re.findall(r'role="option" id="palette-\w+-\d+" href="([^"]+)"', palette(client))
    assert urls[:4] == [
        f"/accounts/{account.pk}/",
        *(f"/plans/{plan.pk}/" for plan in (plans[0], plans[2], plans[1])),
    ]


def test_r_vis_1_what_was_viewed_and_is_no_longer_seen_is_left_out(client, csm):
    plan, gone = factories.make_plan(name="Hidden"), factories.make_plan(name="Gone")
    for one in (plan, gone):
        client.get(f"/plans/{one.pk}/")
    gone.delete()
    assert "Hidden" in palette(client)
    assert "Gone" not in palette(client)
    limit_to_teams()
    assert "Hidden" not in palette(client)


def test_recently_viewed_keeps_the_last_ones_of_each_person(csm):
    other = factories.make_csm()
    viewed(other, "plan", 1)
    for number in range(100):
        viewed(csm, "plan", number)
    kept = RecentView.objects.filter(user=csm).values_list("record_id", flat=True)
    assert KEPT <= len(kept) <= KEPT + 20
    assert set(range(100 - KEPT, 100)) <= set(kept)
    assert RecentView.objects.filter(user=other).count() == 1


def test_a_view_is_one_statement(csm, django_assert_num_queries):
    viewed(csm, "plan", 7)
    with django_assert_num_queries(1):
        viewed(csm, "plan", 7)


def test_things_to_do_are_asked_for_by_the_beginnings_of_words():
    group = Group("do", "Do", [Action("Sign out", "x", also="log out"), Action("Élan", "x")])
    assert palette_rules.asked([group], "lo", 5)[0].actions == group.actions[:1]
    assert palette_rules.asked([group], "elan", 5)[0].actions == group.actions[1:]
    assert palette_rules.asked([group], "out sign x", 5) == []
    assert palette_rules.asked([group], "", 1)[0].actions == group.actions[:1]


# The bell.


def test_the_bell_answers_only_when_its_number_changed(client, csm):
    address = reverse("core:bell")
    assert client.get(address, {"seen": "0"}).status_code == 204
    Notification.objects.create(user=csm, kind="allocated", text="Yours", path="/plans/")
    page = client.get(address, {"seen": "0"})
    assert "Notifications: 1 new" in page.content.decode()
    assert client.get(address, {"seen": "1"}).status_code == 204


def test_a_poll_without_a_session_is_told_so_shortly(client):
    page = client.get(reverse("core:bell"), headers={"HX-Request": "true"})
    assert page.status_code == 401


def test_the_palette_opens_saved_views(client, csm):
    mine = SavedView.objects.create(
        owner=csm, key="list:plan", name="Renewals", query="status=active"
    )
    other = factories.make_csm()
    SavedView.objects.create(owner=other, key="list:task", name="Renewals of others")
    shared = SavedView.objects.create(
        owner=other, key="list:kpi", name="Renewal KPIs", query="status=overdue", is_shared=True
    )
    page = palette(client, "renewal")
    assert f"/plans/?status=active&amp;view={mine.pk}" in page
    assert f"/kpis/?status=overdue&amp;view={shared.pk}" in page
    assert "of others" not in page
