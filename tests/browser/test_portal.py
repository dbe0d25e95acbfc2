"""A customer's page in a real Chromium: on a phone and a wide screen, in both themes, within its
budget of bytes, printed."""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from apps.accounts.models import Role
from apps.core.models import Organisation, Unit
from apps.kpis.models import ObjectiveKpi
from apps.objectives.choices import StatusKind
from apps.playbooks.choices import Stage, TaskStatus
from apps.portal.models import PortalSession, ShareVisit
from apps.portal.rules import SESSION_LIVES, hashed
from apps.portal.services import token_of
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_contact,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_share,
    make_task,
    objective_status,
)

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
KEY = "a-key-of-a-browser"
AUTUMN = dt.date(2026, 11, 1)
BYTES = 150_000
REQUESTS = 6
# A logo as large as one may be.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def page(chromium, live_server) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def measured(kpi, values, until):
    """The values of a KPI, one each third week up to a day."""
    for number, value in enumerate(values):
        on = until - 21 * DAY * (len(values) - 1 - number)
        ObjectiveKpi.objects.filter(pk=kpi.pk).update(current=Decimal(value), measured_on=on)


@pytest.fixture
def share():
    """A plan half way, as a customer would find it."""
    today = timezone.now().date()
    Organisation.objects.update_or_create(pk=1, defaults={"name": "Harbour Software"})
    percent, days = (Unit.objects.get(label=label) for label in ("Percent", "Days"))
    account = make_account(name="Northwind Logistics")
    csm, architect = (
        make_resource(name="Mara Koch", email="mara@harbour.example"),
        make_resource(name="Jonas Lind"),
    )
    for person, role in zip((csm, architect), Role.objects.order_by("position")[:2], strict=True):
        make_account_role(account, person, role)
    kim = make_contact(
        account, name="Kim Lee", title="Head of Operations", email="kim@northwind.example"
    )
    ada = make_contact(account, name="Ada Rossi", title="IT Lead", email="ada@northwind.example")
    plan = make_plan(
        account,
        name="Digital onboarding 2026",
        is_shared=True,
        start_date=today - 120 * DAY,
        end_date=today + 60 * DAY,
    )
    dates = {"start_date": today - 100 * DAY}
    churn = make_objective(
        plan,
        name="Reduce churn from 8 % to 3 %",
        is_external=True,
        owner=csm,
        status=objective_status(StatusKind.IN_PROGRESS),
        due_date=today + 40 * DAY,
        description="<p>Customers who leave in their first year cost most. We find out <strong>why</strong> and mend it:</p><ul><li>calls with those who left</li><li>a plan for each of the ten largest</li></ul>",
        **dates,
    )
    rate = make_kpi(
        churn,
        title="Monthly churn rate",
        is_external=True,
        direction="lower",
        unit=percent,
        baseline=8,
        current=8,
        target=3,
        target_date=today + 30 * DAY,
    )
    measured(rate, ("8", "7.4", "7.6", "6.1", "5.2"), today - 2 * DAY)
    saves = make_kpi(
        churn,
        title="Save rate of at-risk accounts",
        is_external=True,
        unit=percent,
        baseline=20,
        current=20,
        target=60,
        target_date=today - 3 * DAY,
    )
    measured(saves, ("20", "31", "44"), today - 9 * DAY)
    value = make_objective(
        plan,
        name="Cut time to first value to 14 days",
        is_external=True,
        owner=csm,
        status=objective_status(StatusKind.COMPLETED),
        due_date=today - 10 * DAY,
        **dates,
    )
    first = make_kpi(
        value,
        title="Time to first value",
        is_external=True,
        direction="lower",
        unit=days,
        baseline=41,
        current=41,
        target=14,
        target_date=today - 10 * DAY,
    )
    measured(first, ("41", "33", "22", "13"), today - 20 * DAY)
    make_kpi(value, title="Executive sponsor named", is_external=True)
    guided = make_playbook(
        value,
        name="Guided onboarding",
        is_shared=True,
        stage=Stage.COMPLETED,
        start_date=today - 100 * DAY,
        end_date=today - 40 * DAY,
    )
    admin = make_playbook(
        churn,
        name="Admin enablement",
        is_shared=True,
        stage=Stage.IN_PROGRESS,
        start_date=today - 40 * DAY,
        end_date=today + 20 * DAY,
    )

    def task(playbook, name, who, end, status=TaskStatus.PLANNED, **fields):
        row = make_task(playbook, name=name, is_shared=True, end_date=end, status=status, **fields)
        if status == TaskStatus.COMPLETED:
            type(row).objects.filter(pk=row.pk).update(
                percent_complete=100, completed_at=timezone.now() - (today - end) * 1 - DAY
            )
        for one in who:
            assign(row, one)
        return row

    task(guided, "Kick-off with all teams", [csm, kim], today - 95 * DAY, TaskStatus.COMPLETED)
    task(guided, "Import of master data", [architect], today - 70 * DAY, TaskStatus.COMPLETED)
    task(admin, "Run admin workshop", [architect], today - 12 * DAY, TaskStatus.COMPLETED)
    task(
        admin,
        "Configure single sign-on with IT",
        [ada, kim],
        today - 2 * DAY,
        TaskStatus.IN_PROGRESS,
        percent_complete=40,
        description="Please send the metadata of your identity provider to Jonas first.",
    )
    task(admin, "Hand over the run book", [csm], today + 12 * DAY)
    task(
        None,
        "Name who decides about the renewal",
        [kim],
        today + 5 * DAY,
        plan=plan,
        account=account,
    )
    task(
        None,
        "Sign the data processing agreement",
        [ada],
        today + 9 * DAY,
        plan=plan,
        account=account,
        objective=churn,
    )
    return make_share(plan=plan, contacts=[kim, ada], may_complete=True)


