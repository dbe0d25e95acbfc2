"""The keys are told once: no two do different things, and what is told can be done."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.urls import reverse

from apps.core.key_rules import COLUMNS
from tests import factories

KEYS = [key for column in COLUMNS for place in column for key in place.keys]
OBEYED = [key for key in KEYS if key.act or key.url]
SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "keys.js"


def test_no_key_does_two_things():
    assert [keys for keys, n in Counter(key.keys for key in OBEYED).items() if n > 1] == []
    firsts = {key.parts[0] for key in OBEYED if len(key.parts) > 1}
    assert not firsts & {key.keys for key in OBEYED}, "a key that begins another would win"


def test_every_act_that_is_told_is_one_of_the_script():
    acts = set(re.findall(r"^  (\w+): \(\) =>", SCRIPT.read_text(), re.MULTILINE))
    assert {key.act for key in OBEYED if key.act} == acts


@pytest.mark.django_db
def test_the_list_of_keys_names_addresses_that_answer(client):
    client.force_login(factories.make_csm())
    page = client.get("/").content.decode()
    for key in OBEYED:
        if key.url:
            address = reverse(key.url)
            assert f'data-key="{key.keys}" data-go="{address}"' in page
            assert client.get(address).status_code == 200, address


@pytest.mark.django_db
def test_the_list_of_keys_names_no_page_that_one_may_not_see(client):
    client.force_login(factories.make_participant())
    assert 'data-go="/library/"' not in client.get("/").content.decode()
    client.force_login(factories.make_user(None))
    page = client.get("/").content.decode()
    assert 'data-go="/accounts/"' not in page and 'data-go="/"' in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "place", "filled"),
    [
        ("plan", "plans", {"account", "plan"}),
        ("objective", "objectives", {"account", "objective"}),
        ("kpi", "kpis", {"account", "plan", "objective", "kpi"}),
        ("playbook", "playbooks", {"account", "plan", "objective", "playbook"}),
        ("task", "tasks", {"account", "plan", "objective", "playbook", "task"}),
        ("challenge", "challenges", {"account", "challenge"}),
        ("contact", "contacts", {"account"}),
        ("activity", "activities", {"account"}),
    ],
)
def test_create_is_filled_in_with_where_one_is(client, kind, place, filled):
    client.force_login(factories.make_csm())
    plan = factories.make_plan()
    objective = factories.make_objective(plan)
    playbook = factories.make_playbook(objective)
    made = {
        "plan": lambda: plan,
        "objective": lambda: objective,
        "kpi": lambda: factories.make_kpi(objective),
        "playbook": lambda: playbook,
        "task": lambda: factories.make_task(playbook),
        "challenge": lambda: factories.make_challenge(plan.account),
        "contact": lambda: factories.make_contact(plan.account),
        "activity": lambda: factories.make_activity(account=plan.account),
    }
    page = client.get(f"/{place}/{made[kind]().pk}/").content.decode()
    page = page.partition('class="topbar"')[2].partition("</header>")[0]
    (query,) = set(re.findall(r'class="dropdown-item" href="/tasks/new/\?([^"]+)"', page))
    assert {part.partition("=")[0] for part in query.split("&amp;")} == filled
    assert client.get(f"/tasks/new/?{query.replace('&amp;', '&')}").status_code == 200
