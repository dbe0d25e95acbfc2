"""Home: every number is the number of rows of the list behind it, for anybody, any day, any scope."""

from __future__ import annotations

import datetime as dt
import random
import re
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Comment, CommentMention
from apps.core.choices import RowScope
from apps.core.models import Organisation, Touch
from apps.core.scope import today
from apps.objectives.models import ObjectiveStatus
from apps.plans.models import SuccessPlan
from apps.reports.models import HealthScore
from tests import factories
from tests.pages import queries

pytestmark = pytest.mark.django_db

ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Midway", "Europe/Berlin", "Asia/Kolkata"]
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


class Situation:
    """A small company made at random: people, pools, accounts, and records of every state."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        pick = self.dice.choice
        self.people = [factories.make_csm(time_zone=pick(ZONES)) for _ in range(3)]
        resources = [person.resource for person in self.people]
        for _ in range(self.dice.randrange(3)):
            factories.make_pool(*self.dice.sample(resources, self.dice.randrange(1, 4)))
        Organisation.objects.update_or_create(
            pk=1,
            defaults={
                "row_scope": pick(RowScope.values),
                "time_zone": pick(ZONES),
                "stale_plan_days": pick([1, 7, 30]),
            },
        )
        accounts = [factories.make_account() for _ in range(4)]
        accounts.append(factories.make_account(parent=accounts[0]))
        for account in accounts:
            for resource in self.dice.sample(resources, self.dice.randrange(3)):
                factories.make_account_role(account, resource)
        statuses = [None, *ObjectiveStatus.objects.all()]
        owners = [None, *resources]
        for account in accounts:
            contact = factories.make_contact(account)
            for _ in range(2):
                plan = factories.make_plan(
                    account,
                    owner=pick(owners),
                    status=pick(["draft", "active", "active", "completed", "archived"]),
                    review_date=self.day(),
                )
                if self.dice.random() < 0.6:
                    moment = NOON + dt.timedelta(hours=self.dice.randrange(-24 * 40, 24))
                    Touch.objects.create(kind="plan", record_id=plan.pk, touched_at=moment)
                objective = factories.make_objective(
                    plan,
                    owner=pick(owners),
                    status=pick(statuses),
                    priority=pick(["high", "high", "low"]),
                    start_date=dt.date(2026, 1, 5),
                    due_date=pick([None, dt.date(2026, 9, 1)]),
                )
                factories.make_kpi(
                    objective,
                    baseline=Decimal(0),
                    current=Decimal(self.dice.randrange(110)),
                    target=Decimal(100),
                    target_date=pick(
                        [None, dt.date(2026, 3, 1), dt.date(2026, 3, 3), dt.date(2026, 6, 1)]
                    ),
                )
                for _ in range(2):
                    task = factories.make_task(
                        account=account,
                        status=pick(["planned", "in_progress", "completed", "canceled"]),
                        end_date=self.day(),
                    )
                    for to in self.dice.sample([*resources, contact], self.dice.randrange(3)):
                        factories.assign(task, to)
        SuccessPlan.objects.update(created_at=NOON - dt.timedelta(days=100))
        # What lies in a template is in no list and in no number.
        SuccessPlan.objects.create(name="Template", is_template=True)

    def day(self):
        """A day around today, or none: at the edges of what the cards count."""
        offset = self.dice.choice([None, -40, -2, -1, 0, 1, 7, 8, 29, 30, 31])
        return None if offset is None else NOON.date() + dt.timedelta(days=offset)


def cards(client, whose):
    page = BeautifulSoup(client.get("/", {"whose": whose}).content, "html.parser")
    return {
        card["href"]: int(card.select_one("strong").get_text().replace(",", ""))
        for card in page.select(".home-cards .number-card")
    }


def listed(client, url):
    """How many rows the list shows at this address: those on the page, and what it says itself."""
    page = BeautifulSoup(
        client.get(f"{url}{'&' if '?' in url else '?'}size=200").content, "html.parser"
    )
    return len(page.select("#list tbody tr[id]"))


@pytest.mark.parametrize("seed", range(50))
def test_every_card_counts_exactly_the_list_that_it_opens(client, seed):
    hour = random.Random(seed).randrange(24)
    with time_machine.travel(NOON.replace(hour=hour), tick=False):
        situation = Situation(seed)
        person = situation.dice.choice(situation.people)
        client.force_login(person)
        whose = ("mine", "team", "all")[seed % 3]
        found = cards(client, whose)
        assert len(found) == 8
        for url, count in found.items():
            assert listed(client, url) == count, (whose, url)


def test_the_situations_have_something_to_count(client):
    """Or the fifty above would compare nothing with nothing."""
    counted: dict[str, int] = {}
    with time_machine.travel(NOON, tick=False):
        for seed in range(10):
            situation = Situation(seed)
            client.force_login(situation.people[0])
            for url, count in cards(client, "team").items():
                counted[url] = counted.get(url, 0) + count
    assert len(counted) == 8
    assert [url for url, count in counted.items() if not count] == []


def test_the_scope_is_remembered(client):
    client.force_login(factories.make_csm())
    assert "My Overdue Tasks" in client.get("/").content.decode()
    assert "My Team&#x27;s Overdue Tasks" in client.get("/?whose=team").content.decode()
    assert "My Team&#x27;s Overdue Tasks" in client.get("/").content.decode()
    assert client.get("/?whose=nonsense").status_code == 200


def test_r_due_1_the_due_list_holds_a_week_of_everything_by_day(client):
    me = factories.make_csm()
    client.force_login(me)
    with time_machine.travel(NOON, tick=False):
        day = NOON.date()
        plan = factories.make_plan(owner=me.resource, review_date=day + dt.timedelta(days=7))
        objective = factories.make_objective(plan, owner=me.resource, due_date=day)
        kpi = factories.make_kpi(objective, target_date=day + dt.timedelta(days=3))
        task = factories.make_task(end_date=day + dt.timedelta(days=1))
        factories.assign(task, me.resource)
        late = factories.make_task(end_date=day - dt.timedelta(days=1))
        factories.assign(late, me.resource)
        factories.make_plan(owner=me.resource, review_date=day + dt.timedelta(days=8))
        page = BeautifulSoup(client.get("/?whose=mine").content, "html.parser")
    urls = [a["href"] for a in page.find(id="home-due").find_parent("section").select("li a")]
    assert urls == [
        f"/objectives/{objective.pk}/",
        f"/tasks/{task.pk}/",
        f"/kpis/{kpi.pk}/",
        f"/plans/{plan.pk}/",
    ]


def test_r_hlt_3_the_health_of_an_account_is_compared_with_a_month_ago(client):
    me = factories.make_csm()
    account = factories.make_account()
    factories.make_account_role(account, me.resource)
    client.force_login(me)

    def cell():
        page = BeautifulSoup(client.get("/").content, "html.parser")
        found = page.select_one(f"#account-{account.pk} [data-label=Health]")
        return found.get_text(" ", strip=True)

    assert cell() == "—"
    day = today(me)
    for back, score in ((0, 45), (30, 66)):
        HealthScore.objects.create(
            account=account,
            day=day - dt.timedelta(days=back),
            score=score,
            calculated_at=timezone.now(),
        )
    assert cell() == "45 Fair −21.0"


def test_what_is_said_to_me_stands_there_until_it_is_resolved(client):
    me, other = factories.make_csm(), factories.make_csm()
    pool = factories.make_pool(me.resource)
    plan = factories.make_plan(name="Growth")
    to_me = Comment.objects.create(plan=plan, author=other, text="Look, please")
    CommentMention.objects.create(comment=to_me, resource=me.resource)
    to_us = Comment.objects.create(plan=plan, author=other, text="All of you")
    CommentMention.objects.create(comment=to_us, pool=pool)
    Comment.objects.create(plan=plan, author=other, text="Nobody in particular")
    client.force_login(me)
    page = client.get("/").content.decode()
    assert "Look, please" in page and "All of you" in page and "particular" not in page
    Comment.objects.filter(pk=to_me.pk).update(resolved_at=NOON, resolved_by=me)
    assert "Look, please" not in client.get("/").content.decode()


def test_a_person_without_any_permission_sees_an_empty_home(client):
    client.force_login(factories.make_user(None))
    page = client.get("/")
    assert page.status_code == 200
    assert not BeautifulSoup(page.content, "html.parser").select(".number-card")


@pytest.mark.parametrize("whose", ["mine", "team", "all"])
def test_home_needs_as_many_queries_for_one_as_for_eight(client, whose):
    me = factories.make_csm()
    client.force_login(me)

    def more():
        account = factories.make_account()
        factories.make_account_role(account, me.resource)
        plan = factories.make_plan(account, owner=me.resource, review_date=dt.date.today())
        objective = factories.make_objective(plan, owner=me.resource, priority="high", health=3)
        factories.make_kpi(objective)
        task = factories.make_task(account=account, end_date=dt.date(2020, 1, 1))
        factories.assign(task, me.resource)
        said = Comment.objects.create(plan=plan, author=factories.make_csm(), text="Look")
        CommentMention.objects.create(comment=said, resource=me.resource)
        client.get(f"/plans/{plan.pk}/")

    more()
    client.get(f"/?whose={whose}")
    one = queries(client, f"/?whose={whose}")
    for _ in range(7):
        more()
    assert queries(client, f"/?whose={whose}") == one <= 20
    assert re.search(r"Recently viewed", client.get(reverse("workspace:home")).content.decode())