@pytest.fixture
def kim(page, share, live_server):
    """Kim's browser, after they proved their address and had come before."""
    now = timezone.now()
    PortalSession.objects.create(
        email="kim@northwind.example",
        key_hash=hashed(KEY),
        created_at=now,
        last_at=now,
        expires_at=now + SESSION_LIVES,
    )
    page.context.add_cookies([{"name": "sc_portal", "value": KEY, "url": live_server.url}])
    page.goto(f"/share/{token_of(share)}/")
    visit = ShareVisit.objects.get()
    seen = {
        key: word if number % 4 else "other"
        for number, (key, word) in enumerate(visit.seen.items())
        if number % 5
    }
    ShareVisit.objects.update(seen=seen, last_at=now - 6 * DAY)
    page.goto(f"/share/{token_of(share)}/")
    return page


def clean(page: Page, name: str) -> None:
    """What axe says in both themes and at both widths, and that nothing is wider than the screen."""
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 860})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{page.url} ({theme})\n{found.generate_report()}"
            if os.environ.get("PICTURES"):
                page.screenshot(
                    path=f"{os.environ['PICTURES']}/{name}-{width}-{theme}.png", full_page=True
                )


def test_the_page_reads_well_at_both_widths_and_in_both_themes(kim):
    clean(kim, "view")
    if os.environ.get("PICTURES"):
        kim.emulate_media(color_scheme="dark")
        kim.pdf(path=f"{os.environ['PICTURES']}/view.pdf", format="A4", print_background=True)


def test_the_first_load_stays_within_its_budget_and_asks_nobody_else(page, share, live_server):
    Organisation.objects.update(logo=PNG + bytes(60 * 1024 - len(PNG)), logo_type="image/png")
    share.anyone = True
    share.save()
    for _ in range(6):
        goal = make_objective(share.plan, name="One more goal", is_external=True)
        measured(make_kpi(goal, is_external=True, baseline=0, target=90), range(20), AUTUMN)
        book = make_playbook(goal, is_shared=True)
        for _ in range(20):
            assign(
                make_task(book, is_shared=True, description="Some words. " * 20),
                goal.owner or make_resource(),
            )
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - it is marked
    page.goto(f"/share/{token_of(share)}/", wait_until="networkidle")
    sizes = [request.sizes() for request in asked]
    assert sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes) < BYTES
    assert 4 <= len(asked) <= REQUESTS
    assert all(request.url.startswith(live_server.url) for request in asked)
    assert page.evaluate("document.scripts.length") == 0


def test_it_prints_whole_with_what_is_folded_and_without_what_is_pressed(kim):
    kim.emulate_media(media="print")
    expect(kim.get_by_text("Import of master data").last).to_be_visible()
    expect(kim.get_by_role("button", name="Mark as completed").first).to_be_hidden()
    assert kim.pdf(format="A4").startswith(b"%PDF")


def test_all_plans_of_one_person_stand_on_one_page(kim):
    kim.goto("/share/mine/")
    clean(kim, "mine")
